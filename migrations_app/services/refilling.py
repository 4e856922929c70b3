"""Wipe and refill staging: everything of ours is taken out again, run by run, and loaded anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from migrations_app.models import PipedriveAccount, RecordLink, Run, require
from migrations_app.rules import budget
from migrations_app.rules.plans import PLANS
from migrations_app.services import estimate, rollback
from migrations_app.services.judging import undoing
from migrations_app.services.lifecycle import RunRefused
from migrations_app.services.reach import Scope
from migrations_app.states import LinkState, RunState

BEHIND = (RunState.ROLLED_BACK,)


@dataclass(frozen=True, slots=True)
class Price:
    """What it takes, in tokens and days of the account's plan; `records` are removed first."""

    runs: int
    records: int
    wiping: int
    loading: int
    days: int

    def in_words(self) -> str:
        return (
            f"{self.records:,} records of {self.runs} loads are removed ({self.wiping:,} tokens), then everything is loaded anew "
            f"({self.loading:,} tokens): {self.days} day(s) on this plan."
        )


def cost(account: PipedriveAccount) -> Price:
    """The price, before anything is read or sent. Records that people have changed since are left, which makes it less."""
    made = RecordLink.objects.filter(account=account, state=LinkState.CREATED).order_by()
    counts = dict(made.values_list("entity").annotate(count=Count("pk")))
    wiping = undoing(counts)[1]
    loading = int(estimate.estimate(account.project, account=account)["tokens"])
    per_day = PLANS[account.plan].tokens_per_day(account.seats, account.share)
    return Price(len(to_undo(account)), sum(counts.values()), wiping, loading, budget.days(wiping + loading, per_day))


def wipe(
    account: PipedriveAccount, *, user: Any, patience: float, progress: Callable[[str], None] = lambda text: None
) -> tuple[list[Run], bool]:
    """Undo all loads into staging, the newest first. (the runs undone, whether that is all); called again it goes on.

    Raises Forbidden, RunRefused (it is not staging, or people stand in the way), and what the account raises.
    """
    require(user, "load", account.project)
    if account.role != PipedriveAccount.Role.STAGING:
        raise RunRefused("Only staging is wiped as a whole; in the live account a load is undone by itself.")
    undone: list[Run] = []
    for run in to_undo(account):
        progress(f"undoing {run}")
        rollback.begin(run, Scope(), user=user)
        rollback.work_through(run, patience=patience, progress=progress)
        if run.state != RunState.ROLLED_BACK:
            return undone, False
        undone.append(run)
    return undone, True


def to_undo(account: PipedriveAccount) -> list[Run]:
    """Loads that have not been undone as a whole, the newest first."""
    runs = Run.objects.filter(account=account).exclude(state__in=BEHIND).select_related("account__project", "project")
    return list(runs.order_by("-pk"))
