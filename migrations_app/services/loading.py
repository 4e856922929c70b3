"""Stage load: one batch, handful by handful, as LEDGER.md 3 lays down. Everything else about runs is in lifecycle.py."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    NotSent,
    OutcomeUnknown,
    PipedriveError,
    WaitAndRepeat,
)
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.limiter import Grant
from migrations_app.models import Batch, RecordLink, Run
from migrations_app.rules.kinds_of_record import many
from migrations_app.rules.plans import PLANS
from migrations_app.rules.resolve import MissingInAccount
from migrations_app.services import clock, completing, replanning, statements, unclaimed
from migrations_app.services.building import Builder, Prepared
from migrations_app.services.linking import as_sent
from migrations_app.services.recording import Outcome, record
from migrations_app.services.relating import Related
from migrations_app.services.sending import Request, pack, send
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.services.watching import Watch
from migrations_app.services.wording import counted
from migrations_app.states import BatchState, LinkState, RunState, transition

THREADS = 4
HANDFUL_SECONDS = 5.0
SMALLEST, LARGEST = 4, 40
AHEAD = 200  # bodies built at once: a decision that comes in has them built anew
STOPPING = (Blocked, AccessDenied, LimitReached, BudgetSpent, WaitAndRepeat)  # they concern more than the record; the worst first


class LeaseLost(Exception):
    """Somebody else holds the batch, or the run was paused: nothing more is sent under this lease."""


@dataclass(slots=True)
class Lease:
    """The right to work one batch, renewed with every handful."""

    batch: Batch
    owner: str
    attempt: int
    decision_seq: int = 0

    def renew(self) -> None:
        """Raise LeaseLost unless the batch is still ours and its run is running."""
        now = clock.db_now()
        until = now + timedelta(seconds=clock.lease())
        held = (self.batch.pk, self.owner, self.attempt, self.batch.phase.run_id)
        if not statements.change(statements.LEASE, statements.moment(until), statements.moment(now), *held):
            raise LeaseLost(f"{self.batch} is no longer held by {self.owner}")


@dataclass(slots=True)
class Worker:
    """One process working batches of one run: its client, its threads, what it knows of the map and the account."""

    run: Run
    client: Pipedrive
    builder: Builder
    owner: str
    watch: Watch
    related: Related = field(init=False)
    size: int = 16
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="send"))

    def __post_init__(self) -> None:
        self.related = Related(self.run, self.client)

    def close(self) -> None:
        self.pool.shutdown(wait=True)


@dataclass(slots=True)
class Handful:
    """Requests on their way."""

    worker: Worker
    grant: Grant
    before: tuple[int, int]  # what the door had spent and lost before the first of them
    answers: list[Future[list[Outcome]]] = field(default_factory=list)
    used: int = 0
    lost: int = 0
    began: float = field(default_factory=time.monotonic)
    _outcomes: list[Outcome] | None = None

    def outcomes(self) -> list[Outcome]:
        """Waits for all answers; then the tokens that they did not need are given back."""
        if self._outcomes is None:
            self._outcomes = [outcome for answer in self.answers for outcome in answer.result()]
            door = self.worker.client.door
            self.used, self.lost = door.spent - self.before[0], door.lost - self.before[1]
            door.limiter.settle(self.grant, self.used)
            _resize(self.worker, len(self.answers), time.monotonic() - self.began)
        return self._outcomes


def claim(batch: Batch, owner: str) -> Lease | None:
    """Take the batch if it is free or its lease has run out; None if somebody else was quicker."""
    now = clock.db_now()
    free = Q(state__in=[BatchState.APPROVED, BatchState.QUEUED]) | Q(state=BatchState.LEASED, lease_until__lt=now)
    ready = Q(not_before__isnull=True) | Q(not_before__lte=now)
    rows = Batch.objects.filter(free, ready, pk=batch.pk, phase__run__state=RunState.RUNNING, phase__state="open")
    taken = rows.update(
        state=BatchState.LEASED,
        lease_owner=owner,
        lease_until=now + timedelta(seconds=clock.lease()),
        heartbeat_at=now,
        attempt=F("attempt") + 1,
    )
    if not taken:
        return None
    batch.refresh_from_db()
    return Lease(batch, owner, batch.attempt)


def work_batch(worker: Worker, lease: Lease, *, until: float) -> bool:
    """Send what is planned in the batch. True when nothing is left to send; False when `until` (monotonic) came first.

    Raises Stop (the run pauses or fails) and LeaseLost. Whatever is raised, outcomes that are known are recorded.
    """
    planned = as_sent(lease.batch.links.filter(state=LinkState.PLANNED), worker.builder.entity)
    ready: deque[Prepared] = deque()
    sent: Handful | None = None
    while True:
        links = [] if ready else list(planned[:AHEAD])
        late = time.monotonic() >= until
        if sent is None and (late or not (ready or links)):
            return not (ready or links)
        if late:
            ready.clear()
        sent = work_handful(worker, lease, ready, [] if late else links, sent)


def work_handful(
    worker: Worker, lease: Lease, ready: deque[Prepared], links: Sequence[RecordLink], before: Handful | None = None
) -> Handful | None:
    """Build `links` behind what is `ready`, reserve, intend and send off a handful of it; `before` is answered and recorded meanwhile.

    Answers what is on its way, None if nothing could be sent. One handful at a time is under way, but its threads do not
    wait for the database. Raises Stop, LeaseLost.
    """
    try:
        if links:
            ready.extend(_build(worker, lease, links))
        if before is not None:
            _stop_if_needed(worker, before.outcomes(), len(before.answers))
        return _send_off(worker, lease, ready) if ready else None
    finally:
        if before is not None:
            record(worker.run, worker.builder.entity, before.outcomes(), before.used, before.lost)


def _build(worker: Worker, lease: Lease, links: Sequence[RecordLink]) -> list[Prepared]:
    """What can be sent; what cannot is put aside."""
    lease.decision_seq = worker.builder.refresh()
    if replanning.outdated(worker.run, lease.decision_seq):
        raise Stop(replanning.NEW_ANSWERS, seconds=0.0)
    try:
        prepared = worker.builder.build(links)
    except MissingInAccount as error:
        raise Stop(f"The account lacks what the map needs: {error}. Prepare it again.", state=RunState.FAILED) from error
    worker.related.link(worker.builder.entity, prepared)
    unclaimed.hold_back(worker.run.account, prepared)
    _put_aside(lease, [each for each in prepared if each.body is None])
    _adopt(lease, [each.link for each in prepared if each.body is not None and each.link.existing_id])
    return [each for each in prepared if each.body is not None and not each.link.existing_id]


def _send_off(worker: Worker, lease: Lease, ready: deque[Prepared]) -> Handful | None:
    """Reserve, intend, send. None if a decision came in since the bodies were built: all of them are built anew."""
    requests = pack(ready, worker.size)
    grant = _reserve(worker, requests)
    _put_back(ready, requests[grant.requests :])
    del requests[grant.requests :]
    try:
        deadline = intend(lease, [each for request in requests for each in request.records])
    except LeaseLost:
        worker.client.door.limiter.settle(grant, 0)
        raise
    if deadline is None:
        worker.client.door.limiter.settle(grant, 0)
        ready.clear()
        return None
    sent = Handful(worker, grant, (worker.client.door.spent, worker.client.door.lost))
    halted = threading.Event()
    sent.answers = [worker.pool.submit(send, worker.client, request, grant, deadline, halted) for request in requests]
    return sent


def _put_back(ready: deque[Prepared], requests: Sequence[Request]) -> None:
    ready.extendleft(each for request in reversed(requests) for each in reversed(request.records))


def _reserve(worker: Worker, requests: Sequence[Request]) -> Grant:
    try:
        return worker.client.door.limiter.reserve(len(requests), sum(request.cost for request in requests))
    except (BudgetSpent, WaitAndRepeat) as error:
        raise stop_for(error) from error


def intend(lease: Lease, prepared: Sequence[Prepared]) -> float | None:
    """Write down that these records are about to be sent; answers the monotonic moment after which nothing may be started.

    None if a decision came in since the bodies were built. Raises LeaseLost.
    """
    try:
        return _intend(lease, prepared)
    except IntegrityError:  # the database allows one intent for each fingerprint
        raise LeaseLost("an equal record is on its way from another process") from None


def _intend(lease: Lease, prepared: Sequence[Prepared]) -> float | None:
    with transaction.atomic():
        lease.renew()
        if statements.decision_seq(lease.batch.phase.run.project_id) != lease.decision_seq:
            return None
        moment, now = time.monotonic(), clock.db_now()  # in this order: a process frozen in between stops too early, never too late
        pks = [each.link.pk for each in prepared]
        _keep_fingerprints(prepared)
        if statements.intend(pks, now, now + timedelta(seconds=clock.send_window())) != len(pks):
            raise LeaseLost("some records of the handful were taken by somebody else")
    for each in prepared:
        each.link.attempt += 1
    return moment + clock.send_window()


def _keep_fingerprints(prepared: Sequence[Prepared]) -> None:
    """By what a record without a reference is looked for, if its answer gets lost. No query where all carry one."""
    told = [each.link for each in prepared if each.link.fingerprint != each.fingerprint]
    for each in prepared:
        each.link.fingerprint = each.fingerprint
    if told:
        RecordLink.objects.bulk_update(told, ["fingerprint"], batch_size=200)


def _put_aside(lease: Lease, prepared: Sequence[Prepared]) -> None:
    """Records that cannot be sent: skipped, or waiting. Raises LeaseLost: somebody else may judge them otherwise by now."""
    parameters = [(str(each.state), each.reason, each.message, each.link.pk, each.link.attempt) for each in prepared]
    if not parameters:
        return
    with transaction.atomic():
        lease.renew()
        statements.change_each(statements.PUT_ASIDE, parameters)


def _adopt(lease: Lease, links: Sequence[RecordLink]) -> None:
    """Records that are in Pipedrive already need no creation. Raises LeaseLost."""
    if not links:
        return
    with transaction.atomic():
        lease.renew()
        if completing.adopt(lease.batch.phase.run, links) != len(links):
            raise LeaseLost("some records were taken by somebody else")


def _stop_if_needed(worker: Worker, outcomes: Sequence[Outcome], requests: int) -> None:
    """The worst error of a handful that concerns more than its record ends the work on this run for now."""
    errors = [each.error for each in outcomes if each.error is not None]
    for kind in STOPPING:
        if found := next((error for error in errors if isinstance(error, kind)), None):
            raise _counting(worker, found, outcomes) if kind is LimitReached else stop_for(found)
    worker.watch.judge(outcomes)
    for trouble, least in ((NotSent, 1), (OutcomeUnknown, SMALLEST)):
        if requests >= least and all(isinstance(each.error, trouble) for each in outcomes):
            raise stop_for(errors[0])


def _counting(worker: Worker, error: PipedriveError, outcomes: Sequence[Outcome]) -> Stop:
    """A limit of the plan: people want to know what it is, and how many more records need room. The handful is not recorded yet."""
    rows = RecordLink.objects.filter(run=worker.run, entity=worker.builder.entity, state=LinkState.PLANNED)
    left = rows.count() + sum(each.state == LinkState.PLANNED for each in outcomes)
    stop, account = stop_for(error), worker.run.account
    plan = PLANS[account.plan]
    holds = f" {plan.label} with {counted(account.seats, 'seat')} holds {plan.most_deals(account.seats):,} deals at most."
    told = holds if worker.builder.entity == "deal" else ""
    return Stop(f"{stop}{told} {left} {many(worker.builder.entity)} are still to be sent.", state=stop.state)


def _resize(worker: Worker, count: int, seconds: float) -> None:
    if count < worker.size:
        return
    ideal = int(count * HANDFUL_SECONDS / max(seconds, 0.01))
    worker.size = max(SMALLEST, min(LARGEST, ideal, worker.size * 2))


def finish_batch(lease: Lease) -> bool:
    """The batch is done with sending; commit that first, the phase is looked at in a transaction of its own."""
    rows = Batch.objects.filter(pk=lease.batch.pk, lease_owner=lease.owner, attempt=lease.attempt)
    return transition(rows, BatchState.LEASED, BatchState.DONE, lease_until=None) == 1


def give_back(lease: Lease, *, not_before: datetime | None = None) -> None:
    rows = Batch.objects.filter(pk=lease.batch.pk, lease_owner=lease.owner, attempt=lease.attempt)
    transition(rows, BatchState.LEASED, BatchState.APPROVED, lease_until=None, not_before=not_before)
