"""A workbook that was damaged on its way is refused in one sentence, whatever part of it is damaged."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from connectors.errors import UnreadableFile
from migrations_app.services.filled_in import sheets_of

PARTS = ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/styles.xml")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["version", "answer"])
    book.save(tmp_path / "answers.xlsx")
    return tmp_path / "answers.xlsx"


def read(path: Path) -> list[list[tuple[str, ...]]]:
    with sheets_of(path, path.name) as sheets:
        return [list(sheet.iter_rows(values_only=True)) for sheet in sheets]


def test_its_rows_are_read(workbook: Path) -> None:
    assert read(workbook) == [[("version", "answer")]]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("content", [b"", b"<cut off", b"no markup at all"])
def test_a_damaged_part_is_told(workbook: Path, part: str, content: bytes) -> None:
    with zipfile.ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(workbook, "w") as archive:
        for name, kept in parts.items():
            archive.writestr(name, content if name == part else kept)
    with pytest.raises(UnreadableFile, match=r"answers\.xlsx: is no xlsx workbook that can be read; save it again as xlsx"):
        read(workbook)
