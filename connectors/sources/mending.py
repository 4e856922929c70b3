"""Records that break the rules of their file: a stray quote, quotes left unescaped, one row with another separator.

The aim is always the width of the other rows; what cannot be mended stays one row with all its text.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

from connectors.sources.dialects import Dialect

OTHER_DELIMITERS = (",", ";", "\t", "|", " ")
MOST_STEPS = 4000
WIDEST = 300


def strict_row(text: str, dialect: Dialect) -> list[str] | None:
    """The one record in the text, or None where it is none or breaks the rules."""
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), **dialect.options()))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def stands_alone(line: str, dialect: Dialect, width: int) -> bool:
    """Whether the line is a whole record by itself: then an open quote before it was never meant to reach so far."""
    return width > 1 and line.count(dialect.separator) >= width - 1 and len(strict_row(line, dialect) or ()) == width


def other_dialect(line: str, dialect: Dialect, width: int) -> list[str] | None:
    """A row of the wrong width, read with the separator or the quote that gives the right one."""
    unquoted = re.sub(rf"{dialect.quote}(?:[^{dialect.quote}]|{dialect.quote * 2})*{dialect.quote}", "", line)
    for delimiter in OTHER_DELIMITERS if width > 1 else ():
        if delimiter == dialect.separator or line.count(delimiter) < width - 1 or dialect.separator in unquoted.strip():
            continue
        row = strict_row(line, replace(dialect, delimiter=delimiter))
        if row and len(row) == width:
            return row
    for quote in "\"'":
        if quote != dialect.quote and line.count(quote) > 1:
            row = strict_row(line, replace(dialect, quote=quote))
            if row and len(row) == width:
                return row
    return None


def lenient_row(text: str, dialect: Dialect, width: int) -> list[str] | None:
    """Cells of a record with wrong quotes, if some reading of the quotes gives exactly `width` of them."""
    if not 0 < width <= WIDEST:
        return None
    return _Search(text.rstrip("\r\n"), dialect, width).run()


def rough_row(line: str, dialect: Dialect, width: int) -> list[str]:
    """The last resort: one row in any case, by the book or split at every separator, whichever comes closer to the width."""
    options = dialect.options() | {"strict": False}
    text = line.rstrip("\r\n")
    rows = list(csv.reader([text], **options)) or [[""]]
    plain = text.split(dialect.separator)
    return min((rows[0], plain), key=lambda row: abs(len(row) - width) if width else 0)


class _Search:
    """Depth first over the ways to read each quote; ways that are right by the book come first."""

    def __init__(self, text: str, dialect: Dialect, width: int) -> None:
        self._text = text
        self._mark = dialect.separator
        self._quote = dialect.quote
        self._skip = len(dialect.delimiter) > 1
        self._width = width
        self._dead: set[tuple[int, int]] = set()
        self._steps = 0
        closing = rf"{re.escape(self._quote)}(?= *(?:{re.escape(self._mark)}|$))" if self._mark != " " else rf"{self._quote}(?= |$)"
        self._closings = [found.start() for found in re.finditer(closing, text)]

    def run(self) -> list[str] | None:
        return self._from(0, self._width)

    def _from(self, start: int, left: int) -> list[str] | None:
        """Cells from `start` to the end of the text, exactly `left` of them."""
        if (start, left) in self._dead or self._steps > MOST_STEPS:
            return None
        self._steps += 1
        for cell, end in self._readings(start):
            if end == len(self._text):
                if left == 1:
                    return [cell]
            elif left > 1:
                rest = self._from(end + 1, left - 1)
                if rest is not None:
                    return [cell, *rest]
        self._dead.add((start, left))
        return None

    def _readings(self, start: int) -> Iterator[tuple[str, int]]:
        text, quote = self._text, self._quote
        opening = start
        while text[opening : opening + 1] == " " and self._mark != " ":
            opening += 1
        if text[opening : opening + 1] == quote:
            loose: list[tuple[str, int]] = []
            for closing in self._closings:
                if closing <= opening:
                    continue
                inner = text[opening + 1 : closing]
                found = (inner.replace(quote * 2, quote), self._cell_end(closing + 1))
                if quote in inner.replace(quote * 2, ""):
                    loose.append(found)
                else:
                    yield found
            yield from loose
        literal = opening if self._skip else start
        yield text[literal : self._cell_end(start)], self._cell_end(start)

    def _cell_end(self, position: int) -> int:
        found = self._text.find(self._mark, position)
        return len(self._text) if found < 0 else found
