"""From staging to production: one approved map, keys resolved anew in each account, drift said, staging wiped and filled again."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import PipedriveAccount, RecordLink, Run
from migrations_app.services import refilling
from migrations_app.services.lifecycle import RunRefused
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, request: Any) -> Walk:
    """Companies with a choice, deals with a stage; staging is loaded and signed, production is prepared and quiet."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    (package / "companies.csv").write_text(
        "Company ID,Company Name,Cladding\n" + "".join(f"C-{n},Works {n},{'Steel' if n % 2 else 'Wood'}\n" for n in range(12))
    )
    (package / "opportunities.csv").write_text("Opportunity ID,Title,Company ID,Amount,Currency\nD-1,One,C-1,100,EUR\n")
    walk.to_decisions(package, tmp_path / "out")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    domain = request.node.name.replace("_", "-")[:40]
    walk.account([], role="production", domain=f"{domain}-live")
    walk.do("prepare", "move", "--role", "production")
    walk.to_production(f"{domain}-rehearsal")
    return walk


def drift(walk: Walk, kind: str) -> list[tuple[str, str, str, bool]]:
    found = walk.do("status", "move")["drift"]
    return [(each["name"], each["staging"], each["production"], each["needed"]) for each in found if each["kind"] == kind]


def test_one_map_serves_two_accounts_with_keys_of_their_own(walk: Walk, tmp_path: Path) -> None:
    assert drift(walk, "field") == []
    assert walk.do("load", "move", "--role", "production")["state"] == "finished"
    sent = {role: _cladding(role) for role in ("staging", "production")}
    assert sent["staging"][1] == sent["production"][1] == "Steel"
    assert sent["staging"][0] != sent["production"][0]


def _cladding(role: str) -> tuple[str, str]:
    """(key of the field Cladding in the account, label that C-1 got there)."""
    account = PipedriveAccount.objects.get(role=role)
    [field] = [each for each in account.schema["fields"]["organization"] if each["name"] == "Cladding"]
    event = RecordLink.objects.get(account=account, key="organization:C-1").events.get(verb="create")
    value = event.sent["custom_fields"][field["code"]]
    return field["code"], dict(map(tuple, field["options"])).get(value, value)


def test_what_people_change_in_one_account_is_said(walk: Walk, tmp_path: Path) -> None:
    live = PipedriveAccount.objects.get(role="production")
    field = next(each for each in live.schema["fields"]["organization"] if each["name"] == "Cladding")
    field["name"] = "Branch"
    live.schema["currencies"] = [*live.schema["currencies"], "XAU"]
    live.save()
    assert drift(walk, "field") == [
        ("Cladding", f"custom, {field['type']}", "not there", True),
        ("Branch", "not there", f"custom, {field['type']}", False),
    ]
    assert drift(walk, "currency") == [("XAU", "not there", "switched on", False)]
    walk.do("report", "move", "--out", str(tmp_path / "report"))
    with (tmp_path / "report" / "drift.csv").open(encoding="utf-8", newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} >= {"Cladding", "Branch", "XAU"}


def test_staging_is_wiped_and_filled_again_at_the_price_that_was_named(walk: Walk) -> None:
    before = Run.objects.get(account__role="staging")
    walk.do("load", "move", "--role", "staging")
    price = walk.do("refill", "move", "--dry-run")
    assert (price["runs"], price["records"]) == (2, 13)
    assert RecordLink.objects.filter(account__role="staging", state="created").count() == 13
    filled = walk.do("refill", "move")
    assert len(filled["wiped"]) == 2
    assert [phase["created"] for phase in filled["phases"]] == [12, 0, 1]
    assert len(walk.live("organization", _domain(walk, "rehearsal"), name="Rehearsal")) == 12
    before.refresh_from_db()
    assert before.state == "rolled_back"
    assert RecordLink.objects.filter(account__role="staging", state="created").count() == 13


def _domain(walk: Walk, end: str) -> str:
    return next(each for each in walk.domains if each.endswith(end))


def test_the_live_account_is_never_wiped_as_a_whole(walk: Walk) -> None:
    live, boss = PipedriveAccount.objects.get(role="production"), User.objects.get(username="boss")
    with pytest.raises(RunRefused, match="Only staging is wiped"):
        refilling.wipe(live, user=boss, patience=0)


def test_pins_are_named_on_the_command_line_too(walk: Walk) -> None:
    assert walk.do("pin", "move", "--ids", "C-3,deals:D-1")["records"] == ["companies:C-3", "deals:D-1"]
    unknown, status = walk.verb("pin", "move", "--ids", "C-99")
    assert (status, unknown["error"]) == (1, "Not in the export: C-99.")
    assert walk.do("pin", "move")["pinned"] == 0
