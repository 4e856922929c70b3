"""Records whose row comes back under another id, address or name stay the records they are."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import RecordLink
from tests.ledger.delta_ground import counts, made
from tests.ledger.existing_ground import Settled

pytestmark = pytest.mark.django_db(transaction=True)
VANISHED = ("created", "updated", "vanished")


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Settled:
    """Three companies, three persons and two deals are in the account."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Settled(sandbox, settings, monkeypatch)
    move.to_decisions(move.package(tmp_path / "package"), tmp_path / "audit")
    move.account([])
    move.to_prepared()
    move.loaded()
    return move


def test_a_person_with_a_new_address_stays_the_person(move: Settled) -> None:
    move.cell("contacts.csv", "CT-1", 3, "a.archer@ohara.example")
    assert counts(move.again(), *VANISHED) == {"person": (0, 1, 0)}
    assert [each["value"] for each in move.live("person")["person:CT-1"]["emails"]] == ["a.archer@ohara.example"]


def test_a_person_with_a_new_id_is_the_one_of_that_address(move: Settled) -> None:
    ann = move.id_of("person:CT-1")
    move.cell("contacts.csv", "CT-1", 4, "+49 40 1234567")
    move.cell("contacts.csv", "CT-1", 0, "CT-77")
    move.cell("opportunities.csv", "OP-1", 3, "CT-77")
    assert counts(move.again(), *VANISHED) == {"person": (0, 1, 0)}
    assert (move.number_of("person"), move.id_of("person:CT-77")) == (3, ann)
    person = move.live("person")["person:CT-77"]
    assert [each["value"] for each in person["phones"]] == ["+49401234567"]
    assert move.live("deal")["deal:OP-1"]["person_id"] == int(ann)
    assert made(move.loaded()) == {}
    move.cell("contacts.csv", "CT-77", 0, "CT-1")
    move.cell("opportunities.csv", "OP-1", 3, "CT-1")
    assert counts(move.again(), *VANISHED) == {"person": (0, 1, 0)}
    assert move.id_of("person:CT-1") == ann


def test_what_people_changed_in_it_stays_and_a_rollback_leaves_it_there(move: Settled) -> None:
    ann = int(move.id_of("person:CT-1"))
    move.by_hand("PATCH", f"v2/persons/{ann}", {"phones": [{"value": "+49 99"}]})
    move.cell("contacts.csv", "CT-1", 0, "CT-77")
    run = move.again()["run"]
    assert (move.number_of("person"), [each["value"] for each in move.record("person", ann)["phones"]]) == (3, ["+49 99"])
    assert move.left(move.undo(run)) == {}
    assert move.number_of("person") == 3


def test_another_person_of_the_mailbox_is_asked_about_not_made_in_silence(move: Settled) -> None:
    move.change("contacts.csv", lambda lines: [["CT-77", "Zoe", "Zimmer", *line[3:]] if line[0] == "CT-1" else line for line in lines])
    assert counts(move.again(), *VANISHED)["person"] == (1, 0, 1)
    assert move.found()["CT-77"] == ("doubtful", move.id_of("person:CT-1"))


def test_a_company_that_is_renamed_stays_the_company(move: Settled) -> None:
    move.cell("companies.csv", "CO-2", 1, "Pier Works GmbH")
    assert counts(move.again(), *VANISHED) == {"organization": (0, 1, 0)}
    assert move.live("organization")["organization:CO-2"]["name"] == "Pier Works GmbH"


def test_an_answer_gives_the_record_to_the_row_that_waited_for_it(move: Settled) -> None:
    harbour = move.id_of("organization:CO-2")
    move.change("companies.csv", lambda lines: [["CO-88", "Pier Works GmbH", *line[2:]] if line[0] == "CO-2" else line for line in lines])
    move.change("contacts.csv", lambda lines: [[*line[:5], line[5].replace("CO-2", "CO-88")] for line in lines])
    move.change("opportunities.csv", lambda lines: [[*line[:2], line[2].replace("CO-2", "CO-88"), *line[3:]] for line in lines])
    move.do("intake", "move", str(move.folder))
    move.do("prepare", "move", "--role", "staging")
    assert move.found() == {"CO-88": ("doubtful", harbour)}
    move.loaded("--plan-only")
    waiting = RecordLink.objects.get(key="organization:CO-88")
    move.do("decide", "move", "--existing", "fill")
    assert counts(move.loaded(), *VANISHED) == {"organization": (0, 1, 0)}
    assert (move.number_of("organization"), move.id_of("organization:CO-88")) == (3, harbour)
    assert move.live("deal")["deal:OP-2"]["org_id"] == int(harbour)
    waiting.refresh_from_db()
    assert (waiting.key, waiting.state, waiting.run) == ("organization:CO-2", "skipped", None)
