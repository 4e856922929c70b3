"""How much of the e-mail history goes onto the timeline, and what each choice costs: records, tokens, days, entries for each person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from migrations_app.models import Gathered, PipedriveAccount, Project
from migrations_app.rules import budget
from migrations_app.rules.plans import PLANS
from migrations_app.services.mailing.gathering import RECENT_DAYS
from migrations_app.services.mailing.reading import month_of

EACH, MONTHLY, MIXED, COUNTERS = "each", "monthly", "mixed", "counters"
TITLES = {
    EACH: "every send an activity",
    MONTHLY: "one activity for each person and month",
    MIXED: f"every send of the last {RECENT_DAYS} days, months before",
    COUNTERS: "counters on the person only",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`records` are activities; `days` are on the account's plan; `entries` is the average of those who were sent anything."""

    name: str
    records: int
    tokens: int
    days: int
    entries: float
    most: int

    @property
    def title(self) -> str:
        return TITLES[self.name]


@dataclass(slots=True)
class _Count:
    records: int = 0
    most: int = 0

    def add(self, entries: int) -> None:
        self.records += entries
        self.most = max(self.most, entries)


def choices(project: Project) -> list[Choice]:
    """From what was gathered by the newest audit; empty where no sends are in force."""
    counts, persons = {name: _Count() for name in TITLES}, 0
    for values, detail in _mailed(project):
        persons += 1
        recent, months = detail.get("recent", ()), detail.get("months", {})
        since = min((month_of(each[0]) for each in recent), default="9999")
        counts[EACH].add(values["emails_sent"])
        counts[MONTHLY].add(len(months))
        counts[MIXED].add(len(recent) + sum(month < since for month in months))
    return [_choice(project, name, count, persons) for name, count in counts.items()] if persons else []


def _mailed(project: Project) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    found = Gathered.objects.filter(project=project, object="contacts").values_list("values", "detail")
    return ((values, detail) for values, detail in found.iterator(2000) if "emails_sent" in values)


def _choice(project: Project, name: str, count: _Count, persons: int) -> Choice:
    records = {"activity": count.records} if count.records else {}
    tokens = sum(budget.bill(records, setup=0).values()) if records else 0
    account = project.accounts.order_by("role").first()
    per_day = _per_day(account)
    return Choice(name, count.records, tokens, budget.days(tokens, per_day), round(count.records / persons, 1), count.most)


def _per_day(account: PipedriveAccount | None) -> int:
    plan, seats, share = (account.plan, account.seats, account.share) if account else ("lite", 1, 100)
    return PLANS[plan].tokens_per_day(seats, share)
