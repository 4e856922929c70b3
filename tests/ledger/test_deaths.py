"""Processes that die between two writes, and two at the same work: nothing stays in flight for ever, nothing is forgotten (LEDGER.md 6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from migrations_app.models import Batch, Phase, RecordLink
from migrations_app.services import lifecycle, planning
from migrations_app.states import BatchState, LinkState, PhaseState
from tests.ledger.ground import DUE, Ground

FEW = ("Harbour Works", "Maple Studios", "東京商事", "Łódź Sp. z o.o.", "=1+1 GmbH")
WRITES = ("INSERT", "UPDATE", "DELETE")
MOST_WRITES = 150  # of one process, by when the load has to be through


class Died(BaseException):
    """As by SIGKILL: from here on the database hears nothing more of this process, whatever it cleans up."""


@contextmanager
def dying_after(writes: int) -> Iterator[None]:
    left = writes

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if left <= 0:
            raise Died
        left -= sql.lstrip().startswith(WRITES)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def ground(bare: Ground, monkeypatch: Any) -> Ground:
    """Five companies in three batches."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 2)
    return bare.stage(companies=FEW).connect()


@pytest.mark.parametrize("first", [1, 2])
def test_processes_that_die_at_one_write_after_the_other_bring_the_load_to_its_end(ground: Ground, first: int) -> None:
    run = ground.plan()
    died = 0
    for writes in range(first, MOST_WRITES, 3):
        ground.let_go(run)
        try:
            with dying_after(writes):
                ground.load_on(run)
        except Died:
            died += 1
            ground.clock.sleep(DUE)
        run.refresh_from_db()
        if run.state == "finished":
            break
    assert (run.state, died > 5) == ("finished", True)
    assert (len(ground.live()), ground.states()) == (len(FEW), {"created": len(FEW)})
    assert set(Batch.objects.values_list("state", flat=True)) == {"done"}


def test_two_processes_that_give_records_their_batches_at_once_give_each_one_place(ground: Ground) -> None:
    run = ground.plan()
    phase = run.phases.get(entity="organization")
    RecordLink.objects.update(batch=None)
    Batch.objects.all().delete()
    quicker: list[int] = []

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if "recordlink" in sql and not quicker:
            quicker.append(0)
            quicker[0] = planning.make_batches(phase, BatchState.APPROVED)
        return found

    with connection.execute_wrapper(between):
        assert planning.make_batches(phase, BatchState.APPROVED) == 0
    assert quicker == [3]
    assert sorted(Batch.objects.values_list("number", "size")) == [(1, 2), (2, 2), (3, 1)]
    assert not RecordLink.objects.filter(batch__isnull=True).exists()


def test_a_batch_that_has_nothing_left_to_send_keeps_no_phase_open(ground: Ground) -> None:
    run = ground.sent_but_not_compared()
    Batch.objects.update(state=BatchState.APPROVED)
    Phase.objects.filter(entity="organization").update(state=PhaseState.OPEN)
    ground.let_go(run)
    assert ground.load_on(run).state == "finished"
    assert (set(Batch.objects.values_list("state", flat=True)), ground.posts()) == ({"done"}, len(FEW))


def test_a_record_planned_again_while_other_batches_are_at_hand_is_sent_after_them(ground: Ground) -> None:
    """Its batch was put away just then: nobody sees that before the others are worked, and then it is seen."""
    run = ground.plan()
    ground.let_go(run)
    Batch.objects.filter(number=1).update(state=BatchState.DONE)
    assert [batch.number for batch in lifecycle.advance(run).batches] == [2, 3]
    assert ground.load_on(run).state == "finished"
    assert len(ground.live()) == len(FEW)


def test_what_an_answer_lets_go_under_way_goes_without_another_approval_where_all_was_approved(ground: Ground) -> None:
    run = ground.plan()
    ground.let_go(run)
    answer_comes_in(ground)
    assert ground.load_on(run).state == "finished"
    assert len(ground.live()) == len(FEW)


def test_where_people_hold_a_batch_back_what_an_answer_lets_go_waits_for_them_too(ground: Ground) -> None:
    run = ground.plan()
    lifecycle.approve_batches(run, user=ground.user, batches=Batch.objects.exclude(number=3))
    lifecycle.let_go(run)
    answer_comes_in(ground)
    assert ground.load_on(run).state == "running"
    assert len(ground.live()) == 3
    assert ground.load().state == "finished"
    assert len(ground.live()) == len(FEW)


def answer_comes_in(ground: Ground) -> None:
    """One record waited for it when the batches were made."""
    RecordLink.objects.filter(key="organization:CO-1").update(state=LinkState.WAITING, reason="waits for an answer", batch=None)
    ground.project.decision_seq += 1
    ground.project.save()
