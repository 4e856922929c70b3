"""Calls that become call logs, as the newest audit counted them: how many there are before anything is planned."""

from collections.abc import Iterator

from migrations_app.models import Project
from migrations_app.rules.calls import LOG
from migrations_app.services.loss import Loss
from migrations_app.services.planners.plan import CALLS
from migrations_app.services.wording import counted, told


def expected(project: Project) -> int:
    """None where the project wants none; some of them may lack a number or carry files, which planning finds out."""
    return int(project.audit.derived.get("done_calls", 0)) if project.audit and project.setting(CALLS) == LOG else 0


def losses(project: Project) -> Iterator[Loss]:
    """What a call log cannot keep, as a line of the known losses."""
    count = expected(project)
    what = told("{calls} as call logs", calls=counted(count, "done call"))
    instead = told("they belong to the user of the token; who called stands in the note")
    yield Loss("values", "activities", "call_logs", count, what, instead)
