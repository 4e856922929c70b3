"""Calls that become call logs, as the newest map reads them: how many there are before anything is planned."""

from collections.abc import Iterator

from migrations_app.models import Project
from migrations_app.rules.calls import LOG, is_done_call
from migrations_app.rules.shapes.activities import DISPOSITION
from migrations_app.services import compiling, rows
from migrations_app.services.planners.plan import CALLS, cell
from migrations_app.services.proposing import newest
from migrations_app.services.wording import counted, told


def expected(project: Project) -> int:
    """None where the project wants none; some of them may lack a number or carry files, which planning finds out."""
    mapping = newest(project) if project.setting(CALLS) == LOG else None
    if mapping is None:
        return 0
    tables = rows.tables_in_force(project).get("activities", [])
    mappers = compiling.mappers(mapping, tables)
    drafts = ((row, mappers[row.table.pk].draft(row.cells)) for row in rows.stream(tables) if not row.occurrence)
    return sum(is_done_call(draft, cell(row, DISPOSITION)) for row, draft in drafts)


def losses(project: Project) -> Iterator[tuple[str, str, str, int, str, str]]:
    """What a call log cannot keep, as a line of the known losses."""
    count = expected(project)
    what = told("{calls} as call logs", calls=counted(count, "done call"))
    yield "values", "activities", "call_logs", count, what, told("they belong to the user of the token; who called stands in the note")
