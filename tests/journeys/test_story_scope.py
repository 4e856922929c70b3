"""Story 4: rules leave vendors and employees out; what has an open deal stays and is listed; undoing before the load restores all."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.ledger.delta_ground import Later, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("Contact ID", "Contact Type", "First Name", "Last Name", "Email", "Company ID", "Last Contact")
CUSTOMERS, VENDORS, EMPLOYEES = 30, 8, 4


def person(id: str, type: str, number: int, last: str = "") -> list[str]:
    return [id, type, "Max", f"Moor {id}", f"m{number}@moor.example", "CO-1", last or "05/31/2024"]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    """Two vendors have deals: one open, one lost; an employee has a line of an open deal of somebody else."""
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", ("Company ID", "Company Name"), [["CO-1", "Moor & Sons"]])
    people = [person(f"C-{at}", "C", at) for at in range(1, CUSTOMERS + 1)]
    people += [person(f"V-{at}", "V", 100 + at) for at in range(1, VENDORS + 1)]
    people += [person(f"E-{at}", "E", 200 + at, "05/31/2015") for at in range(1, EMPLOYEES + 1)]
    write(walk.folder / "contacts.csv", HEADS, people)
    deals = [["OP-1", "Pier", "CO-1", "V-1", "100", "EUR", "Open"], ["OP-2", "Quay", "CO-1", "V-2", "50", "EUR", "Lost"]]
    write(walk.folder / "opportunities.csv", ("Opportunity ID", "Name", "Company ID", "Contact ID", "Value", "Currency", "Status"), deals)
    notes = [["N-1", "Left a message.", "Contact", "V-3"], ["N-2", "Called.", "Contact", "C-1"]]
    write(walk.folder / "notes.csv", ("Note ID", "Body", "Parent Type", "Parent ID"), notes)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    return walk


def leave_out_staff(walk: Later) -> None:
    for name in ("Vendors (contacts)", "Employees (contacts)"):
        walk.do("scope", "move", "--on", name)
    walk.do("approve", "move")


def load(walk: Later) -> dict[str, dict[str, Any]]:
    walk.account([])
    walk.to_prepared()
    return {phase["object"]: phase for phase in walk.loaded()["phases"]}


def test_likely_rules_are_proposed_and_not_in_force(walk: Later) -> None:
    rules = {each["name"]: each for each in walk.do("scope", "move")["rules"]}
    assert {name: (each["on"], each["records"], each["kept"]) for name, each in rules.items()} == {
        "Vendors (contacts)": (False, VENDORS - 1, 1),
        "Employees (contacts)": (False, EMPLOYEES, 0),
    }
    assert load(walk)["person"]["created"] == CUSTOMERS + VENDORS + EMPLOYEES


def test_what_a_rule_leaves_out_is_counted_under_its_name_and_an_open_deal_keeps_its_vendor(walk: Later) -> None:
    leave_out_staff(walk)
    person = load(walk)["person"]
    assert person["skipped"] == {"Vendors (contacts)": VENDORS - 1, "Employees (contacts)": EMPLOYEES}
    assert person["source"] - person["created"] == sum(person["skipped"].values())
    people = walk.live("person")
    assert {key for key in people if key.startswith("person:V")} == {"person:V-1"}
    assert walk.live("deal")["deal:OP-1"]["person_id"] == people["person:V-1"]["id"]
    listed = [
        each for each in walk.do("findings", "move", "--code", "kept_despite_rule")["findings"] if each["code"] == "kept_despite_rule"
    ]
    assert [(each["object"], each["rows"]) for each in listed] == [("contacts", 1)]


def test_tokens_drop_by_what_is_left_out(walk: Later) -> None:
    before = walk.do("estimate", "move")["phases"]["person"]
    foretold = sum(each["records"] for each in walk.do("scope", "move")["rules"])
    leave_out_staff(walk)
    walk.do("audit", "move")
    assert before - walk.do("estimate", "move")["phases"]["person"] == 5 * foretold == 5 * (VENDORS - 1 + EMPLOYEES)


def test_a_rule_switched_off_before_the_load_restores_all(walk: Later) -> None:
    leave_out_staff(walk)
    walk.do("audit", "move")
    for name in ("Vendors (contacts)", "Employees (contacts)"):
        walk.do("scope", "move", "--off", name)
    walk.do("approve", "move")
    person = load(walk)["person"]
    assert (person["created"], person["skipped"]) == (CUSTOMERS + VENDORS + EMPLOYEES, {})


def test_a_rule_switched_off_after_the_load_brings_the_rest(walk: Later) -> None:
    leave_out_staff(walk)
    load(walk)
    walk.do("scope", "move", "--off", "Employees (contacts)")
    walk.do("approve", "move")
    assert made(walk.loaded())["person"] == (EMPLOYEES, 0)


def test_a_rule_on_any_column_says_what_it_would_do_before_it_is_saved(walk: Later) -> None:
    words = ("--object", "contacts", "--where", "Last Contact before 2020-01-01", "--where", "Contact Type is not C")
    told = walk.do("scope", "move", "--add", "Long ago", "--dry-run", *words)
    assert (told["foretold"]["records"], told["foretold"]["tokens"]) == (EMPLOYEES, 5 * EMPLOYEES)
    assert [each["name"] for each in told["rules"]] == ["Vendors (contacts)", "Employees (contacts)"]
    saved = walk.do("scope", "move", "--add", "Long ago", *words)
    assert {each["name"]: each["on"] for each in saved["rules"]}["Long ago"] is True
    assert not saved["approved"]


def test_what_hangs_on_them_is_counted(walk: Later) -> None:
    told = walk.do("scope", "move", "--add", "V", "--dry-run", "--drop-open-deals", "--where", "contact type is v")["foretold"]
    assert (told["records"], told["hanging"], told["following"]) == (VENDORS, {"deals": 2, "notes": 1}, {"notes": 1})
    assert told["tokens"] == 5 * VENDORS + 10


def test_nonsense_is_refused_with_what_there_is(walk: Later) -> None:
    for where, said in (("Shoe Size is 3", "begins with no column"), ("Contact Type", "lacks"), ("Last Contact before May", "is no day")):
        told, status = walk.verb("scope", "move", "--add", "x", "--where", where)
        assert status == 1
        assert said in told["error"] or "begins with no column" in told["error"], told


def test_rules_travel_as_a_workbook(walk: Later, tmp_path: Path) -> None:
    path = tmp_path / "rules.xlsx"
    walk.do("scope", "move", "--out", str(path))
    book = openpyxl.load_workbook(path)
    sheet: Any = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["on"]).value = "yes"
    for column, value in {
        "project": "move",
        "rule": "Old",
        "object": "contacts",
        "where": "Last Contact older than 2000 days",
        "on": "no",
    }.items():
        sheet.cell(4, at[column]).value = value
    book.save(path)
    assert walk.do("scope", "move", "--file", str(path))["changed"] == 2
    assert {each["name"]: (each["on"], each["where"]) for each in walk.do("scope", "move")["rules"]} == {
        "Vendors (contacts)": (True, "Contact Type is V"),
        "Employees (contacts)": (False, "Contact Type is E"),
        "Old": (False, "Last Contact older than 2000 days"),
    }


def test_values_are_given_by_command_and_read_so(walk: Later) -> None:
    told = walk.do("values", "move", "--add", "status:Lost=won", "--add", "option@Industry:Shops=Retail")["values"]
    assert {(each["kind"], each["scope"], each["source"], each["target"]) for each in told} >= {
        ("status", "", "Lost", "won"),
        ("option", "Industry", "Shops", "Retail"),
    }
    walk.do("approve", "move")
    load(walk)
    assert walk.live("deal")["deal:OP-2"]["status"] == "won"
    told, status = walk.verb("values", "move", "--add", "colour:red=blue")
    assert (status, "is no rule" in told["error"]) == (1, True)
