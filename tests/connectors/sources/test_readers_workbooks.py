"""Workbooks: every sheet with rows is a table, cells become the text that people saw."""

import datetime
import zipfile

import openpyxl
import pytest

from connectors.errors import UnreadableFile
from tests.connectors.sources.reading import read_all

SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


@pytest.fixture
def book(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.file = tmp_path / "book.xlsx"
    return workbook


def save_and_read(book):
    book.save(book.file)
    return read_all(book.file)


def with_sheet(book, rows_xml: str):
    """The same workbook with this xml as its first sheet."""
    book.save(book.file)
    with zipfile.ZipFile(book.file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = SHEET.format(rows_xml).encode()
    with zipfile.ZipFile(book.file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return book.file


def test_cells_become_text(book):
    sheet = book.active
    sheet.append(["ID", "Opened", "Changed", "Amount", "Won", "Note", "Span"])
    sheet.append([12, datetime.date(2024, 5, 1), datetime.datetime(2024, 5, 1, 13, 30, 5), 1153.95, True, "a_x000D_b", datetime.time(9, 5)])
    sheet.append([120000000000, None, None, 0.1 + 0.2, False, "=1", datetime.timedelta(hours=30)])
    sheet["F3"].data_type = "s"
    (found,) = save_and_read(book)
    assert found.rows == [
        ["12", "2024-05-01", "2024-05-01 13:30:05", "1153.95", "TRUE", "a\rb", "09:05:00"],
        ["120000000000", "", "", "0.3", "FALSE", "=1", "30:00:00"],
    ]


def test_error_cells_keep_their_text(book):
    book.active.append(["ID", "Value", "More"])
    book.active.append(["1", "#N/A", "x"])
    book.active.append(["2", "#DIV/0!", "#REF!"])
    assert save_and_read(book)[0].rows == [["1", "#N/A", "x"], ["2", "#DIV/0!", "#REF!"]]


def test_headers_below_titles_and_lines_as_excel_counts_them(book):
    sheet = book.active
    sheet["B2"] = "Customers"
    for column, text in enumerate(("ID", "Name", "City"), 2):
        sheet.cell(5, column, text)
    for number in (6, 8):
        for column, text in enumerate((number, "Ann", "Bonn"), 2):
            sheet.cell(number, column, text)
    (found,) = save_and_read(book)
    assert found.shape.headers == ("ID", "Name", "City")
    assert (found.shape.header_row, found.lines) == (5, [6, 8])
    assert found.counts.skipped == {"preamble": 4, "header": 1, "blank": 1}


def test_merged_cells_of_titles_above_and_of_groups_below_the_headers(book):
    """What a merged cell says stands in its first one; a title over all columns is no header."""
    sheet = book.active
    sheet["A1"] = "Customers of the Hamburg office"
    sheet.merge_cells("A1:D2")
    sheet["A3"], sheet["C3"] = "Who", "Where"
    sheet.merge_cells("A3:B3")
    sheet.merge_cells("C3:D3")
    for row in (("ID", "Name", "City", "Country"), ("1", "Ann", "Bonn", "DE"), ("2", "Bob", "Bonn", "DE"), ("3", "Cid", "Kiel", "DE")):
        sheet.append(row)
    sheet.merge_cells("D5:D6")
    (found,) = save_and_read(book)
    assert (found.shape.headers, found.shape.header_row, found.lines) == (("ID", "Name", "City", "Country"), 4, [5, 6, 7])
    assert found.rows == [["1", "Ann", "Bonn", "DE"], ["2", "Bob", "Bonn", ""], ["3", "Cid", "Kiel", "DE"]]


def test_a_group_above_the_headers_tells_columns_of_one_name_apart(book):
    sheet = book.active
    sheet["A1"], sheet["C1"], sheet["E1"] = "Customer", "Billing", "Shipping"
    for merged in ("A1:B1", "C1:D1", "E1:F1"):
        sheet.merge_cells(merged)
    sheet.append(["ID", "Name", "Street", "City", "Street", "City"])
    sheet.append([1, "Ann", "Pier 1", "Bonn", "Dock 2", "Kiel"])
    sheet.append([2, "Bob"])
    (found,) = save_and_read(book)
    assert found.shape.headers == ("ID", "Name", "Billing Street", "Billing City", "Shipping Street", "Shipping City")


def test_every_sheet_with_rows_is_a_table_hidden_ones_too(book):
    book.active.title = "Companies"
    book.active.append(["ID", "Name"])
    book.active.append(["1", "Acme"])
    book.create_sheet("Empty")
    hidden = book.create_sheet("Contacts")
    hidden.sheet_state = "hidden"
    hidden.append(["ID", "First"])
    hidden.append(["2", "Ann"])
    assert [(found.shape.sheet, found.rows) for found in save_and_read(book)] == [
        ("Companies", [["1", "Acme"]]),
        ("Contacts", [["2", "Ann"]]),
    ]


def test_an_empty_workbook_is_refused(book):
    with pytest.raises(UnreadableFile, match="no sheet with rows"):
        save_and_read(book)


def test_ten_million_blank_rows_are_refused_at_once(book):
    path = with_sheet(book, '<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c></row>' + "<row/>" * 10_000_000)
    with pytest.raises(UnreadableFile, match="more rows"):
        read_all(path)


@pytest.mark.parametrize("cell", ["XFD1048576", "A10000000", "ZZZZ1", "ZZ900000"])
def test_a_cell_far_away_does_not_fill_the_memory(book, cell):
    number = "".join(filter(str.isdigit, cell))
    far = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{number}"><c r="{cell}"><v>1</v></c></row>'
    with pytest.raises(UnreadableFile, match=r"too far|than Excel allows"):
        read_all(with_sheet(book, far))


def test_a_workbook_in_a_zip_and_one_with_the_wrong_suffix(book, tmp_path):
    book.active.append(["ID", "Name"])
    book.active.append(["1", "Acme"])
    book.save(book.file)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(book.file, "sub/book.xlsx")
    book.file.rename(tmp_path / "book.csv")
    assert read_all(tmp_path / "x.zip")[0].rows == read_all(tmp_path / "book.csv")[0].rows == [["1", "Acme"]]
