"""What is a record, what is skipped and why, and that text arrives as it stands in the file."""

import pytest

from connectors.errors import UnreadableFile
from connectors.sources.archives import open_package
from connectors.sources.tables import head, inspect, is_table
from tests.connectors.sources.reading import read, read_all

START = "ID,Name,City,Revenue\n"


def test_every_line_is_a_record_or_skipped_with_a_reason(tmp_path):
    rows = ["1,Acme,Bonn,10", "", ",,,", "2,Total Cleaning,Oslo,20", " id , NAME ,City,revenue", "3,Umbra,Rome,30", "Total,,,60"]
    content = f"Report of May\n\n{START}" + "\n".join(rows)
    found = read(tmp_path, content)
    assert [row[0] for row in found.rows] == ["1", "2", "3"]
    assert found.lines == [4, 7, 9]
    assert found.counts.skipped == {"preamble": 2, "header": 1, "blank": 2, "repeated_header": 1, "totals": 1}
    assert found.counts.physical == 10


@pytest.mark.parametrize("word", ["Total", "TOTALS:", "Grand Total", "Summe", "Total général", "Totale", "Celkem", "Suma", "Итого"])
def test_totals_rows_of_many_languages(tmp_path, word):
    found = read(tmp_path, f'{START}1,Acme,Bonn,10\n2,Bert,Oslo,20\n{word},,,"1,230.50"\n')
    assert found.counts.skipped["totals"] == 1


@pytest.mark.parametrize("sum", ["R$ 1.230,50", "1 230,50 kr", "CHF 1’230.50", "kr. -1.230,50", "1.230,50 TL", "(500.00)", "1 230,50 Kč"])
def test_totals_of_money_in_any_currency(tmp_path, sum):
    found = read(tmp_path, f'{START}1,Acme,Bonn,10\n2,Bert,Oslo,20\nTotal,,,"{sum}"\n')
    assert found.counts.skipped["totals"] == 1


@pytest.mark.parametrize("row", ["Total Cleaning,,,", "Sum,Total,Paris,10", "4,Total,,", "Totally,,,", "Count Basie,Jazz,,"])
def test_companies_that_sound_like_totals_are_records(tmp_path, row):
    assert read(tmp_path, f"{START}1,Acme,Bonn,10\n2,Bert,Oslo,20\n{row}\n").rows[-1] == row.split(",")


def test_short_rows_are_filled_and_long_rows_keep_their_text(tmp_path):
    found = read(tmp_path, f"{START}1,Acme\n2,Bert,Oslo,20,,stray\n3,Carl,Rome,5,\n")
    assert found.rows == [["1", "Acme", "", ""], ["2", "Bert", "Oslo", "20", "", "stray"], ["3", "Carl", "Rome", "5"]]
    assert (found.counts.short, found.counts.long) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "  blanks around  ",
        "nul\0inside",
        '=HYPERLINK("http://x","y")',
        "<b>O'Hara & Söhne</b>",
        "😀 👩‍👩‍👧 e\u0301 \u202eabc\u202c \ufeffx \u200b",
        'C:\\temp\\new\\"x"',
        "{\\rtf1\\ansi Hi\\par}",
        "\\\\server\\share\\a.pdf",
        "line\r\nbreak\nand\rmore",
        "a,b;c\td|e",
        "_x000D_",
        "'",
        "N/A",
    ],
)
def test_text_arrives_unchanged(tmp_path, text):
    quoted = '"' + text.replace('"', '""') + '"'
    found = read(tmp_path, f'ID,Note,Day\n1,{quoted},2024-01-01\n2,plain,2024-01-02\n3,"more, text",2024-01-03\n')
    assert found.rows[0] == ["1", text, "2024-01-01"]


def test_backslashes_of_paths_stay_where_only_quotes_are_escaped(tmp_path):
    found = read(tmp_path, 'id,path,note\n1,"C:\\temp\\new","say \\"hi\\", Bob"\n2,"D:\\x","a \\"b\\" c"\n3,"E:\\y","plain"\n')
    assert found.rows[0] == ["1", "C:\\temp\\new", 'say "hi", Bob']


def test_a_wrong_byte_late_in_a_utf8_file_stops_nothing(tmp_path):
    content = START.encode() + "".join(f"{n},Söhne {n},Köln,1\n" for n in range(5000)).encode() + "5000,Müller,Köln,1\n".encode("cp1252")
    found = read(tmp_path, content)
    assert found.rows[0][1] == "Söhne 0"
    assert found.rows[-1][1:3] == ["Müller", "Köln"]
    assert any("utf-8" in note for note in found.shape.notes)


def test_nuls_in_cells_do_not_make_it_utf16(tmp_path):
    found = read(tmp_path, f"{START}1,A\0c\0m\0e,Bonn,10\n2,\0,Oslo,20\n")
    assert found.shape.encoding == "utf-8"
    assert found.rows[0][1] == "A\0c\0m\0e"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Müller – “Söhne”;José García;Café Ærø;10 €"),
        ("cp1250", "Řehoř Dvořák;Jiří Šťastný;Žďár;Plzeň"),
        ("cp1250", "Łukasz Wójcik;Łódź;Bąk;Śliwa"),
        ("cp1251", "Иван Петров;Москва;Сергей;Улица"),
        ("koi8-r", "Иван Петров;Москва;Сергей;Улица"),
        ("cp1253", "Γιώργος Παπαδόπουλος;Αθήνα;Όνομα;Πόλη"),
        ("cp1254", "Çağrı Yıldız;İstanbul;Şükrü;Öğün"),
        ("cp932", "田中太郎;東京;鈴木さん;大阪のビル"),
        ("gb18030", "王小明;北京;李华;上海"),
        ("mac_roman", "Müller;José García;Málaga;Köln"),
        ("cp850", "Müller;Jürgen Groß;Köln;Weiß"),
        ("cp1254", "Kişi No;Satış Hattı;Louis Ångström;María"),
        ("cp1252", "Guðrún Þórðardóttir;Íþróttir;Alþingi;Sigurður"),
        ("iso8859-15", "132,46 €;María;Ångström;Œuvre"),
    ],
)
def test_legacy_code_pages_are_recognised_and_said(tmp_path, encoding, text):
    row = text.split(";")
    found = read(tmp_path, "A;B;C;D\n" + (text + "\n") * 3, encoding=encoding)
    assert found.rows[0] == row
    assert "does not name its encoding" in found.shape.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xef\xbb\xbf", "empty"),
        ("a.csv", b"\r\n\r\n", "empty"),
        ("a.csv", b",,,\r\n,,,\r\n", "blank"),
        ("a.csv", b"%PDF-1.7\n1,2\n", "no text file"),
        ("a.csv", bytes(range(256)) * 40, "no text file"),
        ("a.csv", b"<!DOCTYPE html><html><table></table></html>", "web page"),
        ("a.xlsx", b"no table at all\n", "no xlsx workbook"),
        ("a.xlsx", b"PK\x03\x04broken", "workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook"),
        ("a.json", b'{"a": ', "no valid json"),
        ("a.json", b'{"a": 1}', "no list of records"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as refusal:
        read_all(tmp_path / name)
    assert refusal.value.file == name
    assert reason in refusal.value.reason
    assert refusal.value.reason.endswith(".")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "x\n1\n", True),
        ("a.txt", "ID\tName\n1\tAnn\n2\tBob\n", True),
        ("a.txt", "Dear Ann,\nthank you for the call.\nBob\n", False),
        ("a.xls", "ID\tName\n1\tAnn\n2\tBob\n", True),
        ("a.pdf", "%PDF-1.7", False),
        ("a.png", "\x89PNG", False),
        ("a.html", "<html>", False),
        ("a.loremipsum", "ID;Name\n1;Ann\n2;Bob\n", True),
        ("customers", "ID;Name\n1;Ann\n2;Bob\n", True),
    ],
)
def test_which_files_are_tables(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content)
    with open_package(tmp_path / name) as package:
        assert is_table(package.entries[0]) is expected


def test_head_gives_the_first_records_only(tmp_path):
    (tmp_path / "a.csv").write_text(START + "".join(f"{number},a,b,1\n" for number in range(500)))
    with open_package(tmp_path / "a.csv") as package:
        rows = head(package.entries[0], inspect(package.entries[0])[0], rows=3)
    assert [row[0] for row in rows] == ["0", "1", "2"]


def test_json_is_flattened_and_numbers_stay_as_written(tmp_path):
    one = '{"id": 1.10, "name": {"first": "Ann", "last": null}, "tags": ["a", 2, true]}'
    content = f'{{"total": 2, "items": [{one}, {{"id": 12345678901234567890, "steps": [{{"x": 1}}]}}]}}'
    found = read(tmp_path, content, "a.json")
    assert found.shape.headers == ("id", "name.first", "name.last", "tags", "steps")
    assert found.rows == [["1.10", "Ann", "", "a; 2; true", ""], ["12345678901234567890", "", "", "", '[{"x": "1"}]']]


def test_half_an_emoji_that_a_program_has_cut_is_a_stray_sign(tmp_path):
    content = r'{"no\ude00tes": [{"Text\ud83d": "<b>whole \ud83d\ude00</b> half \ud83d", "List": ["\ude00", {"a": "\ud83d"}]}]}'
    found = read(tmp_path, content, "a.json").table
    assert found == [["Text\ufffd", "List"], ["<b>whole \U0001f600</b> half \ufffd", '["\ufffd", {"a": "\ufffd"}]']]


def test_json_lines_are_records(tmp_path):
    assert read(tmp_path, '{"a": "1"}\n\n{"a": "2", "b": "3"}\n', "a.jsonl").table == [["a", "b"], ["1", ""], ["2", "3"]]
