"""The letter that asks for the exports: which lists, which columns, and what has arrived."""

from collections.abc import Iterator

from connectors.sources.spec import FieldSpec, ObjectSpec
from migrations_app.services.papers.document import FILL, NUMBER, Column, Document, Paragraph, Points, Section, Table, Ticks
from migrations_app.services.papers.facts import Facts, person
from migrations_app.services.wording import counted, told

ASKED = 14  # columns named in the letter; whatever else a list has comes along

HOW = (
    "Log in as an administrator who sees the records of everybody: what that user cannot see is missing in the export.",
    "Export every list whole: no filter, no selection, all columns, inactive records included.",
    "Keep the id columns. Without them records find each other by name, and names repeat.",
    "Any of these will do: csv, tsv, xlsx or json, one file a list, one workbook, or all of it in one zip. Change nothing by hand.",
    "Put documents, photos and signatures into a folder of the same zip, with the list that says which record each belongs to.",
    "Write down how many records your screen shows for each list, so that an export that stopped half way is noticed.",
)


def build(facts: Facts) -> Document:
    arrived = [spec for spec in facts.source.objects if spec.name in facts.force]
    said = "What we need out of {source}: {lists} lists, of which {arrived} have arrived."
    about = told(said, source=facts.source.label, lists=len(facts.source.objects), arrived=len(arrived))
    sections = [
        Section("How to export", [Points(HOW)]),
        Section("The lists", [Ticks([_tick(facts, spec) for spec in facts.source.objects])]),
        Section("How many does your screen say?", [_counts(facts)]),
        Section("What has arrived", list(_arrived(facts))),
    ]
    return facts.document("Export request", about, sections)


def _tick(facts: Facts, spec: ObjectSpec) -> tuple[bool, str, str]:
    tables = facts.force.get(spec.name, [])
    names = ", ".join(_label(field) for field in spec.fields[:ASKED])
    if not tables:
        return False, spec.label, told("columns, as far as you have them: {names}", names=names)
    files = ", ".join(dict.fromkeys(str(table) for table in tables))
    missing = [_label(field) for field in spec.fields if (field.role,) in spec.needs and not _has(facts, spec, field)]
    said = told("{records} in {files}", records=counted(facts.rows[spec.name], "record"), files=files)
    return True, spec.label, told("{said}; missing: {columns}", said=said, columns=", ".join(missing)) if missing else said


def _has(facts: Facts, spec: ObjectSpec, field: FieldSpec) -> bool:
    return any(table.position_of(field.role) is not None for table in facts.force[spec.name])


def _label(field: FieldSpec) -> str:
    if field.spellings and not field.spellings[0].startswith("~"):
        return field.spellings[0]
    if field.role.endswith("_ref"):
        return f"{field.role.removesuffix('_ref').capitalize()} ID"
    return "ID" if field.role == "id" else field.role.replace("_", " ").capitalize()


def _counts(facts: Facts) -> Table:
    columns = (Column("list", width=24), Column("records that arrived", NUMBER, 20), Column("your screen says", FILL, 20))
    return Table(columns, [(told(spec.label), facts.rows.get(spec.name), "") for spec in facts.source.objects])


def _arrived(facts: Facts) -> Iterator[Table | Paragraph | Points]:
    if not facts.uploads:
        yield Paragraph("Nothing has arrived yet.", "notice")
        return
    columns = (Column("package", width=30), Column("arrived", width=20), Column("taken in by", width=20))
    yield Table(columns, [(each.name, each.created_at, person(each.uploaded_by)) for each in facts.uploads])
    wide = (
        Column("file", width=32), Column("list", width=18), Column("records", NUMBER, 12), Column("taken over", NUMBER, 12),
        Column("skipped", NUMBER, 12),
    )  # fmt: skip
    tables = [table for each in facts.force.values() for table in each]
    yield Table(wide, [(str(each), facts.label(each.object), each.rows, each.staged, sum(each.skipped.values())) for each in tables])
    odd = [told("{name}: nobody could tell what it holds", name=name) for each in facts.uploads for name in each.unrecognised]
    odd += [f"{refused['file']}: {told(refused['reason'])}" for each in facts.uploads for refused in each.refused]
    if odd:
        yield Paragraph("Files to look at:", "strong")
        yield Points(odd)
