"""Several tables one below the other in one text file, as reports have them: another width and headers of its own."""

from collections.abc import Sequence

from connectors.sources.celltypes import cell_type, column_type
from connectors.sources.dialects import ordinary_width
from connectors.sources.tablehead import VALUES

Row = Sequence[str]
ALIKE = 0.9  # of the rows of a table have its width
LEAST_ROWS = 2  # below the headers of a further table


def table_starts(rows: Sequence[Row]) -> list[int]:
    """Where each table begins (from 0; titles and blank lines count to the table below them); mostly just [0]."""
    starts = [0]
    for number in range(2, len(rows) - LEAST_ROWS):
        begin = _with_titles(rows, number, starts[-1])
        if len(rows[number]) != len(rows[begin - 1]) and _is_another_table(rows[starts[-1] : begin], rows[number:]):
            starts.append(begin)
    return starts


def _with_titles(rows: Sequence[Row], number: int, floor: int) -> int:
    while number > floor + 1 and _filled(rows[number - 1]) <= 1:
        number -= 1
    return number


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_another_table(above: Sequence[Row], below: Sequence[Row]) -> bool:
    headers = below[0]
    if len(headers) < 2 or len(set(headers)) < len(headers) or any(cell_type(cell) != "text" for cell in headers):
        return False
    above = [row for row in above if _filled(row) > 1]
    below = [row for row in below if _filled(row) > 1]
    old, new = ordinary_width(above), len(headers)
    if len(above) < 2 or len(below) <= LEAST_ROWS or old == new:
        return False
    if not _share(above, old) >= ALIKE or not _share(below[: max(len(above), 20)], new) >= ALIKE:
        return False
    return any(column_type(row[column] for row in below[1:] if column < len(row)) in VALUES for column in range(new))


def _share(rows: Sequence[Row], width: int) -> float:
    return sum(len(row) == width for row in rows) / len(rows)
