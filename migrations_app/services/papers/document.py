"""What a paper is made of, whatever it is written as: sections of paragraphs, figures, tables, tick boxes and pictures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

from migrations_app.services.papers.words import Words
from migrations_app.services.wording import told

TEXT, NUMBER, PERCENT, MONEY, TICK, FILL = "text", "number", "percent", "money", "tick", "fill"
SHOWN = 60  # rows of a table in formats for reading; the workbook has them all
SHEET_MOST = 100_000  # rows of one list in a workbook

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`tone` is "", strong, dim or notice (something is missing or has to be looked at)."""

    kind: ClassVar[str] = "paragraph"
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    kind: ClassVar[str] = "points"
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Large figures with a caption each, formatted already."""

    kind: ClassVar[str] = "figures"
    items: Sequence[tuple[str, str]]  # figure, caption


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is TEXT, NUMBER, PERCENT, MONEY (in the document's currency), TICK (True, False) or FILL (for pens); `width` in characters."""

    name: str
    kind: str = TEXT
    width: int = 18
    only_sheets: bool = False  # for programs that read the workbook back, not for readers
    choices: tuple[str, ...] = ()  # what a workbook offers to choose from
    theirs: bool = False  # named by the export, and so the same in every language


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are at hand, or a function that opens a stream of them: lists of hundreds of thousands are never held.

    `total` says how many rows a stream has. `nothing` is what stands there instead of an empty table.
    """

    kind: ClassVar[str] = "table"
    columns: Sequence[Column]
    rows: Sequence[Row] | Callable[[], Iterable[Row]]
    total: int = -1
    shown: int = SHOWN
    nothing: str = "There is nothing to list."

    def stream(self) -> Iterator[Row]:
        return iter(self.rows() if callable(self.rows) else self.rows)

    def for_readers(self) -> "tuple[list[Column], list[Row], int]":
        """Columns and first rows as pages and Word documents show them, and how many more rows there are."""
        at = [place for place, column in enumerate(self.columns) if not column.only_sheets]
        rows: list[Row] = [[row[place] for place in at] for row in islice(self.stream(), self.shown)]
        count = self.count if self.count >= 0 else len(rows)
        return [self.columns[place] for place in at], rows, max(0, count - len(rows))

    @property
    def count(self) -> int:
        return self.total if callable(self.rows) else len(self.rows)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Lines with a box each: done or not, what, and a remark."""

    kind: ClassVar[str] = "ticks"
    items: Sequence[tuple[bool, str, str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars. `unit` is NUMBER or PERCENT (values from 0 to 1)."""

    kind: ClassVar[str] = "chart"
    title: str
    bars: Sequence[tuple[str, float]]
    unit: str = NUMBER

    @property
    def longest(self) -> float:
        return 1.0 if self.unit == PERCENT else max((value for _, value in self.bars), default=0.0) or 1.0


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows: each pair is from, to."""

    kind: ClassVar[str] = "graph"
    title: str
    edges: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign; what is signed already has a name and a date."""

    kind: ClassVar[str] = "signatures"
    items: Sequence[tuple[str, str, str]]  # role, name, date


def rest(more: str) -> str:
    """What stands below a table that is cut."""
    return told("{more} more stand in the workbook of this paper.", more=more)


Block = Paragraph | Points | Figures | Table | Ticks | Chart | Graph | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Letterhead:
    firm: str = ""
    address: str = ""
    contact: str = ""
    logo: bytes = b""
    logo_type: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    about: str
    project: str
    sections: Sequence[Section]
    words: Words
    made_at: datetime
    letterhead: Letterhead = field(default_factory=Letterhead)
    currency: str = ""
    language: str = "en"

    def cell(self, column: Column, value: Any) -> str:
        """A cell of a table as text for reading."""
        return self.words.cell(column.kind, value, self.currency)
