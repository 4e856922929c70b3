"""RQ entry points: a primary key in, fetch, guard, delegate. The only place that enqueues."""

import time
from collections.abc import Callable
from functools import partial

import django_rq
from django.db import transaction
from rq.exceptions import DuplicateJobError

from migrations_app.models import Batch, Run
from migrations_app.services import clock, lifecycle, working
from migrations_app.states import BatchState, RunState, transition

QUEUE = "load"


def launch(following: lifecycle.Next) -> int:
    """Enqueue the batches once the transaction is through; a batch that stands in the queue already stays there once."""
    for batch in following.batches:
        transition(Batch.objects.filter(pk=batch.pk), BatchState.APPROVED, BatchState.QUEUED)
        phase = batch.phase
        job_id = f"run-{phase.run_id}-{phase.entity}-{batch.number:03}-a{batch.attempt + 1}"
        transaction.on_commit(partial(_enqueue, run_batch, batch.pk, job_id))
    return len(following.batches)


def launch_run(run: Run) -> int:
    """Look what the run can do now and enqueue it."""
    return launch(lifecycle.advance(run))


def run_batch(pk: int) -> None:
    batch = Batch.objects.select_related("phase__run__account__project").filter(pk=pk).first()
    if batch is not None and batch.state != BatchState.DONE:
        launch(working.work(batch, until=time.monotonic() + clock.soft_deadline()))


def tick() -> None:
    """Every 20 seconds: whatever died, waited or came due is taken up again. The database decides, Redis only carries."""
    for pk in Run.objects.filter(state__in=(RunState.RUNNING, RunState.PAUSED)).values_list("pk", flat=True):
        _enqueue(advance_run, pk, f"run-{pk}-advance")


def advance_run(pk: int) -> None:
    run = Run.objects.select_related("account__project").filter(pk=pk).first()
    if run is not None:
        launch_run(run)


def _enqueue(job: Callable[[int], None], pk: int, job_id: str) -> None:
    try:
        queue = django_rq.get_queue(QUEUE)
        queue.enqueue(job, pk, job_id=job_id, unique=True, job_timeout=clock.JOB_TIMEOUT, result_ttl=0, failure_ttl=3600)
    except DuplicateJobError:
        return
