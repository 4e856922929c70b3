"""The six answers about a deal without a company, and what becomes of the deal."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Decision
from migrations_app.services import decisions
from reconciliation.models import OrphanedDeal
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = "Company ID,Company Name,Website\nC-1,Twin Mills,twin.example\nC-2,Harbour Works,harbour.example\n"
CONTACTS = "Contact ID,First Name,Last Name,Email,Company ID\nP-1,Ann,Bell,ann@twin.example,C-1\nP-2,Bea,Cole,bea@home.example,\n"
DEALS = """Opportunity ID,Opportunity Name,Company ID,Primary Contact ID,Pipeline,Stage,Status,Amount,Currency
D-1,Contact has one,,P-1,Sales,Lead,Open,100,EUR
D-2,Contact has none,,P-2,Sales,Lead,Open,100,EUR
D-3,Names a stranger,Delta Roofing,P-2,Sales,Lead,Open,100,EUR
D-4,Names him again,delta  roofing,,Sales,Lead,Open,100,EUR
D-5,Neither,,,Sales,Lead,Won,100,EUR
D-6,Neither nor,,,Sales,Lead,Open,100,EUR
D-7,Well placed,C-2,P-1,Sales,Lead,Open,100,EUR
"""


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, request: Any) -> Walk:
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    for name, text in (("companies", COMPANIES), ("contacts", CONTACTS), ("opportunities", DEALS)):
        (package / f"{name}.csv").write_text(text)
    walk.to_decisions(package, tmp_path / "out")
    return walk


def load(walk: Walk, domain: str, *choices: str) -> dict[str, Any]:
    """Everything in production, with the answers given; the deals by their ids."""
    walk.account([], role="production", domain=domain)
    walk.to_production(f"{domain}-rehearsal")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", *choices)
    walk.do("prepare", "move", "--role", "production")
    assert walk.do("load", "move", "--role", "production")["state"] == "finished"
    walk.organizations = {record["id"]: record["name"] for record in walk.live("organization", domain).values()}  # type: ignore[attr-defined]
    return {key.removeprefix("deal:"): record for key, record in walk.live("deal", domain).items()}


def placed(walk: Walk, deals: dict[str, Any]) -> dict[str, str | None]:
    return {key: walk.organizations.get(deal.get("org_id")) for key, deal in sorted(deals.items())}  # type: ignore[attr-defined]


def test_explicit_answers_go_where_they_fit_and_suggestions_do_the_rest(walk: Walk) -> None:
    deals = load(walk, "orphans-contact", "--orphans", "contact", "--accept-suggestions")
    assert placed(walk, deals) == {
        "D-1": "Twin Mills",
        "D-2": None,
        "D-3": "Delta Roofing",
        "D-4": "Delta Roofing",
        "D-5": "(No company) from Results",
        "D-6": "(No company) from Results",
        "D-7": "Harbour Works",
    }
    assert deals["D-2"]["person_id"] == deals["D-3"]["person_id"]


def test_one_placeholder_takes_them_all(walk: Walk) -> None:
    deals = load(walk, "orphans-placeholder", "--orphans", "placeholder")
    assert set(placed(walk, deals).values()) == {"(No company) from Results", "Harbour Works"}
    assert list(walk.organizations.values()).count("(No company) from Results") == 1  # type: ignore[attr-defined]


def test_a_designated_parent_is_taken_from_the_export(walk: Walk) -> None:
    deals = load(walk, "orphans-parent", "--orphans", "parent=Twin Mills")
    assert placed(walk, deals) == {**dict.fromkeys(["D-1", "D-2", "D-3", "D-4", "D-5", "D-6"], "Twin Mills"), "D-7": "Harbour Works"}


def test_skipped_deals_are_counted_by_that_reason(walk: Walk) -> None:
    deals = load(walk, "orphans-skip", "--orphans", "skip")
    assert list(deals) == ["D-7"]
    phase = walk.do("load", "move", "--role", "production")["phases"][2]
    assert phase["skipped"] == {"skipped by decision": 6}
    assert phase["source"] == 7


def test_an_answer_taken_back_waits_again(walk: Walk) -> None:
    walk.do("decide", "move", "--orphans", "skip")
    boss = Decision.objects.first().by  # type: ignore[union-attr]
    mine = Decision.objects.filter(kind=Decision.Kind.ORPHAN, source_key="D-5")
    assert decisions.undo(mine, user=boss) == 1
    assert "D-5" not in decisions.active(mine[0].project, Decision.Kind.ORPHAN, "deals")
    walk.do("audit", "move")
    assert walk.do("status", "move")["open"]["orphans"] == 1
    assert OrphanedDeal.objects.get(source_key="D-5").state == "open"
