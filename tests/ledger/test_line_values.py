"""Deals whose value is another one than their lines come to (PRACTICE.md 3 row 22)."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Decision
from migrations_app.services import decisions, estimate, losses, reach, rollback, schema, verifying
from migrations_app.services.connecting import client_for
from tests.ledger.ground import Clock
from tests.ledger.hanging_ground import Hanging

WON = ("OP-2", "Quay", "CO-1", "", "7", "EUR", "Won")
OPEN = ("OP-1", "Pier", "CO-1", "CT-1", "100", "EUR", "Open")
LINES = [
    ("LI-1", "OP-1", "PR-1", "2", "10.50", ""),
    ("LI-2", "OP-2", "PR-2", "2", "3", "10"),
    ("LI-3", "OP-2", "PR-1", "1", "0.10", ""),
]


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Hanging:
    ground = Hanging(sandbox, settings, ledger_clock, tmp_path / "export")
    ground.stage_all(opportunities=[OPEN, WON], line_items=LINES, attachments=[], activities=[]).connect()
    return ground


def decide(ground: Hanging, **how: str) -> None:
    said = {key.replace("_", "-"): {"how": each} for key, each in how.items()}
    decisions.decide(ground.project, kind=Decision.Kind.VALUE, object="deals", answers=said, user=ground.user)


def value_in_source(ground: Hanging, deal: dict[str, Any]) -> Any:
    code = schema.account_schema(ground.account).own["deal", schema.SOURCE_VALUE]
    return (deal["custom_fields"] or {}).get(code)


def test_a_closed_deal_keeps_its_value_and_its_lines_stand_in_a_note(ground: Hanging) -> None:
    run = ground.load()
    assert run.state == "finished"
    deals, notes = ground.live("deal"), ground.by_reference("note")
    assert (deals["deal:OP-2"]["value"], value_in_source(ground, deals["deal:OP-2"])) == (7, None)
    table = notes["note:lines-of-deal:OP-2"]
    assert table["deal_id"] == deals["deal:OP-2"]["id"]
    for told in (
        "<td>=1+1 valve P2</td><td>2</td><td>3</td><td>10 %</td><td>5.40</td>",
        "<td>Pump P1</td>",
        "Lines: 5.50 EUR",
        "deal: 7.00 EUR",
    ):
        assert told in table["content"], table["content"]
    assert set(ground.by_reference("deal_product")) == {"deal_product:LI-1"}
    report = run.phases.get(entity="deal_product").report
    assert (report["source"], report["created"], report["skipped"]) == (3, 1, {"line_as_text": 2})


def test_an_open_deal_gets_its_lines_and_the_value_of_the_source_a_field_of_its_own(ground: Hanging) -> None:
    ground.load()
    pier = ground.live("deal")["deal:OP-1"]
    assert (pier["value"], value_in_source(ground, pier)["value"]) == (21, 100)


def test_people_may_say_otherwise(ground: Hanging) -> None:
    decide(ground, OP_1="note", OP_2="lines_win")
    ground.load()
    deals = ground.live("deal")
    assert (deals["deal:OP-1"]["value"], deals["deal:OP-2"]["value"]) == (100, 5.5)
    assert value_in_source(ground, deals["deal:OP-2"]) is None
    assert set(ground.by_reference("deal_product")) == {"deal_product:LI-2", "deal_product:LI-3"}
    assert "note:lines-of-deal:OP-1" in ground.by_reference("note")


def test_it_is_expected_told_as_a_loss_verified_and_taken_back(ground: Hanging) -> None:
    run = ground.load()
    ground.project.refresh_from_db()
    assert {name: estimate.expected_counts(ground.project)[name] for name in ("line_items", "notes")} == {"line_items": 1, "notes": 3}
    told = {loss.key: loss.count for loss in losses.known_losses(ground.project)}
    assert told["values:line_items:line_as_text"] == 2
    again = ground.load()
    assert not any(phase.report["created"] or phase.report["updated"] for phase in again.phases.all())
    assert verifying.verify_run(again, client_for(run.account), user=ground.user)
    rollback.begin(run, reach.Scope(), user=ground.user)
    assert rollback.work_through(run, patience=60).state == "rolled_back"
    assert ground.by_reference("note") == ground.live("deal") == {}


def test_a_line_that_changes_later_changes_its_note(ground: Hanging) -> None:
    ground.load()
    ground.stage_all(
        opportunities=[OPEN, WON], line_items=[*LINES[:2], ("LI-3", "OP-2", "PR-1", "9", "0.10", "")], attachments=[], activities=[]
    )
    run = ground.load()
    assert run.phases.get(entity="note").report["updated"] == 1
    assert "<td>9</td>" in ground.by_reference("note")["note:lines-of-deal:OP-2"]["content"]


def test_lines_of_a_deal_whose_row_is_gone_stay_as_they_are(ground: Hanging) -> None:
    ground.load()
    ground.stage_all(opportunities=[WON], line_items=LINES, attachments=[], activities=[])
    run = ground.load()
    assert (run.state, ground.link("deal:OP-1").vanished) == ("finished", True)
    assert set(ground.by_reference("deal_product")) == {"deal_product:LI-1"}


def test_what_arrived_as_lines_stays_lines_whatever_is_answered_later(ground: Hanging) -> None:
    ground.load()
    decide(ground, OP_1="note", OP_2="lines")
    run = ground.load()
    assert not any(phase.report["created"] for phase in run.phases.all())
    assert set(ground.by_reference("deal_product")) == {"deal_product:LI-1"}


def test_one_more_line_may_make_up_the_difference(ground: Hanging) -> None:
    decide(ground, OP_1="balance")
    run = ground.load()
    pier = ground.live("deal")["deal:OP-1"]
    assert (pier["value"], value_in_source(ground, pier)) == (100, None)
    line = ground.by_reference("deal_product")["balance:deal:OP-1"]
    assert (line["item_price"], line["quantity"], line["product_id"]) == (79, 1, ground.live("product")["generic:product"]["id"])
    assert run.phases.get(entity="deal_product").report["derived"] == 1
    again = ground.load()
    assert not any(phase.report["created"] or phase.report["updated"] for phase in again.phases.all())
