"""Records of a delimited text, streamed: as fast as csv.reader while the file keeps its own rules, careful where it does not."""

import contextlib
import csv
import io
import itertools
from collections import deque
from collections.abc import Iterable, Iterator

from connectors.sources.archives import Entry
from connectors.sources.celltypes import cell_type
from connectors.sources.dialects import Dialect, strict_row, unescaped
from connectors.sources.encodings import STRAY
from connectors.sources.mending import lenient_row, other_dialect, rough_row, split_by_blanks, stands_alone

FIRST_CHECK = 50  # lines in one record before we ask whether a quote was left open
MOST_CHARACTERS = 64 << 20  # of one record
MOST_JOINED = 60  # lines that a mended record may span


@contextlib.contextmanager
def text_lines(entry: Entry, encoding: str) -> Iterator[Iterator[str]]:
    """Lines with their ends as they are (\\n, \\r or \\r\\n, also mixed); wrong bytes never stop the stream."""
    with entry.open() as file, io.TextIOWrapper(file, encoding=encoding, errors=STRAY, newline="") as text:
        yield text


class _OpenQuote(Exception):
    """A quote was opened and never closed; raised inside the feed of csv.reader."""


class Records:
    """Iterates over the records of the lines as lists of cells; `width` is that of an ordinary row, 0 where nobody knows.

    `mended` counts the records that broke the rules.
    """

    def __init__(self, lines: Iterable[str], dialect: Dialect, width: int = 0) -> None:
        self.mended = 0
        self._source = iter(unescaped(lines, dialect))
        self._dialect = dialect
        self._width = width
        self._patience = MOST_JOINED
        self._kept: list[str] = []  # the lines of the record at hand
        self._pushed: deque[str] = deque()  # lines read too far, to be read again

    def __iter__(self) -> Iterator[list[str]]:
        kept, width, options = self._kept, self._width, self._dialect.options()
        while True:
            try:
                for row in csv.reader(self._feed(), **options):
                    if len(row) != width and width:
                        row = self._second_look(row)
                    kept.clear()
                    yield row
                return
            except (csv.Error, _OpenQuote):
                row = self._mend()
                kept.clear()
            yield row

    def _feed(self) -> Iterator[str]:
        kept, pushed = self._kept, self._pushed
        check = FIRST_CHECK
        while True:
            if pushed:
                line = pushed.popleft()
            else:
                line = next(self._source, "")
                if not line:
                    return
            kept.append(line)
            if len(kept) >= check:
                check = self._next_check()
            elif check > FIRST_CHECK and len(kept) == 1:
                check = FIRST_CHECK
            yield line

    def _next_check(self) -> int:
        inner = self._kept[1:]
        alone = sum(stands_alone(line, self._dialect, self._width) for line in itertools.islice(inner, 0, 400))
        if alone * 2 > min(len(inner), 400) or sum(map(len, inner)) > MOST_CHARACTERS:
            raise _OpenQuote
        return len(self._kept) * 2

    def _second_look(self, row: list[str]) -> list[str]:
        """A row of another width that keeps the rules: perhaps an open quote, perhaps another dialect, mostly just ragged."""
        kept = self._kept
        if len(kept) > 1:
            alone = sum(stands_alone(line, self._dialect, self._width) for line in kept[1:])
            return self._mend() if alone * 2 >= len(kept) - 1 else row
        if not row or not any(row):
            return row
        other = other_dialect(kept[0], self._dialect, self._width)
        if other is None or (split_by_blanks(kept[0], other) and not self._stands_among_rows()):
            return row
        self.mended += 1
        return other

    def _stands_among_rows(self) -> bool:
        """Whether the next line is a row with a number, date or the like: below a title stand headers, which are words."""
        if not self._reach(1):
            return True
        following = self._kept.pop()
        self._pushed.appendleft(following)
        cells = strict_row(following, self._dialect) or []
        return len(cells) == self._width and any(cell_type(cell) not in ("text", "empty") for cell in cells)

    def _mend(self) -> list[str]:
        """The record at hand broke the rules: the fewest lines that make a row of the right width, else its first line."""
        self.mended += 1
        lines = self._kept
        for count in range(1, self._patience + 1):
            row = lenient_row("".join(lines[:count]), self._dialect, self._width)
            if row:
                self._patience = MOST_JOINED
                return self._taken(row, count)
            if not self._reach(count) or stands_alone(lines[count], self._dialect, self._width):
                break
        self._patience = max(1, self._patience // 2)  # a file full of such rows must not cost minutes
        other = other_dialect(lines[0], self._dialect, self._width) if self._width else None
        return self._taken(other or rough_row(lines[0], self._dialect, self._width), 1)

    def _reach(self, count: int) -> bool:
        """Makes line `count` (from 0) of the record at hand available; false at the end of the file."""
        if len(self._kept) > count:
            return True
        line = self._pushed.popleft() if self._pushed else next(self._source, "")
        if line:
            self._kept.append(line)
        return bool(line)

    def _taken(self, row: list[str], count: int) -> list[str]:
        self._pushed.extendleft(reversed(self._kept[count:]))
        return row
