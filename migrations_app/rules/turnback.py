"""The last moment to turn back: a rollback takes tokens, a day has only so many, and it must be through before people come back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta


def seconds_to_send(requests: int, *, per_window: int, window: float) -> float:
    """How long so many requests take at the pace that the plan allows."""
    return requests / per_window * window if per_window else 0.0


def latest_start(
    now: datetime, deadline: datetime, *, requests: int, tokens: int, left_today: int, per_day: int, per_window: int, window: float
) -> datetime | None:
    """The latest moment at which undoing can begin and still be through at `deadline`; None where it is too late already.

    Days of tokens begin at midnight UTC. Counted backwards: the deadline's own day gives its tokens, then the day before.
    """
    if deadline <= now:
        return None
    if not tokens:
        return deadline
    pace, left = seconds_to_send(requests, per_window=per_window, window=window), tokens
    for start, end, budget in _days_backwards(now, deadline, left_today, per_day):
        most = min(budget, int((end - start).total_seconds() / pace * tokens)) if pace else budget
        if left <= most:
            return end - timedelta(seconds=pace * left / tokens)
        left -= most
    return None


def _days_backwards(now: datetime, deadline: datetime, left_today: int, per_day: int) -> Sequence[tuple[datetime, datetime, int]]:
    """(begin, end, tokens) of each day of tokens from the deadline's back to today's, cut at both ends."""
    days = []
    end = deadline.astimezone(UTC)
    while end > now:
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        if midnight == end:
            midnight -= timedelta(days=1)
        today = midnight <= now
        days.append((max(midnight, now), end, left_today if today else per_day))
        end = midnight
    return days
