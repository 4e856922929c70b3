"""What people should know of a sheet that a table of texts no longer shows: what is hidden, merged, in error or not calculated."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineSheet, SheetMetadata, SheetVisibleEnum

from connectors.sources.sheetguard import chunks, error_cells, member_of

_P = r"(?:\w+:)?"  # some programs put a prefix before every tag
_HIDDEN_ROW = re.compile(rf'<{_P}row\b[^>]*? hidden="(?:1|true)"[^>]*(?<!/)>(?!</{_P}row>)'.encode())  # one without cells holds nothing
_COLUMN = re.compile(rf"<{_P}col\b[^>]*>".encode())
_HIDDEN = re.compile(rb' hidden="(?:1|true)"')
_COLUMN_ENDS = re.compile(rb' (min|max)="(\d+)"')
_FORMULA = rf"<{_P}f\b[^>]*?(?:/>|>[^<]*</{_P}f>)"
_EMPTY = rf"(?:<{_P}v ?/?>(?:</{_P}v>)?)?"
_NOT_CALCULATED = re.compile(rf'<{_P}c r="([A-Z]+\d+)"(?:(?! t=)[^>])*>{_FORMULA}{_EMPTY}</{_P}c>'.encode())
_FROM_1904 = re.compile(rf'<{_P}workbookPr\b[^>]*? date1904="(?:1|true)"'.encode())


def remarks(path: Path, about: SheetMetadata, sheet: CalamineSheet, header_row: int) -> tuple[str, ...]:
    """In plain words; rows, columns and formulas of xlsx only, as the loader tells nothing of those of other workbooks."""
    found = []
    if about.visible is not SheetVisibleEnum.Visible:
        found.append("The sheet is hidden in the workbook; its rows are taken like those of any other.")
    if merged := sum(first[0] < last[0] and last[0] >= header_row for first, last in sheet.merged_cell_ranges or ()):
        found.append(f"{_counted(merged, 'merged cell')} over several rows: only the first of them has what it says.")
    if zipfile.is_zipfile(path):
        found += _of_xlsx(path, about.name, sheet)
    return tuple(found)


def _of_xlsx(path: Path, name: str, sheet: CalamineSheet) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        member = member_of(archive, name)
        if member is None:
            return
        rows, columns, formulas = 0, set[int](), list[bytes]()
        for chunk in chunks(archive, member):
            if b' hidden="' in chunk:
                rows += len(_HIDDEN_ROW.findall(chunk))
                columns |= _hidden_columns(chunk, sheet)
            if b"<f" in chunk or b":f" in chunk:
                formulas += _NOT_CALCULATED.findall(chunk)
        from_1904 = bool(_FROM_1904.search(archive.read("xl/workbook.xml")))
    if hidden := " and ".join(_counted(count, what) for count, what in ((rows, "row"), (len(columns), "column")) if count):
        yield f"{hidden} hidden, by a filter or by hand; what they hold is taken like all else."
    if formulas:
        where = f"{_counted(len(formulas), 'formula')} without a value (the first in {formulas[0].decode()})"
        yield f"{where}, which reads as empty; open the workbook in Excel, save it and send it again."
    if errors := error_cells(path, name):
        row, column = min(errors)
        yield f"{_counted(len(errors), 'cell')} with an error such as {errors[row, column]}, kept as text; the first in line {row + 1}."
    if from_1904:
        yield "The workbook counts days from 1904: one that stands there as a plain number reads four years too early."


def _hidden_columns(chunk: bytes, sheet: CalamineSheet) -> set[int]:
    """Those between the first and the last that hold something; people hide all that follow, up to the last of Excel."""
    found: set[int] = set()
    for column in filter(_HIDDEN.search, _COLUMN.findall(chunk)):
        ends = {which: int(number) for which, number in _COLUMN_ENDS.findall(column)}
        first, last = (sheet.start or (0, 0))[1] + 1, (sheet.end or (0, 0))[1] + 1
        found.update(range(max(first, ends.get(b"min", 1)), min(last, ends.get(b"max", 1)) + 1))
    return found


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
