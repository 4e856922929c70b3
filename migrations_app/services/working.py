"""One worker's turn: take a batch, send it, look what is next. Used by jobs, and by commands that work inline."""

import os
import socket
import time
from collections.abc import Callable

from migrations_app.models import Batch, Run
from migrations_app.services import clock, connecting, lifecycle, loading
from migrations_app.services.building import Builder
from migrations_app.states import RunState

SHORTEST_SLEEP = 0.2


def owner_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def work(batch: Batch, *, until: float) -> lifecycle.Next:
    """Work one batch under a lease until it is done or `until` (monotonic) has come; answers what may be worked next."""
    lease = loading.claim(batch, owner_name())
    if lease is None:
        return lifecycle.Next()
    phase = batch.phase
    run = phase.run
    worker = loading.Worker(run, connecting.client_for(run.account), Builder(run, phase.entity, phase.object), lease.owner)
    began = time.monotonic()
    try:
        done = loading.work_batch(worker, lease, until=until)
    except loading.Stop as stop:
        loading.give_back(lease)
        lifecycle.halt(run, stop)
        return lifecycle.Next(not_before=run.resume_at)
    except loading.LeaseLost:
        loading.give_back(lease)
        return lifecycle.Next()
    finally:
        worker.close()
        lifecycle.add_seconds(run, time.monotonic() - began)
    if done:
        loading.finish_batch(lease)
    else:
        loading.give_back(lease)
    return lifecycle.advance(run, worker.client)


def work_through(run: Run, *, patience: float, progress: Callable[[str], None], own: bool = True) -> Run:
    """Drive `run` to its end in this process (`own`), or watch the workers do it.

    Waits for budgets, bursts and settling together no longer than `patience` seconds; a run that is not finished by then
    stays paused or running, and goes on with the next tick or command.
    """
    waited = 0.0
    shown = ""
    while True:
        following = lifecycle.advance(run)
        run.refresh_from_db()
        shown = _show(run, shown, progress)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            return run
        if own and following.batches and run.state == RunState.RUNNING:
            for batch in following.batches:
                work(batch, until=time.monotonic() + clock.soft_deadline())
                shown = _show(run, shown, progress)
            continue
        pause = _how_long(run, following, own)
        if pause is None or waited + pause > patience:
            return run
        time.sleep(pause)
        waited += pause


def _how_long(run: Run, following: lifecycle.Next, own: bool) -> float | None:
    """Seconds until something may have changed; None where nothing will change by itself."""
    if run.state == RunState.PAUSED and run.resume_at is None:
        return None
    if not own and run.state == RunState.RUNNING:
        return max(SHORTEST_SLEEP, min(1.0, clock.tick_every()))
    if following.not_before is None:
        return None
    return max(SHORTEST_SLEEP, (following.not_before - clock.db_now()).total_seconds())


def _show(run: Run, shown: str, progress: Callable[[str], None]) -> str:
    text = lifecycle.progress_line(run)
    if text != shown:
        progress(text)
    return text
