"""Default 10: a merge loses nothing. What other rows said otherwise is a note; a person of several companies has the one that counts."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import Decision, Mapping, PipedriveAccount, Project, Run
from migrations_app.services import decisions, planning, rows
from tests.journeys.walking import CHOICES
from tests.ledger.delta_ground import Later, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = [
    ["CO-1", "Quay & Sons", "quay.example", "1 Dock St", "8000123-1", "Retail", "ann"],
    ["CO-2", "<b>Quay</b> Holding", "www.quay.example", "2 Pier Rd", "8000123-2", "", "bob"],
    ["CO-3", "Reef", "reef.example", "", "", "", "ann"],
]
CONTACTS = [
    ["C-1", "Ann", "Moor", "ann@moor.example", "CO-1", "Boss", "2024-01-02 10:00"],
    ["C-2", "Ann", "Moor", "ANN@moor.example", "CO-3", "Owner", "2025-03-04 10:00"],
    ["C-3", "Ann", "Moor", "ann@moor.example", "", "Boss", "2025-09-09 10:00"],
]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    heads = ("Company ID", "Company Name", "Website", "Address", "QB List ID", "Industry", "Account Manager")
    write(walk.folder / "companies.csv", heads, COMPANIES)
    heads = ("Contact ID", "First Name", "Last Name", "Email", "Company ID", "Job Title", "Modified Date")
    write(walk.folder / "contacts.csv", heads, CONTACTS)
    deals(walk)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    return walk


def deals(walk: Later, *more: list[str]) -> None:
    heads = ("Opportunity ID", "Name", "Company ID", "Contact ID", "Value", "Currency", "Status")
    write(walk.folder / "opportunities.csv", heads, [["OP-1", "Pier", "CO-3", "C-2", "5", "EUR", "Lost"], *more])


def merge(object: str, answers: dict[str, str]) -> None:
    given = {key: {"survivor": into} for key, into in answers.items()}
    boss = User.objects.get(username="boss")
    decisions.decide(Project.objects.get(), kind=Decision.Kind.DUPLICATE, object=object, answers=given, user=boss)


def merged(walk: Later, **answers: dict[str, str]) -> Later:
    walk.do("decide", "move", *CHOICES)
    for object, given in (answers or {"companies": {"CO-2": "CO-1"}, "contacts": {"C-2": "C-1", "C-3": "C-1"}}).items():
        merge(object, given)
    walk.do("prepare", "move", "--role", "staging")
    return walk


def notes(walk: Later) -> dict[str, dict[str, Any]]:
    """By the name of the record that each hangs on."""
    organizations = {record["id"]: record["name"] for record in walk.live("organization").values()}
    people = {record["id"]: record["name"] for record in walk.live("person").values()}
    found = walk.control.records("target", "note")
    return {organizations.get(note.get("org_id")) or people[note["person_id"]]: note for note in found}


def lines(note: dict[str, Any]) -> list[str]:
    return [line for line in re.sub(r"<(?!/?b&gt)[^>]+>", "\n", note["content"]).split("\n") if line.strip()]


def test_what_the_other_rows_said_otherwise_is_a_note(walk: Later) -> None:
    foreseen = merged(walk).do("estimate", "move")["records"]["note"]
    answer = walk.loaded()
    assert foreseen == 2
    assert {phase["object"]: (phase["created"], phase["derived"]) for phase in answer["phases"]}["note"] == (2, 2)
    told = notes(walk)
    assert lines(told["Quay & Sons"])[1:-1] == [
        "&lt;b&gt;Quay&lt;/b&gt; Holding (CO-2)",
        "Company Name: &lt;b&gt;Quay&lt;/b&gt; Holding",
        "Website: www.quay.example",
        "Address: 2 Pier Rd",
        "QB List ID: 8000123-2",
        "Account Manager: bob",
    ]
    assert lines(told["Ann Moor"])[1:-1] == ["Ann Moor (C-2)", "Company ID: CO-3", "Job Title: Owner"]
    assert not made(walk.loaded())


def test_the_organization_is_that_of_the_row_changed_last_and_the_others_stay_as_text(walk: Later) -> None:
    merged(walk).loaded()
    organizations = {record["name"]: record["id"] for record in walk.live("organization").values()}
    person = walk.live("person")["person:C-1"]
    assert person["org_id"] == organizations["Reef"]
    assert [value for value in person["custom_fields"].values() if value == "Quay & Sons"]


def test_many_persons_of_several_companies_cost_the_plan_no_more_queries_than_one(walk: Later) -> None:
    """The names of the others are read in sets, also those of companies that exist only as text."""
    people = [[f"P-{at}", "Bo", f"Reed {at // 2}", f"bo{at // 2}@reed.example", ("CO-1", "CO-3")[at % 2]] for at in range(12)]
    write(walk.folder / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Email", "Company ID"), people)
    walk.do("intake", "move", str(walk.folder))
    project = Project.objects.get()
    tables = [table.pk for each in rows.tables_in_force(project).values() for table in each]
    counted = []
    for merges in ({"P-1": "P-0"}, {f"P-{at + 1}": f"P-{at}" for at in range(0, 12, 2)}):
        merged(walk, contacts=merges)
        run = Run(project=project, account=PipedriveAccount.objects.get(), mapping=Mapping.objects.latest("pk"), tables=tables)
        with CaptureQueriesContext(connection) as captured:
            plan = planning.read(run)
            told = [each.facts.get("also_at") for some in planning.wanted(plan, "person") for each in some if each.facts]
        assert told == ["Reef"] * len(merges)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_an_open_deal_counts_more_than_a_later_change(walk: Later, tmp_path: Path) -> None:
    deals(walk, ["OP-2", "Quay", "CO-1", "C-1", "5", "EUR", "Open"])
    walk.do("intake", "move", str(walk.folder))
    merged(walk).loaded()
    organizations = {record["name"]: record["id"] for record in walk.live("organization").values()}
    assert walk.live("person")["person:C-1"]["org_id"] == organizations["Quay & Sons"]
    assert walk.live("deal")["deal:OP-1"]["org_id"] == organizations["Reef"]


def test_rows_that_say_the_same_leave_no_note(walk: Later) -> None:
    merged(walk, contacts={"C-2": "C-2", "C-3": "C-1"}).loaded()
    assert not notes(walk)


def test_a_project_may_do_without(walk: Later) -> None:
    walk.do("settings", "move", "--set", "merge_notes=no")
    merged(walk).loaded()
    assert not notes(walk)
