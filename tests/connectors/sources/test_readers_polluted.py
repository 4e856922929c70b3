"""A good table, damaged in one way at a time, is read as if nothing had happened."""

import pytest

from tests.connectors.sources.polluted import HEADERS, ROWS, TABLE, cells_of, line, replaced, text
from tests.connectors.sources.reading import read, read_all

NUMBERED = [f"column {position}" for position in range(1, len(HEADERS) + 1)]
LONG_TEXT = text() + "".join(line(["X" + row[0], *row[1:]]) + "\r\n" for row in ROWS * 50)

SAME_TABLE = {
    "as it is": text(),
    "semicolons": text(delimiter=";"),
    "tabs": text(delimiter="\t"),
    "bars": text(delimiter="|"),
    "blanks": text(delimiter=" "),
    "comma and blank": text(delimiter=", "),
    "carets": text(delimiter="^"),
    "tildes": text(delimiter="~"),
    "lf": text(end="\n"),
    "cr": text(end="\r"),
    "no line end at the end": text()[:-2],
    "two line ends at the end": text() + "\r\n",
    "apostrophes as quotes": text(quote="'", escape="'"),
    "apostrophes as quotes, none escaped": text(quote="'", escape=""),
    "backslash before quotes": text(escape="\\"),
    "quotes not escaped at all": text(escape=""),
    "header twice": text([HEADERS, *TABLE]),
    "header three times": text([HEADERS, HEADERS, *TABLE]),
    "title": "Customers of the year\r\n\r\n" + text(),
    "title with separators": "EXPORT,,,,,,,,\r\n,,,,,,,,\r\n" + text(),
    "three lines of title": "Customers\r\nExported on 2024-05-01\r\nby,Ann\r\n" + text(),
    "sep line": "sep=;\r\n" + text(delimiter=";"),
    "separator at the end of each line": text([[*row, ""] for row in TABLE]),
    "header only": text(TABLE[:1]),
    "one row": text(TABLE[:2]),
}


@pytest.mark.parametrize("name", SAME_TABLE)
def test_the_table_survives(tmp_path, name):
    content = SAME_TABLE[name]
    expected = TABLE[:1] if name == "header only" else TABLE[:2] if name == "one row" else TABLE
    assert read(tmp_path, content).table == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding_gives_the_same_cells(tmp_path, encoding):
    found = read(tmp_path, text(), encoding=encoding)
    assert found.table == TABLE
    assert "é".encode(found.shape.encoding)


def test_without_headers_columns_are_numbered_and_no_row_is_lost(tmp_path):
    found = read(tmp_path, text(ROWS))
    assert found.table == [NUMBERED, *ROWS]
    assert found.shape.header_row == 0
    assert "headers" in found.shape.notes[0]


@pytest.mark.parametrize("number", [0, 1, 2, 5, 17, 60])
@pytest.mark.parametrize("column", range(9))
def test_a_stray_quote_stays_in_its_cell(tmp_path, number, column):
    written = cells_of(number)
    written[column] = '""' + written[column][1:] if written[column].startswith('"') else '"' + written[column]
    expected = [list(row) for row in TABLE]
    expected[number][column] = '"' + expected[number][column]
    assert read(tmp_path, replaced(number, ",".join(written))).table == expected


@pytest.mark.parametrize("number", [1, 3, 17, 60])
@pytest.mark.parametrize("column", range(9))
def test_an_extra_separator_touches_one_row(tmp_path, number, column):
    written = cells_of(number)
    found = read(tmp_path, replaced(number, ",".join([*written[:column], "", *written[column:]])))
    longer = [*TABLE[number][:column], "", *TABLE[number][column:]]
    expected = [list(row) for row in TABLE]
    expected[number] = longer if longer[9] else longer[:9]
    assert found.table == expected


@pytest.mark.parametrize("number", [1, 3, 17, 60])
def test_a_missing_separator_touches_one_row(tmp_path, number):
    written, raw = cells_of(number), TABLE[number]
    found = read(tmp_path, replaced(number, ",".join([written[0] + written[1], *written[2:]])))
    assert found.rows[number - 1] == [raw[0] + raw[1], *raw[2:], ""]
    assert found.counts.short == 1
    assert [row for position, row in enumerate(found.table) if position != number] == [r for p, r in enumerate(TABLE) if p != number]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
@pytest.mark.parametrize("number", [0, 1, 3, 17, 60])
def test_one_row_with_another_separator_is_split_by_it(tmp_path, number, delimiter):
    assert read(tmp_path, replaced(number, line(TABLE[number], delimiter=delimiter))).table == TABLE


def test_one_row_with_another_quote_is_understood(tmp_path):
    assert read(tmp_path, replaced(1, line(TABLE[1], quote="'", escape=""))).table == TABLE


def test_a_quote_left_open_in_the_last_cell_does_not_swallow_the_file(tmp_path):
    open_cell = ",".join(cells_of(30)[:-1]) + ',"'
    found = read(tmp_path, replaced(30, open_cell))
    assert found.rows[29] == [*TABLE[30][:-1], '"']
    assert len(found.rows) == len(ROWS)
    assert found.counts.mended == 1


def test_a_quote_left_open_early_in_a_long_file_costs_one_row(tmp_path):
    rows = [[str(number), f"name {number}", "x", "2024-01-01"] for number in range(30_000)]
    content = "id,name,kind,day\n" + "".join(",".join(row) + "\n" for row in rows).replace(",name 7,", ',"name 7,', 1)
    found = read(tmp_path, content)
    assert len(found.rows) == 30_000
    assert found.rows[7] == ["7", '"name 7', "x", "2024-01-01"]
    assert found.rows[8:] == rows[8:]


def test_a_long_note_in_quotes_is_one_record(tmp_path):
    note = "\r\n".join(f"line {number}, with a comma" for number in range(5000))
    found = read(tmp_path, f'id,day,note\r\n1,2024-01-01,"{note}"\r\n2,2024-01-02,short\r\n')
    assert found.rows == [["1", "2024-01-01", note], ["2", "2024-01-02", "short"]]
    assert found.lines == [2, 3]


def test_quotes_left_unescaped_in_a_note_of_several_lines(tmp_path):
    found = read(tmp_path, 'id,note,day\n1,"He said "hello" and\nleft, at once",2024-01-01\n2,"fine",2024-01-02\n3,"good",2024-01-03\n')
    assert found.rows[0] == ["1", 'He said "hello" and\nleft, at once', "2024-01-01"]
    assert len(found.rows) == 3


def test_two_lines_of_headers_become_one(tmp_path):
    content = "Code,Opened,Qty,Price,Page\n(internal),(day),(pieces),(list),(address)\n"
    content += "".join(f"A{number},2024-01-{number:02},{number},{number}.50,https://x.example/{number}\n" for number in range(1, 9))
    found = read(tmp_path, content)
    assert found.shape.headers == ("Code (internal)", "Opened (day)", "Qty (pieces)", "Price (list)", "Page (address)")
    assert len(found.rows) == 8


def test_one_column_stays_one_column(tmp_path):
    found = read(tmp_path, "E-mail\nann@x.example\nbob@y.example\nzoe@z.example\n")
    assert found.table == [["E-mail"], ["ann@x.example"], ["bob@y.example"], ["zoe@z.example"]]


def test_very_long_and_very_wide(tmp_path):
    wide = [[f"c{column}" for column in range(1024)], [str(column) for column in range(1024)], ["x"] * 1024]
    assert read(tmp_path, "".join(",".join(row) + "\n" for row in wide)).table == wide
    long = "HEADER" * 100_000
    assert read(tmp_path, f"{long},b,c\n1,2,3\n4,5,6\n").shape.headers == (long, "b", "c")


@pytest.mark.parametrize("decimal", ["1,50;2,75;3,25", "10,00;-2,5;0,1"])
def test_decimal_commas_do_not_split(tmp_path, decimal):
    found = read(tmp_path, "a;b;c\n" + (decimal + "\n") * 8)
    assert found.shape.delimiter == ";"
    assert found.rows[0] == decimal.split(";")


@pytest.mark.parametrize("between", ["", "\r\n", "Second list\r\n\r\n"])
@pytest.mark.parametrize("columns", [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]])
def test_two_tables_below_each_other_are_two_tables(tmp_path, between, columns):
    second = [[("again " if position == 9 else "") + row[column] for position, column in enumerate(columns)] for row in TABLE]
    (tmp_path / "a.csv").write_text(text() + between + text(second), newline="")
    one, two = read_all(tmp_path / "a.csv")
    assert one.table == TABLE
    assert two.table == second
    assert two.lines[0] == len(TABLE) + between.count("\n") + 2
    assert one.counts.physical + two.counts.physical == 2 * len(TABLE) + between.count("\n")


def test_the_same_headers_again_do_not_begin_another_table(tmp_path):
    assert read(tmp_path, text() + text()).table == [*TABLE, *ROWS]
