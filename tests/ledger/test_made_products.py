"""Lines whose product is not in the price list get what people say (pipedrive/API.md 5.8: no line without a product)."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Question
from migrations_app.services import decisions, estimate, reach, rollback
from migrations_app.services.audit import run_audit
from tests.ledger.ground import Clock
from tests.ledger.hanging_ground import Hanging

LINES = [
    ("LI-1", "OP-1", "PR-1", "1", "40", ""),
    ("LI-2", "OP-1", "Hose, <b>blue</b>", "2", "20", ""),
    ("LI-3", "OP-1", "hose, <b>BLUE</b>", "1", "15", ""),
    ("LI-4", "OP-1", "", "1", "5", ""),
]


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Hanging:
    ground = Hanging(sandbox, settings, ledger_clock, tmp_path / "export")
    ground.stage_all(line_items=LINES, attachments=[], activities=[]).connect()
    run_audit(ground.project, user=ground.user)
    return ground


def answer(ground: Hanging, *choices: str) -> None:
    for question, choice in zip(Question.objects.filter(kind="unknown_product").order_by("rows"), choices, strict=True):
        decisions.answer_question(question, choice, user=ground.user)


def test_one_question_stands_for_all_lines_that_call_a_product_so(ground: Hanging) -> None:
    asked = Question.objects.filter(kind="unknown_product").order_by("rows")
    assert [(each.rows, each.suggestion, each.safe_default) for each in asked] == [(1, "generic", "skip"), (2, "make", "skip")]


def test_a_product_is_made_once_and_one_stands_for_lines_without(ground: Hanging) -> None:
    answer(ground, "generic", "make")
    ground.project.refresh_from_db()
    assert estimate.expected_counts(ground.project)["products"] == 2 + 2
    run = ground.load()
    assert run.state == "finished"
    products, lines = ground.live("product"), ground.by_reference("deal_product")
    made = {key: each for key, each in products.items() if not key.startswith("product:")}
    assert sorted(each["name"] for each in made.values()) == ["Hose, <b>blue</b>", "Other items from Results"]
    other = made["generic:product"]["id"]
    hose = next(each["id"] for key, each in made.items() if key.startswith("named:"))
    ids = {key.removeprefix("deal_product:"): line["product_id"] for key, line in lines.items()}
    assert ids == {"LI-1": products["product:PR-1"]["id"], "LI-2": hose, "LI-3": hose, "LI-4": other}
    assert ground.live("deal")["deal:OP-1"]["value"] == 100
    assert not any(phase.report["created"] for phase in ground.load().phases.all())
    rollback.begin(run, reach.Scope(), user=ground.user)
    assert rollback.work_through(run, patience=60).state == "rolled_back"
    assert ground.live("product") == {}


def test_no_product_is_made_for_lines_that_stand_in_a_note(ground: Hanging) -> None:
    answer(ground, "generic", "make")
    won = [("OP-1", "Pier", "CO-1", "CT-1", "77", "EUR", "Won"), ("OP-2", "Quay", "CO-1", "", "5.40", "EUR", "Won")]
    ground.stage_all(opportunities=won, line_items=LINES, attachments=[], activities=[])
    ground.load()
    assert set(ground.live("product")) == {"product:PR-1", "product:PR-2"}
    assert "<td>Hose, &lt;b&gt;blue&lt;/b&gt;</td>" in ground.by_reference("note")["note:lines-of-deal:OP-1"]["content"]


def test_lines_left_out_by_decision_are_counted_as_such(ground: Hanging) -> None:
    answer(ground, "skip", "skip")
    report = ground.load().phases.get(entity="deal_product").report
    assert (report["created"], report["skipped"]) == (1, {"unknown_product: left out by decision": 3})


def test_without_an_answer_a_test_run_leaves_them_out(ground: Hanging) -> None:
    assert ground.load().phases.get(entity="deal_product").report["skipped"] == {"unknown_product": 3}


def test_lines_load_without_any_price_list(ground: Hanging) -> None:
    ground.stage_all(line_items=LINES[1:2], products=[], attachments=[], activities=[])
    run_audit(ground.project, user=ground.user)
    question = Question.objects.get(kind="unknown_product", present=True)
    decisions.answer_question(question, "make", user=ground.user)
    ground.load()
    assert [each["name"] for each in ground.live("product").values()] == ["Hose, <b>blue</b>"]
