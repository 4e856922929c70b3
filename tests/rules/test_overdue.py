"""Undone activities of long ago."""

from datetime import date

import pytest

from migrations_app.rules.overdue import OldTasks
from migrations_app.rules.spec import Draft

ON = date(2026, 6, 30)


def settled(policy: str, **values: object) -> Draft:
    draft = Draft(dict(values))
    OldTasks(policy, 60, "Results").settle(draft, ON)
    return draft


def test_a_task_of_long_ago_arrives_as_done_and_says_so() -> None:
    draft = settled("done", due_date="2024-02-01", done=False, note="<b>call</b>")
    assert draft.values == {"due_date": "2024-02-01", "done": True, "note": "<b>call</b><br>was open in Results"}
    assert settled("done", due_date="2024-02-01").values["note"] == "was open in Results"


@pytest.mark.parametrize(
    "values",
    [{"due_date": "2026-05-01", "done": False}, {"due_date": "2024-02-01", "done": True}, {"done": False}, {"due_date": "2027-01-01"}],
)
def test_recent_done_undated_and_future_ones_stay_as_they_are(values: dict[str, object]) -> None:
    assert settled("done", **values).values == values


def test_a_project_may_keep_them_open_or_leave_them_out() -> None:
    assert settled("open", due_date="2024-02-01", done=False).values["done"] is False
    assert settled("skip", due_date="2024-02-01", done=False).skip == "open for too long"
