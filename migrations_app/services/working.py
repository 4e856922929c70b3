"""One worker's turn: take a batch, send it, look what is next. Used by jobs, and by commands that work inline."""

import os
import socket
import time
from collections.abc import Callable

from django.db.models import Q

from connectors.errors import PipedriveError
from connectors.pipedrive.client import Pipedrive
from migrations_app.models import TO_BE_SENT, Batch, RecordLink, Run
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import clock, connecting, lifecycle, loading
from migrations_app.services.building import Builder
from migrations_app.services.halting import halt
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.services.updating import Updater
from migrations_app.services.watching import Watch
from migrations_app.states import LINK_OPEN, PhaseState, RunState

SHORTEST_SLEEP = 0.2
LONGEST_SLEEP = 1.0


def owner_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def work(batch: Batch, *, until: float) -> lifecycle.Next:
    """Work one batch under a lease until it is done or `until` (monotonic) has come; answers what may be worked next."""
    lease = loading.claim(batch, owner_name())
    if lease is None:
        return lifecycle.Next()
    phase = batch.phase
    run = phase.run
    began = time.monotonic()
    try:
        client = connecting.client_for(run.account)
        done = _send(run, client, lease, until)
    except PipedriveError as error:
        return _stopped(run, lease, stop_for(error))
    except Stop as stop:
        return _stopped(run, lease, stop)
    except loading.LeaseLost:
        loading.give_back(lease)
        return lifecycle.Next()
    finally:
        lifecycle.add_seconds(run, time.monotonic() - began)
    if done:
        loading.finish_batch(lease)
    else:
        loading.give_back(lease)
    return lifecycle.advance(run, client)


def _send(run: Run, client: Pipedrive, lease: loading.Lease, until: float) -> bool:
    """First what is new, then what changed."""
    phase = lease.batch.phase
    watch = Watch(run, phase, client)
    watch.begin()
    worker = loading.Worker(run, client, Builder(run, phase.entity, phase.object), lease.owner, watch)
    try:
        done = loading.work_batch(worker, lease, until=until)
    finally:
        worker.close()
    return done and Updater(phase, client, worker.builder, lease).work(lease.batch.links, until=until)


def _stopped(run: Run, lease: loading.Lease, stop: Stop) -> lifecycle.Next:
    loading.give_back(lease)
    halt(run, stop)
    return lifecycle.Next(not_before=run.resume_at)


def work_through(
    run: Run, *, patience: float, progress: Callable[[str], None], enqueue: Callable[[lifecycle.Next], object] | None = None
) -> Run:
    """Drive `run` to its end in this process or, with `enqueue`, be the tick while workers do it.

    Waits for budgets, bursts, settling and other processes together no longer than `patience` seconds; a run that is not
    finished by then stays paused or running, and goes on with the next tick or command.
    """
    waited = 0.0
    shown = ""
    while True:
        following = lifecycle.advance(run)
        run.refresh_from_db()
        shown = _show(run, shown, progress)
        if run.state not in (RunState.RUNNING, RunState.PAUSED):
            return run
        if enqueue is not None:
            enqueue(following)
        elif following.batches and run.state == RunState.RUNNING:
            for batch in following.batches:
                work(batch, until=time.monotonic() + clock.soft_deadline())
                shown = _show(run, shown, progress)
            continue
        pause = _how_long(run, following, LONGEST_SLEEP if enqueue is None else clock.tick_every())
        if pause is None or waited + pause > patience:
            return run
        waited += _sleep(run, pause)


def _how_long(run: Run, following: lifecycle.Next, longest: float) -> float | None:
    """Seconds until something may have changed, `longest` where others may be at work; None where nothing will change by itself."""
    if run.state == RunState.PAUSED and run.resume_at is None:
        return None
    known = (following.not_before - clock.db_now()).total_seconds() if following.not_before else longest
    return max(SHORTEST_SLEEP, min(known, longest) if run.state == RunState.RUNNING else known)


def _sleep(run: Run, pause: float) -> float:
    """Sleep, shorter if the run changes its state meanwhile; answers for how long."""
    began, before = time.monotonic(), run.state
    while run.state == before and (left := began + pause - time.monotonic()) > 0:
        time.sleep(min(left, LONGEST_SLEEP))
        run.refresh_from_db()
    return time.monotonic() - began


def _show(run: Run, shown: str, progress: Callable[[str], None]) -> str:
    text = progress_line(run)
    if text != shown:
        progress(text)
    return text


def progress_line(run: Run) -> str:
    """One line for people: the open phase, how much of it is there, and why it waits, if it does."""
    phase = run.phases.exclude(state=PhaseState.CLOSED).order_by("position").first()
    if phase is None:
        return f"{run}: all phases are balanced"
    links = RecordLink.objects.filter(run=run, entity=phase.entity)
    total = links.count()
    open_ = links.filter(TO_BE_SENT | Q(state__in=LINK_OPEN)).count()
    reason = f" ({run.reason})" if run.reason else ""
    return f"{run}: {many(phase.entity)} {total - open_} of {total}, {run.get_state_display()}{reason}"
