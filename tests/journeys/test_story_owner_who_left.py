"""Story 9: an owner who left: open deals go to the successor, closed ones to the user for former employees, all say whose they were."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconciliation.models import OwnerMatch
from tests.ledger.delta_ground import Later
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

OPEN, CLOSED = 40, 900
SUCCESSOR, FORMER = "sue@target.example", "former@target.example"
DEALS = ("Opportunity ID", "Opportunity Name", "Company ID", "Value", "Currency", "Status", "Owner", "Close Date")


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    users = [["US-1", "Sue Sander", SUCCESSOR, "Yes"], ["US-2", "Lea Left", "lea@gone.example", "No"]]
    write(walk.folder / "users.csv", ("User ID", "Full Name", "Email", "Active"), users)
    write(walk.folder / "companies.csv", ("Company ID", "Company Name", "Owner"), [["CO-1", "Reef & Sons", "Sue Sander"]])
    deals = [[f"OP-{at}", f"Deal {at}", "CO-1", "10", "EUR", "Open", "Lea Left", ""] for at in range(OPEN)]
    deals += [[f"CL-{at}", f"Old {at}", "CO-1", "10", "EUR", ("Won", "Lost")[at % 2], "LEA LEFT", "2024-05-31"] for at in range(CLOSED)]
    write(walk.folder / "opportunities.csv", DEALS, deals)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.made = walk.account([SUCCESSOR, FORMER])
    return walk


def test_open_deals_go_to_the_successor_closed_ones_to_former_employees(walk: Later) -> None:
    assert OwnerMatch.objects.filter(folded="lea left").values_list("open_rows", "closed_rows").get() == (OPEN, CLOSED)
    answered = walk.do("decide", "move", "--owner", f"Lea Left={SUCCESSOR},closed={FORMER}", "--owners", f"fallback={SUCCESSOR}")
    assert answered["answered"]["owners"] >= 1
    walk.do("prepare", "move", "--role", "staging")
    walk.loaded()
    user_of = {user["id"]: user["email"] for user in walk.made["users"]}
    deals = list(walk.live("deal").values())
    owned = Counter((user_of[deal["owner_id"]], deal["status"] == "open") for deal in deals)
    assert owned == {(SUCCESSOR, True): OPEN, (FORMER, False): CLOSED}
    assert {walk.custom(deal, "Original owner", "deal").casefold() for deal in deals} == {"lea left"}
    token_user = walk.made["users"][0]["id"]
    assert not any(record["owner_id"] == token_user for entity in ("organization", "deal") for record in walk.live(entity).values())


def test_who_is_not_in_the_account_keeps_production_shut(walk: Later) -> None:
    walk.do("decide", "move", "--owner", f"Lea Left={SUCCESSOR},closed=nobody@target.example")
    walk.account([SUCCESSOR], role="production", domain="live")
    walk.do("prepare", "move", "--role", "production")
    shut, status = walk.verb("load", "move", "--role", "production")
    assert status == 3
    assert any("nobody@target.example" in each["what"] for each in shut["missing"])


def test_a_text_that_nobody_has_is_refused(walk: Later) -> None:
    told, status = walk.verb("decide", "move", "--owner", f"Nobody={SUCCESSOR}")
    assert (status, "stands under Owners" in told["error"]) == (1, True)
