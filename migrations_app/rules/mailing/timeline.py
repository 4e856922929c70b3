"""How much of the e-mail history goes onto the timeline, and what one such entry says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from migrations_app.rules.mailing.sends import WORDS
from migrations_app.rules.transforms.activities import EMAIL
from migrations_app.rules.transforms.markup import escaped
from migrations_app.rules.transforms.text import shorten

EACH, MONTHLY, MIXED, OPEN_DEALS, COUNTERS = "each", "monthly", "mixed", "open-deals", "counters"
RECENT_DAYS = 90
TITLES: Mapping[str, str] = {
    EACH: "every send an activity",
    MONTHLY: "one activity for each person and month",
    MIXED: f"every send of the last {RECENT_DAYS} days, one activity for each month before",
    OPEN_DEALS: f"every send of the last {RECENT_DAYS} days for persons with open deals, counters for all",
    COUNTERS: "counters on the person only",
}
_MINUTES_A_DAY = 24 * 60
_START = datetime(1970, 1, 1)


class Sent(NamedTuple):
    """One send as it is kept: minute since 1970 on the source's clock (0: nobody knows), number of the message, what became of it.

    `is_told`: that minute is when it was sent; else it is when the export first tells of it, by an open or a bounce.
    """

    minute: int
    message: int
    status: str
    opens: int = 0
    clicks: int = 0
    bounces: int = 0
    is_told: bool = True

    @property
    def is_answered(self) -> bool:
        """Whether anything is known but that it was sent."""
        return self.status not in ("sent", "delivered")


@dataclass(slots=True)
class Month:
    """The mail of one month: messages sent, opened, clicked, bounced; `last` is the minute of the last."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    last: int = 0

    def add(self, sent: Sent) -> None:
        for at, happened in enumerate((True, sent.opens or sent.clicks, sent.clicks, sent.bounces)):
            self.counts[at] += bool(happened)
        self.last = max(self.last, sent.minute)


@dataclass(frozen=True, slots=True)
class Entries:
    """What one person gets: sends of their own, and months by their name (`2024-05`; empty where nobody knows)."""

    singly: list[Sent]
    months: dict[str, Month]


def entries(choice: str, sends: Iterable[Sequence[Any]], since: int, *, with_open_deal: bool) -> Entries:
    """`since` is the minute from which on a send is recent."""
    found = Entries([], {})
    if choice == COUNTERS or (choice == OPEN_DEALS and not with_open_deal):
        return found
    for told in sends:
        sent = Sent(*told)
        if choice == EACH or (choice != MONTHLY and sent.minute >= since):
            found.singly.append(sent)
        elif choice != OPEN_DEALS:
            found.months.setdefault(month_of(sent.minute), Month()).add(sent)
    return found


def recent(newest: int) -> int:
    """The minute from which on sends are recent, by that of the newest event of an export."""
    return newest - RECENT_DAYS * _MINUTES_A_DAY


def month_of(minute: int) -> str:
    return _month_of_day(minute // _MINUTES_A_DAY) if minute else ""


@lru_cache(maxsize=20_000)
def _month_of_day(day: int) -> str:
    return (_START + timedelta(days=day)).strftime("%Y-%m")


SEND, UNTOLD = "send:", "-"


def stamp(sent: Sent) -> str:
    """As it stands in the key of a record: two sends of one message to one person differ in it. Of a message only one can be UNTOLD."""
    return (_START + timedelta(minutes=sent.minute)).strftime("%Y%m%dT%H%M") if sent.is_told and sent.minute else UNTOLD


def minute_of(mark: str) -> int | None:
    """What a stamp says; None where it says that nobody knows."""
    return None if mark == UNTOLD else int((datetime.fromisoformat(mark) - _START).total_seconds()) // 60


def of_send(sent: Sent, campaign: str, subject: str, zone: ZoneInfo) -> dict[str, Any]:
    """The activity of one send. What became of it has no field in Pipedrive: it stands in the subject and in the text."""
    word = WORDS[sent.status]
    when = "Sent" if sent.is_told else "First heard of"
    told = {"Subject": subject, "Campaign": campaign, when: _clock(sent.minute), "What became of it": word}
    told |= {name: str(count) for name, count in (("Opened", sent.opens), ("Clicked", sent.clicks)) if count}
    return _activity(f"{word}: {subject or campaign or 'e-mail'}", told) | _due(sent.minute, zone)


def of_month(name: str, month: Month) -> dict[str, Any]:
    """The activity of one person's month, dated at its last send. A day alone: no zone moves it."""
    sent, opened, clicked, bounced = month.counts
    told = {"Sent": str(sent), "Opened": str(opened), "Clicked": str(clicked), "Bounced": str(bounced)}
    text = f"E-mails {name or 'of unknown date'}: {sent} sent, {opened} opened, {clicked} clicked, {bounced} bounced"
    return _activity(text, told) | ({"due_date": _clock(month.last)[:10]} if month.last else {})


def _activity(subject: str, told: Mapping[str, str]) -> dict[str, Any]:
    lines = (escaped(f"{name}: {text}") for name, text in told.items() if text)
    return {"type": EMAIL, "done": True, "subject": shorten(subject), "note": "<br>\n".join(lines)}


def _due(minute: int, zone: ZoneInfo) -> dict[str, str]:
    """In UTC; midnight is a day without a time, which no zone moves."""
    if not minute:
        return {}
    at = _START + timedelta(minutes=minute)
    if not minute % _MINUTES_A_DAY:
        return {"due_date": at.strftime("%Y-%m-%d")}
    at = at.replace(tzinfo=zone).astimezone(UTC)
    return {"due_date": at.strftime("%Y-%m-%d"), "due_time": at.strftime("%H:%M")}


def _clock(minute: int) -> str:
    return (_START + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M") if minute else ""


def joined(some: Collection[Entries]) -> Iterator[tuple[str, Month]]:
    """The months of several contacts that are one person."""
    together: dict[str, Month] = {}
    for entry in some:
        for name, month in entry.months.items():
            mine = together.setdefault(name, Month())
            mine.counts = [one + other for one, other in zip(mine.counts, month.counts, strict=True)]
            mine.last = max(mine.last, month.last)
    yield from together.items()
