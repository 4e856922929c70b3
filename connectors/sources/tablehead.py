"""Where the headers of a table stand: below titles, on two lines, or nowhere. Works on the first rows, from text or workbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sources.celltypes import cell_type, column_type
from connectors.sources.dialects import ordinary_width
from connectors.sources.rowkinds import reason_to_skip

LOOK_FOR = 40  # rows in which headers are expected
STRAY_CELLS = 0.1  # of the rows may have a cell in a column without a name, and it is still none
VALUES = frozenset(("integer", "number", "date", "email", "url", "phone", "boolean"))
Row = Sequence[str]


@dataclass(frozen=True)
class Headers:
    """`row` counts physical records from 1; 0 where there are none."""

    names: tuple[str, ...]
    row: int
    notes: tuple[str, ...] = ()


def find_headers(rows: Sequence[Row]) -> Headers:
    """Titles before a table fill few of its columns; headers fill most, are words, and differ from what stands below."""
    width = ordinary_width(rows)
    span = _span(rows, width)
    first = next((number for number, row in enumerate(rows[:LOOK_FOR]) if _may_start(row, span)), None)
    if first is None:
        first = next(number for number, row in enumerate(rows) if _filled(row))
    body = [row for row in rows[first + 1 :] if not reason_to_skip(row, rows[first], True)]
    types = [column_type(row[column] for row in body if column < len(row)) for column in range(width)]
    if _is_data(rows[first], body, types):
        names = tuple(f"column {position}" for position in range(1, width + 1))
        return Headers(names, 0, ("No line with headers was found; the columns are numbered and need names.",))
    return _named(rows, first)


def _named(rows: Sequence[Row], first: int) -> Headers:
    last = first
    names = [name.strip() for name in rows[first]]
    notes: tuple[str, ...] = (_left_out(first),) if first else ()
    if _is_of_groups(rows, first):
        last = first + 1
        names = _grouped(names, [cell.strip() for cell in rows[last]])
        notes += ("The line above the headers names groups of columns.",)
    elif _second_line(rows, first):
        last = first + 1
        pairs = zip(names, (cell.strip() for cell in rows[last]), strict=True)
        names = [" ".join(filter(None, pair)) for pair in pairs]
        notes += ("The headers stand on two lines; they were joined.",)
    names = _without_empty_end(names, [row for row in rows[last + 1 :] if _filled(row)])
    return Headers(tuple(names), last + 1, notes)


def _left_out(count: int) -> str:
    return "One line above the headers was left out." if count == 1 else f"{count} lines above the headers were left out."


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _span(rows: Sequence[Row], width: int) -> int:
    """How many columns are used at all; columns without name or value do not count against a header."""
    return sum(any(column < len(row) and row[column].strip() for row in rows) for column in range(width))


def _may_start(row: Row, span: int) -> bool:
    return _filled(row) >= max(1, min(2, span), span / 2)


def _is_data(row: Row, body: Sequence[Row], types: list[str]) -> bool:
    """Whether the row looks like those below it rather than like their headers."""
    cells = [(cell.strip(), types[column]) for column, cell in enumerate(row[: len(types)]) if cell.strip()]
    typed = [(cell_type(cell), kind) for cell, kind in cells if kind in VALUES]
    if typed:
        alike = sum(mine == kind or {mine, kind} == {"integer", "number"} for mine, kind in typed)
        return alike * 2 >= len(typed)
    values = sum(cell_type(cell) in VALUES for cell, _ in cells)
    if not body or values * 2 > len(cells):
        return values * 2 > len(cells)
    return _comes_again(row, body, len(types)) >= max(1, len(cells) // 3)


def _comes_again(row: Row, body: Sequence[Row], width: int) -> int:
    """In how many columns the cell of this row is an ordinary value further down."""
    again = 0
    for column in range(min(width, len(row))):
        mine = row[column].strip().casefold()
        again += bool(mine) and any(column < len(other) and other[column].strip().casefold() == mine for other in body)
    return again


def _second_line(rows: Sequence[Row], first: int) -> bool:
    """A line of words only, right below the headers, over at least three columns of numbers, dates or addresses."""
    if first + 2 >= len(rows):
        return False
    row = rows[first + 1]
    if len(row) != len(rows[first]) or [cell.casefold() for cell in row] == [cell.casefold() for cell in rows[first]]:
        return False
    below = [other for other in rows[first + 2 :] if _filled(other)]
    kinds = [column_type(other[column] for other in below if column < len(other)) for column in range(len(row))]
    typed = [cell_type(cell) for cell, kind in zip(row, kinds, strict=True) if kind in VALUES - {"boolean"}]
    return len(below) > 1 and len(typed) >= 3 and all(kind == "text" for kind in typed)


def _is_of_groups(rows: Sequence[Row], first: int) -> bool:
    """A line with gaps, as merged cells leave them, above a full line of words that stands over numbers, dates or addresses."""
    if first + 2 >= len(rows) or len(rows[first + 1]) != len(rows[first]):
        return False
    groups, names = ([cell.strip() for cell in row] for row in rows[first : first + 2])
    below = [other for other in rows[first + 2 :] if _filled(other)]
    types = [column_type(other[column] for other in below if column < len(other)) for column in range(len(names))]
    words = all(name and cell_type(name) == "text" for name in names)
    typed = any(kind in VALUES - {"boolean"} for kind in types)
    return bool(groups[0]) and "" in groups and words and typed and not _is_data(names, below, types)


def _grouped(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """Where one name stands in several groups, only the group tells which is meant."""
    found, group = [], ""
    folded = [name.casefold() for name in names]
    for over, name in zip(groups, names, strict=True):
        group = over or group
        found.append(f"{group} {name}" if folded.count(name.casefold()) > 1 else name)
    return found


def _without_empty_end(names: list[str], body: Sequence[Row]) -> list[str]:
    """A separator at the end of every line makes a column without name and value; it is none.

    Nor are the few cells that reach beyond the last name: sheets are as wide as their longest row, whatever stands in it.
    """
    while len(names) > 1 and not names[-1]:
        beyond = sum(len(row) >= len(names) and bool(row[len(names) - 1].strip()) for row in body)
        if beyond > STRAY_CELLS * len(body):
            break
        names = names[:-1]
    return names
