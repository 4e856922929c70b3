"""Servers that count what is hung on a record, or taken off it, as a change of the record: that was us, not people (LEDGER.md 7)."""

import time
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import LinkEvent
from tests.ledger.delta_ground import Later
from tests.ledger.rollback_ground import EVERYTHING

pytestmark = pytest.mark.django_db(transaction=True)
COMPANIES = "CO-1,CO-2,CO-3"
ELSEWHERE = {"address": {"value": "1 Quay Road"}}  # nothing that the export holds


@pytest.fixture(params=[True, False], ids=["touched", "untouched"])
def move(request: Any, sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Later(sandbox, settings, monkeypatch)
    move.folder = tmp_path / "package"
    return move.ready(tmp_path, features={"parents_touched": request.param})


def changed_at(move: Later, contact: str) -> str:
    return str(move.live("person")[f"person:{contact}"]["update_time"])


def load_slowly(move: Later) -> tuple[int, int]:
    """The companies, and an hour later what hangs on them; answers both runs. It is another hour later then."""
    first = int(move.loaded("--only-ids", COMPANIES)["run"])
    move.control.set_clock(3600)
    second = move.load()
    move.control.set_clock(7200)
    return first, second


def test_everything_of_ours_goes_whatever_was_hung_on_it_and_taken_off(move: Later) -> None:
    first, second = load_slowly(move)
    assert move.there() == EVERYTHING
    assert move.undo(second)["left"] == []
    assert move.undo(first)["left"] == []
    assert move.there() == dict.fromkeys(EVERYTHING, 0)


def test_what_people_changed_after_the_load_stays(move: Later) -> None:
    run = move.load()
    move.control.set_clock(3600)
    move.by_hand("PATCH", f"v2/organizations/{move.id_of('organization:CO-2')}", ELSEWHERE)
    move.control.set_clock(7200)
    outlook = move.undo(run, "--dry-run")
    answer = move.undo(run)
    assert outlook["left"] == answer["left"]
    assert list(move.left(answer)) == ["CO-2"]
    assert move.there() == {"organization": 1, "person": 0, "deal": 0}


def test_a_contact_that_we_moved_to_another_company_does_not_keep_either(move: Later) -> None:
    first, second = load_slowly(move)
    move.cell("contacts.csv", "CT-3", 4, "CO-1")
    move.cell("companies.csv", "CO-1", 1, "O'Hara & Sons")
    third = int(move.again()["run"])
    move.control.set_clock(10800)
    for run in (third, second, first):
        assert move.undo(run)["left"] == []
    assert sum(move.there().values()) == 0


def test_a_company_that_a_later_load_changed_goes_after_that_is_undone(move: Later) -> None:
    move.control.faults({"kind": "503", "methods": ["POST"], "paths": "/persons"})
    move.loaded("--patience", "0", status=4)
    move.control.faults()
    move.control.set_clock(3600)
    first = move.load()
    move.control.set_clock(7200)
    move.cell("companies.csv", "CO-1", 1, "O'Hara & Sons")
    second = int(move.again()["run"])
    for run, hour in ((second, 3), (first, 4)):
        move.control.set_clock(3600 * hour)
        assert move.undo(run)["left"] == []
    assert sum(move.there().values()) == 0


def test_a_server_that_counts_some_of_it_only_is_no_riddle(move: Later) -> None:
    first = int(move.loaded("--only-ids", COMPANIES)["run"])
    move.control.set_clock(3600)
    move.control.faults({"kind": "503", "methods": ["POST"], "paths": "/deals"})
    move.loaded("--patience", "0", status=4)
    move.control.faults()
    move.control.settings("target", features={"parents_touched": False})
    move.control.set_clock(7200)
    second = move.load()
    move.control.set_clock(10800)
    for run in (second, first):
        assert move.undo(run)["left"] == []
    assert sum(move.there().values()) == 0


def test_changes_whose_answers_were_lost_are_ours_all_the_same(move: Later) -> None:
    first = move.load()
    move.control.set_clock(3600)
    move.cell("contacts.csv", "CT-4", 3, "dee@new.example")
    move.cell("contacts.csv", "CT-3", 3, "cid@new.example")
    move.control.faults({"kind": "drop_after", "methods": ["PATCH"], "times": 1})
    second = int(move.again()["run"])
    move.control.set_clock(7200)
    move.control.faults({"kind": "drop_after", "methods": ["PATCH"], "times": 1})
    assert move.undo(second)["left"] == []
    assert move.control.faults_fired() == {"drop_after": 2}
    move.control.set_clock(10800)
    assert move.undo(first)["left"] == []
    assert sum(move.there().values()) == 0


def sent_again(move: Later, **fault: Any) -> int:
    """The second run: one change of two gets no answer at first."""
    move.control.set_clock(3600)
    move.cell("contacts.csv", "CT-4", 3, "dee@new.example")
    move.cell("contacts.csv", "CT-3", 3, "cid@new.example")
    move.control.faults({"methods": ["PATCH"], "paths": f"/persons/{move.id_of('person:CT-4')}$", "times": 1, **fault})
    return int(move.again()["run"])


def test_a_change_that_was_sent_again_and_whose_first_copy_came_late_is_ours(move: Later, settings: Any) -> None:
    first = move.load()
    settings.PIPEDRIVE_TIMEOUT, settings.LEDGER_TIME_SCALE = (0.5, 0.5), 0.1
    second = sent_again(move, kind="late", seconds=3)
    stamp = LinkEvent.objects.get(link__key="person:CT-4", verb="update").stamp
    deadline = time.monotonic() + 60
    while changed_at(move, "CT-4") <= stamp and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (move.control.faults_fired(), changed_at(move, "CT-4") > stamp) == ({"late": 1}, True)
    for run in (second, first):
        assert move.undo(run)["left"] == []
    assert sum(move.there().values()) == 0


def test_what_people_change_after_a_late_copy_could_have_come_stays(move: Later) -> None:
    first = move.load()
    second = sent_again(move, kind="drop_before")
    assert move.undo(second)["left"] == []
    move.control.set_clock(3700)
    move.by_hand("PATCH", f"v2/persons/{move.id_of('person:CT-4')}", {"phones": [{"value": "+49 40 1234", "primary": True}]})
    assert "CT-4" in move.left(move.undo(first))
