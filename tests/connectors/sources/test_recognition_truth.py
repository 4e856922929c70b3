"""The foreign sample package, column by column, against its truth."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.records import Recognition
from connectors.sources.recognise import SURE, recognise, recognise_package
from connectors.sources.registry import get_source

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"
RESULTS = get_source("results")
Table = tuple[str, list[str], list[list[str]]]

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not here")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "truth" / "results.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def tables(truth: dict[str, Any]) -> list[Table]:
    return [_table(path, [column["header"] for column in columns]) for path, columns in truth["headers"].items()]


def _table(path: str, headers: list[str]) -> Table:
    with (SAMPLES / "results" / path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(row) and row != headers]
    return path, headers, rows[:200]


def _expected(truth: dict[str, Any], path: str) -> dict[int, str]:
    columns = truth["headers"][path]
    return {at: column["field"] for at, column in enumerate(columns) if column["field"] and not column["custom"]}


def _objects(truth: dict[str, Any], found: list[Recognition]) -> None:
    assert [one.object for one in found] == [truth["files"][path]["object"] for path in truth["headers"]]


def test_every_column_of_the_sample_gets_the_role_of_its_truth(truth: dict[str, Any], tables: list[Table]) -> None:
    found = recognise_package(RESULTS, tables)
    _objects(truth, found)
    assert [one.roles for one in found] == [_expected(truth, path) for path in truth["headers"]]
    assert min(certainty for one in found for certainty in one.certainty.values()) >= SURE
    assert all(one.reasons.keys() == one.roles.keys() == one.certainty.keys() for one in found)


def test_each_table_is_understood_without_the_others(truth: dict[str, Any], tables: list[Table]) -> None:
    found = [recognise(RESULTS, *table) for table in tables]
    _objects(truth, found)
    assert [one.roles for one in found] == [_expected(truth, path) for path in truth["headers"]]


def test_file_names_are_not_needed(truth: dict[str, Any], tables: list[Table]) -> None:
    found = recognise_package(RESULTS, [("export.csv", headers, rows) for _, headers, rows in tables])
    _objects(truth, found)


def test_custom_columns_stay_open_without_the_file_that_declares_them(truth: dict[str, Any], tables: list[Table]) -> None:
    others = [table for table in tables if table[0] != "custom_fields.csv"]
    found = recognise_package(RESULTS, others)
    assert [one.roles for one in found] == [_expected(truth, path) for path, _, _ in others]
