"""Activities that come in a file for each kind have no column of types: the file's name says what they are."""

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.walking import Walk
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("Activity ID", "Subject", "Details", "Start", "Duration (min)", "Completed", "Company ID")
FILES = {"Llamadas 2024": "call", "Reuniones": "meeting", "Aufgaben-Export": "task", "E-Mails": "email", "appels": "call"}


@pytest.mark.parametrize("suffix", ["csv", "txt"])
def test_the_name_of_the_file_is_the_type(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, suffix: str) -> None:
    walk, folder = Walk(sandbox_server, settings, monkeypatch), tmp_path / "package"
    write(folder / "companies.csv", ("Company ID", "Company Name"), [["CO-1", "Reef & Sons"]])
    for at, file in enumerate(FILES):
        rows = [[f"AC-{at}-{row}", f"{file} {row}", "said hello", "2025-05-31 10:00", "30", "Yes", "CO-1"] for row in range(3)]
        write(folder / f"{file}.{suffix}", HEADS, rows)
    walk.to_decisions(folder, tmp_path / "audit")
    domain = f"kinds-{suffix}"
    walk.account([], domain=domain)
    walk.to_prepared()
    walk.do("load", "move", "--role", "staging")
    types = {record["subject"]: record["type"] for record in walk.control.records(domain, "activity")}
    assert types == {f"{file} {row}": kind for file, kind in FILES.items() for row in range(3)}


def test_a_column_of_types_goes_before_the_name_of_the_file(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    walk, folder = Walk(sandbox_server, settings, monkeypatch), tmp_path / "package"
    write(folder / "companies.csv", ("Company ID", "Company Name"), [["CO-1", "Reef & Sons"]])
    write(folder / "Calls.csv", (*HEADS, "Type"), [["AC-1", "Lunch", "", "2025-05-31 10:00", "30", "Yes", "CO-1", "Meeting"]])
    walk.to_decisions(folder, tmp_path / "audit")
    walk.account([], domain="column-first")
    walk.to_prepared()
    walk.do("load", "move", "--role", "staging")
    assert [record["type"] for record in walk.control.records("column-first", "activity")] == ["meeting"]
