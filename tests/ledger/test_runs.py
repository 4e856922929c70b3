"""Runs and phases: one at a time, under one number, closed only when three counts agree (LEDGER.md 2, 5, 6)."""

from datetime import timedelta
from typing import Any

import pytest

from migrations_app.gates import GateClosed
from migrations_app.models import Batch, Difference, Phase, RecordLink, Run
from migrations_app.services import clock, connecting, lifecycle, loading, planning, reporting, settling
from migrations_app.states import BatchState, LinkState, PhaseState
from tests.ledger.ground import COMPANIES, DUE, Ground, other_project


def test_two_runs_on_one_company_are_impossible(ground: Ground) -> None:
    ground.plan()
    other = other_project("Other")
    account = connecting.attach(other, role="staging", url=ground.sandbox.url, token=ground.token, plan="premium", user=ground.user)
    mapping = Run.objects.get().mapping
    with pytest.raises(lifecycle.RunRefused, match="Another load into Target is not finished"):
        lifecycle.new_run(account, mapping, ground.user)
    with pytest.raises(GateClosed):
        lifecycle.start(account, user=ground.user)
    assert Run.objects.count() == 1


def test_a_run_whose_process_died_goes_on_under_its_number(ground: Ground) -> None:
    run = ground.plan()
    ground.let_go(run)
    worker, lease = ground.worker(run, "dead")
    ground.die_sending(worker, lease)
    assert ground.states() == {"sending": len(COMPANIES)}
    given_up = min(RecordLink.objects.values_list("send_before", flat=True)) + timedelta(seconds=clock.http_timeout())
    assert settling.next_due(ground.account) == given_up
    again = ground.load()
    assert (again.pk, again.state) == (run.pk, "finished")
    assert (len(ground.live()), ground.states()) == (len(COMPANIES), {"created": len(COMPANIES)})


def test_a_batch_left_behind_comes_back_when_its_lease_runs_out(ground: Ground, settings: Any) -> None:
    settings.LEDGER_TIME_SCALE = 1
    run = ground.plan()
    ground.let_go(run)
    ground.worker(run, "dead")
    following = lifecycle.advance(run)
    assert (following.batches, following.not_before) == ((), Batch.objects.get().lease_until)
    ground.clock.sleep(clock.lease() + 0.1)
    assert lifecycle.advance(run).batches == (Batch.objects.get(),)


def test_a_plan_that_died_in_the_middle_is_taken_up(ground: Ground, monkeypatch: Any) -> None:
    def die(phase: Phase, state: str) -> int:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(planning, "make_batches", die)
        with pytest.raises(MemoryError):
            ground.plan()
    run = ground.load()
    assert (run.pk, run.state, Run.objects.count()) == (Run.objects.get().pk, "finished", 1)
    assert len(ground.live()) == len(COMPANIES)


def test_a_second_load_writes_nothing_and_compares_again(ground: Ground) -> None:
    first = ground.load()
    sent, verified = ground.posts(), first.phases.get(entity="organization").report["verified"]
    second = ground.load()
    report = second.phases.get(entity="organization").report
    assert (second.pk != first.pk, second.state, ground.posts()) == (True, "finished", sent)
    assert (report["unchanged"], report["created"], report["verified"]) == (len(COMPANIES), 0, verified)


def test_a_row_that_nobody_accounts_for_keeps_the_phase_open(ground: Ground) -> None:
    run = ground.plan()
    Phase.objects.filter(run=run, entity="organization").update(source=len(COMPANIES) + 1)
    ground.let_go(run)
    run = ground.load_on(run)
    phase = run.phases.get(entity="organization")
    assert (run.state, phase.state) == ("paused", PhaseState.OPEN)
    assert "1 rows are accounted for too little" in run.reason


def test_a_stray_record_keeps_the_phase_open_until_it_is_gone(ground: Ground) -> None:
    code = ground.source_id_code()
    stray = ground.by_hand("POST", "organizations", {"name": "Twin", "custom_fields": {code: "results-move-organization:CO-999"}})
    run = ground.load()
    assert run.state == "paused"
    assert Difference.objects.get(kind="stray").pipedrive_id == str(stray["id"])
    ground.by_hand("DELETE", f"organizations/{stray['id']}")
    again = ground.load()
    assert (again.pk, again.state) == (run.pk, "finished")


def test_a_record_deleted_by_people_is_gone_and_keeps_nothing_open(ground: Ground) -> None:
    run = ground.sent_but_not_compared()
    victim = ground.live()["organization:CO-2"]
    ground.by_hand("DELETE", f"organizations/{victim['id']}")
    run = ground.load()
    gone = Difference.objects.get()
    assert (run.state, gone.kind, gone.ours, gone.link.key) == ("finished", "gone", False, "organization:CO-2")
    sent = ground.posts()
    ground.load()
    assert (ground.posts(), "organization:CO-2" in ground.live()) == (sent, False), "it was made again"


def test_edits_by_people_are_not_ours(ground: Ground) -> None:
    ground.sent_but_not_compared()
    ground.control.set_clock(5)
    record = ground.live()["organization:CO-2"]
    ground.by_hand("PATCH", f"organizations/{record['id']}", {"name": "By hand"})
    run = ground.load()
    difference = Difference.objects.get()
    assert (run.state, difference.kind, difference.ours, difference.live) == ("finished", "edited", False, "By hand")


def test_a_value_of_ours_that_reads_back_different_keeps_the_phase_open(ground: Ground) -> None:
    ground.sent_but_not_compared()
    event = ground.link("organization:CO-2").events.get()
    event.sent = event.sent | {"name": "What we meant"}
    event.save()
    run = ground.load()
    assert (run.state, Difference.objects.get().ours) == ("paused", True)
    assert "1 values read back otherwise" in run.reason


def test_strays_are_found_whatever_the_servers_clock_says(ground: Ground) -> None:
    ground.control.set_clock(-3600)
    code = ground.source_id_code()
    run = ground.plan()
    ground.by_hand("POST", "organizations", {"name": "Twin", "custom_fields": {code: "results-move-organization:CO-999"}})
    ground.let_go(run)
    assert ground.load_on(run).state == "paused"
    assert Difference.objects.filter(kind="stray").count() == 1


def test_only_one_process_compares_a_phase_and_a_dead_one_gives_way(ground: Ground) -> None:
    run = ground.sent_but_not_compared()
    ground.let_go(run)
    dead_until = clock.db_now() + timedelta(seconds=clock.lease())
    Phase.objects.filter(run=run, entity="organization").update(state=PhaseState.CLOSING, lease_until=dead_until)
    assert lifecycle.advance(run).not_before == dead_until
    assert ground.load().state == "finished"


def test_a_record_planned_again_just_when_its_batch_was_put_away_is_not_forgotten(ground: Ground) -> None:
    run = ground.plan()
    Batch.objects.update(state=BatchState.DONE)
    ground.let_go(run)
    assert ground.load_on(run).state == "finished"
    assert len(ground.live()) == len(COMPANIES)


def test_pausing_and_going_on_changes_nothing_but_the_time(bare: Ground, monkeypatch: Any) -> None:
    ground = bare.stage(companies=[f"Company {number}" for number in range(60)]).connect()
    run = ground.plan()
    ground.let_go(run)
    worker, lease = ground.worker(run)
    intend, intents = loading.intend, []

    def pausing_before_the_second(*handful: Any) -> Any:
        intents.append(handful)
        if len(intents) == 2:
            ground.pause(run)
        return intend(*handful)

    with monkeypatch.context() as patched:
        patched.setattr(loading, "intend", pausing_before_the_second)
        assert not ground.work(worker, lease)
    there = len(ground.live())
    assert 0 < there < 60
    assert lifecycle.advance(run).batches == ()
    assert ground.load().state == "finished"
    assert (len(ground.live()), ground.posts()) == (60, 60)


def test_what_a_cancelled_run_left_on_its_way_is_settled_before_the_next(ground: Ground) -> None:
    ground.control.faults({"kind": "drop_after", "methods": ["POST"]})
    run = ground.load(patience=0)
    ground.control.faults()
    lifecycle.cancel(run, user=ground.user)
    with pytest.raises(GateClosed) as shut:
        ground.plan()
    assert shut.value.gates[0].name == "settled"
    ground.clock.sleep(DUE)
    again = ground.load()
    assert (again.pk != run.pk, again.state, len(ground.live()), ground.posts()) == (True, "finished", len(COMPANIES), len(COMPANIES))


def test_new_answers_are_taken_in_while_nothing_is_sent(ground: Ground) -> None:
    """A second command replans a run that is under way: it is held first, so that no record is planned and sent at once."""
    run = ground.plan()
    ground.let_go(run)
    worker, lease = ground.worker(run)
    RecordLink.objects.filter(key="organization:CO-1").update(state=LinkState.WAITING, reason="waits for an answer")
    ground.project.decision_seq += 1
    ground.project.save()
    ground.plan()
    run.refresh_from_db()
    assert (run.state, run.reason) == ("paused", "takes in new answers")
    assert not ground.work(worker, lease)
    assert ground.load().state == "finished"
    assert len(ground.live()) == len(COMPANIES)


def test_a_run_keeps_its_figures_when_a_later_one_takes_its_records_over(ground: Ground) -> None:
    first = ground.load()
    assert reporting.run_as_dict(first)["phases"][0]["created"] == len(COMPANIES)
    second = ground.load()
    told = {run.pk: reporting.run_as_dict(Run.objects.get(pk=run.pk)) for run in (first, second)}
    assert (told[first.pk]["phases"][0]["created"], told[second.pk]["phases"][0]["unchanged"]) == (len(COMPANIES), len(COMPANIES))
    assert all(each["balanced"] for each in told.values())
