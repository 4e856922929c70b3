"""Workbooks (xlsx, xlsm, xlsb, xls, ods): every sheet that holds something is a table, hidden ones included."""

import contextlib
import datetime
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetMetadata, SheetTypeEnum

from connectors.errors import UnreadableFile
from connectors.records import TableShape
from connectors.sources.archives import DAMAGE, ZIP_SIGNATURES, Entry
from connectors.sources.sheetguard import check_size, error_cells
from connectors.sources.sheetremarks import remarks
from connectors.sources.sheetzeros import padded_columns
from connectors.sources.tablehead import find_headers

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".ods", ".xltx", ".xltm")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAMPLE_ROWS = 300
MIDNIGHT = datetime.time()


def kind(entry: Entry) -> str:
    """zip or ole where the content is a workbook's, else empty; a text file called .xls is none, one called .csv may be one."""
    suffix = PurePosixPath(entry.name).suffix.lower()
    with entry.open() as file:
        start = file.read(8)
    if start == OLE:
        return "" if suffix in (".doc", ".ppt", ".msg", ".msi", ".db") else "ole"
    return "zip" if start[:4] in ZIP_SIGNATURES and (suffix in SUFFIXES or _holds_sheets(entry)) else ""


def _holds_sheets(entry: Entry) -> bool:
    with entry.local_path() as path:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                opened = archive.read("mimetype") if "mimetype" in names else b""
        except DAMAGE:
            return False
    return b".spreadsheet" in opened or any(name.startswith(("xl/worksheets/", "xl/workbook")) for name in names)


def inspect(entry: Entry) -> list[TableShape]:
    with _workbook(entry) as (book, path):
        shapes = []
        for sheet in book.sheets_metadata:
            if sheet.typ is SheetTypeEnum.WorkSheet and (shape := _inspect_sheet(entry, book, path, sheet)):
                shapes.append(shape)
    if not shapes:
        raise UnreadableFile(entry.name, "holds no sheet with rows; export it again.")
    return shapes


def _inspect_sheet(entry: Entry, book: CalamineWorkbook, path: Path, about: SheetMetadata) -> TableShape | None:
    sheet = _sheet(entry, book, about.name)
    if sheet.end is None:
        return None
    sample = []
    for row in _texts(sheet, {}, {}):
        sample.append(row)
        if len(sample) >= SAMPLE_ROWS and any(cell.strip() for cells in sample[-20:] for cell in cells):
            break
    if not any(cell.strip() for row in sample for cell in row):
        return None
    found = find_headers(sample)
    notes = found.notes + remarks(path, about, sheet, found.row)
    return TableShape(entry.name, "xlsx", found.names, found.row, about.name, notes=notes)


@contextlib.contextmanager
def sheet_rows(entry: Entry, name: str) -> Iterator[Iterator[list[str]]]:
    """Rows of one sheet from its first line on, so that counting them gives Excel's own row numbers."""
    with _workbook(entry) as (book, path):
        yield _texts(_sheet(entry, book, name), error_cells(path, name), padded_columns(path, name))


@contextlib.contextmanager
def _workbook(entry: Entry) -> Iterator[tuple[CalamineWorkbook, Path]]:
    with entry.local_path() as path:
        check_size(entry.name, path)
        try:
            book = _opened(path)
        except PasswordError as error:
            raise UnreadableFile(entry.name, "is protected with a password; send it without one.") from error
        except (CalamineError, OSError) as error:
            raise UnreadableFile(entry.name, f"is no workbook that can be read ({error}); save it again as xlsx.") from error
        try:
            yield book, path
        finally:
            book.close()


def _opened(path: Path) -> CalamineWorkbook:
    """By what the name says, else by the content: the loader goes by names, and people rename xls to xlsx and back."""
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError as error:
        with path.open("rb") as file, contextlib.suppress(CalamineError):
            return CalamineWorkbook.from_filelike(file)
        raise error


def _sheet(entry: Entry, book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise UnreadableFile(entry.name, f"has a damaged sheet “{name}” ({error}); save it again as xlsx.") from error


def _texts(sheet: CalamineSheet, errors: Mapping[tuple[int, int], str], padded: Mapping[int, int]) -> Iterator[list[str]]:
    first_column = sheet.start[1] if sheet.start else 0
    # formulas without a value may stand beside all that the loader gives
    digits = {at - first_column: count for at, count in padded.items() if 0 <= at - first_column < sheet.width}
    for number, row in enumerate(sheet.iter_rows()):
        cells = [value if type(value) is str else _text(value) for value in row]
        for column, count in digits.items():
            if type(row[column]) is float:
                cells[column] = cells[column].zfill(count)
        if errors:
            for column in range(len(cells)):
                cells[column] = errors.get((number, column + first_column), cells[column])
        yield cells


def _text(value: Any) -> str:
    """Dates in ISO form, whole numbers without a fraction, numbers with the 15 digits that Excel itself shows."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else format(value, ".15g")
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d") if value.time() == MIDNIGHT else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    return re.sub("_x000D_", "\r", str(value))
