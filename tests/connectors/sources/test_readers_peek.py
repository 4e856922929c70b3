"""What peek reports, and the clean copies that it writes."""

import csv
import json
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from connectors.sources.peek import peek

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"


def test_the_report_says_what_was_found(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_bytes(
        "Exported;;\r\nID;E-mail;Born\r\n1;ann@x.example;01.02.1990\r\n;;\r\n2;bob@y.example;03.04.1991\r\n".encode("utf-8-sig")
    )
    (tmp_path / "in" / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / "in" / "empty.csv").write_bytes(b"")
    report = json.loads(json.dumps(peek(tmp_path / "in")))
    (table,) = report["tables"]
    columns = table.pop("columns")
    assert table == {
        "file": "people.csv",
        "sheet": "",
        "format": "csv",
        "encoding": "utf-8-sig",
        "delimiter": ";",
        "quote": '"',
        "header_row": 2,
        "headers": ["ID", "E-mail", "Born"],
        "rows": 2,
        "physical": 5,
        "skipped": {"preamble": 1, "header": 1, "blank": 1},
        "short": 0,
        "long": 0,
        "notes": ["One line above the headers was left out."],
    }
    assert [(column["header"], column["type"], column["filled"]) for column in columns] == [
        ("ID", "integer", 2),
        ("E-mail", "email", 2),
        ("Born", "date", 2),
    ]
    assert columns[1]["examples"] == ["ann@x.example", "bob@y.example"]
    assert report["not_tables"] == ["photo.png"]
    assert report["refused"] == [{"file": "empty.csv", "reason": "is empty (0 bytes); export it again."}]


def test_clean_copies_are_plain_utf8_csv_named_like_the_files(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    (source / "a.csv").write_text('ID;Note\n1;"x;""y""\nz"\n2;=1+1\n')
    (source / "sub" / "a.csv").write_text("ID,Note\n9,b\n")
    book = openpyxl.Workbook()
    book.active.title = "One/Two".replace("/", " ")
    book.active.append(["ID", "Name"])
    book.active.append([1, "Ann"])
    other = book.create_sheet("Second")
    other.append(["ID", "Name"])
    other.append([2, "Bob"])
    book.save(source / "book.xlsx")
    peek(source, out)
    assert {path.name: path.read_bytes().decode() for path in out.iterdir()} == {
        "a.csv": 'ID,Note\n1,"x;""y""\nz"\n2,=1+1\n',
        "sub_a.csv": "ID,Note\n9,b\n",
        "book.One Two.csv": "ID,Name\n1,Ann\n",
        "book.Second.csv": "ID,Name\n2,Bob\n",
    }


def test_a_single_bad_file_is_reported_not_raised(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert peek(tmp_path / "x.zip")["refused"][0]["file"] == "x.zip"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not on this machine")
@pytest.mark.parametrize("system", ["results", "net-results"])
def test_the_foreign_samples_are_counted_as_their_truth_says(system, tmp_path):
    truth = json.loads((SAMPLES / "truth" / f"{system}.json").read_text())
    tables = {table["file"]: table for table in peek(SAMPLES / system, tmp_path)["tables"]}
    assert set(tables) == set(truth["files"])
    for name, expected in truth["files"].items():
        table, skipped = tables[name], Counter(tables[name]["skipped"])
        assert table["rows"] == expected["data_rows"]
        if expected["format"] != "csv":
            continue
        assert table["headers"] == [column["header"] for column in truth["headers"][name]]
        assert (table["physical"], skipped["blank"], skipped["repeated_header"], skipped["totals"], table["short"], table["long"]) == tuple(
            expected[key] for key in ("physical_rows", "blank_rows", "repeated_header_rows", "totals_rows", "short_rows", "long_rows")
        )
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.reader(file)) == expected["data_rows"] + 1
