"""Calls that are done as call logs: made once, found after a lost answer, read back, never changed, and taken away with all they made."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.models import Difference, Phase, PipedriveAccount, Project, RecordLink
from migrations_app.services.estimate import estimate
from migrations_app.services.turning_back import go_clock
from tests.ledger.delta_ground import Later
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = (
    "Activity ID", "Type", "Subject", "Details", "Start", "Duration", "Completed", "Disposition", "Phone", "Owner", "Contact ID",
    "Company ID",
)  # fmt: skip
HI = "<b>Hi</b> =1+1"
ROWS = (
    ("AC-1", "Call", HI, "we <i>spoke</i> 🚢", "2024-03-01 14:30", "25", "Yes", "Left message", "", "Ann Rep", "CT-1", "CO-1"),
    ("AC-2", "Anruf", "Zweiter", "", "2024-07-01 09:15", "", "Yes", "besetzt", "+49 40 555 777", "", "CT-2", ""),
    ("AC-3", "Phone call", "Third", "", "2024-07-01 23:50", "20", "Yes", "Sent a fish", "", "", "CT-1", ""),
    ("AC-4", "Call", "No number", "", "2024-07-02 10:00", "5", "Yes", "", "", "", "CT-2", ""),
    ("AC-5", "Call", "To be made", "", "2030-07-02 10:00", "5", "No", "", "", "", "CT-1", ""),
    ("AC-6", "Call", "A day alone", "", "2024-07-02", "5", "Yes", "", "", "", "CT-1", ""),
    ("AC-7", "Meeting", "Pier", "", "2024-07-03 10:00", "60", "Yes", "", "", "", "CT-1", ""),
    ("AC-8", "Call", "With a file", "", "2024-07-03 12:00", "60", "Yes", "", "", "", "CT-1", ""),
)
STAY = {"No number", "To be made", "A day alone", "Pier", "With a file"}


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", ("Company ID", "Company Name"), [("CO-1", "Reef")])
    people = [("CT-1", "Ann", "Archer", "+49 30 1234567", "CO-1"), ("CT-2", "Bob", "Baker", "", "CO-1")]
    write(walk.folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Phone", "Company ID"), people)
    write(walk.folder / "activities.csv", HEADS, ROWS)
    files = [("FI-1", "pier.txt", "files/pier.txt", "activity", "AC-8")]
    write(walk.folder / "attachments.csv", ("Attachment ID", "File Name", "File Path", "Parent Type", "Parent ID"), files)
    (walk.folder / "files").mkdir()
    (walk.folder / "files" / "pier.txt").write_text("a pier")
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    walk.do("settings", "move", "--set", "calls=log")
    walk.to_prepared()
    return walk


def logs(walk: Later) -> dict[str, dict[str, Any]]:
    found = [each for each in walk.control.records("target", "call_log") if not each.get("is_deleted")]
    assert len({each["subject"] for each in found}) == len(found)
    return {each["subject"]: each for each in found}


def activities(walk: Later) -> dict[int, str]:
    return {each["id"]: each["subject"] for each in walk.control.records("target", "activity") if not each.get("is_deleted")}


def phase(answer: dict[str, Any], entity: str = "call_log") -> dict[str, Any]:
    return next(each for each in answer["phases"] if each["object"] == entity)


def test_calls_keep_their_past_time_number_and_outcome_and_what_cannot_be_one_stays_an_activity(walk: Later) -> None:
    """14:30 in Berlin in March is 13:30 in UTC."""
    answer = walk.loaded()
    found = logs(walk)
    first, second, third = found[HI], found["Zweiter"], found["Third"]
    assert len(found) == 3
    assert (first["start_time"], first["end_time"], first["duration"]) == ("2024-03-01 13:30:00", "2024-03-01 13:55:00", "1500")
    assert (second["start_time"], second["end_time"]) == ("2024-07-01 07:15:00", "2024-07-01 07:15:00")
    assert third["end_time"] == "2024-07-01 22:10:00"
    assert [each["outcome"] for each in (first, second, third)] == ["left_message", "busy", "connected"]
    assert [each["to_phone_number"] for each in (second, third)] == ["+49 40 555 777", first["to_phone_number"]]
    assert "1234567" in first["to_phone_number"].replace(" ", "")
    assert "🚢" in first["note"]
    assert "Called by: Ann Rep" in first["note"]
    assert first["note"].endswith("Ref call_log:AC-1")
    assert "Disposition: Sent a fish" in third["note"]
    assert first["person_id"] == walk.live("person")["person:CT-1"]["id"]
    assert first["org_id"] == walk.live("organization")["organization:CO-1"]["id"]
    made_with = {each["activity_id"] for each in found.values()}
    assert {subject for id, subject in activities(walk).items() if id not in made_with} == STAY
    assert (phase(answer)["created"], phase(answer)["verified"], phase(answer)["differences"], answer["balanced"]) == (3, 3, 0, True)
    assert phase(answer, "activity")["skipped"] == {"activity_as_call_log": 3}


def test_a_second_load_makes_none_a_new_text_is_told_and_a_rollback_takes_their_activities_too(walk: Later) -> None:
    answer = walk.loaded()
    assert (phase(walk.loaded())["created"], len(logs(walk))) == (0, 3)
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"
    walk.cell("activities.csv", "AC-1", 3, "otherwise")
    again = walk.again()
    assert (phase(again)["created"], phase(again)["updated"], len(logs(walk))) == (0, 0, 3)
    told = Difference.objects.filter(kind="kept", link__key="call_log:AC-1")
    assert [each.live for each in told] == ["Pipedrive changes no call log: undo the record, then load again"]
    clock = go_clock(PipedriveAccount.objects.get())
    outlook = walk.undo(answer["run"], "--dry-run")
    assert not outlook["left"]
    assert walk.undo(answer["run"])["tokens"] == outlook["tokens"] == clock.tokens
    assert (logs(walk), activities(walk), walk.live("person")) == ({}, {}, {})


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "500"])
def test_a_lost_answer_makes_none_twice(walk: Later, fault: str) -> None:
    walk.control.next_fault(fault, paths="callLogs$")
    answer = walk.loaded("--patience", "180")
    assert (answer["state"], len(logs(walk)), phase(answer)["created"]) == ("finished", 3, 3)


def test_without_references_it_is_found_by_what_it_says(walk: Later) -> None:
    walk.do("settings", "move", "--set", "references=no")
    walk.control.next_fault("drop_after", paths="callLogs$")
    answer = walk.loaded("--patience", "180")
    assert (answer["state"], len(logs(walk)), phase(answer)["verified"]) == ("finished", 3, 3)
    assert not any("Ref " in each["note"] for each in logs(walk).values())


def test_one_that_people_removed_is_told_and_its_changed_activity_is_left_to_them(walk: Later) -> None:
    answer = walk.loaded()
    link = RecordLink.objects.get(key="call_log:AC-1")
    walk.by_hand("DELETE", f"v1/callLogs/{link.pipedrive_id}")
    _, status = walk.verb("verify", "move", "--role", "staging")
    assert status == 1
    kept = logs(walk)["Third"]["activity_id"]
    walk.control.set_clock(timedelta(minutes=5).total_seconds())
    walk.by_hand("PATCH", f"v2/activities/{kept}", {"note": "ours now"})
    walk.undo(answer["run"])
    assert kept in activities(walk)
    assert list(logs(walk)) == ["Third"]


def test_who_changes_the_setting_later_makes_nothing_twice(walk: Later) -> None:
    walk.loaded()
    walk.do("settings", "move", "--set", "calls=activity")
    answer = walk.loaded()
    assert (len(logs(walk)), phase(answer)["created"], phase(answer, "activity")["created"]) == (3, 0, 0)


def test_the_forecast_counts_them_with_their_price(walk: Later) -> None:
    bill = estimate(Project.objects.get())
    assert (bill["records"]["call_log"], bill["phases"]["call_log"]) == (5, 50)  # two may lack a number or have files: planning tells
    walk.do("load", "move", "--role", "staging", "--plan-only")
    planned = Phase.objects.get(entity="call_log").run.forecast
    assert (planned["records"]["call_log"], planned["phases"]["call_log"]) == (3, 30)


def test_a_test_run_shows_them_beside_their_rows_and_what_vanishes_is_listed(walk: Later, client: Client, tmp_path: Path) -> None:
    run = walk.loaded("--test-run", "20")
    client.force_login(User.objects.get(username="boss"))
    project = Project.objects.get()
    page = client.get(reverse("admin:crossdock_review", args=[project.pk, run["run"]]))
    assert page.status_code == 200
    assert "all logs" in page.content.decode()
    walk.sign(run)
    walk.loaded()
    assert len(logs(walk)) == 3
    walk.change("activities.csv", lambda lines: [line for line in lines if line[0] != "AC-1"])
    assert phase(walk.again())["vanished"] == 1
    out = tmp_path / "out"
    walk.do("report", "move", "--out", str(out), "--papers", "--format", "html", "--files")
    told = [line for path in out.rglob("vanish*.csv") for line in path.read_text("utf-8").splitlines() if "AC-1" in line]
    assert len(told) == 1


def test_a_later_export_that_makes_a_log_impossible_makes_no_activity_beside_it(walk: Later) -> None:
    """The number is gone, or the call is open again: what happened stands in Pipedrive already."""
    walk.loaded()
    before = activities(walk)
    walk.cell("contacts.csv", "CT-1", 3, "")
    walk.cell("activities.csv", "AC-2", 6, "No")
    again = walk.again()
    assert (activities(walk), len(logs(walk))) == (before, 3)
    assert (phase(again, "activity")["created"], phase(again)["created"], phase(again)["vanished"]) == (0, 0, 0)
    assert phase(again, "activity")["skipped"] == {"activity_as_call_log": 3}
