"""The inventory of automations: what the exports name, and a form for what they cannot know."""

from collections.abc import Iterator
from functools import partial

from migrations_app.services import rows
from migrations_app.services.papers.document import FILL, Block, Column, Document, Paragraph, Points, Section, Table
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import plain, told

OBJECTS = ("workflows", "processes", "sequences", "templates", "campaigns")
CELL = 400
FORM_LINES = 12
ASKED = (
    "Processes that start when a type, stage or status changes",
    "Reminders, follow-ups and recurring tasks",
    "Mails that go out by themselves: to customers, to colleagues",
    "Web forms, chat, telephone and what they create",
    "Calendar, mailbox and contact synchronisation",
    "QuickBooks: what is created where, and who starts it",
    "Reports that are sent, dashboards on walls, spreadsheets that read the CRM",
    "Anything with an API key, Zapier, Make or a script on somebody's desk",
)


def build(facts: Facts) -> Document:
    named = [object for object in OBJECTS if object in facts.force]
    about = "Nothing that runs by itself moves: each is switched off, rebuilt in Pipedrive, or given up. This is the list."
    found = [Section(told("In the exports: {kind}", kind=facts.label(object)), _listed(facts, object)) for object in named]
    if not named:
        nothing = told("The {source} exports name no processes. Please fill in the form below.", source=facts.source.label)
        found = [Section("In the exports", [Paragraph(nothing)])]
    columns = (
        Column("what it does", FILL, 34), Column("starts when", FILL, 24), Column("who needs it", FILL, 18),
        Column("in Pipedrive", FILL, 24),
        Column("by, until", FILL, 16),
    )  # fmt: skip
    form = Table(columns, [("",) * len(columns)] * FORM_LINES)
    sections = [*found, Section("Please think of", [Points(ASKED)]), Section("To be filled in", [form])]
    return facts.document("Automations", about, sections)


def _listed(facts: Facts, object: str) -> list[Block]:
    """Every row with every column that holds something."""
    columns = [each for each in facts.columns[object] if each.filled]
    names = [each.name for each in columns][:8]
    wide = tuple(Column(plain(name), width=26, theirs=True) for name in names)
    table = Table(wide, partial(_rows, facts, object, names), total=facts.rows[object], shown=100) if names else Table((), [])
    return [Paragraph(told("{count} in the exports.", count=facts.words.number(facts.rows[object]))), table]


def _rows(facts: Facts, object: str, names: list[str]) -> Iterator[list[str]]:
    for row in rows.stream(facts.force[object]):
        at = {header: position for position, header in enumerate(row.table.headers)}
        yield [row.cells[at[name]][:CELL] if name in at else "" for name in names]
