"""Until when one can turn back: what undoing all that stands in production would take, in tokens and hours."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from migrations_app.models import BudgetDay, CutoverStep, PipedriveAccount, Project, RecordLink
from migrations_app.rules import turnback
from migrations_app.rules.plans import PLANS, WINDOW_SECONDS
from migrations_app.services import clock
from migrations_app.services.judging import undoing
from migrations_app.states import LinkState

BACK_AT_WORK = time(8)  # of the next Monday, where nobody planned another moment


@dataclass(frozen=True, slots=True)
class GoClock:
    """What turning back would take. `until` is the last moment to begin; None says that it is too late for `deadline`."""

    records: int
    tokens: int
    left_today: int
    per_day: int
    seconds: float
    resets_at: datetime
    deadline: datetime
    until: datetime | None

    def in_words(self) -> str:
        if not self.records:
            return "Nothing is in production yet: there is nothing to turn back."
        price = f"Undoing {self.records:,} records takes {self.tokens:,} tokens ({self.left_today:,} are left today)"
        if self.until is None:
            return f"{price}. It can no longer be through by {self.deadline:%a %d %b %H:%M}: from here it only goes forward."
        return f"{price}. To be back by {self.deadline:%a %d %b %H:%M}, undoing must begin by {self.until:%a %d %b %H:%M}."

    def as_dict(self) -> dict[str, Any]:
        moments = {"resets_at": self.resets_at, "deadline": self.deadline, "until": self.until}
        told = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        figures = {"records": self.records, "tokens": self.tokens, "left_today": self.left_today, "per_day": self.per_day}
        return {**figures, "seconds": round(self.seconds), **told, "text": self.in_words()}


def go_clock(account: PipedriveAccount, *, now: datetime | None = None) -> GoClock:
    """What undoing all that stands in the account would take, and until when it can begin. Asks Pipedrive nothing."""
    now = now or clock.db_now()
    counts = RecordLink.objects.filter(account=account, state=LinkState.CREATED).exclude(pipedrive_id="").order_by()
    found = dict(counts.values_list("entity").annotate(Count("pk")))
    records = sum(found.values())
    requests, tokens = undoing(found)
    budget = PLANS[account.plan]
    per_day = budget.tokens_per_day(account.seats, account.share)
    spent = BudgetDay.objects.filter(company=account.company, day=now.date()).values_list("tokens", flat=True).first() or 0
    left = max(0, per_day - spent)
    deadline = _deadline(account.project, now)
    pace: dict[str, Any] = {"per_window": budget.requests, "window": WINDOW_SECONDS}
    until = turnback.latest_start(now, deadline, requests=requests, tokens=tokens, left_today=left, per_day=per_day, **pace)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return GoClock(records, tokens, left, per_day, turnback.seconds_to_send(requests, **pace), midnight, deadline, until)


def _deadline(project: Project, now: datetime) -> datetime:
    """When people come back to work: as planned for *Users told*, else the next Monday at eight where the customer is."""
    planned = CutoverStep.objects.filter(project=project, name="users_told").values_list("planned_at", flat=True).first()
    if planned:
        return planned
    there = now.astimezone(ZoneInfo(project.timezone or "UTC"))
    return (there + timedelta(days=7 - there.weekday())).replace(hour=BACK_AT_WORK.hour, minute=0, second=0, microsecond=0)
