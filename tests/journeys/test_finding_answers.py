"""Answers to findings: what is corrected here arrives, is closed by the next audit, outlives a re-export, and can be taken back."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User

from migrations_app.models import Approval, Decision, FindingAnswer, Membership, Project
from migrations_app.services import lineage
from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("Contact ID", "First Name", "Last Name", "Email", "Phone", "Born", "Company ID")
PEOPLE = [
    ["CT-1", "Ann", "Archer", "ann at reef", "+49 30 901820", "1980-02-31", "CO-1"],
    ["CT-2", "Bob", "Baker", "bob@reef.example", "call her", "1981-03-01", "CO-1"],
    ["CT-3", "", "", "", "", "1982-04-01", "CO-1"],
    ["CT-4", "Dee", "Day", "dee at reef", "+49 30 901821", "1983-05-01", "CO-1"],
]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", ("Company ID", "Company Name"), [["CO-1", "Reef & Sons"]])
    write(walk.folder / "contacts.csv", HEADS, PEOPLE)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    return walk


def say(walk: Later, id: str, code: str, *words: str) -> dict[str, Any]:
    return walk.do("findings", "move", "--ids", id, "--code", code, *words)


def fix(walk: Later, id: str, code: str, new: str) -> dict[str, Any]:
    return say(walk, id, code, "--answer", "fix", "--new", new, "--why", "asked by phone")


def found(walk: Later) -> dict[str, tuple[int, int]]:
    """{kind of finding: (rows, open ones)}."""
    return {each["code"]: (each["rows"], each["open"]) for each in walk.do("findings", "move")["findings"] if each["object"] == "contacts"}


def load(walk: Later) -> dict[str, Any]:
    walk.account([])
    walk.to_prepared()
    return walk.loaded()


def test_what_is_corrected_here_arrives_and_the_next_audit_finds_it_no_more(walk: Later) -> None:
    assert found(walk)["invalid_email"] == (2, 2)
    assert fix(walk, "CT-1", "invalid_email", "ann@reef.example")["answered"] == 1
    assert fix(walk, "CT-3", "no_name", "Cook")["answered"] == 1
    assert found(walk)["invalid_email"] == (2, 1)
    walk.do("audit", "move")
    assert (found(walk)["invalid_email"], "no_name" in found(walk)) == ((1, 1), False)
    load(walk)
    people = walk.live("person")
    assert people["person:CT-1"]["emails"][0]["value"] == "ann@reef.example"
    assert people["person:CT-3"]["name"] == "Cook"


def test_a_load_audits_anew_what_was_corrected_since(walk: Later) -> None:
    fix(walk, "CT-3", "no_name", "Cook")
    load(walk)
    assert walk.live("person")["person:CT-3"]["name"] == "Cook"


def test_a_correction_that_has_the_same_trouble_is_refused(walk: Later) -> None:
    [refused] = fix(walk, "CT-1", "invalid_email", "ann@")["refused"]
    assert refused["source_id"] == "CT-1"
    assert "same trouble" in refused["reason"]
    assert not FindingAnswer.objects.exists()


def test_without_the_value_left_out_and_accepted(walk: Later) -> None:
    assert say(walk, "CT-2", "bad_phone", "--answer", "empty")["answered"] == 1
    assert say(walk, "CT-4", "invalid_email", "--answer", "skip", "--why", "left")["answered"] == 1
    assert say(walk, "CT-1", "invalid_email", "--answer", "accept")["answered"] == 1
    phases = {phase["object"]: phase for phase in load(walk)["phases"]}
    assert phases["person"]["skipped"] == {"left_out_by_answer": 1, "no_name": 1}
    people = walk.live("person")
    assert sorted(people) == ["person:CT-1", "person:CT-2"]
    assert not people["person:CT-2"].get("phones")
    assert people["person:CT-1"]["emails"][0]["value"] == "ann at reef"


def test_an_answer_outlives_another_export_unless_the_source_changed_too(walk: Later) -> None:
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    fix(walk, "CT-4", "invalid_email", "dee@reef.example")
    later = ("--ids", "CT-2", "--code", "bad_phone", "--answer", "source", "--due", "2030-01-31", "--assignee", "rita")
    rita = User.objects.create_user("rita")
    assert walk.verb("findings", "move", *later) == ({"error": "Nobody in the project is called “rita”."}, 2)
    Membership.objects.create(project=Project.objects.get(), user=rita, role="customer_admin")
    walk.do("findings", "move", *later)
    load(walk)
    walk.change("contacts.csv", lambda lines: list(reversed(lines)))
    walk.cell("contacts.csv", "CT-4", 3, "day@reef.example")
    walk.cell("contacts.csv", "CT-2", 4, "+49 30 901822")
    assert made(walk.again()) == {"person": (0, 2)}
    people = walk.live("person")
    assert [people[f"person:CT-{at}"]["emails"][0]["value"] for at in (1, 4)] == ["ann@reef.example", "day@reef.example"]
    assert dict(FindingAnswer.objects.values_list("source_key", "state")) == {"CT-1": "stands", "CT-2": "closed", "CT-4": "changed"}
    assert walk.do("audit", "move")["open"]["findings"] == 1


def test_a_value_corrected_after_the_load_is_one_update(walk: Later) -> None:
    load(walk)
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    again = walk.loaded()
    assert made(again) == {"person": (0, 1)}
    assert walk.live("person")["person:CT-1"]["emails"][0]["value"] == "ann@reef.example"
    assert counts(again, "differences") == {}
    assert made(walk.loaded()) == {}


def test_an_answer_taken_back_leaves_what_was_said_before(walk: Later) -> None:
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    fix(walk, "CT-1", "invalid_email", "archer@reef.example")
    assert say(walk, "CT-1", "invalid_email", "--take-back")["taken_back"] == 1
    assert FindingAnswer.objects.get().new == "ann@reef.example"
    say(walk, "CT-1", "invalid_email", "--take-back")
    assert not FindingAnswer.objects.exists()
    load(walk)
    assert walk.live("person")["person:CT-1"]["emails"][0]["value"] == "ann at reef"


def test_what_is_on_its_way_to_the_live_account_cannot_be_taken_back(walk: Later) -> None:
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    walk.account([], role="production", domain="live")
    walk.do("prepare", "move", "--role", "production")
    walk.do("decide", "move", "--owners", "fallback=admin@target.example", "--accept-suggestions")
    walk.do("confirm", "move", "owners")
    walk.to_production()
    walk.do("load", "move", "--role", "production")
    told, status = walk.verb("findings", "move", "--ids", "CT-1", "--code", "invalid_email", "--take-back")
    assert (status, "already on its way" in told["error"]) == (1, True)


def test_a_record_tells_who_corrected_it_when_and_from_what(walk: Later) -> None:
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    load(walk)
    life = lineage.life(lineage.find(Project.objects.get(), "CT-1"))
    [told] = [each for each in life.answers if each.kind == "finding"]
    assert told.by == "boss"
    assert "old: ann at reef" in told.answer
    assert "new: ann@reef.example" in told.answer


def test_a_correction_after_the_sign_off_is_signed_as_a_difference(walk: Later) -> None:
    walk.change("contacts.csv", lambda lines: [*lines, *([f"P-{at}", "Max", f"Moor {at}", "", "", "", "CO-1"] for at in range(20))])
    walk.do("intake", "move", str(walk.folder))
    run = load(walk)
    walk.sign(run)
    fix(walk, "CT-1", "invalid_email", "ann@reef.example")
    told = walk.do("signoff", "move", "--run", str(run["run"]))
    difference = Approval.objects.get(kind=Approval.Kind.DIFFERENCE).difference
    assert told["kind"] == "difference"
    assert [(each["what"], each["name"], each["before"], each["after"]) for each in difference["changes"]] == [
        ("fix", "CT-1", "ann at reef", "ann@reef.example")
    ]


def test_findings_travel_as_a_workbook_and_what_was_answered_meanwhile_is_kept(walk: Later, tmp_path: Path) -> None:
    path = tmp_path / "findings.xlsx"
    walk.cell("contacts.csv", "CT-1", 2, '=HYPERLINK("http://x")')
    walk.do("intake", "move", str(walk.folder))
    walk.do("audit", "move")
    walk.do("findings", "move", "--object", "contacts", "--out", str(path))
    cells = [cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    fill(
        path,
        {
            ("CT-1", "invalid_email"): ("fix", "ann@reef.example"),
            ("CT-4", "invalid_email"): ("accept", ""),
            ("CT-2", "bad_phone"): ("no", ""),
        },
    )
    say(walk, "CT-4", "invalid_email", "--answer", "skip")
    told = walk.do("findings", "move", "--file", str(path))
    assert told["answered"] == 1
    assert {each["source_id"]: each["reason"] for each in told["refused"]}["CT-4"] == "changed since your export"
    assert dict(FindingAnswer.objects.values_list("source_key", "how")) == {"CT-1": "fix", "CT-4": "skip"}


def test_five_hundred_answers_cost_as_many_statements_as_five(walk: Later, django_assert_max_num_queries: Any) -> None:
    people = [[f"P-{at}", "Max", f"Moor {at}", f"max {at} at moor", "", "", "CO-1"] for at in range(500)]
    walk.change("contacts.csv", lambda lines: [*lines, *people])
    walk.do("intake", "move", str(walk.folder))
    walk.do("audit", "move")
    with django_assert_max_num_queries(80):
        assert walk.do("findings", "move", "--code", "invalid_email", "--answer", "empty")["answered"] == 502
    with django_assert_max_num_queries(60):
        assert walk.do("findings", "move", "--code", "invalid_email", "--take-back")["taken_back"] == 502
    assert Decision.objects.filter(undone_at__isnull=True, kind="finding").count() == 0


def fill(path: Path, answers: dict[tuple[str, str], tuple[str, str]]) -> None:
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    for line in range(2, sheet.max_row + 1):
        name = (sheet.cell(line, at["source_id"]).value, sheet.cell(line, at["finding"]).value)
        if name in answers:
            for column, value in zip(("answer", "new_value"), answers[name], strict=True):
                sheet.cell(line, at[column]).value = value
    book.save(path)
