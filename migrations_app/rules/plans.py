"""What Pipedrive's plans allow (API.md 4.1, 4.3, 15)."""

from collections.abc import Mapping
from dataclasses import dataclass

TOKENS_PER_SEAT = 30_000  # a day, times the plan's multiplier
WINDOW_SECONDS = 2.0
MOST_DEALS = 300_000


@dataclass(frozen=True, slots=True)
class Plan:
    """`requests` may start in one window of two seconds per API token; `deals` counts open, won and lost ones and leads, per seat."""

    name: str
    label: str
    multiplier: int
    requests: int
    deals: int
    custom_fields: int

    def tokens_per_day(self, seats: int, share: int = 100) -> int:
        """The tokens of a day that a move may use, where `share` percent are left to it."""
        return TOKENS_PER_SEAT * self.multiplier * seats * share // 100

    def most_deals(self, seats: int) -> int:
        return min(self.deals * seats, MOST_DEALS)


PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("lite", "Lite", 1, 20, 2_500, 30),
        Plan("growth", "Growth", 2, 40, 5_000, 100),
        Plan("premium", "Premium", 5, 100, 15_000, 300),
        Plan("ultimate", "Ultimate", 7, 120, 20_000, 500),
    )
}
