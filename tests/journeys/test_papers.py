"""Papers through the command line, from the letter before any file to the certificate of a loaded and signed move."""

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from connectors.sources.results.sample import write_sample
from migrations_app.models import Project
from tests.journeys.walking import Walk
from tests.services.papers import ground

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in load_workbook(path).worksheets}


def test_a_quote_needs_no_file_and_the_rate_card_comes_from_a_csv(walk: Walk, tmp_path: Path) -> None:
    walk.do("new", "Move", "--source", "results", "--country", "DE", "--currency", "EUR")
    card = tmp_path / "rates.csv"
    card.write_text("label,unit,amount\nProject lead,move,1200\nKinds,object,100.50\n")
    kept = walk.do("firm", "--name", "Harbour Moves", "--rates", str(card))
    assert [(each["label"], each["amount"]) for each in kept["rates"]] == [("Project lead", "1200.00"), ("Kinds", "100.50")]
    out = ("--out", str(tmp_path / "out"), "--papers", "quote", "--format", "xlsx")
    walk.do("report", "move", *out, "--counts", "companies=4200,contacts=12000")
    price = ground.table(sheets(tmp_path / "out" / "papers" / "quote.xlsx")["Price"], "item")
    assert [row["total (EUR)"] for row in price] == [1200, 201, 1401]
    card.write_text("label,unit,amount\nBy the record,record,1\n")
    refused, status = walk.verb("firm", "--rates", str(card))
    assert (status, "Line 2" in refused["error"]) == (1, True)
    assert walk.verb("report", "move", *out, "--language", "klingon-xx")[1] == 1


def test_the_certificate_has_counts_totals_second_pass_and_signatures(walk: Walk, tmp_path: Path) -> None:
    write_sample(tmp_path / "export", seed=3, contacts=40)
    walk.to_decisions(tmp_path / "export", tmp_path / "audit")
    walk.account([], domain="certified")
    walk.to_prepared()
    first = walk.do("load", "move", "--role", "staging")
    papers = certified(walk, tmp_path / "first")
    assert proof(papers, "Second pass") == "☐"
    walk.do("load", "move", "--role", "staging")
    walk.do("signoff", "move", "--run", str(first["run"]))
    papers = certified(walk, tmp_path / "second")
    assert proof(papers, "Every row of the kinds") == proof(papers, "Second pass") == proof(papers, "Every value") == "☑"
    counts = {row["phase"]: row for row in ground.table(papers["Counts"], "phase")}
    for phase in first["phases"]:
        listed = counts[phase["object"].replace("_", " ").capitalize()]
        assert (listed["created"], listed["adds up"]) == (phase["created"], "yes")
        assert (listed["in the files"], listed["made from them"]) == (phase["source"] - phase["derived"], phase["derived"])
        digests = {row["phase"]: row["digest over all rows"] for row in ground.table(papers["Proof"], "phase")}
        assert digests[phase["object"].replace("_", " ").capitalize()] == phase["digest"]
    assert any("boss" in str(row) and "signed off" in str(row) for row in papers["Signed"])
    project = Project.objects.get(slug="move")
    ours = ground.cells_of(project) + "Move Target boss export admin@target.example"
    for paper in ("certificate", "phases", "losses", "answers", "users"):
        assert ground.english_left(project, paper, ours) == set(), paper
    losses = load_workbook(tmp_path / "second" / "papers" / "losses.xlsx")
    accepted = [row[-1].value for sheet in losses.worksheets for row in sheet.iter_rows() if str(row[0].value).isdecimal()]
    assert accepted
    assert set(accepted) == {"☑"}


def certified(walk: Walk, out: Path) -> dict[str, list[list[Any]]]:
    walk.do("report", "move", "--out", str(out), "--papers", "certificate", "losses", "--format", "xlsx")
    return sheets(out / "papers" / "certificate.xlsx")


def proof(papers: dict[str, list[list[Any]]], line: str) -> str:
    return next(str(row[0])[0] for row in papers["Proof"] if line in str(row[0]))


def test_the_field_map_is_changed_in_a_workbook_and_read_back(walk: Walk, tmp_path: Path) -> None:
    write_sample(tmp_path / "export", seed=3, contacts=20)
    walk.to_decisions(tmp_path / "export", tmp_path / "audit")
    walk.do("report", "move", "--out", str(tmp_path), "--papers", "field-map", "--format", "xlsx")
    path = tmp_path / "papers" / "field-map.xlsx"
    book = load_workbook(path)
    rows = list(book["Companies"].iter_rows())
    head = next(row for row in rows if row[0].value == "object")
    at = {cell.value: cell.column - 1 for cell in head}
    changed = next(row for row in rows if str(row[at["field"]].value).startswith("custom:Industry"))
    column = str(changed[at["column"]].value)
    changed[at["field"]].value, changed[at["transform"]].value = "custom:Trade (varchar)", "text"
    book.save(path)
    answer = walk.do("propose", "move", "--file", str(path), "--out", str(tmp_path / "map.csv"))
    assert (answer["mapping"], answer["refused"], len(answer["changed"])) == (2, [], 1)
    with (tmp_path / "map.csv").open(newline="", encoding="utf-8") as file:
        fields = {row["header"]: row["field"] for row in csv.DictReader(file) if row["object"] == "companies"}
    assert fields[column] == "custom:Trade (varchar)"
    path.write_bytes(b"nothing")
    assert walk.verb("propose", "move", "--file", str(path))[1] == 1
    assert walk.verb("propose", "move", "--file", str(tmp_path / "absent.xlsx"))[1] == 2
