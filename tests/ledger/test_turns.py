"""Who may send, until when, and whose word counts: leases, intents, attempts, decisions (LEDGER.md 3)."""

import math
from typing import Any

import pytest

from migrations_app.models import Batch, Decision, RecordLink
from migrations_app.services import clock, decisions, loading
from migrations_app.services.building import Prepared
from migrations_app.states import LinkState
from tests.ledger.ground import COMPANIES, DUE, Ground

FIRST = "organization:CO-1"


def running(ground: Ground) -> Any:
    run = ground.plan()
    ground.let_go(run)
    return run


def held_back(monkeypatch: Any) -> list[tuple[Any, ...]]:
    """What a worker would have recorded, had it not been frozen."""
    held: list[tuple[Any, ...]] = []
    monkeypatch.setattr(loading, "record", lambda *outcomes: held.append(outcomes))
    return held


def test_only_one_worker_gets_a_batch(ground: Ground, settings: Any) -> None:
    settings.LEDGER_TIME_SCALE = 1  # the first one's lease lasts longer than the second takes to ask
    run = running(ground)
    ground.worker(run, "one")
    assert loading.claim(Batch.objects.get(), "two") is None


def test_a_worker_whose_lease_ran_out_sends_nothing_more(ground: Ground) -> None:
    run = running(ground)
    worker, lease = ground.worker(run, "frozen")
    ground.clock.sleep(clock.lease() + 1)
    ground.worker(run, "quick")
    with pytest.raises(loading.LeaseLost):
        loading.work_batch(worker, lease, until=math.inf)
    assert (ground.posts(), ground.states()) == (0, {"planned": len(COMPANIES)})


def test_a_paused_run_sends_nothing_more(ground: Ground) -> None:
    run = running(ground)
    worker, lease = ground.worker(run)
    ground.pause(run)
    with pytest.raises(loading.LeaseLost):
        loading.work_batch(worker, lease, until=math.inf)
    assert ground.posts() == 0


def test_a_worker_frozen_after_its_intent_sends_nothing_late(ground: Ground, monkeypatch: Any) -> None:
    run = running(ground)
    worker, lease = ground.worker(run)
    monkeypatch.setattr(clock, "send_window", lambda: -0.01)
    with pytest.raises(loading.Stop):
        loading.work_batch(worker, lease, until=math.inf)
    assert (ground.posts(), ground.states()) == (0, {"planned": len(COMPANIES)})


def test_the_time_for_sending_counts_from_before_the_intent(ground: Ground, monkeypatch: Any) -> None:
    """Frozen while the database says what time it is, a worker may send too little, never too late."""
    run = running(ground)
    _, lease = ground.worker(run)
    now = clock.db_now
    ahead = {"seconds": 0.0}

    def slowly() -> Any:
        ahead["seconds"] += 100
        return now()

    monkeypatch.setattr(clock, "db_now", slowly)
    monkeypatch.setattr(loading.time, "monotonic", lambda: ahead["seconds"])
    deadline = loading.intend(lease, [Prepared(ground.link(FIRST), {})])
    assert deadline is not None
    assert deadline <= ahead["seconds"] - 100 + clock.send_window()


@pytest.mark.parametrize("kind", ["", "500"])
def test_a_late_outcome_cannot_overwrite_what_was_settled_meanwhile(ground: Ground, monkeypatch: Any, kind: str) -> None:
    if kind:
        ground.control.faults({"kind": kind, "after": True, "methods": ["POST"]})
    run = running(ground)
    worker, lease = ground.worker(run)
    record, held = loading.record, held_back(monkeypatch)
    try:
        loading.work_batch(worker, lease, until=math.inf)
    except loading.Stop:
        ground.let_go(run)
    monkeypatch.setattr(loading, "record", record)
    ground.control.faults()
    assert ground.states() == {"sending": len(COMPANIES)}
    ground.clock.sleep(DUE)
    assert ground.load().state == "finished"
    before = RecordLink.objects.values_list("key", "state", "pipedrive_id").order_by("pk")
    settled = list(before)
    for outcomes in held:
        record(*outcomes)
    assert list(before.all()) == settled
    assert ground.verbs(FIRST) == ["settle"]
    assert len(ground.live()) == len(COMPANIES)


def test_a_creation_that_is_certain_counts_as_long_as_nothing_was_sent_again(ground: Ground, monkeypatch: Any) -> None:
    run = running(ground)
    worker, lease = ground.worker(run)
    record, held = loading.record, held_back(monkeypatch)
    loading.work_batch(worker, lease, until=math.inf)
    monkeypatch.setattr(loading, "record", record)
    RecordLink.objects.update(state=LinkState.PLANNED)
    for outcomes in held:
        record(*outcomes)
    assert ground.states() == {"created": len(COMPANIES)}
    assert ground.verbs(FIRST) == ["create"]


def test_an_outcome_of_an_earlier_attempt_counts_for_nothing(ground: Ground, monkeypatch: Any) -> None:
    run = running(ground)
    worker, lease = ground.worker(run)
    record, held = loading.record, held_back(monkeypatch)
    loading.work_batch(worker, lease, until=math.inf)
    RecordLink.objects.update(attempt=2)
    for outcomes in held:
        record(*outcomes)
    assert (ground.states(), ground.verbs(FIRST)) == ({"sending": len(COMPANIES)}, [])


def test_a_decision_between_building_and_sending_has_the_handful_built_anew(ground: Ground) -> None:
    run = running(ground)
    worker, lease = ground.worker(run)
    build, built = worker.builder.build, []

    def and_somebody_decides(links: Any) -> Any:
        prepared = build(links)
        built.append(len(links))
        if len(built) == 1:
            answers = {"*": {"email": "admin@target.example"}}
            decisions.decide(ground.project, kind=Decision.Kind.OWNER, object="owners", answers=answers, user=ground.user)
            assert ground.posts() == 0
        return prepared

    worker.builder.build = and_somebody_decides
    assert loading.work_batch(worker, lease, until=math.inf)
    assert sum(built) == 2 * len(COMPANIES)
    assert (ground.posts(), ground.states()) == (len(COMPANIES), {"created": len(COMPANIES)})


def test_what_a_slow_worker_would_put_aside_stays_with_the_one_that_holds_the_batch(ground: Ground) -> None:
    run = running(ground)
    worker, lease = ground.worker(run, "frozen")
    worker.builder.refresh()
    prepared = worker.builder.build([ground.link(FIRST)])
    for each in prepared:
        each.body, each.state, each.reason = None, LinkState.SKIPPED, "no longer in the source"
    ground.clock.sleep(clock.lease() + 1)
    ground.worker(run, "quick")
    with pytest.raises(loading.LeaseLost):
        loading._put_aside(lease, prepared)
    assert ground.states() == {"planned": len(COMPANIES)}
