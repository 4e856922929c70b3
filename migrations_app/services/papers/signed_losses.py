"""The known losses, to be signed line by line."""

from migrations_app.models import Approval
from migrations_app.services.loss import KINDS
from migrations_app.services.papers.document import NUMBER, TICK, Column, Document, Paragraph, Section, Signatures, Table
from migrations_app.services.papers.facts import Facts, for_the_firm, person
from migrations_app.services.papers.scope import NOTHING_YET
from migrations_app.services.wording import counted, told

TITLES = {
    "file": "Files",
    "object": "Whole kinds of records",
    "scope": "Records that rules leave out",
    "rows": "Rows that never load",
    "answer": "Given up by an answer",
    "merged": "Merged records",
    "column": "Columns without a place in Pipedrive",
    "values": "Records that load with something taken off",
    "owner": "Owners",
    "frozen": "Formulas",
    "limit": "What Pipedrive itself does not take",
}
COLUMNS = (
    Column("no.", NUMBER, 6), Column("kind", width=18), Column("what", width=44), Column("how many", NUMBER, 10),
    Column("what happens instead", width=44), Column("accepted", TICK, 10),
)  # fmt: skip


def build(facts: Facts) -> Document:
    if not facts.force:
        return facts.document("Known losses", NOTHING_YET, [])
    lines = list(enumerate(facts.losses, start=1))
    last = facts.approvals[-1] if facts.approvals else None
    signed = last if last is not None and last.verdict == Approval.Verdict.SIGNED else None
    accepted = {line.get("key"): line.get("count") for line in signed.losses} if signed else {}
    said = "{lines}: what does not arrive in Pipedrive, or arrives in another form. Please accept each one."
    about = told(said, lines=counted(len(lines), "line"))
    sections = [Section("How to read this", [Paragraph(_HOW)])]
    for kind in KINDS:
        mine = [
            (
                number,
                facts.label(each.object),
                each.what,
                each.count,
                each.instead,
                accepted.get(each.key) == each.count,
            )
            for number, each in lines
            if each.kind == kind
        ]
        if mine:
            sections.append(Section(TITLES[kind], [Table(COLUMNS, mine, shown=500)]))
    if not lines:
        sections.append(Section("Nothing is lost", [Paragraph("Everything in the exports has a place in Pipedrive.", "strong")]))
    return facts.document("Known losses", about, [*sections, Section("Accepted", [_signatures(facts, signed)])])


def _signatures(facts: Facts, signed: Approval | None) -> Signatures:
    customer = ("for the customer", "", "")
    if signed is not None:
        whose = f" ({signed.on_behalf_of})" if signed.on_behalf_of else ""
        customer = (f"{told('for the customer')}{whose}", person(signed.by), facts.words.date(signed.at))
    return Signatures([customer, (for_the_firm(facts), "", "")])


_HOW = (
    "Each line counts rows or values of the exports in force today. Nothing is dropped without a line here: whatever a later export, "
    "map or answer adds makes this paper outdated, and it is to be signed again."
)
