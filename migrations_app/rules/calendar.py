"""The default plan of a move: preloaded on weekdays while the source stays in use, the rest on one weekend (PRACTICE.md 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MONDAY, FRIDAY = 0, 4
PRELOAD_DAYS = 4  # of a week: Monday to Thursday
HYPERCARE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the morning of `start` to the evening of `end`."""

    name: str
    title: str
    start: date
    end: date


def plan(today: date, *, load_days: int, freeze: date | None = None) -> list[Stretch]:
    """The stretches of a move whose whole load takes `load_days` days of tokens.

    With a `freeze` the dates are counted backwards from it: the preload begins when it has to, be that before today.
    """
    weeks = max(1, -(-load_days // PRELOAD_DAYS))
    if freeze is None:
        monday = today + timedelta(days=(MONDAY - today.weekday()) % 7 or 7)
        freeze = monday + timedelta(weeks=weeks - 1, days=FRIDAY)
    begin = freeze - timedelta(days=freeze.weekday(), weeks=weeks - 1)
    last = begin + timedelta(weeks=(load_days - 1) // PRELOAD_DAYS, days=(load_days - 1) % PRELOAD_DAYS) if load_days else begin
    live = freeze + timedelta(days=(MONDAY - freeze.weekday()) % 7 or 7)
    return [
        Stretch("preload", "Preload, while the source stays in use", begin, last),
        Stretch("delta", "Freeze, last export, and what changed since", freeze, live - timedelta(days=1)),
        Stretch("live", "Go-live", live, live),
        Stretch("hypercare", "The week of watching", live, live + HYPERCARE),
    ]


def late(stretches: list[Stretch], today: date) -> bool:
    """Whether the preload should have begun already."""
    return stretches[0].start < today


def as_dicts(stretches: list[Stretch]) -> list[Mapping[str, str]]:
    return [{"name": each.name, "title": each.title, "start": str(each.start), "end": str(each.end)} for each in stretches]
