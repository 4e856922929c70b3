"""Users to create: who owns records, who of them has a seat in Pipedrive already, how many seats that makes."""

from collections import Counter
from dataclasses import dataclass, field

from migrations_app.models import Decision
from migrations_app.services import decisions
from migrations_app.services.owners import EVERYBODY, OwnerIndex
from migrations_app.services.papers.document import NUMBER, Block, Column, Document, Figures, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.scope import NOTHING_YET
from migrations_app.services.wording import told

ACTIVE, INACTIVE, MISSING = "has a seat", "switched off in Pipedrive", "to be invited"


@dataclass(slots=True)
class Seat:
    """One user that records want, by e-mail address."""

    email: str
    texts: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    active_in_source: bool = True
    state: str = MISSING


def build(facts: Facts) -> Document:
    if facts.audit is None:
        return facts.document("Users to create", "No audit has run yet: it counts who owns what." if facts.force else NOTHING_YET, [])
    seats, unknown = wanted(facts)
    words, missing = facts.words, [each for each in seats if each.state == MISSING]
    account = facts.accounts[0] if facts.accounts else None
    figures = [(words.number(len(seats)), "users own records"), (words.number(len(missing)), "of them to be invited")]
    figures += [(words.number(account.seats), "seats of the account")] if account else []
    figures += [(words.number(len(unknown)), "names without a user")]
    sections = [
        Section("Seats", [Figures(figures), *_remarks(facts, seats)]),
        Section("Users", [_table(facts, seats)]),
        Section("Names without a user", [_unknown(facts, unknown), *_fallback(facts)]),
    ]
    return facts.document(
        "Users to create", "Who has to be a user in Pipedrive before the load, so that each record gets its owner.", sections
    )


def wanted(facts: Facts) -> tuple[list[Seat], list[tuple[str, dict[str, int]]]]:
    """Users by what they own, most first; and texts that mean nobody yet, with the rows by object."""
    index = OwnerIndex(facts.force.get("users", []))
    decided = decisions.active(facts.project, Decision.Kind.OWNER, "owners")
    there = _states(facts)
    seats: dict[str, Seat] = {}
    unknown: list[tuple[str, dict[str, int]]] = []
    for text, owner in (facts.audit.owners if facts.audit else {}).items():
        answer = decided.get(owner["folded"], {})
        emails = {answer.get(name, "") for name in ("email", "email_open", "email_closed")} - {""} or {owner["email"]} - {""}
        if not emails:
            unknown.append((text, owner["by_object"]))
        for email in sorted(emails):
            seat = seats.setdefault(email.casefold(), Seat(email, active_in_source=index.is_active(email.casefold())))
            seat.texts.append(text)
            seat.rows.update(owner["by_object"])
            seat.state = there.get(email.casefold(), MISSING)
    if (fallback := decided.get(EVERYBODY, {}).get("email", "")) and fallback.casefold() not in seats:
        seats[fallback.casefold()] = Seat(fallback, [told("(all others)")], state=there.get(fallback.casefold(), MISSING))
    return sorted(seats.values(), key=lambda seat: (-seat.rows.total(), seat.email)), unknown


def _states(facts: Facts) -> dict[str, str]:
    """{e-mail address: how the user stands in the account as it was last read}."""
    users = facts.accounts[0].schema.get("users", []) if facts.accounts else []
    return {str(user["email"]).casefold(): ACTIVE if user.get("active") else INACTIVE for user in users}


def _remarks(facts: Facts, seats: list[Seat]) -> list[Block]:
    if not facts.accounts:
        return [Paragraph("No Pipedrive account is connected yet: everybody counts as to be invited.", "notice")]
    account = facts.accounts[0]
    if not account.schema.get("users"):
        return [Paragraph("The account was not read yet: prepare it once, then this paper knows its users.", "notice")]
    needed = sum(1 for each in seats if each.state != ACTIVE)
    taken = sum(1 for user in account.schema["users"] if user.get("active"))
    short = taken + needed - account.seats
    said = told("{taken} of {seats} seats are taken; to be invited: {needed}.", taken=taken, seats=account.seats, needed=needed)
    if short > 0:
        return [Paragraph(f"{said} {told('Seats that are missing: {short}, unless there are fewer owners.', short=short)}", "notice")]
    return [Paragraph(said)]


def _table(facts: Facts, seats: list[Seat]) -> Table:
    objects = [object for object in facts.kinds if any(seat.rows[object] for seat in seats)]
    columns = (
        Column("e-mail address", width=34), Column("as the exports call them", width=34),
        *(Column(facts.label(each), NUMBER, 12) for each in objects),
        Column("in Pipedrive", width=22), Column("remark", width=26),
    )  # fmt: skip
    rows = [
        (
            seat.email, ", ".join(_otherwise(seat)), *(seat.rows[object] or None for object in objects), told(seat.state),
            "" if seat.active_in_source else told("inactive in the source"),
        )
        for seat in seats
    ]  # fmt: skip
    return Table(columns, rows, shown=200, nothing="Nobody owns anything in these exports.")


def _otherwise(seat: Seat) -> list[str]:
    """What the exports call a user beside the address, in whatever case it is written."""
    return [text for text in seat.texts if text.strip().casefold() != seat.email.casefold()]


def _unknown(facts: Facts, unknown: list[tuple[str, dict[str, int]]]) -> Table:
    columns = (Column("name in the exports", width=34), Column("rows", NUMBER, 10), Column("where", width=44))
    rows = [
        (
            text,
            sum(by_object.values()),
            ", ".join(f"{facts.label(object)}: {facts.words.number(count)}" for object, count in by_object.items()),
        )
        for text, by_object in unknown
    ]
    return Table(columns, sorted(rows, key=lambda row: -row[1]), shown=200, nothing="Every name means exactly one user.")


def _fallback(facts: Facts) -> list[Block]:
    answer = decisions.active(facts.project, Decision.Kind.OWNER, "owners").get(EVERYBODY, {})
    if not answer.get("email"):
        return [Paragraph("Nobody is named yet who takes over what has no owner.", "notice")]
    said = "What has no owner, or one of these, goes to {email}; the name stands in the field “Original owner”."
    return [Paragraph(told(said, email=answer["email"]))]
