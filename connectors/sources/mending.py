"""Records that break the rules of their file: a stray quote, quotes left unescaped, one row with another separator.

The aim is always the width of the other rows; what cannot be mended stays one row with all its text.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.sources.dialects import Dialect, strict_row

OTHER_DELIMITERS = (",", ";", "\t", "|", " ")
MOST_STEPS = 4000
WIDEST = 200


@dataclass(frozen=True, slots=True)
class Solution:
    """One cell, where it ends, and what it and all cells after it cost."""

    cell: str
    end: int
    cost: int


def stands_alone(line: str, dialect: Dialect, width: int) -> bool:
    """Whether the line is a whole record by itself: then an open quote before it was never meant to reach so far."""
    if width < 2 or line.count(dialect.separator) < width - 1 or line.count(dialect.quote) % 2:
        return False
    return len(strict_row(line, dialect) or ()) == width


def other_dialect(line: str, dialect: Dialect, width: int) -> list[str] | None:
    """A row of the wrong width, read with the separator or the quote that gives the right one."""
    return _other_delimiter(line, dialect, width) or _other_quote(line, dialect, width)


def split_by_blanks(line: str, row: list[str]) -> bool:
    """Whether the row came about by the blanks in the line, which stand in any title as well."""
    return "".join(line.split()) == "".join(row)


def _other_delimiter(line: str, dialect: Dialect, width: int) -> list[str] | None:
    """The usual separator may stand in such a row only inside quotes, or before a blank as in any sentence."""
    quote = dialect.quote
    unquoted = re.sub(rf"{quote}(?:[^{quote}]|{quote * 2})*{quote}", "", line).strip()
    as_text = dialect.separator + " "
    for delimiter in OTHER_DELIMITERS if width > 1 else ():
        if delimiter == dialect.separator or line.count(delimiter) < width - 1:
            continue
        if dialect.separator in (unquoted if delimiter == " " else unquoted.replace(as_text, "")):
            continue
        row = strict_row(line, replace(dialect, delimiter=delimiter))
        if row and len(row) == width:
            return row
    return None


def _other_quote(line: str, dialect: Dialect, width: int) -> list[str] | None:
    mark = re.escape(dialect.separator)
    for quote in "\"'":
        if quote == dialect.quote or not re.search(rf"(?:^|{mark}) ?{quote}.*{quote} ?(?:{mark}|$)", line.rstrip()):
            continue
        row = lenient_row(line, replace(dialect, quote=quote), width)
        if row:
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
    """The cheapest way to read the quotes that gives the right number of cells; what is right by the book costs nothing."""

    def __init__(self, text: str, dialect: Dialect, width: int) -> None:
        self._text = text
        self._mark = dialect.separator
        self._quote = dialect.quote
        self._skip = len(dialect.delimiter) > 1
        self._width = width
        self._known: dict[tuple[int, int], Solution | None] = {}
        mark, blanks = re.escape(self._mark), "" if self._mark == " " else " *"
        self._closings = [found.start() for found in re.finditer(rf"{self._quote}(?={blanks}(?:{mark}|$))", text)]
        self._edge = re.compile(rf"{mark}{blanks}{self._quote}|{self._quote}{blanks}{mark}")

    def run(self) -> list[str] | None:
        solution = self._from(0, self._width)
        cells: list[str] = []
        position, left = 0, self._width
        while solution:
            cells.append(solution.cell)
            position, left = solution.end + 1, left - 1
            solution = self._known.get((position, left)) if left else None
        return cells or None

    def _from(self, start: int, left: int) -> "Solution | None":
        """The first cell of the cheapest reading from `start` to the end of the text in exactly `left` cells."""
        if (start, left) in self._known:
            return self._known[start, left]
        best: Solution | None = None
        for cell, end, cost in self._readings(start) if len(self._known) < MOST_STEPS else ():
            if end < len(self._text) and left > 1:
                rest = self._from(end + 1, left - 1)
                total = cost + rest.cost if rest else None
            else:
                total = cost if end == len(self._text) and left == 1 else None
            if total is not None and (best is None or total < best.cost):
                best = Solution(cell, end, total)
        self._known[start, left] = best
        return best

    def _readings(self, start: int) -> Iterator[tuple[str, int, int]]:
        """(cell, its end, cost): in quotes by the book, in quotes with loose ones inside, as plain text."""
        text, quote = self._text, self._quote
        opening = start
        while text[opening : opening + 1] == " " and self._mark != " ":
            opening += 1
        quoted = text[opening : opening + 1] == quote
        for closing in self._closings if quoted else ():
            if closing > opening:
                inner = text[opening + 1 : closing]
                loose = quote in inner.replace(quote * 2, "")
                cost = (2 if self._edge.search(inner) else 1) if loose else 0
                yield inner.replace(quote * 2, quote), self._cell_end(closing + 1), cost
        end = self._cell_end(start)
        plain = text[opening if self._skip else start : end]
        yield plain, end, int(quoted or plain.endswith(quote))

    def _cell_end(self, position: int) -> int:
        found = self._text.find(self._mark, position)
        return len(self._text) if found < 0 else found
