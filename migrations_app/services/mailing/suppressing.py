"""Who must not be written to, beside the persons of an account: compared before they load, flagged at any time, only ever stricter.

A pass reads all persons (10 tokens for 500). It writes the suppression fields of those found whose flag is missing or milder;
nobody is ever loosened by it. `marketing_status` can be changed once: `set_marketing` does it last, with two people's word.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from connectors.errors import RecordRefused
from connectors.pipedrive.client import Pipedrive
from migrations_app import gates, hooks
from migrations_app.models import Decision, FieldRule, LinkEvent, PipedriveAccount, Project, RecordLink, SuppressionPass, require
from migrations_app.rules.mailing import columns, suppression
from migrations_app.rules.mailing.suppression import Entry, State
from migrations_app.rules.transforms.people import email_key, email_keys
from migrations_app.services import connecting, decisions, proposing, rows, schema
from migrations_app.services.mailing.gathering import contact_states, read_entries, says_who_is_suppressed
from migrations_app.services.mailing.reading import Reader
from migrations_app.states import LinkState

FIELDS = ("suppression_status", "suppression_reason", "suppression_date")
UNSUBSCRIBED = "unsubscribed"
OBJECT = "contacts"
Progress = Callable[[str], None]


class NothingToSuppress(Exception):
    """There is no suppression list, or the account is not prepared for it."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the account whom the suppression list names. `marketing` is empty where the account has no Campaigns."""

    id: str
    email: str
    state: State
    reason_now: str = ""
    marketing: str = ""
    is_ours: bool = False
    opted_in: str = ""  # a later day on which the person said yes, as far as anybody knows

    @property
    def is_conflict(self) -> bool:
        """What we made ourselves has its flag from the start; a person who was there before may have said yes elsewhere."""
        return not self.is_ours and (self.marketing == "subscribed" or bool(self.opted_in))

    @property
    def why(self) -> str:
        said = [f"opted in on {self.opted_in}"] if self.opted_in else []
        return "; ".join([*said, *(["subscribed in Pipedrive"] if self.marketing == "subscribed" else [])])


@dataclass(slots=True)
class Comparison:
    persons: int = 0
    found: list[Person] = field(default_factory=list)
    unmatched: list[tuple[str, State]] = field(default_factory=list)
    has_campaigns: bool = False

    def facts(self) -> dict[str, Any]:
        return {
            "unmatched": [[email, state.reason, state.since] for email, state in self.unmatched],
            "conflicts": [[each.id, each.email, each.state.reason, each.state.since, each.why] for each in self.found if each.is_conflict],
        }


def wanted(project: Project) -> dict[str, State]:
    """{address folded: its state} of the suppression lists in force and of the contacts' own states."""
    force = rows.tables_in_force(project)
    reader, entries = Reader(project), dict[str, list[Entry]]()
    by_contact: dict[str, list[Entry]] = {}
    for entry, reference, emails in read_entries(force, reader):
        for key in emails:
            entries.setdefault(key, []).append(entry)
        if reference and not emails:
            by_contact.setdefault(reference, []).append(entry)
    for row, cells in reader.cells(force.get(OBJECT, [])):
        for key in email_keys(cells.get("email", "")):
            entries.setdefault(key, []).extend([*contact_states(row.table, cells, reader), *by_contact.get(row.key, ())])
    return {key: state for key, some in entries.items() if (state := suppression.settle(some))}


def tables(project: Project) -> list[int]:
    """The files that say who is suppressed: a comparison that rests on other ones is out of date."""
    force = rows.tables_in_force(project)
    return sorted(table.pk for object in ("suppression", OBJECT) for table in force.get(object, []))


def concerns(project: Project) -> bool:
    """Whether anything in force says who must not be written to."""
    return says_who_is_suppressed(rows.tables_in_force(project))


def compare(account: PipedriveAccount, client: Pipedrive) -> Comparison:
    """Read every person and find those whom the list names. Sends nothing."""
    states, target = wanted(account.project), Target(account)
    ours = set(RecordLink.objects.filter(account=account, entity="person", state=LinkState.CREATED).values_list("pipedrive_id", flat=True))
    result, left, opted = Comparison(), dict(states), _opt_ins(account.project)
    result.has_campaigns, pages = _pages(client)
    for page in pages:
        for record in page:
            result.persons += 1
            result.found += _matching(record, states, left, opted, target, ours)
    result.unmatched = sorted(left.items())
    return result


def keep(account: PipedriveAccount, compared: Comparison, kind: str, user: Any, **more: Any) -> SuppressionPass:
    kept = SuppressionPass.objects.create(
        account=account,
        kind=kind,
        tables=tables(account.project),
        persons=compared.persons,
        suppressed=len(compared.found),
        facts=compared.facts() | {"due": [each.id for each in due_for_marketing(account.project, compared)]} | more,
        by=user if user.pk else None,
    )
    hooks.announce("suppression_compared", account, compared)
    return kept


def due_for_marketing(project: Project, compared: Comparison) -> list[Person]:
    """Those whose status would change: neither unsubscribed already, nor cleared by a person, nor still in doubt."""
    answers = decisions.active(project, Decision.Kind.SUPPRESSION, OBJECT)
    return [
        each
        for each in compared.found
        if each.marketing not in ("", UNSUBSCRIBED)
        and not answers.get(each.email, {}).get("mailable")
        and (each.email in answers or not each.is_conflict)
    ]


def check(account: PipedriveAccount, client: Pipedrive, *, user: Any) -> SuppressionPass | None:
    """The comparison that the gate *suppression* waits for; None where there is nothing to compare."""
    return keep(account, compare(account, client), SuppressionPass.Kind.COMPARED, user) if concerns(account.project) else None


def suppress(account: PipedriveAccount, *, user: Any, dry_run: bool = False, progress: Progress = lambda text: None) -> SuppressionPass:
    """One pass: compare, and flag whoever is not flagged as strictly. Doing it again writes nothing.

    Raises Forbidden, GateClosed (a run of the account is under way), NothingToSuppress and the client's errors.
    """
    require(user, "load", account.project)
    if not concerns(account.project):
        raise NothingToSuppress(f"{account.project} has no suppression list: take one in first.")
    gates.require(account, ("settled",))
    client = connecting.client_for(account)
    try:
        progress("reading the persons of the account")
        compared = compare(account, client)
        flagged = [] if dry_run else list(_flag(account, client, compared, progress))
    finally:
        connecting.note_spend(account, client.door.spent)
    kind = SuppressionPass.Kind.COMPARED if dry_run else SuppressionPass.Kind.FLAGGED
    return keep(account, compared, kind, user, flagged=flagged)


def in_words(kept: SuppressionPass) -> str:
    facts = kept.facts
    return (
        f"{len(facts['flagged']):,} persons are flagged, {kept.suppressed - len(facts['flagged']):,} were flagged as strictly before. "
        f"{len(facts['conflicts']):,} have said yes since: see Suppressed persons. {len(facts['unmatched']):,} addresses are nobody's here."
    )


def mailable_by_decision(project: Project) -> set[str]:
    """Addresses of which a person said that their opt-in counts."""
    answers = decisions.active(project, Decision.Kind.SUPPRESSION, OBJECT)
    return {email for email, answer in answers.items() if answer.get("mailable")}


def _flag(account: PipedriveAccount, client: Pipedrive, compared: Comparison, progress: Progress) -> Iterator[list[Any]]:
    target, kept = Target(account), mailable_by_decision(account.project)
    target.require_fields()
    due = [each for each in compared.found if suppression.is_stricter(each.state.reason, each.reason_now) and each.email not in kept]
    links = _links(account, [each.id for each in due])
    for number, person in enumerate(due, start=1):
        body = {"custom_fields": target.flags(person.state)}
        reply = client.update("person", person.id, body)
        if link := links.get(person.id):
            _remember(link, body, target.before(person), reply)
        progress(f"{number} of {len(due)} persons flagged")
        yield [person.id, person.email, person.state.reason, person.state.since, person.reason_now]


def _links(account: PipedriveAccount, ids: Sequence[str]) -> dict[str, RecordLink]:
    mine = RecordLink.objects.filter(account=account, entity="person", state=LinkState.CREATED, pipedrive_id__in=ids)
    return {link.pipedrive_id: link for link in mine}


def _remember(link: RecordLink, body: Mapping[str, Any], before: Mapping[str, Any], reply: Any) -> None:
    """In the ledger, too: what we wrote reads back as ours, and a rollback knows what stood there."""
    stamp = str(reply.data.get("update_time") or "") if isinstance(reply.data, dict) else ""
    told = {"previous": {"custom_fields": dict(before)}, "stamp": stamp, "at": timezone.now()}
    LinkEvent.objects.create(link=link, run_id=link.written_run_id or link.run_id, verb=LinkEvent.Verb.UPDATE, sent=dict(body), **told)


def _pages(client: Pipedrive) -> tuple[bool, Iterator[list[dict[str, Any]]]]:
    """All persons, with their marketing status where the account has Campaigns (API.md 8)."""
    try:
        next(client.pages("person", include_fields="marketing_status", limit=1), None)
    except RecordRefused:
        return False, client.pages("person")
    return True, client.pages("person", include_fields="marketing_status")


def _matching(
    record: Mapping[str, Any],
    states: Mapping[str, State],
    left: dict[str, State],
    opted: Mapping[str, str],
    target: "Target",
    ours: set[str],
) -> Iterator[Person]:
    """The person, if any of its addresses is suppressed; several join into the strictest."""
    found = {key: states[key] for entry in record.get("emails") or () if (key := email_key(str(entry.get("value") or ""))) in states}
    if not found or record.get("is_deleted"):
        return
    for key in found:
        left.pop(key, None)
    state = suppression.settle([entry for each in found.values() for entry in each.history])
    if state is None:
        return
    later = max((opted.get(key, "") for key in found), default="")
    opted_in = later if state.since and later > state.since else ""
    id, marketing = str(record["id"]), str(record.get("marketing_status") or "")
    yield Person(id, next(iter(found)), state, target.reason_of(record), marketing, id in ours, opted_in)


def _opt_ins(project: Project) -> dict[str, str]:
    """{address: the last day on which its contact opted in}, as the source documents it."""
    reader, force, found = Reader(project), rows.tables_in_force(project), dict[str, str]()
    for row, cells in reader.cells(force.get(OBJECT, [])):
        day = reader.day(row.table, "opt_in_date", cells.get("opt_in_date", ""))
        for key in email_keys(cells.get("email", "")):
            found[key] = max(day, found.get(key, ""))
    for entry, _, emails in read_entries(force, reader):
        for key in emails if entry.reason == suppression.RESUBSCRIBED else ():
            found[key] = max(entry.on, found.get(key, ""))
    return found


class Target:
    """The suppression fields as the account has them."""

    def __init__(self, account: PipedriveAccount) -> None:
        self._schema = schema.account_schema(account)
        mapping = proposing.approved(account.project)
        stored = FieldRule.objects.filter(mapping=mapping, object=OBJECT, transform=columns.TRANSFORM).exclude(field="")
        named = {each.name: rule.field for rule in stored if (each := columns.BY_COLUMN.get((OBJECT, rule.column)))}
        self._fields = {name: named[name] for name in FIELDS if name in named}
        self._codes = {name: code for name, each in self._fields.items() if (code := self._schema.fields.get(("person", each)))}

    def require_fields(self) -> None:
        """Raises NothingToSuppress where a flag would have no place."""
        if not {"suppression_status", "suppression_reason"} <= self._codes.keys():
            raise NothingToSuppress("The account has no suppression fields: propose and approve the map, then prepare the account.")

    def reason_of(self, record: Mapping[str, Any]) -> str:
        """The reason that stands at the person now; "" for none."""
        value = (record.get("custom_fields") or {}).get(self._codes.get("suppression_reason", ""))
        id = value.get("id") if isinstance(value, dict) else value
        labels = {option: label for label, option in self._options("suppression_reason").items()}
        return suppression.reason_of_label(labels.get(int(id), "")) if id else ""

    def flags(self, state: State) -> dict[str, Any]:
        found: dict[str, Any] = {
            self._codes["suppression_status"]: self._options("suppression_status").get(suppression.SUPPRESSED.casefold()),
            self._codes["suppression_reason"]: self._options("suppression_reason").get(suppression.LABELS[state.reason].casefold()),
        }
        if state.since and "suppression_date" in self._codes:
            found[self._codes["suppression_date"]] = state.since
        return found

    def before(self, person: Person) -> dict[str, Any]:
        label = suppression.LABELS.get(person.reason_now, "").casefold()
        return {self._codes["suppression_reason"]: self._options("suppression_reason").get(label)}

    def _options(self, name: str) -> Mapping[str, int]:
        return self._schema.options.get(("person", self._fields.get(name, "")), {})
