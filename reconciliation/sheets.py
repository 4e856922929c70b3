"""Workbooks that travel: out with drop-downs, a row at a time, and back. Every cell is written as text, so that no formula of a
customer's data runs on a consultant's desk.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from import_export.formats import base_formats
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from tablib import Dataset

from connectors.errors import UnreadableFile
from migrations_app.services.filled_in import sheets_of
from reconciliation.services.answers import CannotAnswer

CELL_LIMIT = 32_767
WIDEST, MEASURED = 40, 200
VERSION = "version"  # every workbook of ours has this column
LINE = "line of the workbook"  # added where it is read back


@dataclass(frozen=True, slots=True)
class Streamed:
    """Rows on their way into a workbook; columns named in `choices` offer a list."""

    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]
    choices: Mapping[str, Sequence[str]]

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return iter(self.rows)


class DropDownXLSX(base_formats.XLSX):
    """What the back office knows as a format."""

    def export_data(self, dataset: Streamed, **kwargs: Any) -> bytes:
        stream = BytesIO()
        write(dataset, stream)
        return stream.getvalue()

    def create_dataset(self, in_stream: bytes) -> Dataset:
        return read(BytesIO(in_stream), "The file")


def write(data: Streamed, target: Path | BinaryIO) -> None:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Sheet")
    rows = iter(data)
    first = [list(map(as_text, row)) for row in islice(rows, MEASURED)]
    sheet.freeze_panes = "A2"
    for at, column in enumerate(zip(data.headers, *first, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = min(max(map(len, column)), WIDEST) + 2
    sheet.append([_cell(sheet, header, Font(bold=True)) for header in data.headers])
    last = 1
    for row in chain(first, rows):
        sheet.append([_cell(sheet, value) for value in row])
        last += 1
    for at, header in enumerate(data.choices, start=1):
        _offer(sheet, get_column_letter(list(data.headers).index(header) + 1), max(last, 2), at, len(data.choices[header]))
    lists: Any = book.create_sheet("choices")
    lists.sheet_state = "hidden"
    for line in zip_longest(*data.choices.values()):
        lists.append(line)
    book.save(target)


def read(source: Path | BinaryIO, name: str) -> Dataset:
    """The filled-in lines of the first sheet that is one of ours, else of the first sheet, with their numbers. Raises CannotAnswer."""
    try:
        with sheets_of(source, name) as sheets:
            lines = [sheet.iter_rows(values_only=True) for sheet in sheets]
            tables = [([as_text(cell) for cell in next(rows, ())], rows) for rows in lines]
            headers, rows = next((table for table in tables if VERSION in table[0]), tables[0])
            dataset = Dataset(headers=[*headers, LINE])
            for line, cells in enumerate(rows, start=2):
                if any(cell is not None for cell in cells):
                    dataset.append([*islice(chain(cells, [None] * len(headers)), len(headers)), line])
            return dataset
    except UnreadableFile as problem:
        raise CannotAnswer(f"{problem.file} {problem.reason}") from problem


def as_text(value: Any) -> str:
    """A cell as it was meant: spreadsheets turn the id 1001 into the number 1001.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value).strip()


def _cell(sheet: Any, value: Any, font: Font | None = None) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", as_text(value))[:CELL_LIMIT])
    cell.data_type = "s"  # text that begins with = stays text
    cell.quotePrefix = True
    if font is not None:
        cell.font = font
    return cell


def _offer(sheet: Any, column: str, last: int, at: int, count: int) -> None:
    source = get_column_letter(at)
    rule = DataValidation(type="list", formula1=f"choices!${source}$1:${source}${count}", allow_blank=True)
    rule.add(f"{column}2:{column}{last}")
    sheet.data_validations.append(rule)
