"""What arrives as text: notes that no row of the notes stands for, made of rows that are no records of their own."""

from collections.abc import Iterable, Mapping, Sequence

from migrations_app.rules.deals import AS_NOTE
from migrations_app.rules.keys import fit
from migrations_app.rules.scope import is_project
from migrations_app.rules.shapes.notes import split
from migrations_app.rules.spec import NOTE, Draft
from migrations_app.rules.transforms.markup import cleaned, escaped
from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.children import NO_PARENT
from migrations_app.services.planners.organizations import company_of
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.references import CONTACT_ROLES

_CLOSED = ("won_time", "lost_time")


def add_note(plan: Plan, key: str, row: rows.SourceRow, content: str, parents: Sequence[tuple[str, str]], dated: str = "") -> None:
    """A note of its own, in parts where one takes less. `dated` is when it was true, in UTC."""
    for part, text in enumerate(split(cleaned(content)), start=1):
        name = key if part == 1 else f"{key}/{part}"
        facts = {"content": text} | ({"add_time": dated[:19].replace("T", " ")} if dated else {})
        plan.add(NOTE, Wanted(name, None, row.line, row.label[:120], derived=True, facts=facts, parents=list(parents)))


def closed_at(draft: Draft) -> str:
    """When the deal was won or lost, if it says so."""
    return next((str(draft.values[name]) for name in _CLOSED if name in draft.values), "")


# --- projects among the deals ------------------------------------------------------------------------------------------


def tell_of_projects(plan: Plan) -> None:
    """A note for each row among the deals that is a project and is to be told as text."""
    if plan.project.setting("projects") != "note":
        return
    for row in rows.stream(plan.tables.get("deals", ())):
        if plan.no_record(row) or not is_project(cell(row, "is_opportunity")):
            continue
        if parents := list(_about(plan, row)):
            add_note(plan, project_note(row), row, _as_text(plan, row), parents, closed_at(plan.draft(row)))


def why_no_deal(plan: Plan, row: rows.SourceRow) -> str:
    """The reason why a row that is a project is no deal; empty where it is one."""
    reason = plan.draft(row).skip
    return NO_PARENT if reason == AS_NOTE and project_note(row) not in plan.extra.get(NOTE, {}) else reason


def project_note(row: rows.SourceRow) -> str:
    return fit(f"note:project:{row.key}")


def _about(plan: Plan, row: rows.SourceRow) -> Iterable[tuple[str, str]]:
    if contact := plan.find("contacts", (cell(row, role) for role in CONTACT_ROLES)):
        yield "person", f"person:{contact}"
    if company := company_of(plan, row) or plan.contact_company.get(contact, ""):
        yield "organization", company


def _as_text(plan: Plan, row: rows.SourceRow) -> str:
    heading = f"<p><b>{escaped(f'Project from {plan.project.get_source_label()}: {row.label or row.key}')}</b></p>\n"
    return heading + "<br>\n".join(f"{escaped(name)}: {escaped(text)}" for name, text in _filled(row).items())


def _filled(row: rows.SourceRow) -> Mapping[str, str]:
    named = zip(row.table.headers, row.cells, strict=False)
    return {name or f"Column {at}": text.strip() for at, (name, text) in enumerate(named, start=1) if text.strip()}
