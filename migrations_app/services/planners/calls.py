"""Calls that are done become call logs, where the project wants that; what is in Pipedrive already stays what it is there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.sources import registry
from connectors.sources.headers import surest
from migrations_app.models import RecordLink
from migrations_app.rules.calls import LOG, is_done_call, phone_number, values_of
from migrations_app.rules.keys import fit
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.shapes.activities import DISPOSITION, OUTCOME
from migrations_app.rules.spec import ACTIVITY, CALL_LOG, FILE, Draft
from migrations_app.services import rows
from migrations_app.services.keysets import KeySet
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.children import hung
from migrations_app.services.planners.plan import CALLS, Plan, cell
from migrations_app.services.references import CONTACT_ROLES
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET, LINK_OPEN, LinkState

AT_ONCE = 1000
SURE = 0.9
NO_LONGER = "no done call with a number any more"
NUMBERS = ("phone", "mobile", "home_phone")  # as a contact has them, the likeliest first
Drafted = tuple[rows.SourceRow, Draft]


def settle_calls(plan: Plan) -> None:
    """Remember which rows of the activities are to be call logs."""
    if KINDS[CALL_LOG] not in plan.kinds:
        return
    chosen = plan.project.setting(CALLS) == LOG
    logs, activities, needed = _there(plan, CALL_LOG), _there(plan, ACTIVITY), _with_files(plan)
    for row, values in _calls(plan):
        key = f"{ACTIVITY}:{row.key}"
        if _key(row) in logs or (chosen and values and key not in activities and key not in needed):
            plan.logged.add([row.key])


def plan_logs(plan: Plan) -> Iterator[Wanted]:
    """A call log for each of them, in bounded memory. One that is there and could not be made any more stays as it is, and is told."""
    for row, values in _calls(plan):
        if row.key in plan.logged:
            wanted = Wanted(_key(row), (KINDS[ACTIVITY].object, row.key, 0), row.line, row.label[:120], derived=True)
            if values:
                wanted.facts = {"outcome": values["outcome"], "values": values}
                wanted.parents = hung(plan, KINDS[CALL_LOG], row).parents
            else:
                wanted.state, wanted.reason = LinkState.SKIPPED, NO_LONGER
            yield wanted


def _key(row: rows.SourceRow) -> str:
    return fit(f"{CALL_LOG}:{row.key}")


def _there(plan: Plan, entity: str) -> KeySet:
    """Keys of what is in the account, or on its way there."""
    found = KeySet()
    links = RecordLink.objects.filter(account=plan.account, entity=entity, state__in=(*LINK_IN_TARGET, *LINK_OPEN))
    found.add(links.values_list("key", flat=True).iterator(2000))
    return found


def _with_files(plan: Plan) -> KeySet:
    """Activities that files hang on: a call log takes none."""
    found = KeySet()
    for row in rows.stream(plan.tables.get(KINDS[FILE].object, ())):
        found.add(key for role, key in hung(plan, KINDS[FILE], row).parents if role == ACTIVITY)
    return found


def _calls(plan: Plan) -> Iterator[tuple[rows.SourceRow, dict[str, str]]]:
    """The rows that are records of their own, with the values of a call log where they can be one, else none. A constant number of
    queries for a thousand rows."""
    tables = plan.tables.get(KINDS[ACTIVITY].object, ())
    columns = {table.pk: _number_columns(plan, table) for table in tables}
    for some in chunks(rows.stream(tables), AT_ONCE):
        drafted = [(row, plan.draft(row)) for row in some if not plan.no_record(row)]
        numbers = _numbers(plan, [each for each in drafted if _can_be_log(plan, *each)], columns)
        for row, draft in drafted:
            number = numbers.get(row.key, "")
            yield row, values_of(draft, number, _said(row), draft.references.get("owner", "")) if number else {}


def _can_be_log(plan: Plan, row: rows.SourceRow, draft: Draft) -> bool:
    """Not one of several rows of an id among which people chose: who builds the record reads the chosen one, planning does not."""
    chosen = (row.table.object, row.key) in plan.questions["duplicate_id_conflict"]
    return not chosen and is_done_call(draft, cell(row, DISPOSITION))


def _said(row: rows.SourceRow) -> dict[str, str]:
    """How the call ended, by the heading of the column that says so."""
    at = {role: row.table.position_of(role) for role in (DISPOSITION, OUTCOME)}
    return {str(row.table.headers[place]): cell(row, role) for role, place in at.items() if place is not None and cell(row, role)}


# --- which number was called -------------------------------------------------------------------------------------------


def _numbers(plan: Plan, found: Sequence[Drafted], columns: Mapping[int, Sequence[int]]) -> dict[str, str]:
    """By row: the number that it names, else the first one of its contact."""
    own = {row.key: _first(row.cells[at] for at in columns[row.table.pk] if at < len(row.cells)) for row, _ in found}
    about = {row.key: plan.find("contacts", (cell(row, role) for role in CONTACT_ROLES)) for row, _ in found if not own[row.key]}
    contacts = rows.by_key(plan.tables.get("contacts", ()), set(about.values()) - {""})
    of_contact = {key: _first(each["value"] for each in plan.draft(row).values.get("phones", ())) for key, row in contacts.items()}
    return {key: number or of_contact.get(about.get(key, ""), "") for key, number in own.items()}


def _first(texts: Iterator[Any]) -> str:
    return next(filter(None, (phone_number(str(text)) for text in texts)), "")


def _number_columns(plan: Plan, table: Any) -> list[int]:
    """Columns of the activities that are headed as those of a contact's numbers are, and mean nothing else."""
    system = registry.get_source(plan.project.source)
    at = surest(system, system.object("contacts"), table.headers, SURE)
    known = table.roles_by_position()
    return [at[role] for role in NUMBERS if role in at and at[role] not in known]
