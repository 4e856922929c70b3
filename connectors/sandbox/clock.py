"""The server's own clock, in whole seconds, in the two spellings of the API. It can be set apart from the machine's."""

import re
import time
from datetime import UTC, datetime
from email.utils import formatdate

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


class Clock:
    def __init__(self) -> None:
        self.offset = 0.0

    def seconds(self) -> float:
        return time.time() + self.offset

    def now(self) -> str:
        return datetime.fromtimestamp(int(self.seconds()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def http_date(self) -> str:
        return formatdate(self.seconds(), usegmt=True)

    def day(self) -> str:
        """The day that the token budget belongs to."""
        return self.now()[:10]


def to_utc(text: str) -> str | None:
    """RFC 3339 with whole seconds, as UTC with Z; None where it is anything else (fractions are refused)."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_stamp(text: str) -> str | None:
    """`YYYY-MM-DD HH:MM:SS` (UTC) to the RFC 3339 spelling, None where it is anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").strftime("%Y-%m-%dT%H:%M:%SZ") if len(text) == 19 else None
    except ValueError:
        return None


def to_stamp(text: str | None) -> str | None:
    """The v1 spelling of a stored time."""
    return text[:19].replace("T", " ") if text else None
