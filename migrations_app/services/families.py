"""Duplicates that became one record: what the others said otherwise, and the companies they named besides (PRACTICE.md 3 row 10)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrations_app.models import Mapping as FieldMap
from migrations_app.models import Project, SourceTable
from migrations_app.rules.engine import Mapper
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.merging import families, lost
from migrations_app.rules.transforms.markup import escaped
from migrations_app.services import compiling, decisions, rows
from migrations_app.services.references import COMPANY_ROLES, fold
from migrations_app.services.staging import chunks

SETTING = "merge_notes"
HEADING = "<p><b>Merged from {source}: what the other records said otherwise</b></p>\n"
AT_ONCE = 200
Mappers = Mapping[int, Mapper]
Roots = Mapping[str, str]  # by key of a record: that of the one that stands for it


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one record: `first` stands for the `others`, which follow in file order."""

    first: rows.SourceRow
    others: Sequence[rows.SourceRow]


def read(tables: Sequence[SourceTable], roots: Roots, apart: Collection[str] = frozenset()) -> Iterator[Family]:
    """Every family of one object whose rows are in force; those in `apart` are records of their own already. Constant queries for 200."""
    for some in chunks(families(roots).items(), AT_ONCE):
        found = rows.by_key(tables, {key for _, members in some for key in members})
        for root, members in some:
            others = [found[key] for key in members if key != root and key in found and key not in apart]
            if root in found and others:
                yield Family(found[root], sorted(others, key=lambda row: (row.table.pk, row.line)))


def said_otherwise(family: Family, mappers: Mappers, source: str) -> str:
    """Html with the cells of the others that the record does not show; empty where it shows them all. `source` is the system's name."""
    drafts = [mappers[row.table.pk].draft(row.cells) for row in (family.first, *family.others)]
    parts = []
    for row, draft, fields in zip(family.others, drafts[1:], lost(drafts), strict=True):
        if lines := [f"{escaped(column)}: {escaped(text)}" for column, text in _cells(row, mappers[row.table.pk], fields)]:
            name = f"{draft.values.get('name') or row.label} ({row.key})"
            parts.append("<br>\n".join([f"<b>{escaped(name)}</b>", *lines]))
    return HEADING.format(source=escaped(source)) + "\n".join(f"<p>{part}</p>" for part in parts) if parts else ""


def named_otherwise(family: Family) -> bool:
    """Whether its rows name different companies, as texts."""
    named = {fold(text) for row in (family.first, *family.others) if (text := _company(row))}
    return len(named) > 1


def expected_notes(project: Project, mapping: FieldMap) -> int:
    """How many notes tell what merged rows said otherwise, as people have answered so far."""
    if project.setting(SETTING) == "no":
        return 0
    force, source = rows.tables_in_force(project), project.get_source_label()
    count = 0
    for object in ("companies", "contacts"):
        if roots := decisions.merge_roots(project, object):
            mappers = compiling.mappers(mapping, force.get(object, ()))
            count += sum(bool(said_otherwise(each, mappers, source)) for each in read(force.get(object, ()), roots))
    return count


def any_torn(project: Project) -> bool:
    """Whether merged persons name different companies."""
    roots = decisions.merge_roots(project, "contacts")
    return bool(roots) and any(named_otherwise(each) for each in read(rows.tables_in_force(project).get("contacts", ()), roots))


def _cells(row: rows.SourceRow, mapper: Mapper, fields: Collection[str]) -> Iterator[tuple[str, str]]:
    headers = unique_headers(row.table.headers)
    for at, rule in sorted(mapper.rules.items()):
        if at < len(row.cells) and row.cells[at].strip() and (rule.field in fields or rule.role in fields):
            yield headers[at] if at < len(headers) else rule.column, row.cells[at].strip()


def _company(row: rows.SourceRow) -> str:
    places = (row.table.position_of(role) for role in COMPANY_ROLES)
    return next((text for at in places if at is not None and (text := row.cells[at].strip())), "")
