"""Files in forms that people send without knowing: renamed, packed, hidden, not calculated. What is odd about a sheet is said."""

import datetime
import gzip
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.errors import UnreadableFile
from connectors.sources.archives import open_package
from connectors.sources.peek import peek
from tests.connectors.sources.reading import Read, read, read_all

OLD_BOOK = Path(__file__).parent / "firms.xls"  # two sheets, the second one very hidden
FIRMS = [["CO-1", "Müller", "2024-05-01"], ["CO-2", "Reef", "2023-12-31"]]
TEXT = "ID;Name;Since\r\nCO-1;Müller;2024-05-01\r\nCO-2;Reef;2023-12-31\r\n"
OPEN_DOCUMENT = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Firmen">{}</table:table></office:spreadsheet>
</office:body></office:document-content>"""


def open_document(path: Path) -> Path:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            if row[0] == "ID" or at < 2
            else f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>x</text:p></table:table-cell>'
            for at, cell in enumerate(row)
        )
        + "</table:table-row>"
        for row in [["ID", "Name", "Since"], *FIRMS]
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", OPEN_DOCUMENT.format(rows))
    return path


@pytest.mark.parametrize("name", ["firms.xls", "firms.xlsx", "firms.csv", "firms"])
def test_an_old_workbook_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    shutil.copy(OLD_BOOK, tmp_path / name)
    found = read_all(tmp_path / name)
    assert [(each.shape.sheet, each.rows) for each in found] == [("Firmen", FIRMS), ("Ansprechpartner", [["CT-1", "Ann"]])]
    assert found[0].shape.notes == ()
    assert "hidden" in found[1].shape.notes[0]


@pytest.mark.parametrize("name", ["firms.ods", "firms.xlsx", "firms.xls", "firms.txt"])
def test_an_open_document_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    assert read_all(open_document(tmp_path / name))[0].rows == FIRMS


@pytest.mark.parametrize("name", ["firms.xls", "firms.xlsb", "firms.ods"])
def test_a_new_workbook_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    book = openpyxl.Workbook()
    for row in [["ID", "Name", "Since"], *FIRMS]:
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "book.xlsx").rename(tmp_path / name)
    assert read_all(tmp_path / name)[0].rows == FIRMS


@pytest.mark.parametrize("name", ["firms.xlsx", "firms.xls", "firms.ods"])
def test_a_text_file_that_is_called_a_workbook_is_read_as_text_and_said_to_be_one(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, TEXT, name, encoding="cp1252")
    assert found.rows == FIRMS
    assert "text, whatever its name says" in " ".join(found.shape.notes)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("firms.csv.gz", gzip.compress(TEXT.encode()), "is packed"),
        ("firms.csv", gzip.compress(TEXT.encode()), "is packed"),
        ("firms.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "is packed"),
        ("firms.tar", b"firms.csv" + bytes(600), "is packed"),
        ("firms.xls", b"<html><body><table><tr><td>ID</td></tr></table></body></html>", "web page or XML"),
        ("firms.xls", b'<?xml version="1.0"?><Workbook/>', "web page or XML"),
        ("firms.xls", bytes(range(256)) * 4, "no xls workbook"),
        ("firms.xlsx", b"%PDF-1.7 firms", "no text file"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_with_the_way_out(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    report = peek(tmp_path)
    [refused] = report["refused"]
    assert (refused["file"], report["tables"], report["not_tables"]) == (name, [], [])
    assert reason in refused["reason"]
    assert any(way in refused["reason"] for way in ("save it", "unpack it"))


def test_helpers_of_every_system_are_listed_and_not_kept_as_files(tmp_path: Path) -> None:
    names = (".DS_Store", ".localized", "Icon\r", "THUMBS.DB", "Desktop.ini", ".~lock.firms.ods#", "~$firms.xlsx", "._firms.csv")
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.writestr("Export\\Übersicht.csv", TEXT)
        for name in names:
            archive.writestr(name, "x")
    with open_package(tmp_path / "package.zip") as package:
        assert [entry.name for entry in package.entries] == ["Export/Übersicht.csv"]
        assert {each.file for each in package.refused} == set(names)


@pytest.fixture
def book():
    workbook = openpyxl.Workbook()
    for row in [["ID", "Name", "Since"], *FIRMS]:
        workbook.active.append(row)
    return workbook


def said(book: openpyxl.Workbook, folder: Path) -> tuple[Read, str]:
    book.save(folder / "book.xlsx")
    found = read_all(folder / "book.xlsx")[-1]
    return found, " ".join(found.shape.notes)


def test_an_ordinary_sheet_has_nothing_to_remark(book: openpyxl.Workbook, tmp_path: Path) -> None:
    assert said(book, tmp_path)[1] == ""


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_taken_and_said_to_be_hidden(book: openpyxl.Workbook, tmp_path: Path, state: str) -> None:
    sheet = book.copy_worksheet(book.active)
    sheet.sheet_state = state
    found, notes = said(book, tmp_path)
    assert found.rows == FIRMS
    assert "The sheet is hidden" in notes


def test_hidden_rows_and_columns_are_taken_and_counted(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.auto_filter.ref = "A1:C3"
    book.active.row_dimensions[3].hidden = True
    book.active.row_dimensions[9].hidden = True  # below the table
    book.active.column_dimensions.group("C", "Z", hidden=True)
    found, notes = said(book, tmp_path)
    assert found.rows == FIRMS
    assert notes.startswith("1 row and 1 column hidden")


def test_formulas_that_were_never_calculated_are_said_with_the_first_place(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active["D1"] = "Label"
    book.active["D2"], book.active["D3"] = '=A2&" "&B2', '=A3&" "&B3'
    found, notes = said(book, tmp_path)
    assert [row[3] for row in found.rows] == ["", ""]
    assert notes.startswith("2 formulas without a value (the first in D2)")
    assert "send it again" in notes


def test_formulas_with_their_values_need_no_remark(book: openpyxl.Workbook, tmp_path: Path) -> None:
    """An empty text is a value too."""
    book.active["D1"], book.active["D2"], book.active["D3"] = "Label", "=A2", '=""'
    book.save(tmp_path / "raw.xlsx")
    with zipfile.ZipFile(tmp_path / "raw.xlsx") as raw, zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        for name in raw.namelist():
            content = raw.read(name).decode("utf-8", "surrogateescape")
            for cell, value in (("D2", "CO-1"), ("D3", "")):
                content = re.sub(
                    rf'<c r="{cell}"><f>([^<]*)</f>(?:<v ?/>|<v></v>)', rf'<c r="{cell}" t="str"><f>\1</f><v>{value}</v>', content
                )
            archive.writestr(name, content.encode("utf-8", "surrogateescape"))
    [found] = read_all(tmp_path / "book.xlsx")
    assert [row[3] for row in found.rows] == ["CO-1", ""]
    assert found.shape.notes == ()


def test_cells_in_error_are_counted_and_keep_their_text(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active["B3"] = "#REF!"
    found, notes = said(book, tmp_path)
    assert found.rows[1][1] == "#REF!"
    assert notes.startswith("1 cell with an error such as #REF!")
    assert "line 3" in notes


def test_a_value_merged_over_several_rows_is_said_to_stand_in_the_first(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.merge_cells("B2:B3")
    book.active.merge_cells("A1:A1")
    found, notes = said(book, tmp_path)
    assert [row[1] for row in found.rows] == ["Müller", ""]
    assert notes.startswith("1 merged cell over several rows")


def test_a_workbook_that_counts_from_1904_reads_its_dates_right_and_says_so(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.epoch = CALENDAR_MAC_1904
    book.active["C2"] = datetime.date(2024, 5, 1)
    found, notes = said(book, tmp_path)
    assert found.rows[0][2] == "2024-05-01"
    assert "1904" in notes


def test_an_old_file_that_holds_no_sheets_is_refused_with_the_way_out(tmp_path: Path) -> None:
    content = OLD_BOOK.read_bytes().replace("Workbook".encode("utf-16-le"), "Workless".encode("utf-16-le"))
    (tmp_path / "firms.xls").write_bytes(content)
    with pytest.raises(UnreadableFile, match="save it again as xlsx"):
        read_all(tmp_path / "firms.xls")


def test_numbers_that_show_with_zeros_before_them_keep_their_zeros(book: openpyxl.Workbook, tmp_path: Path) -> None:
    """Only where all numbers of a column are shown so: else nobody knows which of them are codes."""
    sheet = book.active
    for column, texts in {"D": ("Zip", 1067, 99084), "E": ("Code", 7, "B7"), "F": ("Number", 7, 12), "G": ("Mixed", 1, 2)}.items():
        for line, text in enumerate(texts, 1):
            sheet[f"{column}{line}"] = text
    for line in (2, 3):
        sheet[f"D{line}"].number_format = "[$-407]00000"
        sheet[f"E{line}"].number_format = "000"
    sheet["G2"].number_format = "000"
    sheet["D4"].number_format = "[$-407]00000"
    found, _ = said(book, tmp_path)
    assert [row[3:] for row in found.rows] == [["01067", "007", "7", "1"], ["99084", "B7", "12", "2"]]


def test_columns_of_formulas_without_a_value_do_not_move_the_zeros(tmp_path: Path) -> None:
    """They stand before and behind all that has a value, and are no part of the table."""
    book = openpyxl.Workbook()
    sheet = book.active
    for place, value in {"A2": "=1+1", "B1": "ID", "B2": "CO-1", "C1": "Zip", "C2": 1067, "D1": "Size", "D2": 7, "H2": "=1+1"}.items():
        sheet[place] = value
    sheet["A2"].number_format = sheet["H2"].number_format = "000"
    sheet["C2"].number_format = "00000"
    found, _ = said(book, tmp_path)
    assert found.rows == [["CO-1", "01067", "7"]]


STRICT = (
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
)


@pytest.mark.parametrize("form", ["strict", "prefixed"])
def test_the_other_two_ways_to_write_a_workbook_lose_nothing(book: openpyxl.Workbook, tmp_path: Path, form: str) -> None:
    """Excel's strict form, and that of programs which put a prefix before every tag."""
    book.active["B3"], book.active["D1"], book.active["D2"] = "#REF!", "Label", "=A2"
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "raw.xlsx")
    with zipfile.ZipFile(tmp_path / "raw.xlsx") as raw, zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        for name in raw.namelist():
            content = raw.read(name)
            if form == "prefixed" and name.startswith("xl/worksheets/"):
                content = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", content).replace(b'xmlns="', b'xmlns:x="')
            for ours, theirs in STRICT if form == "strict" else ():
                content = content.replace(ours, theirs)
            archive.writestr(name, content)
    [found] = read_all(tmp_path / "book.xlsx")
    assert found.rows[1][:2] == ["CO-2", "#REF!"]
    assert [note.split(",")[0].split(" (")[0] for note in found.shape.notes] == [
        "1 row hidden",
        "1 formula without a value",
        "1 cell with an error such as #REF!",
    ]
