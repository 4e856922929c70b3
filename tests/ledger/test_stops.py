"""What ends the work for now, what it says, and how it goes on (LEDGER.md 3, API.md 4.4 and 10)."""

from typing import Any

from migrations_app import jobs
from migrations_app.models import PipedriveAccount, RecordLink, Run
from migrations_app.services import clock, connecting, lifecycle, retrying
from migrations_app.services.loading import THREADS
from migrations_app.states import RunState
from tests.ledger.ground import COMPANIES, DOMAIN, Ground, other_project

MANY = [f"Company {number}" for number in range(30)]


def test_a_429_puts_the_handful_back_and_the_run_goes_on_when_it_was_told_to(ground: Ground) -> None:
    ground.control.next_fault("429", paths="/organizations", retry_after=9)
    run = ground.load(patience=0)
    assert (run.state, set(ground.states()) - {"created"}) == ("paused", {"planned"})
    assert 0 < (run.resume_at - clock.db_now()).total_seconds() <= 9
    assert "429" in run.reason
    lifecycle.advance(run)
    assert run.state == "paused", "it went on too early"
    ground.clock.sleep(9)
    ground.forget_the_hold()
    lifecycle.advance(run)
    assert (run.state, run.reason) == ("running", "")
    ground.load()
    assert (len(ground.live()), ground.posts()) == (len(COMPANIES), len(COMPANIES))


def test_a_429_without_retry_after_waits_for_the_window(ground: Ground) -> None:
    ground.control.next_fault("429", paths="/organizations")
    run = ground.load(patience=0)
    assert 0 < (run.resume_at - clock.db_now()).total_seconds() <= 2
    assert ground.load().state == "finished"


def test_a_spent_day_pauses_until_the_reset_and_goes_on_by_itself(bare: Ground, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "NEXT_PROBE", 0.5)
    ground = bare.stage(companies=MANY).connect(plan="lite")
    run = ground.plan()
    ground.control.set_budget(DOMAIN, left=30 + 22)  # a look at the account, and four records
    lifecycle.push(run, user=ground.user)
    run = ground.load(patience=0)
    there = len(ground.live())
    assert (run.state, run.resume_at is not None) == ("paused", True)
    assert "tokens of the day are spent" in run.reason
    assert 0 < there < len(MANY)
    assert ground.states() == {"created": there, "planned": len(MANY) - there}
    ground.control.set_budget(DOMAIN)
    ground.clock.sleep(1)
    lifecycle.advance(run)
    assert run.state == "running"
    assert len(ground.live()) == there


def test_a_dead_token_stops_the_run_until_it_has_a_new_one(ground: Ground) -> None:
    run = ground.plan()
    fresh = ground.control.new_token(DOMAIN, ground.account.user_id)
    run = ground.load()
    assert (run.state, run.resume_at, ground.states()) == ("paused", None, {"planned": len(COMPANIES)})
    assert "does not accept the API token (401)" in run.reason
    assert ground.token not in run.reason
    assert PipedriveAccount.objects.get().paused_reason == run.reason
    assert lifecycle.advance(run).not_before is None, "it would try the dead token again"
    connecting.attach(ground.project, role="staging", url=ground.sandbox.url, token=fresh, plan="premium", seats=1, user=ground.user)
    jobs.tick()
    assert lifecycle.advance(run).batches, "it did not go on by itself"
    again = ground.load_on(run)
    assert (again.pk, again.state, len(ground.live())) == (run.pk, "finished", len(COMPANIES))
    assert PipedriveAccount.objects.get().paused_reason == ""


def test_a_run_paused_by_a_person_does_not_go_on_because_of_a_new_token(ground: Ground) -> None:
    run = ground.plan()
    ground.let_go(run)
    ground.pause(run)
    connecting.attach(ground.project, role="staging", url=ground.sandbox.url, token=ground.token, plan="premium", seats=1, user=ground.user)
    lifecycle.advance(run)
    assert run.state == "paused"


def test_a_limit_of_the_plan_stops_the_run_and_counts_who_is_left(bare: Ground) -> None:
    ground = bare.stage(companies=("One",), deals=[f"Deal {number}" for number in range(12)]).connect(limits={"open_items": 5})
    run = ground.load()
    assert (run.state, ground.states("deal")) == ("failed", {"created": 5, "planned": 7})
    assert "deals limit reached" in run.reason
    assert "Premium with 1 seat holds 15,000 deals at most. 7 deals are still to be sent" in run.reason
    ground.control.settings(DOMAIN, limits={"open_items": 50})
    again = ground.load()
    assert (again.pk, again.state, len(ground.live("deal"))) == (run.pk, "finished", 12)


def test_a_block_by_the_gateway_stops_everything_at_once(bare: Ground) -> None:
    ground = bare.stage(companies=MANY).connect()
    ground.control.faults({"kind": "cloudflare", "methods": ["POST"]})
    run = ground.load()
    assert (run.state, ground.states()) == ("failed", {"planned": len(MANY)})
    assert "gateway blocks" in run.reason
    assert ground.control.faults_fired()["cloudflare"] <= THREADS
    ground.control.faults()
    assert ground.load().state == "finished"


def test_a_block_by_the_gateway_stops_the_loads_of_other_companies_too(bare: Ground) -> None:
    ground = bare.stage(companies=MANY).connect()
    other = second_company(ground)
    running = Run.objects.create(
        project=other.project, account=other, company=other.company, mapping=ground.plan().mapping, state=RunState.RUNNING
    )
    ground.control.faults({"kind": "cloudflare", "methods": ["POST"]})
    run = ground.load()
    running.refresh_from_db()
    assert (run.state, running.state) == ("failed", "failed")
    assert f"Stopped together with {run} of Move" in running.reason


def second_company(ground: Ground) -> PipedriveAccount:
    users = [{"name": "Admin", "email": "admin@other.example", "is_admin": True}]
    made = ground.control.create_account("Other", domain="other", users=users)
    return connecting.attach(
        other_project("Other"), role="staging", url=ground.sandbox.url, token=made["users"][0]["token"], user=ground.user
    )


def test_trouble_while_comparing_pauses_the_run_and_no_phase_is_lost(ground: Ground) -> None:
    ground.plan()
    ground.control.faults({"kind": "502", "methods": ["GET"], "paths": "/organizations"})
    run = ground.load(patience=0)
    assert (run.state, run.resume_at is not None, ground.states()) == ("paused", True, {"created": len(COMPANIES)})
    ground.control.faults()
    assert ground.load().state == "finished"


def test_an_unreachable_pipedrive_is_asked_again_later(ground: Ground) -> None:
    run = ground.plan()
    PipedriveAccount.objects.update(url="http://127.0.0.1:9")
    ground.allow_host("127.0.0.1:9")
    run = ground.load(patience=0)
    assert (run.state, run.resume_at is not None, ground.states()) == ("paused", True, {"planned": len(COMPANIES)})
    assert "could not be reached" in run.reason
    PipedriveAccount.objects.update(url=ground.sandbox.url)
    assert ground.load().state == "finished"


def test_refused_records_are_data_and_retry_sends_only_them(bare: Ground) -> None:
    ground = bare.stage(companies=("One",), deals=("Good", "Bad", "Fine"), currencies=("EUR", "SEK", "EUR")).connect(currencies=["EUR"])
    run = ground.load()
    bad = ground.link("deal:OP-2")
    assert (run.state, bad.state, bad.reason) == ("finished", "refused", "refused by Pipedrive")
    assert "currency" in bad.message
    assert ground.verbs("deal:OP-2") == ["refuse"]
    assert run.phases.get(entity="deal").report["refused"] == 1

    ground.control.settings(DOMAIN, currencies=["EUR", "SEK"])
    before = ground.posts("deals")
    again = retrying.retry_refused(ground.account, user=ground.user)
    assert again is not None
    assert (again.pk != run.pk, ground.load().pk) == (True, again.pk)
    assert (ground.posts("deals") - before, set(ground.live("deal"))) == (1, {"deal:OP-1", "deal:OP-2", "deal:OP-3"})
    assert ground.verbs("deal:OP-2") == ["refuse", "create"]
    assert not RecordLink.objects.exclude(state="created").exists()
