"""E-mail sends: what each way of showing them in Pipedrive costs."""

from migrations_app.services.mailing import detail
from migrations_app.services.papers.document import NUMBER, TEXT, Chart, Column, Document, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import told

_COLUMNS = (
    Column("choice", TEXT, 40), Column("activities", NUMBER, 12), Column("tokens", NUMBER, 14), Column("days", NUMBER, 8),
    Column("entries for each person", NUMBER, 14), Column("most for one person", NUMBER, 14),
)  # fmt: skip


def build(facts: Facts) -> Document:
    about = (
        "Every send can stand on the timeline, or months of them, or only counters. Opens are inflated by mail programs that look first."
    )
    found = detail.choices(facts.project)
    if not found:
        nothing = Paragraph("The exports hold no sends, or no audit has looked at them yet.", "notice")
        return facts.document("E-mail sends", about, [Section("Sends", [nothing])])
    lines = [(told(each.title), each.records, each.tokens, each.days, each.entries, each.most) for each in found]
    chart = Chart("Tokens", [(told(each.title), float(each.tokens)) for each in found])
    beside = Paragraph(
        "Counters (sent, opened, clicked, bounced, last open) go onto the person in any case, with its creation and without own tokens. "
        "Activities belong to a user whom you name, never to the rep: reports count what is done."
    )
    return facts.document("E-mail sends", about, [Section("The choices", [Table(_COLUMNS, lines), chart, beside])])
