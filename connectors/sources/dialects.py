"""How a text file separates and quotes its cells, found from its first lines."""

import csv
import re
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import clevercsv

from connectors.sources.celltypes import cell_type

csv.field_size_limit(sys.maxsize)

# How readily a separator is believed: blanks, colons and the like stand in ordinary text as well.
CANDIDATES = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "\x1f": 0.9, "\x01": 0.9, "^": 0.8, "~": 0.8, "¦": 0.8, "§": 0.8, ":": 0.4, " ": 0.4}
SCORED_LINES = 300
LEAST_SCORE = 0.15
_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """`delimiter` may be followed by a blank (", "), then blanks before a cell are dropped.

    `escape` is a backslash where every backslash is one, and backslash plus quote where only quotes are escaped (paths
    and RTF keep theirs).
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    @property
    def separator(self) -> str:
        return self.delimiter[0]

    def options(self) -> dict[str, Any]:
        """Keywords for csv.reader, strict: what breaks the rules is looked at again, never guessed silently."""
        return {
            "delimiter": self.separator,
            "quotechar": self.quote,
            "escapechar": self.escape if self.escape == "\\" else None,
            "skipinitialspace": len(self.delimiter) > 1,
            "strict": True,
        }


def announced(first_line: str) -> str:
    """The separator that Excel's own first line (`sep=;`) names, or an empty text."""
    found = _SEP_LINE.fullmatch(first_line)
    return found[1] if found else ""


def detect(lines: list[str]) -> Dialect:
    """The dialect of the sample. A file of one column gets a comma."""
    told = announced(lines[0]) if lines else ""
    lines = lines[1 : SCORED_LINES + 1] if told else lines[:SCORED_LINES]
    best, score = _best(lines, (told,) if told else tuple(CANDIDATES))
    if score < LEAST_SCORE and not told:
        best = Dialect(_second_opinion(lines))
    best = _with_blank(best, lines)
    best = _with_escape(best, lines)
    return replace(best, delimiter=told) if told else best


def _best(lines: list[str], delimiters: tuple[str, ...]) -> tuple[Dialect, float]:
    best, best_score = Dialect(delimiters[0]), 0.0
    text = "".join(lines)
    for delimiter in delimiters:
        if delimiter not in text:
            continue
        for quote in ('"', "'"):
            if quote == "'" and not _quoted_by_apostrophes(lines, delimiter):
                continue
            score = _score(lines, Dialect(delimiter, quote)) * CANDIDATES.get(delimiter, 0.8)
            if score > best_score * 1.0001:
                best, best_score = Dialect(delimiter, quote), score
    return best, best_score


def _quoted_by_apostrophes(lines: list[str], delimiter: str) -> bool:
    """Apostrophes belong to names; they quote where they open and close cells alike, and more often than the usual sign."""
    mark = re.escape(delimiter)
    opening = closing = usual = 0
    for line in lines:
        line = line.rstrip("\r\n")
        opening += len(re.findall(rf"(?:^|{mark} ?)'", line))
        closing += len(re.findall(rf"'(?:$| ?{mark})", line))
        usual += len(re.findall(rf'(?:^|{mark} ?)"', line))
    return min(opening, closing) >= 2 and min(opening, closing) > usual and min(opening, closing) >= 0.5 * max(opening, closing)


def _score(lines: list[str], dialect: Dialect) -> float:
    rows = [row for row in sample_rows(lines, dialect).rows if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    leading = next(number for number, row in enumerate(rows) if len(row) > 1)
    consistency = count / (len(rows) - 0.8 * min(leading, 10))
    fitting = [row for row in rows if len(row) == width][:100]
    return min(consistency, 1.0) * width / (width + 1) * _cleanness(fitting) * _quote_agreement(lines, dialect)


def _cleanness(rows: list[list[str]]) -> float:
    """The share of cells that look whole: no half quotes, no other separator inside; known types count a little more."""
    clean = typed = total = 0
    for row in rows:
        for cell in row:
            total += 1
            half = cell[:1] in "\"'" and cell[-1:] != cell[:1] if cell else False
            clean += not half and not re.search(r"\t|\|(?! )|;(?! )", cell[:500])
            typed += cell_type(cell[:80]) not in ("text", "empty")
    return (0.9 * clean + 0.1 * typed) / total


def _quote_agreement(lines: list[str], dialect: Dialect) -> float:
    """Quotes stand at the edges of cells: with the wrong separator they stand anywhere."""
    text = "".join(lines)[:200_000]
    total = text.count(dialect.quote)
    if dialect.quote == "'" or total < 2:
        return 1.0
    mark = re.escape(dialect.separator)
    edges = re.findall(rf'(?:(?<=^)|(?<=[\r\n])|(?<={mark})|(?<={mark} ))"|""|"(?=$|[\r\n]| ?{mark})', text)
    return max(0.1, min(1.0, sum(map(len, edges)) / total))


def _with_blank(dialect: Dialect, lines: list[str]) -> Dialect:
    if dialect.separator in " \t":
        return dialect
    text = re.sub(rf"{dialect.quote}[^{dialect.quote}\r\n]*{dialect.quote}", "q", "".join(lines))
    total, spaced = text.count(dialect.separator), text.count(dialect.separator + " ")
    return replace(dialect, delimiter=dialect.separator + " ") if total >= 2 and spaced >= 0.95 * total else dialect


def _with_escape(dialect: Dialect, lines: list[str]) -> Dialect:
    text = "".join(lines)
    if "\\" + dialect.quote not in text:
        return dialect
    escaping = replace(dialect, escape="\\" + dialect.quote)
    plain_errors = sample_rows(lines, dialect).errors
    if sample_rows(lines, escaping).errors * 4 > plain_errors or not plain_errors:
        return dialect
    allowed = re.escape("\\" + dialect.quote + dialect.separator + "\r\n")
    other_use = re.search(rf"\\[^{allowed}]", text.replace("\\\\", ""))
    return escaping if other_use else replace(dialect, escape="\\")


def unescaped(lines: Iterable[str], dialect: Dialect) -> Iterable[str]:
    """Lines for csv.reader: escaped quotes become doubled ones where only quotes are escaped."""
    if len(dialect.escape) != 2:
        return lines
    return (line.replace(dialect.escape, dialect.quote * 2) if "\\" in line else line for line in lines)


@dataclass
class Sample:
    """Rows of the first lines; `errors` records broke the rules; `unfinished` lines at the end belong to a cut-off record."""

    rows: list[list[str]]
    errors: int = 0
    unfinished: int = 0

    @property
    def width(self) -> int:
        return ordinary_width(self.rows)


def ordinary_width(rows: Sequence[Sequence[str]]) -> int:
    """The cell count that most filled rows share; ties go to the wider; 1 where rows have single cells."""
    widths = Counter(len(row) for row in rows if sum(1 for cell in row if cell.strip()) > 1)
    most = max(widths.values(), default=0)
    return max((width for width, count in widths.items() if count == most), default=1)


def sample_rows(lines: Iterable[str], dialect: Dialect) -> Sample:
    """What breaks the rules is left out with its first line; a long cell that the sample cuts off is left out as a whole."""
    waiting = deque(unescaped(lines, dialect))
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while waiting:
            taken.append(waiting.popleft())
            yield taken[-1]

    sample = Sample([])
    while waiting:
        try:
            for row in csv.reader(feed(), **dialect.options()):
                sample.rows.append(row)
                taken.clear()
        except csv.Error:
            if not waiting and len(taken) > 20 and not _more_rows(taken[1:], dialect, sample.width):
                sample.unfinished = len(taken)
                break
            sample.errors += 1
            waiting.extendleft(reversed(taken[1:]))
            taken.clear()
    return sample


def _more_rows(lines: list[str], dialect: Dialect, width: int) -> bool:
    """Whether the lines after an open quote are rows like those before it, so that the quote is a slip."""
    rows = [strict_row(line, dialect) for line in lines]
    return sum(row is not None and len(row) == width for row in rows) * 2 > len(rows)


def strict_row(text: str, dialect: Dialect) -> list[str] | None:
    """The one record in the text, or None where it is none or breaks the rules."""
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), **dialect.options()))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _second_opinion(lines: list[str]) -> str:
    try:
        found = clevercsv.Detector().detect("".join(lines)[:8192].replace("\0", " "))
    except (clevercsv.exceptions.NoDetectionResult, clevercsv.exceptions.Error):
        found = None
    delimiter = found.delimiter if found else ""
    return "," if not delimiter or delimiter.isalnum() or delimiter in " .-_/:@'\"" else str(delimiter)
