"""One batch is run again: what of it was refused or undone, and nothing else."""

import pytest

from migrations_app.models import Batch, RecordLink
from migrations_app.services import clock, lifecycle, planning, reach, retrying, rollback
from tests.ledger.ground import Ground

DEALS = ("Good", "Bad", "Fine", "Bad too")
CURRENCIES = ("EUR", "SEK", "EUR", "SEK")


@pytest.fixture
def ground(bare: Ground, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """Four deals in batches of two; one of each is refused, as the account does not have its currency."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 2)
    ground = bare.stage(companies=("One",), deals=DEALS, currencies=CURRENCIES).connect(currencies=["EUR"])
    assert ground.load().state == "finished"
    assert ground.states("deal") == {"created": 2, "refused": 2}
    ground.control.settings("harbour", currencies=["EUR", "SEK"])
    return ground


def rerun(ground: Ground, number: int) -> None:
    batch = retrying.batch_of(ground.account, number, entity="deal")
    run = retrying.rerun_batch(batch, user=ground.user)
    lifecycle.let_go(run)
    assert ground.load_on(run).state == "finished"


def test_only_the_refused_records_of_the_batch_are_sent(ground: Ground) -> None:
    before = ground.posts("deals")
    rerun(ground, 2)
    assert (ground.posts("deals") - before, set(ground.live("deal"))) == (1, {"deal:OP-1", "deal:OP-3", "deal:OP-4"})
    assert ground.link("deal:OP-2").state == "refused"


def test_a_batch_that_was_undone_can_be_loaded_again(ground: Ground) -> None:
    batch = retrying.batch_of(ground.account, 1, entity="deal")
    run, scope = reach.scope_around(batch)
    rollback.begin(run, scope, user=ground.user)
    rollback.work_through(run, patience=60)
    assert set(ground.live("deal")) == {"deal:OP-3"}
    rerun(ground, 1)
    assert set(ground.live("deal")) == {"deal:OP-1", "deal:OP-2", "deal:OP-3"}


def test_a_batch_of_which_nothing_is_missing_or_that_another_run_took_over_is_not_run_again(ground: Ground) -> None:
    companies = retrying.batch_of(ground.account, 1, entity="organization")
    with pytest.raises(lifecycle.RunRefused, match="Nothing of batch 1 is missing"):
        retrying.rerun_batch(companies, user=ground.user)
    old = retrying.batch_of(ground.account, 1, entity="deal")
    ground.load()
    with pytest.raises(lifecycle.RunRefused, match="A later run has taken over"):
        retrying.rerun_batch(old, user=ground.user)


def test_a_batch_is_named_with_its_phase_where_its_number_stands_twice(ground: Ground) -> None:
    with pytest.raises(lifecycle.RunRefused, match="Several phases"):
        retrying.batch_of(ground.account, 1)
    with pytest.raises(lifecycle.RunRefused, match="no batch 9"):
        retrying.batch_of(ground.account, 9)
    assert retrying.batch_of(ground.account, 2) == Batch.objects.get(phase__entity="deal", number=2)


def test_a_batch_in_the_hands_of_a_dead_worker_comes_back_at_once(bare: Ground) -> None:
    ground = bare.stage().connect()
    run = ground.plan()
    ground.let_go(run)
    ground.worker(run, "dead")
    ground.clock.sleep(clock.lease() + 1)
    assert retrying.rerun_batch(Batch.objects.get(), user=ground.user) == run
    assert Batch.objects.get().state == "approved"
    assert ground.load_on(run).state == "finished"
    assert RecordLink.objects.filter(state="created").count() == len(ground.live())


def company_missing(bare: Ground) -> Ground:
    """Pipedrive fails three times with the company; its deals arrive without it."""
    ground = bare.stage(companies=("One",), deals=("Pier", "Quay")).connect()
    ground.control.faults({"kind": "500", "methods": ["POST"], "paths": "/organizations"})
    assert ground.load().state == "finished"
    ground.control.faults()
    assert (ground.states(), ground.states("deal")) == ({"refused": 1}, {"created": 2})
    assert {deal.get("org_id") for deal in ground.live("deal").values()} == {None}
    return ground


def linked(ground: Ground) -> bool:
    company = ground.live()["organization:CO-1"]
    return {deal.get("org_id") for deal in ground.live("deal").values()} == {company["id"]}


def test_what_came_without_a_refused_record_is_linked_to_it_when_that_is_retried(bare: Ground) -> None:
    ground = company_missing(bare)
    run = retrying.retry_refused(ground.account, user=ground.user)
    assert run is not None
    assert (ground.load().pk, ground.posts("deals"), linked(ground)) == (run.pk, 2, True)
    assert not RecordLink.objects.filter(stale=True).exists()
    assert ground.load().phases.get(entity="deal").report["unchanged"] == 2


def test_what_came_without_a_refused_record_is_linked_to_it_when_its_batch_is_run_again(bare: Ground) -> None:
    ground = company_missing(bare)
    run = retrying.rerun_batch(retrying.batch_of(ground.account, 1, entity="organization"), user=ground.user)
    lifecycle.let_go(run)
    assert (ground.load_on(run).state, linked(ground)) == ("finished", True)


def test_what_came_without_a_refused_record_is_linked_to_it_when_a_later_load_sends_that(bare: Ground) -> None:
    ground = company_missing(bare)
    ground.stage(companies=("One, corrected",), deals=("Pier", "Quay"))
    assert (ground.load().state, ground.posts("deals"), linked(ground)) == ("finished", 2, True)
