"""Story 10: given go-live, when a new suppression file with 37 addresses comes, then exactly the persons found are flagged, none is
loosened, the unmatched are handed out as csv, and a second upload changes nothing."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.opt_outs import BEFORE, OWNER, address, reasons, write, write_package
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)
FOUND, LIVE_THERE, MILDER, STRANGERS = range(11, 40), "walk.in@shop.example", address(1), [f"stranger{n}@else.example" for n in range(6)]
HEADS = ["Email", "Reason", "Date"]


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """A customer who went live; somebody has been entered in Pipedrive by hand since."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    (tmp_path / "package").mkdir()
    walk.to_decisions(write_package(tmp_path / "package"), tmp_path, "net-results")
    walk.account([OWNER], role="production", domain="tail")
    walk.to_prepared("production")
    walk.to_production("tail-rehearsal")
    assert walk.do("load", "move", "--role", "production")["state"] == "finished"
    for step in ("go", "system_of_record"):
        walk.do("cutover", "move", "--tick", step, "--evidence", "all is well")
    walk.control.act("tail", "POST", "/api/v2/persons", {"name": "Walk In", "emails": [{"value": LIVE_THERE.upper(), "primary": True}]})
    return walk


def tail(folder: Path) -> Path:
    """37 addresses: 30 of persons who are not flagged yet, one whose flag is stricter already, 6 of nobody."""
    lines = [[each, "Unsubscribed", "2025-06-01"] for each in (*map(address, FOUND), LIVE_THERE, *STRANGERS)]
    assert len(lines) + 1 == 37
    return write(folder / "suppression tail.csv", HEADS, [*lines, [MILDER, "Manual", "2025-06-01"]])


def unmatched(folder: Path) -> set[str]:
    with (folder / "unmatched.csv").open(encoding="utf-8") as file:
        return {row["email"] for row in csv.DictReader(file)}


def test_the_unsubscribe_tail_after_the_go_live(walk: Walk, tmp_path: Path) -> None:
    before = {address(number): reason for number, reason in BEFORE.items()}
    assert reasons(walk, "tail") == before

    walk.do("intake", "move", str(tail(tmp_path / "tail")), "--kind", "delta")
    done = walk.do("suppress", "move", "--role", "production", "--out", str(tmp_path / "out"))
    after = before | dict.fromkeys([*map(address, FOUND), LIVE_THERE.upper()], "Unsubscribed")
    assert (done["flagged"], reasons(walk, "tail")) == (30, after)
    assert unmatched(tmp_path / "out") == {"gone@nowhere.example", *STRANGERS}

    again = write(
        tmp_path / "again" / "suppression tail.csv", HEADS, [[address(11).upper(), "Manual", "2025-07-01"]]
    )  # milder, and shorter
    for path in (tail(tmp_path / "tail"), again):
        walk.do("intake", "move", str(path), "--kind", "delta")
        written = patches(walk)
        assert walk.do("suppress", "move", "--role", "production")["flagged"] == 0
        assert (patches(walk), reasons(walk, "tail")) == (written, after)
    assert walk.do("verify", "move", "--role", "production")["state"] == "finished"


def patches(walk: Walk) -> int:
    counted = walk.control.counters("tail")["requests_by_operation"]
    return sum(count for operation, count in counted.items() if operation.startswith(("PATCH", "PUT", "POST")))
