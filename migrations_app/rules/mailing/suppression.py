"""Who must not be written to, and why: entries of one address become one state, the strictest reason and the earliest date."""

from collections.abc import Iterable
from dataclasses import dataclass

COMPLAINT, UNSUBSCRIBE, HARD_BOUNCE, MANUAL, UNKNOWN = "complaint", "unsubscribe", "hard_bounce", "manual", "unknown"
# Strictest first: what people asked for goes before what machines or colleagues found.
STRICTNESS = (COMPLAINT, UNSUBSCRIBE, HARD_BOUNCE, MANUAL, UNKNOWN)
LABELS = {
    COMPLAINT: "Spam complaint", UNSUBSCRIBE: "Unsubscribed", HARD_BOUNCE: "Hard bounce", MANUAL: "Manual", UNKNOWN: "Other reason",
}  # fmt: skip
SOFT_BOUNCE = "soft_bounce"  # temporary: a counter, never a reason (PRACTICE.md 3, default 37)
RESUBSCRIBED = "resubscribed"  # takes nothing back by itself; it is a later yes, which people weigh
HARMLESS = (SOFT_BOUNCE, RESUBSCRIBED)
SUPPRESSED = "Suppressed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One mention of an address. `on` is an ISO date or empty, `said` the reason as printed, `category` set where only one
    kind of mail is refused."""

    reason: str
    on: str = ""
    said: str = ""
    category: str = ""

    @property
    def forbids(self) -> bool:
        """All mail. People refuse kinds of mail; an address that bounced or a complaint is about every kind."""
        return self.reason not in HARMLESS and not (self.category and self.reason in (UNSUBSCRIBE, UNKNOWN))


@dataclass(frozen=True, slots=True)
class State:
    """`reason` is the strictest of all, `since` the earliest date of any; `history` has every entry, oldest first."""

    reason: str
    since: str
    history: tuple[Entry, ...]


def settle(entries: Iterable[Entry]) -> State | None:
    """None where nothing forbids to write: no entry at all, only temporary bounces, or only categories refused."""
    counting = [entry for entry in entries if entry.forbids]
    if not counting:
        return None
    reason = min((entry.reason or UNKNOWN for entry in counting), key=STRICTNESS.index)
    dates = sorted(entry.on for entry in counting if entry.on)
    return State(reason, dates[0] if dates else "", tuple(sorted(counting, key=lambda entry: entry.on or "9999")))


def is_stricter(reason: str, than: str) -> bool:
    """Whether `reason` forbids more than what stands there already; anything is stricter than nothing."""
    return not than or STRICTNESS.index(reason) < STRICTNESS.index(than)


def reason_of_label(label: str) -> str:
    """The reason that a label of the suppression field stands for; "" for another text."""
    return next((reason for reason, own in LABELS.items() if own.casefold() == label.strip().casefold()), "")


def told(history: Iterable[Entry]) -> str:
    """Every entry on a line of its own: `2024-01-22 Unsubscribed`."""
    return "\n".join(" ".join(filter(None, (entry.on, entry.said or LABELS.get(entry.reason, entry.reason)))) for entry in history)
