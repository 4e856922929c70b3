"""Tasks that nobody did in years must not glow red on day one (PRACTICE.md 3 row 18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from migrations_app.rules.spec import Draft

DONE, OPEN, SKIP = "done", "open", "skip"
POLICIES = (DONE, OPEN, SKIP)
LEFT_OUT = "open for too long"


@dataclass(frozen=True, slots=True)
class OldTasks:
    """What becomes of an undone activity that was due more than `days` before `on`; `source` is the system it comes from.

    `on` is the day of the export, not of the load: the same file says the same every time it is loaded.
    """

    policy: str
    days: int
    source: str

    def settle(self, draft: Draft, on: date) -> None:
        if self.policy == OPEN or not self.overdue(draft.values, on):
            return
        if self.policy == SKIP:
            draft.skip = LEFT_OUT
            return
        draft.values["done"] = True
        draft.values["note"] = "<br>".join(filter(None, (draft.values.get("note"), f"was open in {self.source}")))

    def overdue(self, values: Mapping[str, Any], on: date) -> bool:
        due = str(values.get("due_date") or "")
        return bool(due) and not values.get("done") and date.fromisoformat(due) < on - timedelta(days=self.days)
