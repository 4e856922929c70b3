"""Who stood where in which workflow at the freeze: from a file of enrolments, or from lists that the workflows themselves carry."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from connectors.sources import registry
from connectors.sources.headers import surest
from migrations_app.models import Project, SourceTable
from migrations_app.rules.mailing.enrolments import Stood, records_in, step_meant
from migrations_app.rules.mailing.rebuild import Workflow
from migrations_app.services import reporting, rows
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.papers.words import defused
from migrations_app.services.references import ReferenceIndex, build_index, fold
from migrations_app.services.staging import chunks

OBJECT, WORKFLOWS, CONTACTS = "enrolments", "workflows", "contacts"
HEADS = ("workflow", "step", "no.", "name", "email", "contact_id", "status", "since")
AT_ONCE = 500
_SURE = 0.9
Cells = Mapping[str, str]


@dataclass(slots=True)
class Counts:
    """By the printed name of the workflow: how many are listed, and how many at each step (0: at none that the workflow has)."""

    listed: Counter[str] = field(default_factory=Counter)
    at: Counter[tuple[str, int]] = field(default_factory=Counter)


def standing(project: Project, workflows: Sequence[Workflow]) -> Iterator[Stood]:
    """Everybody listed, in the order of the files, in bounded memory beside an index of the contacts."""
    force, reader = rows.tables_in_force(project), Reader(project)
    told = _told(project, force, reader)
    first = next(told, None)
    if first is None:
        return
    contacts = force.get(CONTACTS, [])
    people = build_index(CONTACTS, contacts)
    named = _by_name(workflows)
    yield from _with_people([_stood(first, people, named)], contacts)
    for some in chunks((_stood(cells, people, named) for cells in told), AT_ONCE):
        yield from _with_people(some, contacts)


def count(project: Project, workflows: Sequence[Workflow]) -> Counts:
    found = Counts()
    for each in standing(project, workflows):
        found.listed[each.workflow] += 1
        found.at[each.workflow, each.at] += 1
    return found


def with_counts(workflows: Sequence[Workflow], counts: Counts) -> list[Workflow]:
    """The workflows with how many stood at each of their steps, where persons are listed."""
    return [_counted(each, counts) if counts.listed[each.name] else each for each in workflows]


def write(project: Project, workflows: Sequence[Workflow], path: Path) -> int:
    """A csv for people: it opens in a spreadsheet without running anything."""
    return reporting.write_csv(path, HEADS, (list(map(defused, line(each))) for each in standing(project, workflows)))


def line(each: Stood) -> tuple[str | int, ...]:
    return each.workflow, each.step, each.at or "", each.name, each.email, each.contact, each.status, each.since


def _counted(each: Workflow, counts: Counts) -> Workflow:
    steps = tuple(replace(step, stood=counts.at[each.name, number]) for number, step in enumerate(each.steps, start=1))
    return replace(each, steps=steps, listed=counts.listed[each.name])


def _told(project: Project, force: Mapping[str, list[SourceTable]], reader: Reader) -> Iterator[Cells]:
    """The cells of each enrolment by role, whichever way it is told."""
    for row, cells in reader.cells(force.get(OBJECT, [])):
        yield cells | {"since": reader.day(row.table, "entered", cells.get("entered", "")) or cells.get("entered", "")}
    system = registry.get_source(project.source)
    for _, cells in reader.cells(force.get(WORKFLOWS, [])):
        for record in records_in(cells.get("enrolments", "")):
            heads = list(record)
            at = surest(system, system.object(OBJECT), heads, _SURE)
            nested = {role: str(record[heads[place]] or "") for role, place in at.items()}
            yield {"workflow_name": cells.get("name", ""), "since": nested.get("entered", "")} | nested


def _by_name(workflows: Sequence[Workflow]) -> dict[str, Workflow]:
    return {fold(each.name): each for each in workflows} | {fold(each.key): each for each in workflows}


def _stood(cells: Cells, people: ReferenceIndex, named: Mapping[str, Workflow]) -> Stood:
    printed = cells.get("workflow_ref") or cells.get("workflow_name", "")
    workflow = named.get(fold(printed)) or named.get(fold(cells.get("workflow_name", "")))
    step, email = cells.get("step", ""), cells.get("email", "")
    key, _ = people.resolve_any((cells.get("contact_ref", ""), email))
    at = step_meant(step, [each.said for each in workflow.steps]) if workflow else 0
    name = workflow.name if workflow else printed
    return Stood(name, step, at, "", email, key or cells.get("contact_ref", ""), cells.get("status", ""), cells.get("since", ""))


def _with_people(some: Sequence[Stood], contacts: Sequence[SourceTable]) -> Iterator[Stood]:
    """With the names and, where the list has none, the addresses of the contacts. One query, two with corrections."""
    found = rows.by_key(contacts, {each.contact for each in some if each.contact}) if contacts else {}
    for each in some:
        row = found.get(each.contact)
        place = row.table.position_of("email") if row else None
        email = each.email or (row.cells[place] if row and place is not None else "")
        yield each._replace(name=_name(row) if row else "", email=email)


def _name(row: rows.SourceRow) -> str:
    parts = [row.table.position_of(role) for role in ("first_name", "last_name")]
    return " ".join(text for at in parts if at is not None and (text := row.cells[at].strip())) or row.label
