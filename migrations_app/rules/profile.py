"""What the cells of a column say about it, gathered in one pass over chunks with bounded memory."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from migrations_app.rules import infer, kinds
from migrations_app.rules.transforms.dates import date_parts
from migrations_app.rules.transforms.numbers import currency_in, proves_mark, read_number
from migrations_app.rules.transforms.text import clean

DISTINCT_LIMIT = 1_000
SAMPLE_LIMIT = 400
EXAMPLES = 5
THOROUGH = 20_000  # rows of which every number is looked at
NO_NUMBER_YET = 4_000  # where these many have shown none, a part of the others is enough
TELLING = 100  # of each later chunk so many

_SLASH_DATE = re.compile(r"\s*\d{1,2}\s*(?P<mark>[/-])\s*\d{1,2}\s*(?P=mark)\s*\d{2,4}")


@dataclass
class ColumnProfile:
    """Feed it chunks of one column's raw cells; ask afterwards. Profiles of chunks combine with `merge`."""

    rows: int = 0
    filled: int = 0
    max_length: int = 0
    line_breaks: bool = False
    distinct_is_capped: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    day_first_seen: int = 0
    month_first_seen: int = 0
    slash_dates: int = 0
    points_proved: int = 0
    commas_proved: int = 0
    highest: float | None = None
    fractions: int = 0

    # --- feeding -----------------------------------------------------------------------------------------------------

    def feed(self, cells: Sequence[str]) -> None:
        """Count one chunk. Cheap work on every cell; what costs more is done on different values, of very many on a part."""
        self.__dict__.pop("shares", None)
        chunk, text = _cleaned(cells)
        self.rows += len(cells)
        self.filled += chunk.total()
        self.max_length = max(self.max_length, max(map(len, chunk), default=0))
        self.line_breaks = self.line_breaks or "\n" in text
        looks_numeric, looks_dated = self._worth_proving(chunk, "/" in text or "-" in text)
        self._count(chunk)
        if looks_dated:
            for value, count in chunk.items():
                if "/" in value or "-" in value:
                    self._prove_order(value, count)
        if looks_numeric:
            for value, count in self._telling(chunk):
                self._prove_number(value, count)

    def _worth_proving(self, chunk: Counter[str], marks: bool) -> tuple[bool, bool]:
        sample = list(islice(chunk, 200))
        half = max(1, len(sample) // 2)
        numeric = sum(1 for value in sample if value[-1:].isdigit() or value[:1].isdigit() or value[:1] in "-($€£.") >= half
        if not marks:
            return numeric, False
        dated = any(_SLASH_DATE.match(value) for value in sample) or self.slash_dates > 0
        return numeric, dated or (numeric and any(_SLASH_DATE.match(value) for value in chunk if "/" in value or "-" in value))

    def _count(self, chunk: Counter[str]) -> None:
        if self.distinct_is_capped:
            for value in self.counts.keys() & chunk.keys():
                self.counts[value] += chunk[value]
            return
        for value, count in chunk.items():
            if value in self.counts or len(self.counts) < DISTINCT_LIMIT:
                self.counts[value] += count
            else:
                self.distinct_is_capped = True

    def _telling(self, chunk: Counter[str]) -> Iterable[tuple[str, int]]:
        """The values to prove numbers with: all of them, but in a long column some of each chunk say the same."""
        enough = NO_NUMBER_YET if self.highest is None else THOROUGH
        step = 1 if self.rows <= enough else len(chunk) // TELLING + 1
        return islice(chunk.items(), 0, None, step)

    def _prove_order(self, value: str, count: int) -> None:
        parts = date_parts(value)
        if parts is None:
            return
        first, second = parts
        self.slash_dates += count
        if 12 < first <= 31 and 1 <= second <= 12:
            self.day_first_seen += count
        elif 1 <= first <= 12 < second <= 31:
            self.month_first_seen += count

    def _prove_number(self, value: str, count: int) -> None:
        if "," in value or "." in value:
            mark = proves_mark(value)
            self.points_proved += count if mark == "." else 0
            self.commas_proved += count if mark == "," else 0
        try:
            number = float(value) if value.isdigit() else float(read_number(value))
        except (ValueError, ArithmeticError):
            return
        self.highest = number if self.highest is None else max(self.highest, number)
        self.fractions += count if 0 < number < 1 else 0

    def merge(self, other: "ColumnProfile") -> None:
        """Take in the profile of another chunk of the same column."""
        self.__dict__.pop("shares", None)
        for name in ("rows", "filled", "day_first_seen", "month_first_seen", "slash_dates", "points_proved", "commas_proved", "fractions"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.max_length = max(self.max_length, other.max_length)
        self.line_breaks |= other.line_breaks
        self.highest = max((value for value in (self.highest, other.highest) if value is not None), default=None)
        self._count(other.counts)
        self.distinct_is_capped |= other.distinct_is_capped

    # --- keeping -----------------------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Everything that `from_dict` needs, as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"counts": dict(self.counts)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "ColumnProfile":
        return cls(**(stored | {"counts": Counter(stored["counts"])}))

    # --- asking ------------------------------------------------------------------------------------------------------

    @property
    def distinct(self) -> int:
        """Different values, up to DISTINCT_LIMIT."""
        return len(self.counts)

    @property
    def examples(self) -> list[str]:
        return [value for value, _ in self.counts.most_common(EXAMPLES)]

    @property
    def fill_rate(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    @property
    def date_order(self) -> str:
        """dmy, mdy, "ambiguous" (the column proves both, or nothing), or empty where it has no slash dates."""
        if not self.slash_dates:
            return ""
        if bool(self.day_first_seen) == bool(self.month_first_seen):
            return "ambiguous"
        return "dmy" if self.day_first_seen else "mdy"

    @property
    def decimal_mark(self) -> str:
        """The mark that most of the telling values prove."""
        if self.points_proved == self.commas_proved:
            return ""
        return "." if self.points_proved > self.commas_proved else ","

    @property
    def percent_scale(self) -> int | str:
        """100, 1 where the column holds fractions, "ambiguous" where only 0 and 1 occur."""
        if self.highest is None or self.highest > 1:
            return 100
        if self.fractions:
            return 1
        return "ambiguous" if self.highest == 1 and not any("%" in value for value in self.counts) else 100

    @property
    def currencies(self) -> list[str]:
        """Currencies that stand beside amounts."""
        return sorted({code for value in self.sample if (code := currency_in(value))})

    @cached_property
    def shares(self) -> dict[str, float]:
        """For each kind, the share of a sample of different values that could be it."""
        sample = self.sample
        found: Counter[str] = Counter(kind for value in sample for kind in kinds.kinds_of(value))
        return {kind: count / len(sample) for kind, count in found.items()}

    @property
    def sample(self) -> list[str]:
        """Different values, the first ones seen."""
        return list(self.counts)[:SAMPLE_LIMIT]

    @property
    def options(self) -> list[tuple[str, int]]:
        """The different values with how often each occurs, in order of first appearance."""
        return list(self.counts.items())

    @property
    def type(self) -> str:
        """empty, text, long, email, phone, url, int, number, money, percent, date, datetime, bool, enum, multi or id."""
        return infer.column_type(self)

    def parts(self) -> Counter[str]:
        """What stands between separators, with counts, if a fair part of the cells holds several options."""
        return infer.parts(self.counts, self.filled)

    def yes_no_spelling(self) -> tuple[str, ...]:
        """The pair of words, letter for letter, that most of a yes/no column is written in."""
        return infer.yes_no_spelling(self.counts)


def profile_columns(rows: Iterable[Sequence[str]], columns: int, chunk: int = 5_000) -> list[ColumnProfile]:
    """Profiles of a whole table, read in chunks; short rows count as blank there, cells beyond `columns` are left aside."""
    profiles = [ColumnProfile() for _ in range(columns)]
    held: list[Sequence[str]] = []
    for row in rows:
        held.append(row)
        if len(held) == chunk:
            feed_rows(profiles, held)
            held = []
    feed_rows(profiles, held)
    return profiles


def feed_rows(profiles: Sequence[ColumnProfile], rows: Sequence[Sequence[str]]) -> None:
    """Feed a chunk of rows to the profiles of their columns."""
    width = len(profiles)
    if any(len(row) < width for row in rows):
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
    for profile, cells in zip(profiles, zip(*rows, strict=False), strict=False):
        profile.feed(cells)


def _cleaned(cells: Sequence[str]) -> tuple[Counter[str], str]:
    """The different texts, in order of appearance, with how often each occurs, and all of them in a row; blank ones are left out.

    What is asked of all of them at once costs a fraction of asking each.
    """
    found = Counter(cells)
    text = "".join(found)
    if "\0" in text or list(map(str.strip, found)) != list(found):
        raw, found = found, Counter()
        for value, count in raw.items():
            found[clean(value)] += count
        text = "".join(found)
    del found[""]
    return found, text
