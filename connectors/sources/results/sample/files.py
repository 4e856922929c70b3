"""Writes the rows of a made-up CRM as files: with blank lines, headers printed twice and a line of totals, as reports have them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from .rows import Row, Value, World
from .spelling import MONEY, Speller, Spelling

COUNTED = ("data", "blank", "repeated_header", "totals", "short", "long")
PRINTED_TWICE = 20  # rows from which on a report has more than one page


@dataclass(slots=True)
class Table:
    """One object as it stands in a file, and the counts that a reader must come to."""

    object: str
    file: str
    sheet: str
    fields: list[str]
    headers: list[str]
    lines: list[list[Value]] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("data", "blank", "repeated_header", "totals", "short", "long"), 0)
    )
    header_row: int = 1


def lay_out(name: str, world: World, speller: Speller, random: Random) -> Table:
    """Decides the order of columns and lines; every row learns its line."""
    spelling = speller.spelling
    fields = spelling.fields(name)
    if spelling.shuffled:
        random.shuffle(fields)
    headers = [spelling.header(name, field) for field in fields]
    table = Table(name, spelling.file(name), name if spelling.format == "xlsx" else "", fields, headers)
    table.lines += [[text] for text in spelling.preamble]
    table.header_row = len(table.lines) + 1
    table.lines.append(list(headers))
    rows = world.rows[name]
    interruptions = _interruptions(len(rows), random)
    for position, row in enumerate(rows):
        if position in interruptions:
            _interrupt(table, interruptions[position])
        _print(table, row, speller, may_be_short=spelling.format == "csv" and position % 40 == 3)
    if len(rows) > PRINTED_TWICE:
        _totals(table, rows, speller)
    return table


def _interruptions(rows: int, random: Random) -> dict[int, str]:
    if rows <= PRINTED_TWICE:
        return {}
    places = random.sample(range(2, rows), 3)
    return dict(zip(places, ("blank", "blank", "repeated_header"), strict=True))


def _interrupt(table: Table, kind: str) -> None:
    table.lines.append([""] * len(table.fields) if kind == "blank" else list(table.headers))
    table.counts[kind] += 1


def _print(table: Table, row: Row, speller: Speller, *, may_be_short: bool) -> None:
    cells = [speller.cell(row, field) for field in table.fields]
    if row.surplus:
        cells += row.surplus
        table.counts["long"] += 1
    elif may_be_short and cells[-1] == "" and cells[-2] != "":
        cells.pop()
        table.counts["short"] += 1
    table.lines.append(cells)
    table.counts["data"] += 1
    row.line = len(table.lines)


def _totals(table: Table, rows: list[Row], speller: Speller) -> None:
    sums = [sum((row.values.get(f) or Decimal(0) for row in rows), Decimal(0)) if f in MONEY else None for f in table.fields]
    if not any(sums) or sums[0] is not None:
        return
    table.lines.append(["Total", *(speller.cell(Row("", "", {"sum": amount}), "sum") for amount in sums[1:])])
    table.counts["totals"] += 1


def write_tables(folder: Path, tables: list[Table], spelling: Spelling) -> None:
    if spelling.format == "xlsx":
        _write_workbook(folder / spelling.file(""), tables)
        return
    for table in tables:
        with (folder / table.file).open("w", encoding=spelling.encoding, newline="") as file:
            csv.writer(file, delimiter=spelling.delimiter).writerows(table.lines)


def _write_workbook(path: Path, tables: list[Table]) -> None:
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.sheet)
        for line in table.lines:
            sheet.append(list(_as_text(sheet, line)))
    book.save(path)


def _as_text(sheet: Any, line: list[Value]) -> Iterator[object]:
    """Cells that begin with `=` stay text: the workbook shows them, it does not work them out."""
    for value in line:
        if isinstance(value, str) and value.startswith("="):
            cell = WriteOnlyCell(sheet, value=value)
            cell.data_type = "s"
            yield cell
        else:
            yield value if value != "" else None
