"""Story 5: a deal was put under company X; X is merged into Y, and the deal loads on Y. Undone before the load, it is X again."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Decision, Project
from migrations_app.services import decisions
from tests.ledger.delta_ground import Later

pytestmark = pytest.mark.django_db(transaction=True)
COMPANIES = {"CO-1": "<b>O'Hara & Söhne</b>", "CO-2": "Harbour Works"}


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    """The deal OP-9 names no company; a person put it under Harbour Works, which was merged into the first company since."""
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = walk.package(tmp_path / "package")
    with (walk.folder / "opportunities.csv").open("a", newline="") as file:
        csv.writer(file).writerow(("OP-9", "Lighthouse", "", "", "5", "EUR", "Open"))
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.do("decide", "move", "--orphans", "parent=Harbour Works")
    merge = {"CO-2": {"survivor": "CO-1"}}
    decisions.decide(Project.objects.get(), kind=Decision.Kind.DUPLICATE, object="companies", answers=merge, user=boss())
    walk.account([])
    walk.to_prepared()
    return walk


def boss() -> User:
    return User.objects.get(username="boss")


def company_of(walk: Later, deal: str) -> str:
    ids = {record["id"]: record["name"] for record in walk.live("organization").values()}
    return str(ids[walk.live("deal")[deal]["org_id"]])


def test_the_deal_follows_the_merge(walk: Later) -> None:
    walk.load()
    assert company_of(walk, "deal:OP-9") == COMPANIES["CO-1"]
    assert len(walk.live("organization")) == 2


def test_an_undone_merge_puts_it_back(walk: Later) -> None:
    decisions.undo(Decision.objects.filter(kind="duplicate", source_key="CO-2"), user=boss())
    walk.load()
    assert company_of(walk, "deal:OP-9") == COMPANIES["CO-2"]
    assert len(walk.live("organization")) == 3
