"""What the queues have in common: outcomes, digests of evidence, the Decisions that count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any, TypeVar

from migrations_app.models import Decision, Project
from migrations_app.services import decisions

T = TypeVar("T")

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """One item that could not be answered so, and why, in plain words."""

    key: str
    label: str
    reason: str
    line: str = ""  # of the workbook that said so

    def __str__(self) -> str:
        return f"{self._place}{self.label or self.key}: {self.reason}"

    @property
    def by_key(self) -> str:
        return f"{self._place}{self.key}: {self.reason}"

    @property
    def _place(self) -> str:
        return f"line {self.line}: " if self.line else ""

    def as_dict(self, key: str = "source_id") -> dict[str, Any]:
        line = {"line": int(self.line)} if self.line else {}
        return {key: self.key, "reason": self.reason} | line


@dataclass(frozen=True, slots=True)
class Outcome:
    answered: int = 0
    refused: tuple[Refusal, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.answered + other.answered, self.refused + other.refused)


class CannotAnswer(Exception):
    """The answer as a whole makes no sense; the text says why and what to do."""


def chunks(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def digest(*parts: object) -> str:
    """A short fingerprint of what an answer rests on."""
    return blake2b("\x1f".join(str(part) for part in parts).encode(errors="replace"), digest_size=16).hexdigest()


def plain(text: str) -> str:
    """Text as a database column may hold it: PostgreSQL takes no NUL."""
    return text.replace("\0", "")


def counting(project: Project, kind: str, object: str, keys: Sequence[str]) -> dict[str, Decision]:
    """{key: the Decision that counts}: the newest that nobody took back. One query for 500 keys."""
    found: dict[str, Decision] = {}
    for part in chunks(keys):
        rows = Decision.objects.filter(project=project, kind=kind, object=object, undone_at__isnull=True, source_key__in=part)
        found.update({row.source_key: row for row in rows.order_by("pk")})
    return found


def take_back(project: Project, kind: str, keys: Mapping[str, Sequence[str]], *, user: Any) -> int:
    """Undo the answers that count for {object: keys}. Raises Forbidden, and TooLate where a record is on its way."""
    rows = [row for object, some in keys.items() for row in counting(project, kind, object, some).values()]
    return decisions.undo(rows, user=user)
