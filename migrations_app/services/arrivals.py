"""What the screens of the old system say beside what arrived: an export by somebody who sees a part only lacks the rest in silence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sources import registry
from migrations_app.models import Project, require
from migrations_app.services import rows

SETTING = "on_screen"
MOST_DIGITS = 12
_BETWEEN = re.compile(r"(?<=\d)[\s.,'’](?=\d{3}(?!\d))")  # thousands


class UnknownList(ValueError):
    """A count names no list of the system, or is no number."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One list of the old system. `on_screen` is None where nobody has said what the screen shows."""

    object: str
    label: str
    arrived: int
    on_screen: int | None

    @property
    def missing(self) -> int:
        """How many the screen shows more than arrived; negative where more arrived."""
        return 0 if self.on_screen is None else self.on_screen - self.arrived

    @property
    def in_words(self) -> str:
        if self.on_screen is None:
            return "not told yet"
        if not self.missing:
            return "all of them"
        more = f"{abs(self.missing):,}"
        if self.missing < 0:
            return f"{more} more than that"
        return f"{more} {'is' if self.missing == 1 else 'are'} missing: was it exported by an admin who sees everything?"


def compared(project: Project) -> list[Arrived]:
    """All lists of the system, those that arrived or were told of first."""
    force, told = rows.tables_in_force(project), project.setting(SETTING) or {}
    found = [
        Arrived(spec.name, spec.label, rows.count(force.get(spec.name, [])), told.get(spec.name))
        for spec in registry.get_source(project.source).objects
    ]
    return sorted(found, key=lambda each: not (each.arrived or each.on_screen))


def tell(project: Project, counts: Mapping[str, int | None], *, user: Any) -> None:
    """Keep what the screens show; None takes a count back. Raises Forbidden and UnknownList."""
    require(user, "answer", project)
    _check(project, counts)
    told = {**(project.setting(SETTING) or {}), **counts}
    project.settings = {**project.settings, SETTING: {object: count for object, count in told.items() if count is not None}}
    project.save(update_fields=["settings"])


def read(text: str) -> dict[str, int | None]:
    """`contacts=12000,companies=4200`. Raises UnknownList."""
    counts: dict[str, int | None] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        object, _, count = (each.strip() for each in part.partition("="))
        counts[object] = number(count)
        if counts[object] is None:
            raise UnknownList(f"“{part}” is no count: write LIST=NUMBER.")
    return counts


def number(text: str) -> int | None:
    """A count as a screen shows it, such as 1,200 or 1 200; None where nothing stands. Raises UnknownList."""
    digits = _BETWEEN.sub("", text.strip())
    if digits and not (digits.isdecimal() and len(digits) <= MOST_DIGITS):
        raise UnknownList(f"“{text[:80]}” is no count: write it in digits, such as 12000.")
    return int(digits) if digits else None


def _check(project: Project, objects: Iterable[str]) -> None:
    known = [spec.name for spec in registry.get_source(project.source).objects]
    if unknown := [object for object in objects if object not in known]:
        raise UnknownList(f"There is no list {', '.join(unknown)}; there are {', '.join(known)}.")
