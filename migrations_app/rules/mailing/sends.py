"""What happened to messages: all events of one send are one record, however many opens and clicks it had."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from migrations_app.rules.mailing import suppression

KINDS = ("sent", "delivered", "opened", "clicked", "soft_bounced", "hard_bounced", "unsubscribed", "complained")
WORDS = {
    "sent": "Sent", "delivered": "Delivered", "opened": "Opened", "clicked": "Clicked", "soft_bounced": "Soft bounce",
    "hard_bounced": "Hard bounce", "unsubscribed": "Unsubscribed", "complained": "Complained",
}  # fmt: skip
SENT, DELIVERED, OPENED, CLICKED = (KINDS.index(kind) for kind in KINDS[:4])
BOUNCES = (KINDS.index("soft_bounced"), KINDS.index("hard_bounced"))
# What says that somebody wants or gets no mail, the gravest first; a list or a state of the contact says it with these reasons.
REFUSALS = {"complained": suppression.COMPLAINT, "unsubscribed": suppression.UNSUBSCRIBE, "hard_bounced": suppression.HARD_BOUNCE}


@dataclass(slots=True)
class Send:
    """One message to one person. Times are minutes since 1970 on the source's clock, 0 where unknown; `counts` by KINDS.

    `is_told`: the export says when it was sent; else `at` is when it was first heard of.
    """

    message: int
    at: int
    is_told: bool = True
    counts: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    last: list[int] = field(default_factory=lambda: [0] * len(KINDS))

    def happened(self, kind: int, at: int, times: int = 1) -> None:
        self.counts[kind] += times
        self.last[kind] = max(self.last[kind], at)


@dataclass(slots=True)
class Counters:
    """What one person's sends come to. Opens and clicks count messages, not times: scanners open one mail ten times over."""

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    bounced: int = 0
    last_sent: int = 0
    last_open: int = 0

    def add(self, send: Send) -> None:
        self.sent += 1
        self.opened += bool(send.counts[OPENED] or send.counts[CLICKED])
        self.clicked += bool(send.counts[CLICKED])
        self.bounced += any(send.counts[kind] for kind in BOUNCES)
        self.last_sent = max(self.last_sent, send.at)
        self.last_open = max(self.last_open, send.last[OPENED], send.last[CLICKED])


Event = tuple[int, int, int]  # (message, minute, kind); a message is what was written, whoever got it


def gather(events: Iterable[Event]) -> list[Send]:
    """The sends of one person, in the order of their times.

    What happens to a message belongs to its latest sending before; what seems to have happened earlier (clocks differ) to the first.
    """
    by_message: dict[int, list[Event]] = {}
    for event in events:
        by_message.setdefault(event[0], []).append(event)
    sends = [send for message, some in by_message.items() for send in _of_message(message, some)]
    return sorted(sends, key=lambda send: send.at)


def _of_message(message: int, events: list[Event]) -> list[Send]:
    events.sort(key=lambda event: (event[1] or 1 << 40, event[2]))
    times = sorted({at for _, at, kind in events if kind == SENT})
    starts = times or [events[0][1]]
    sends = [Send(message, at, is_told=bool(times) and at > 0) for at in starts]
    for _, at, kind in events:
        position = max((number for number, start in enumerate(starts) if start <= at), default=0)
        sends[position].happened(kind, at)
    return sends


def refusal(some: Sequence[Send]) -> tuple[str, int] | None:
    """The gravest refusal that the sends of one person tell of, as a reason of suppression, and its last minute."""
    for kind, reason in REFUSALS.items():
        number = KINDS.index(kind)
        if any(send.counts[number] for send in some):
            return reason, max(send.last[number] for send in some)
    return None


def status(send: Send) -> str:
    """The furthest that a message got, as one of KINDS; a refusal or complaint goes before what was opened."""
    for kind in (*REFUSALS, "clicked", "opened", "soft_bounced", "delivered"):
        if send.counts[KINDS.index(kind)]:
            return kind
    return "sent"
