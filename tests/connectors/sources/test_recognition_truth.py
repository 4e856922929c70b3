"""The foreign sample packages, column by column, against their truth."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.records import Recognition
from connectors.sources.recognise import SURE, recognise, recognise_package
from connectors.sources.registry import get_source
from connectors.sources.spec import SourceSystem

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"
SYSTEMS = ("results", "net-results")
Table = tuple[str, list[str], list[list[str]]]

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not here")


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> SourceSystem:
    return get_source(request.param)


@pytest.fixture(scope="module")
def truth(system: SourceSystem) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "truth" / f"{system.name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def tables(system: SourceSystem, truth: dict[str, Any]) -> list[Table]:
    return [
        _table(SAMPLES / system.name / path, path, [column["header"] for column in truth["headers"][path]]) for path in truth["headers"]
    ]


def _table(place: Path, path: str, headers: list[str]) -> Table:
    if place.suffix == ".json":
        [records] = json.loads(place.read_text(encoding="utf-8")).values()
        return path, headers, [[str(record.get(header, "")) for header in headers] for record in records]
    with place.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(row) and row != headers]
    return path, headers, rows[:200]


def _expected(truth: dict[str, Any], path: str) -> dict[int, str]:
    columns = truth["headers"][path]
    return {at: column["field"] for at, column in enumerate(columns) if column["field"] and not column["custom"]}


def _objects(truth: dict[str, Any], found: list[Recognition]) -> None:
    assert [one.object for one in found] == [truth["files"][path]["object"] for path in truth["headers"]]


def test_every_column_of_the_sample_gets_the_role_of_its_truth(system: SourceSystem, truth: dict[str, Any], tables: list[Table]) -> None:
    found = recognise_package(system, tables)
    _objects(truth, found)
    assert [one.roles for one in found] == [_expected(truth, path) for path in truth["headers"]]
    assert min(certainty for one in found for certainty in one.certainty.values()) >= SURE
    assert all(one.reasons.keys() == one.roles.keys() == one.certainty.keys() for one in found)


def test_each_table_is_understood_without_the_others(system: SourceSystem, truth: dict[str, Any], tables: list[Table]) -> None:
    found = [recognise(system, *table) for table in tables]
    _objects(truth, found)
    assert [one.roles for one in found] == [_expected(truth, path) for path in truth["headers"]]


def test_file_names_are_not_needed(system: SourceSystem, truth: dict[str, Any], tables: list[Table]) -> None:
    found = recognise_package(system, [("export.csv", headers, rows) for _, headers, rows in tables])
    _objects(truth, found)


def test_custom_columns_stay_open_without_the_file_that_declares_them(
    system: SourceSystem, truth: dict[str, Any], tables: list[Table]
) -> None:
    others = [table for table in tables if table[0] != "custom_fields.csv"]
    found = recognise_package(system, others)
    assert [one.roles for one in found] == [_expected(truth, path) for path, _, _ in others]
