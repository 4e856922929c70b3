"""Answers that come in while a load is under way."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import RecordLink, Run
from migrations_app.services import decisions
from tests.journeys.test_orphan_answers import COMPANIES, CONTACTS, DEALS
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """A production account, ready but for one question: what is the deal without a title called?"""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    untitled = "D-8,,C-2,P-1,Sales,Lead,Open,100,EUR\n"
    for name, text in (("companies", COMPANIES), ("contacts", CONTACTS), ("opportunities", DEALS + untitled)):
        (package / f"{name}.csv").write_text(text)
    walk.to_decisions(package, tmp_path / "out")
    return walk


def test_a_paused_load_takes_the_answer_in_and_goes_on_under_its_number(walk: Walk) -> None:
    walk.account([], role="production", domain="answers-paused")
    walk.to_production("answers-paused-rehearsal")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--orphans", "person")
    walk.do("decide", "move", "--orphans", "skip")
    walk.do("prepare", "move", "--role", "production")
    paused, status = walk.verb("load", "move", "--role", "production")
    assert (status, paused["state"], paused["phases"][2]["waiting"]) == (4, "paused", 1)
    walk.do("decide", "move", "--accept-suggestions")
    done = walk.do("load", "move", "--role", "production")
    assert (done["run"], done["state"], done["phases"][2]["waiting"]) == (paused["run"], "finished", 0)
    assert walk.live("deal", "answers-paused")["deal:D-8"]["title"] == "Deal D-8"


def test_an_answer_that_calls_for_a_new_company_opens_its_phase_again(walk: Walk) -> None:
    walk.account([], role="production", domain="answers-reopen")
    walk.to_production("answers-reopen-rehearsal")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--orphans", "skip")
    walk.do("prepare", "move", "--role", "production")
    paused, status = walk.verb("load", "move", "--role", "production")
    assert (status, paused["phases"][0]["state"], paused["phases"][0]["created"]) == (4, "closed", 2)
    _answer_again(walk, "D-3", "named")
    walk.do("decide", "move", "--accept-suggestions")
    done = walk.do("load", "move", "--role", "production")
    assert (done["state"], done["phases"][0]["created"], done["phases"][0]["derived"]) == ("finished", 3, 1)
    companies = {record["id"]: record["name"] for record in walk.live("organization", "answers-reopen").values()}
    assert companies[walk.live("deal", "answers-reopen")["deal:D-3"]["org_id"]] == "Delta Roofing"


def _answer_again(walk: Walk, key: str, how: str) -> None:
    run = Run.objects.get(account__role="production")
    boss = User.objects.get(username=walk.user)
    decisions.decide(run.project, kind="orphan", object="deals", answers={key: {"how": how}}, user=boss)
    assert RecordLink.objects.get(account=run.account, key=f"deal:{key}").state == "skipped"


def test_rows_that_wait_follow_later_where_a_person_says_so_and_only_this_time(walk: Walk) -> None:
    walk.account([], role="production", domain="answers-later")
    walk.to_production("answers-later-rehearsal")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--orphans", "person")
    walk.do("decide", "move", "--orphans", "skip")
    walk.do("prepare", "move", "--role", "production")
    paused, status = walk.verb("load", "move", "--role", "production")
    assert (status, paused["phases"][2]["waiting"]) == (4, 1)
    assert walk.do("confirm", "move", "later")["items"] == ["waiting for answers, to follow with a later load: 1 deal"]
    done = walk.do("load", "move", "--role", "production")
    assert (done["run"], done["state"], done["balanced"], done["phases"][2]["waiting"]) == (paused["run"], "finished", True, 1)
    again, status = walk.verb("load", "move", "--role", "production")
    assert (status, again["state"], again["phases"][2]["waiting"]) == (4, "paused", 1)


def test_a_rule_for_owners_that_the_program_gave_takes_a_persons_word(walk: Walk) -> None:
    walk.account([], role="production", domain="answers-owners")
    walk.do("prepare", "move", "--role", "production")
    boss, walk.user = walk.user, "system"
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    walk.user = boss
    assert "owners" in _closed(walk)
    assert walk.do("confirm", "move", "owners")["items"] == [f"{ADMIN} takes the records of all owners without a user"]
    assert "owners" not in _closed(walk)


def _closed(walk: Walk) -> set[str]:
    return {gate["gate"] for gate in walk.do("status", "move")["gates"] if gate["role"] == "production"}
