"""PRACTICE.md, story 12: a pasted address shows the record's whole life, one rule is applied again, the report is answered."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from migrations_app.models import FieldRule, HypercareItem, Membership, Project
from migrations_app.services import approving, connecting, proposing
from migrations_app.states import Role
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = "Company ID,Company Name,Region\nC-1,Twin Mills,North\nC-2,Harbour Works,South\nC-3,Mill Lane,\n"
DEALS = """Opportunity ID,Opportunity Name,Company ID,Pipeline,Stage,Status,Amount,Currency
D-1,Roof,C-1,Sales,Lead,Open,100,EUR
D-2,Gate,,Sales,Lead,Open,200,EUR
"""


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """Gone live: production is loaded, read back, and declared the system of record."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    (package / "companies.csv").write_text(COMPANIES)
    (package / "opportunities.csv").write_text(DEALS)
    walk.to_decisions(package, tmp_path / "out")
    anna = User.objects.create_user("anna", email="anna@customer.example", is_staff=True)
    Membership.objects.create(project=Project.objects.get(), user=anna, role=Role.CUSTOMER_ADMIN)
    domain = f"live-{tmp_path.name}".replace("_", "-")[:40]
    walk.domain = domain  # type: ignore[attr-defined]
    walk.account([], role="production", domain=domain)
    walk.to_production(f"{domain}-r")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--orphans", "placeholder")
    walk.do("prepare", "move", "--role", "production")
    assert walk.do("load", "move", "--role", "production")["state"] == "finished"
    for step in ("freeze", "last_export", "delta_compared", "loaded", "verified", "spot_checked", "go", "system_of_record"):
        walk.do("cutover", "move", "--tick", step, "--evidence", "seen")
    return walk


def deal(walk: Walk, key: str) -> dict[str, Any]:
    return walk.live("deal", walk.domain)[f"deal:{key}"]  # type: ignore[attr-defined]


def address(walk: Walk, key: str) -> str:
    return f"https://acme.pipedrive.com/deal/{deal(walk, key)['id']}"


def test_a_pasted_address_shows_the_row_the_rules_the_answers_and_what_stands_there(walk: Walk) -> None:
    gate = deal(walk, "D-2")
    walk.control.act(walk.domain, "PATCH", f"/api/v2/deals/{gate['id']}", {"title": "Gate, painted"})  # type: ignore[attr-defined]
    life = walk.do("life", "move", address(walk, "D-2"))
    [row] = life["rows"]
    assert (life["source_id"], row["file"], row["line"]) == ("D-2", "opportunities.csv", 3)
    titles = [cell for cell in row["cells"] if cell["column"] == "Opportunity Name"]
    assert [(cell["value"], cell["field"]) for cell in titles] == [("Gate", "title")]
    assert [(each["kind"], each["by"]) for each in life["decisions"]] == [("deal without a company", "boss")]
    assert [(each["sent"], each["live"]) for each in life["values"] if not each["same"]] == [("Gate", "Gate, painted")]
    assert life["approved_by"] == "boss"
    assert life["now"] == "in Pipedrive"


def test_an_address_of_somebody_elses_record_is_refused_with_what_to_do(walk: Walk) -> None:
    answer, status = walk.verb("life", "move", "https://acme.pipedrive.com/deal/999999")
    assert status == 1
    assert "no record that this project loaded" in answer["error"]


def test_a_rule_is_applied_again_with_its_price_and_the_report_is_answered_with_evidence_and_a_mail(walk: Walk) -> None:
    mill = walk.live("organization", walk.domain)["organization:C-1"]["id"]  # type: ignore[attr-defined]
    told = walk.do("hypercare", "move", "--report", "No region", "--about", f"https://acme.pipedrive.com/organization/{mill}")
    number = str(told["items"][0]["item"])
    project, boss = Project.objects.get(), User.objects.get(username="boss")
    draft = proposing.propose_map(project, user=boss)
    approving.edit_rule(
        FieldRule.objects.get(mapping=draft, column="Region"), user=boss, field="custom:Territory (varchar)", transform="text"
    )
    approving.approve(project, user=boss)
    walk.do("prepare", "move", "--role", "production")
    walk.do("hypercare", "move", "--item", number, "--apply")
    run = HypercareItem.objects.get().evidence["correction"]
    assert "2 organizations" in run["foreseen"]
    assert "tokens" in run["foreseen"]
    walk.do("correct", "move", "--role", "production")
    live = walk.live("organization", walk.domain)  # type: ignore[attr-defined]
    assert sum("North" in record["custom_fields"].values() for record in live.values()) == 1
    mail.outbox.clear()
    walk.do("hypercare", "move", "--item", number, "--close", "--cause", "map", "--fix", "rule", "--answer", "The map left it out.")
    item = HypercareItem.objects.get()
    assert item.closed_by == boss
    assert item.evidence["life"]["rows"][0]["file"] == "companies.csv"
    assert [(each.to, "answered" in each.body) for each in mail.outbox] == [(["anna@customer.example"], True)]
    assert "Twin Mills" not in mail.outbox[0].body


def test_one_record_is_corrected_by_hand_and_a_later_load_leaves_it_alone(walk: Walk) -> None:
    number = str(walk.do("hypercare", "move", "--report", "Wrong title", "--about", address(walk, "D-1"))["items"][0]["item"])
    walk.do("hypercare", "move", "--item", number, "--patch", "title=Roof of the mill")
    assert deal(walk, "D-1")["title"] == "Roof of the mill"
    walk.do("load", "move", "--role", "production")
    assert deal(walk, "D-1")["title"] == "Roof of the mill"
    refused, status = walk.verb("hypercare", "move", "--item", number, "--patch", "colour=red")
    assert status == 1
    assert "no field “colour”" in refused["error"]


def test_a_project_closes_only_when_nothing_is_open_and_says_until_when_its_data_is_kept(walk: Walk) -> None:
    told = walk.do("hypercare", "move", "--report", "Where is my phone?")
    answer, status = walk.verb("close", "move")
    assert status == 1
    assert "1 reported items are still open" in answer["error"]
    number = str(told["items"][0]["item"])
    walk.do("hypercare", "move", "--item", number, "--close", "--cause", "question", "--answer", "On your desk.")
    closed = walk.do("close", "move")
    assert closed["closed_at"]
    assert closed["delete_after"]
    assert closed["by_cause"] == {"a question, nothing is wrong": 1}


def test_the_cutover_says_what_is_missing_and_until_when_one_can_turn_back(walk: Walk) -> None:
    told = walk.do("cutover", "move")
    assert told["clock"]["records"] == 6  # three companies, the placeholder, two deals
    assert told["clock"]["tokens"] == 6 * 3 + 4 * 10  # lists are read before anything is taken away
    done = [each["step"] for each in told["steps"] if each["done_at"]]
    assert "system_of_record" in done
    assert "users_told" not in done
    Project.objects.get().runs.filter(account__role="production").update(state="rolled_back")
    answer, status = walk.verb("cutover", "move", "--tick", "users_told", "--evidence", "a mail")
    assert status == 1
    assert "no load of the newest export into production is finished" in answer["error"]


def test_filters_for_the_clean_up_are_saved_once_and_find_the_deals(walk: Walk) -> None:
    made = walk.do("filters", "move", "--role", "production")["made"]
    what = ("no company", "to clean up", "owner left", "open past close date", "closed long ago, to archive last")
    assert made == [f"From Results: {each}" for each in what]
    assert walk.do("filters", "move", "--role", "production")["made"] == []
    client = connecting.client_for(Project.objects.get().accounts.get(role="production"))
    number = client.filters("deals")["From Results: to clean up"]
    assert [deal["title"] for page in client.pages("deal", filter_id=number) for deal in page] == ["Gate"]


def test_deals_closed_long_ago_are_found_for_archiving_unless_the_project_wants_none(walk: Walk) -> None:
    long_ago = {"status": "won", "won_time": "2019-05-06T00:00:00Z", "close_time": "2019-05-06T00:00:00Z"}
    walk.control.act(walk.domain, "PATCH", f"/api/v2/deals/{deal(walk, 'D-2')['id']}", long_ago)  # type: ignore[attr-defined]
    walk.do("settings", "move", "--set", "archive_days=0")
    assert not any("archive" in name for name in walk.do("filters", "move", "--role", "production")["made"])
    walk.do("settings", "move", "--set", "archive_days=365")
    assert walk.do("filters", "move", "--role", "production")["made"] == ["From Results: closed long ago, to archive last"]
    client = connecting.client_for(Project.objects.get().accounts.get(role="production"))
    number = client.filters("deals")["From Results: closed long ago, to archive last"]
    assert [each["title"] for page in client.pages("deal", filter_id=number) for each in page] == ["Gate"]
