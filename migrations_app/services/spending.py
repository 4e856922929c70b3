"""What a run cost beside what it was expected to cost when it was planned."""

from dataclasses import asdict, dataclass
from typing import Any

from migrations_app.models import Run

SETUP, TOGETHER = "setup", "together"


@dataclass(frozen=True, slots=True)
class Line:
    """Tokens of one part of a run. `lost` are those of `spent` that went on lost answers and on looking for them."""

    part: str  # setup, an entity, or all together
    expected: int
    spent: int
    lost: int

    @property
    def off(self) -> float | None:
        """By how many percent it cost more (or less) than expected, faults apart; None where nothing was expected."""
        return 100 * (self.spent - self.lost - self.expected) / self.expected if self.expected else None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"off": None if self.off is None else round(self.off, 1)}


def lines(run: Run) -> list[Line]:
    """Setup, every phase in order, and all together. One query; empty for a run that has no forecast."""
    if "by_phase" not in run.forecast:
        return []
    expected = run.forecast["by_phase"]
    phases = [
        Line(phase.entity, expected.get(phase.entity, 0), phase.tokens, phase.tokens_lost) for phase in run.phases.order_by("position")
    ]
    setup = Line(SETUP, run.forecast["phases"]["setup"], run.tokens - sum(each.spent for each in phases), 0)
    whole = Line(TOGETHER, run.forecast["tokens"], run.tokens, sum(each.lost for each in phases))
    return [setup, *phases, whole]
