"""What moves: objects, fields, counts; and what arrived but does not move, with the reason."""

from collections.abc import Iterator

from migrations_app.models import FieldRule
from migrations_app.rules.mailing.columns import GATHERED
from migrations_app.rules.propose import DEFINITIONS
from migrations_app.rules.spec import split_custom
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services.papers.document import NUMBER, PERCENT, Column, Document, Figures, Paragraph, Section, Table
from migrations_app.services.papers.facts import Facts, person
from migrations_app.services.wording import told

NOTHING_YET = "No export was taken in yet: this paper fills itself once one has arrived."
_OTHERWISE = {
    "org_id": "organization",
    "source_id": "source id",
    "user_id": "author",
    "add_time": "creation date",
    "visible_to": "visibility",
}
FIELDS = (
    Column("column", width=26), Column("example", width=28), Column("filled", PERCENT, 9), Column("becomes", width=14),
    Column("field", width=30), Column("read as", width=14),
)  # fmt: skip


def build(facts: Facts) -> Document:
    if not facts.force:
        return facts.document("Scope", NOTHING_YET, [])
    words, moved = facts.words, sum(facts.rows[object] for object in facts.moving)
    fields = [column for object in facts.moving for column in facts.fields[object] if column.moves]
    about = told("What moves from {source} into Pipedrive, what stays behind, and why.", source=facts.source.label)
    figures = Figures(
        [
            (words.number(len(facts.moving)), "kinds of records move"),
            (words.number(moved), "rows of the exports stand for them"),
            (words.number(facts.records), "records are to be made"),
            (words.number(len(fields)), "columns have a field in Pipedrive"),
        ]
    )
    sections = [
        Section("In figures", [figures, _map_line(facts)]),
        Section("Kinds of records", [_objects(facts)]),
        Section("Which records move", list(_rules(facts))),
        *(
            Section(told("Fields: {kind}", kind=facts.label(object)), [_fields(facts, object)])
            for object in facts.force
            if object in facts.moving
        ),
        Section("What arrived but does not move", [_left(facts)]),
    ]
    return facts.document("Scope", about, sections)


def _map_line(facts: Facts) -> Paragraph:
    mapping = facts.mapping
    if mapping is None:
        return Paragraph("No map is proposed yet, so nothing has a place in Pipedrive so far.", "notice")
    if mapping.approved_by and mapping.approved_at:
        by = {"person": person(mapping.approved_by), "day": facts.words.date(mapping.approved_at)}
        return Paragraph(told("Map {version}, approved by {person} on {day}.", version=mapping.version, **by), "dim")
    return Paragraph(told("Map {version} is proposed and not approved yet.", version=mapping.version), "notice")


def _objects(facts: Facts) -> Table:
    columns = (
        Column("kind", width=20), Column("files", NUMBER, 8), Column("rows in the files", NUMBER, 14), Column("skipped lines", NUMBER, 12),
        Column("rows taken over", NUMBER, 14), Column("records to be made", NUMBER, 14), Column("what becomes of it", width=34),
    )  # fmt: skip
    return Table(
        columns,
        [
            (
                facts.label(object), len(tables), sum(each.rows for each in tables), sum(sum(each.skipped.values()) for each in tables),
                facts.rows[object], facts.expected.get(object) if object in facts.moving else None, _fate(facts, object),
            )
            for object, tables in facts.force.items()
        ],
    )  # fmt: skip


def _fate(facts: Facts, object: str) -> str:
    if object in facts.moving:
        entities = sorted({rule.entity for (name, _), rule in facts.rules.items() if name == object and rule.field})
        return told("becomes {records}", records=", ".join(told(entity.replace("_", " ").capitalize()) for entity in entities))
    if object in facts.gathered:
        return told("stands in fields of other records: {fields}", fields=", ".join(facts.gathered[object]))
    return told(DEFINITIONS.get(object, "does not move: the rows are kept with the export"))


def _rules(facts: Facts) -> Iterator[Paragraph | Table]:
    stated = [loss for loss in facts.losses if loss.kind == "scope"]
    yield Paragraph("All records of the kinds above move, except those that never load and those named here.")
    columns = (Column("rule", width=34), Column("kind", width=18), Column("rows left out", NUMBER, 14), Column("why", width=44))
    rows = [(loss.subject, facts.label(loss.object), loss.count, loss.instead) for loss in stated]
    yield Table(columns, rows, nothing="No rule leaves records out.")


def _fields(facts: Facts, object: str) -> Table:
    columns = [column for column in facts.fields[object] if column.moves]
    rows = [
        (
            _column_name(each.name),
            " · ".join(each.examples),
            each.fill_rate if each.rows else None,
            told(rule.entity.replace("_", " ").capitalize()),
            field_name(rule),
            _read_as(rule),
        )
        for each in columns
        if (rule := each.rule) is not None
    ]
    return Table(FIELDS, rows, shown=200)


def _column_name(name: str) -> str:
    """A header of the export; what is gathered from other files has none, and is called by us."""
    return told("{label} (from other files)", label=name.removesuffix(GATHERED)) if name.endswith(GATHERED) else name


def _read_as(rule: FieldRule) -> str:
    return told(TRANSFORMS[rule.transform].label) if rule.transform in TRANSFORMS else rule.transform


def field_name(rule: FieldRule) -> str:
    """A field as people read it: `custom:Tier (enum)` is a field of the customer's own."""
    if own := split_custom(rule.field):
        return told("own field: {label}", label=own[0])
    return told(_OTHERWISE.get(rule.field) or rule.field.removesuffix("_id").removesuffix("_ids").replace("_", " "))


def _left(facts: Facts) -> Table:
    columns = (Column("kind", width=18), Column("what", width=40), Column("how many", NUMBER, 12), Column("why", width=50))
    kinds = ("file", "object", "column")
    rows = [(facts.label(each.object), each.what, each.count, each.instead) for each in facts.losses if each.kind in kinds]
    return Table(columns, rows, shown=200, nothing="Everything that arrived has a place in Pipedrive.")
