"""The queue: Redis only carries, the database knows (LEDGER.md 6). Real Valkey, rq's own worker."""

from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.db import transaction
from django.utils import timezone
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import JobStatus

from migrations_app import jobs
from migrations_app.models import Batch, Run
from migrations_app.services import clock, lifecycle
from tests.ledger.ground import COMPANIES, DUE, Ground


@pytest.fixture
def run(ground: Ground) -> Run:
    """Under way, with one batch that can be worked."""
    run = ground.plan()
    ground.let_go(run)
    return run


@pytest.fixture
def queue() -> Queue:
    return django_rq.get_queue(jobs.QUEUE)


def work_the_queue() -> None:
    SimpleWorker([django_rq.get_queue(name) for name in ("tick", "load")], connection=django_rq.get_connection()).work(burst=True)


def batch_jobs(queue: Queue) -> list[str]:
    return [name for name in queue.job_ids if not name.endswith("advance")]


def test_workers_load_the_whole_run(ground: Ground, run: Run, queue: Queue) -> None:
    jobs.launch_run(run)
    work_the_queue()
    run.refresh_from_db()
    assert (run.state, len(ground.live()), queue.job_ids) == ("finished", len(COMPANIES), [])


def test_a_batch_stands_in_the_queue_once_however_often_it_is_launched(run: Run, queue: Queue) -> None:
    for _ in range(3):
        jobs.launch_run(run)
    assert queue.job_ids == [f"run-{run.pk}-organization-001-a1"]
    assert Batch.objects.get().state == "queued"


def test_nothing_is_enqueued_before_the_transaction_is_through(run: Run, queue: Queue) -> None:
    with transaction.atomic():
        jobs.launch_run(run)
        assert queue.job_ids == []
    assert len(queue.job_ids) == 1


def test_an_emptied_redis_is_filled_again_by_the_tick(ground: Ground, run: Run, queue: Queue) -> None:
    jobs.launch_run(run)
    django_rq.get_connection().flushall()
    jobs.tick()
    work_the_queue()
    run.refresh_from_db()
    assert (run.state, len(ground.live())) == ("finished", len(COMPANIES))


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.STOPPED, JobStatus.FINISHED])
def test_a_job_that_ended_badly_does_not_block_its_batch(run: Run, queue: Queue, status: JobStatus) -> None:
    job = dead_job(run, queue)
    job.set_status(status)
    jobs.launch_run(run)
    assert len(batch_jobs(queue)) == 1


def test_a_job_whose_worker_died_before_it_began_comes_back(run: Run, queue: Queue, settings: Any) -> None:
    job = dead_job(run, queue)
    job.set_status(JobStatus.STARTED)
    job.heartbeat(timezone.now(), 60)
    settings.LEDGER_TIME_SCALE = 1
    jobs.launch_run(run)
    assert batch_jobs(queue) == [], "it was given up too early"
    job.heartbeat(timezone.now() - timedelta(seconds=clock.abandoned_after() + 1), 60)
    jobs.launch_run(run)
    assert len(batch_jobs(queue)) == 1


def test_a_job_that_was_taken_out_of_the_queue_and_never_started_comes_back(run: Run, queue: Queue, settings: Any) -> None:
    job = dead_job(run, queue)
    settings.LEDGER_TIME_SCALE = 1
    jobs.launch_run(run)
    assert batch_jobs(queue) == [], "it was given up too early"
    job.enqueued_at = timezone.now() - timedelta(seconds=clock.abandoned_after() + 1)
    job.save()
    jobs.launch_run(run)
    assert len(batch_jobs(queue)) == 1


def dead_job(run: Run, queue: Queue) -> Any:
    """A job that a worker took from the queue; then the worker was no more."""
    jobs.launch_run(run)
    (name,) = queue.job_ids
    job = queue.fetch_job(name)
    queue.connection.lrem(queue.key, 1, name)
    return job


def test_a_dead_tick_job_does_not_keep_runs_from_going_on(run: Run, queue: Queue) -> None:
    jobs.tick()
    (name,) = queue.job_ids
    queue.fetch_job(name).set_status(JobStatus.FAILED)
    queue.connection.lrem(queue.key, 1, name)
    jobs.tick()
    assert queue.job_ids == [name]


def test_what_keeps_runs_going_waits_behind_no_batch(run: Run, queue: Queue) -> None:
    jobs.launch_run(run)
    jobs.tick()
    assert queue.job_ids[0] == f"run-{run.pk}-advance"


def test_without_redis_nothing_is_lost_and_the_next_tick_enqueues(ground: Ground, run: Run, queue: Queue, monkeypatch: Any) -> None:
    gone = Queue(jobs.QUEUE, connection=Redis(port=1, socket_connect_timeout=1, retry=None))
    with monkeypatch.context() as patched:
        patched.setattr(jobs.django_rq, "get_queue", lambda name: gone)
        jobs.launch_run(run)
    assert Batch.objects.get().state == "queued"
    jobs.tick()
    work_the_queue()
    run.refresh_from_db()
    assert (run.state, len(ground.live())) == ("finished", len(COMPANIES))


def test_without_its_limiter_a_run_pauses_and_goes_on(ground: Ground, run: Run, settings: Any) -> None:
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0?socket_connect_timeout=1"
    following = lifecycle.advance(run)
    assert (run.state, following.batches) == ("paused", ())
    assert "limiter (Redis) cannot be reached" in run.reason
    settings.REDIS_URL = there
    assert ground.load_on(run).state == "finished"
    assert len(ground.live()) == len(COMPANIES)


def test_the_tick_settles_what_cancelled_runs_left_behind(ground: Ground, run: Run) -> None:
    worker, lease = ground.worker(run)
    ground.die_sending(worker, lease)
    lifecycle.cancel(run, user=ground.user)
    ground.clock.sleep(DUE)
    jobs.tick()
    assert ground.states() == {"created": len(COMPANIES)}


def test_the_tick_lets_a_run_go_on_when_its_time_has_come(ground: Ground, run: Run) -> None:
    ground.control.next_fault("429", paths="/organizations", retry_after=2)
    jobs.launch_run(run)
    work_the_queue()
    run.refresh_from_db()
    assert run.state == "paused"
    ground.clock.sleep(2.1)
    ground.forget_the_hold()
    jobs.tick()
    work_the_queue()
    run.refresh_from_db()
    assert (run.state, len(ground.live())) == ("finished", len(COMPANIES))
