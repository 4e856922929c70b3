"""Activities as people left them: outcomes, people without invitations, owners, times, and what cannot be an activity's own field."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import PipedriveAccount
from tests.ledger.delta_ground import Later, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = (
    "Activity ID",
    "Type",
    "Subject",
    "Details",
    "Start",
    "Duration",
    "Completed",
    "Disposition",
    "Outcome",
    "Contact ID",
    "Company ID",
)
ROWS = (
    ("AC-1", "Call", "<b>Hi</b> =1+1", "we spoke", "2024-03-01 14:30", "25", "Yes", "Left message", "Connected", "CT-1", "CO-1"),
    ("AC-2", "Call", "Again", "", "2024-07-01 12:00:00 AM", "", "Yes", "", "Will call back", "CT-1", ""),
    ("AC-3", "Site visit", "See the pier", "", "2024-07-02", "90", "Yes", "", "", "", "CO-1"),
)


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", ("Company ID", "Company Name"), [("CO-1", "Reef")])
    write(walk.folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Company ID"), [("CT-1", "Ann", "Archer", "CO-1")])
    write(walk.folder / "activities.csv", HEADS, ROWS)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    return walk


def activities(walk: Later) -> dict[str, dict[str, Any]]:
    return {each["subject"]: each for each in walk.control.records("target", "activity") if not each.get("is_deleted")}


def test_people_take_part_and_nobody_is_invited(walk: Later) -> None:
    """14:30 in Berlin in March is 13:30 in UTC; midnight and a day alone have no time and stay on their day."""
    walk.account([])
    walk.to_prepared()
    walk.loaded()
    first, second, third = (activities(walk)[subject] for subject in ("<b>Hi</b> =1+1", "Again", "See the pier"))
    person = walk.live("person")["person:CT-1"]["id"]
    assert [each["person_id"] for each in first["participants"]] == [person]
    assert not any(each.get("attendees") for each in (first, second, third))
    assert (first["due_date"], first["due_time"], first["duration"], first["done"]) == ("2024-03-01", "13:30:00", "00:25:00", True)
    assert (second["due_date"], second.get("due_time")) == ("2024-07-01", None)
    assert (third["type"], third["org_id"]) == ("site_visit", walk.live("organization")["organization:CO-1"]["id"])
    assert "Disposition: Left message" in first["note"]
    assert "Outcome: Connected" in first["note"]
    assert not any(each.get("outcome") for each in (first, second, third))


def test_an_outcome_that_the_account_has_goes_into_its_own_field_and_the_line_stays(walk: Later) -> None:
    walk.account([], features={"activity_outcomes": True})
    walk.do("settings", "move", "--set", "outcomes=outcome")
    walk.to_prepared()
    answer = walk.loaded()
    assert answer["balanced"]
    offered = {label: id for id, label in PipedriveAccount.objects.get().schema["outcomes"]}
    found = activities(walk)
    assert {subject: each.get("outcome") for subject, each in found.items()} == {
        "<b>Hi</b> =1+1": offered["Connected"],
        "Again": None,
        "See the pier": None,
    }
    assert "Outcome: Will call back" in found["Again"]["note"]
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"
    assert made(walk.loaded()) == {}


def test_an_account_without_outcomes_gets_the_line_alone(walk: Later) -> None:
    walk.account([])
    walk.do("settings", "move", "--set", "outcomes=outcome")
    walk.to_prepared()
    walk.loaded()
    assert "Outcome: Connected" in activities(walk)["<b>Hi</b> =1+1"]["note"]
