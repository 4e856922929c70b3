"""Workbooks that travel: out with drop-downs and a row version, back through the services that the screens use.

Every cell is written as text, so that no formula of a customer's data runs on a consultant's desk.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, ClassVar

from import_export.formats import base_formats
from import_export.resources import ModelResource
from import_export.results import RowResult
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from tablib import Dataset

CELL_LIMIT = 32_767
CHANGED = "changed since your export"
WIDEST = 40


class RowRefused(Exception):
    """This row of the workbook changes nothing; the text says why."""


class DropDownXLSX(base_formats.XLSX):
    """An xlsx whose columns named in `choices` offer a list."""

    choices: ClassVar[dict[str, Sequence[str]]] = {}

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        book = Workbook()
        sheet: Worksheet = book.active  # type: ignore[assignment]
        for line, cells in enumerate([dataset.headers or [], *dataset], start=1):
            for column, value in enumerate(cells, start=1):
                _write(sheet, line, column, value)
        _dress(sheet)
        lists = book.create_sheet("choices")
        for position, (header, words) in enumerate(self.choices.items(), start=1):
            _offer(sheet, lists, position, (dataset.headers or []).index(header) + 1, words)
        lists.sheet_state = "hidden"
        stream = BytesIO()
        book.save(stream)
        return stream.getvalue()


class SheetResource(ModelResource):
    """Rows of a workbook are judged one by one and applied together.

    Subclasses answer `judge(cells)` with what a row would do (in words), or raise RowRefused, and apply it in `apply`.
    `refused` lists (name of the row, why) afterwards.
    """

    shown: ClassVar[tuple[str, ...]] = ()

    def judge(self, cells: Mapping[str, str]) -> str:
        raise NotImplementedError

    def apply(self, user: Any) -> None:
        raise NotImplementedError

    def import_row(self, row: Mapping[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        cells = {str(name): as_text(value) for name, value in row.items() if name is not None}
        result = RowResult()
        try:
            note = self.judge(cells)
            result.import_type = RowResult.IMPORT_TYPE_UPDATE
        except RowRefused as reason:
            note = str(reason)
            result.import_type = RowResult.IMPORT_TYPE_SKIP
        result.diff = [*(cells.get(name, "") for name in self.shown), note]
        return result

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        self.apply(kwargs["user"])

    def get_diff_headers(self) -> list[str]:
        return [*(name.replace("_", " ") for name in self.shown), "what happens"]


def as_text(value: Any) -> str:
    """A cell as it was meant: spreadsheets turn the id 1001 into the number 1001.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value).strip()


def _write(sheet: Worksheet, line: int, column: int, value: Any) -> None:
    cell = sheet.cell(line, column)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", as_text(value))[:CELL_LIMIT]
    cell.data_type = "s"  # text that begins with = stays text
    cell.quotePrefix = True


def _dress(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    for position, column in enumerate(sheet.iter_cols(1, sheet.max_column), start=1):
        column[0].font = Font(bold=True)
        widest = max(len(str(cell.value or "")) for cell in column[:200])
        sheet.column_dimensions[get_column_letter(position)].width = min(widest, WIDEST) + 2


def _offer(sheet: Worksheet, lists: Worksheet, position: int, column: int, words: Sequence[str]) -> None:
    for line, word in enumerate(words, start=1):
        lists.cell(line, position, word)
    source = get_column_letter(position)
    rule = DataValidation(type="list", formula1=f"choices!${source}$1:${source}${len(words)}", allow_blank=True)
    sheet.add_data_validation(rule)
    target = get_column_letter(column)
    rule.add(f"{target}2:{target}{max(sheet.max_row, 2)}")
