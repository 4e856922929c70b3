"""What hangs on other records is taken back before them, and what people touched stays (LEDGER.md 7)."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Difference, LinkEvent, RecordLink
from migrations_app.services import connecting, reach, rollback, undo_outlook, verifying
from tests.ledger.ground import DOMAIN, Clock
from tests.ledger.hanging_ground import EVERYTHING, FILES, Hanging

NOTHING = dict.fromkeys(EVERYTHING, 0)
PRICE = 3 * (1 + 1 + 2 + 2 + 8 + 2) + 6 * (2 + 2)  # deletions: notes and files cost twice as much


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Hanging:
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export").stage_all().connect()


def undo(ground: Hanging, run: Any) -> Any:
    rollback.begin(run, reach.Scope(), user=ground.user)
    return rollback.work_through(run, patience=60)


def test_a_run_is_taken_back_with_all_that_hangs_on_it(ground: Hanging) -> None:
    run = ground.load()
    outlook = undo_outlook.look_ahead(run, reach.Scope(), user=ground.user)
    assert (dict(outlook.remove), outlook.left) == (EVERYTHING, [])
    assert outlook.tokens >= PRICE
    assert (undo(ground, run).state, ground.counts()) == ("rolled_back", NOTHING)
    assert (ground.load().state, ground.counts()) == ("finished", EVERYTHING)


def test_a_note_that_people_changed_stays_with_what_it_hangs_on(ground: Hanging) -> None:
    run = ground.load()
    note = ground.by_reference("note")["note:NO-2"]
    ground.control.act(DOMAIN, "PUT", f"/api/v1/notes/{note['id']}", {"content": "now otherwise"})
    left = {each["source_id"]: each["why"] for each in undo_outlook.look_ahead(run, reach.Scope(), user=ground.user).left}
    assert left["NO-2"].startswith("changed in Pipedrive since: content")
    assert left["OP-1"] == "still in use: 1 note"
    undo(ground, run)
    assert [each["content"] for each in ground.standing("note")] == ["now otherwise"]
    assert {each["title"] for each in ground.standing("deal")} == {"Pier"}


def test_what_people_deleted_is_gone_and_what_they_changed_is_edited(ground: Hanging) -> None:
    run = ground.load()
    notes = ground.by_reference("note")
    ground.control.act(DOMAIN, "DELETE", f"/api/v1/notes/{notes['note:NO-1']['id']}")
    file = ground.standing("file")[0]
    ground.control.act(DOMAIN, "DELETE", f"/api/v1/files/{file['id']}")
    line = ground.by_reference("deal_product")["deal_product:LI-8"]
    ground.by_hand("DELETE", f"deals/{line['deal_id']}/products/{line['id']}")
    assert not verifying.verify_run(run, connecting.client_for(ground.account), user=ground.user)
    gone = Difference.objects.filter(kind="gone").values_list("link__key", flat=True)
    assert set(gone) == {"note:NO-1", "deal_product:LI-8", RecordLink.objects.get(entity="file", pipedrive_id=str(file["id"])).key}


def test_a_deal_whose_value_follows_its_lines_reads_back_as_written(ground: Hanging) -> None:
    run = ground.load()
    assert {each["title"]: each["value"] for each in ground.standing("deal")} == {"Pier": 294, "Quay": 5.4}
    assert verifying.verify_run(run, connecting.client_for(ground.account), user=ground.user)
    assert not Difference.objects.exists()


def test_a_file_that_holds_something_else_than_was_sent_is_a_difference(ground: Hanging) -> None:
    run = ground.load()
    event = LinkEvent.objects.get(link__key="file:AT-1", verb="create")
    event.sent["sha256"] = "0" * 64
    event.save()
    assert not verifying.verify_run(run, connecting.client_for(ground.account), user=ground.user)
    found = Difference.objects.get()
    assert (found.link.key, found.field, found.live) == ("file:AT-1", "sha256", sha256(FILES["papers/plan.txt"]).hexdigest())
