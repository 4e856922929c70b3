"""Stage load: one batch, handful by handful, as LEDGER.md 3 lays down. Everything else about runs is in lifecycle.py."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    NotSent,
    OutcomeUnknown,
    PipedriveError,
    RecordRefused,
    WaitAndRepeat,
)
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.limiter import Grant
from migrations_app.models import Batch, LinkEvent, Project, RecordLink, Run
from migrations_app.rules.refusals import in_plain_words
from migrations_app.rules.resolve import MissingInAccount
from migrations_app.services import clock, connecting
from migrations_app.services.building import Builder, Prepared
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.states import LINK_OPEN, BatchState, LinkState, RunState, transition

THREADS = 4
HANDFUL_SECONDS = 5.0
SMALLEST, LARGEST = 4, 40
CREATE_PATH = {"organization": "/api/v2/organizations", "person": "/api/v2/persons", "deal": "/api/v2/deals"}
UNSENT = (NotSent, WaitAndRepeat, BudgetSpent, AccessDenied, LimitReached, Blocked)  # Pipedrive did nothing
STOPPING = (Blocked, AccessDenied, LimitReached, BudgetSpent, WaitAndRepeat)  # they concern more than the record; the worst first


class LeaseLost(Exception):
    """Somebody else holds the batch, or the run was paused: nothing more is sent under this lease."""


@dataclass(slots=True)
class Outcome:
    """What became of one request. `state` is the link's next state; exactly the fields that it needs are set."""

    link: RecordLink
    body: dict[str, Any]
    state: str
    pipedrive_id: str = ""
    reason: str = ""
    message: str = ""
    request_id: str = ""
    stamp: str = ""
    error: PipedriveError | None = None


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
        mine = Batch.objects.filter(
            pk=self.batch.pk,
            state=BatchState.LEASED,
            lease_owner=self.owner,
            attempt=self.attempt,
            phase__run__state=RunState.RUNNING,
        )
        if not mine.update(lease_until=now + timedelta(seconds=clock.lease()), heartbeat_at=now):
            raise LeaseLost(f"{self.batch} is no longer held by {self.owner}")


@dataclass(slots=True)
class Worker:
    """One process working batches of one run: its client, its threads, what it knows of the map and the account."""

    run: Run
    client: Pipedrive
    builder: Builder
    owner: str
    size: int = 16
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="send"))

    def close(self) -> None:
        self.pool.shutdown(wait=True)


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
    while True:
        links = list(lease.batch.links.filter(state=LinkState.PLANNED).order_by("order", "pk")[: worker.size])
        if not links:
            return True
        if time.monotonic() >= until:
            return False
        began = time.monotonic()
        work_handful(worker, lease, links)
        _resize(worker, len(links), time.monotonic() - began)


def work_handful(worker: Worker, lease: Lease, links: Sequence[RecordLink]) -> list[Outcome]:
    """Build, reserve, intend, send, record. Raises Stop, LeaseLost."""
    lease.decision_seq = worker.builder.refresh()
    try:
        prepared = worker.builder.build(links)
    except MissingInAccount as error:
        raise Stop(f"The account lacks what the map needs: {error}. Prepare it again.", state=RunState.FAILED) from error
    _put_aside(lease, [each for each in prepared if each.body is None])
    sendable = [each for each in prepared if each.body is not None]
    if not sendable:
        return []
    grant = _reserve(worker, sendable)
    sendable = sendable[: grant.requests]
    try:
        deadline = intend(lease, [each.link for each in sendable])
    except LeaseLost:
        worker.client.door.limiter.settle(grant, 0)
        raise
    if deadline is None:  # a decision came in between: build anew
        worker.client.door.limiter.settle(grant, 0)
        return []
    spent = worker.client.door.spent
    halted = threading.Event()
    outcomes = list(worker.pool.map(lambda each: _send(worker, each, grant, deadline, halted), sendable))
    used = worker.client.door.spent - spent
    worker.client.door.limiter.settle(grant, used)
    record(worker.run, outcomes, used)
    _stop_if_needed(worker, outcomes)
    return outcomes


def _reserve(worker: Worker, sendable: Sequence[Prepared]) -> Grant:
    cost = cost_of("POST", CREATE_PATH[worker.builder.entity])
    try:
        return worker.client.door.limiter.reserve(len(sendable), cost * len(sendable))
    except (BudgetSpent, WaitAndRepeat) as error:
        raise stop_for(error) from error


def intend(lease: Lease, links: Sequence[RecordLink]) -> float | None:
    """Write down that these links are about to be sent; answers the monotonic moment after which nothing may be started.

    None if a decision came in since the bodies were built. Raises LeaseLost.
    """
    with transaction.atomic():
        lease.renew()
        project = lease.batch.phase.run.project_id
        if Project.objects.values_list("decision_seq", flat=True).get(pk=project) != lease.decision_seq:
            return None
        moment, now = time.monotonic(), clock.db_now()  # in this order: a process frozen in between stops too early, never too late
        pks = [link.pk for link in links]
        moved = transition(
            RecordLink.objects.filter(pk__in=pks),
            LinkState.PLANNED,
            LinkState.SENDING,
            attempt=F("attempt") + 1,
            intended_at=now,
            send_before=now + timedelta(seconds=clock.send_window()),
            reason="",
            message="",
            absent_at=None,
        )
        if moved != len(pks):
            raise LeaseLost("some records of the handful were taken by somebody else")
    for link in links:
        link.attempt += 1
    return moment + clock.send_window()


def _send(worker: Worker, each: Prepared, grant: Grant, deadline: float, halted: threading.Event) -> Outcome:
    """One request. An answer that concerns the others of the handful as well sets `halted`: those not yet started stay planned."""
    assert each.body is not None
    if halted.is_set():
        return _outcome(each, LinkState.PLANNED, NotSent("Not sent: Pipedrive turned an earlier record of the handful away."))
    try:
        reply = worker.client.create(each.link.entity, each.body, grant=grant, before=deadline)
    except RecordRefused as error:
        return _outcome(each, LinkState.REFUSED, error, in_plain_words(str(error), error.status))
    except OutcomeUnknown as error:
        return _outcome(each, LinkState.UNKNOWN, error)
    except UNSENT as error:
        halted.set()
        return _outcome(each, LinkState.PLANNED, error)
    return Outcome(
        each.link,
        each.body,
        LinkState.CREATED,
        pipedrive_id=str(reply.data["id"]),
        message=each.message,
        request_id=reply.headers.get("x-correlation-id", ""),
        stamp=str(reply.data.get("update_time") or ""),
    )


def _outcome(each: Prepared, state: str, error: PipedriveError, message: str = "") -> Outcome:
    assert each.body is not None
    reason = "refused by Pipedrive" if state == LinkState.REFUSED else ""
    return Outcome(each.link, each.body, state, "", reason, message or str(error), error.correlation_id, "", error)


# --- recording -------------------------------------------------------------------------------------------------------

_RECORD = """
UPDATE migrations_app_recordlink
SET state = %s, pipedrive_id = %s, reason = %s, message = %s, written_run_id = %s
WHERE id = %s
"""


def record(run: Run, outcomes: Sequence[Outcome], tokens: int) -> None:
    """Write the outcomes in one transaction. `attempt` guards them: what was settled meanwhile stays as it is."""
    with transaction.atomic():
        _write(run, _still_open(outcomes))
        Run.objects.filter(pk=run.pk).update(tokens=F("tokens") + tokens)
        connecting.note_spend(run.account, tokens)


def _still_open(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those whose links still wait for this very attempt; the rows stay locked. A creation that is certain also counts where
    the link was found absent and planned again meanwhile: its next attempt has not begun."""
    links = RecordLink.objects.select_for_update().filter(pk__in=[each.link.pk for each in outcomes]).order_by("pk")
    now = {pk: (attempt, state) for pk, attempt, state in links.values_list("pk", "attempt", "state")}
    open_to = {LinkState.CREATED: (*LINK_OPEN, LinkState.PLANNED)}
    return [
        each
        for each in outcomes
        if now[each.link.pk][0] == each.link.attempt and now[each.link.pk][1] in open_to.get(LinkState(each.state), LINK_OPEN)
    ]


def _write(run: Run, outcomes: Sequence[Outcome]) -> None:
    created = [each for each in outcomes if each.state == LinkState.CREATED]
    refused = [each for each in outcomes if each.state == LinkState.REFUSED]
    parameters = [
        (
            str(each.state),
            each.pipedrive_id,
            each.reason,
            each.message,
            run.pk if each.state == LinkState.CREATED else None,
            each.link.pk,
        )
        for each in outcomes
    ]
    events = [
        LinkEvent(link=each.link, run=run, verb=verb, sent=each.body, request_id=each.request_id, stamp=each.stamp)
        for verb, group in ((LinkEvent.Verb.CREATE, created), (LinkEvent.Verb.REFUSE, refused))
        for each in group
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_RECORD, parameters)
    LinkEvent.objects.bulk_create(events, batch_size=500)


_PUT_ASIDE = """
UPDATE migrations_app_recordlink SET state = %s, reason = %s, message = %s
WHERE id = %s AND attempt = %s AND state = 'planned'
"""


def _put_aside(lease: Lease, prepared: Sequence[Prepared]) -> None:
    """Records that cannot be sent: skipped, or waiting. Raises LeaseLost: somebody else may judge them otherwise by now."""
    parameters = [(str(each.state), each.reason, each.message, each.link.pk, each.link.attempt) for each in prepared]
    if not parameters:
        return
    with transaction.atomic():
        lease.renew()
        with connection.cursor() as cursor:
            cursor.executemany(_PUT_ASIDE, parameters)


def _stop_if_needed(worker: Worker, outcomes: Sequence[Outcome]) -> None:
    """The worst error of a handful that concerns more than its record ends the work on this run for now."""
    errors = [each.error for each in outcomes if each.error is not None]
    for kind in STOPPING:
        if found := next((error for error in errors if isinstance(error, kind)), None):
            raise _counting(worker, found) if kind is LimitReached else stop_for(found)
    for trouble, least in ((NotSent, 1), (OutcomeUnknown, SMALLEST)):
        if len(outcomes) >= least and all(isinstance(each.error, trouble) for each in outcomes):
            raise stop_for(errors[0])


def _counting(worker: Worker, error: PipedriveError) -> Stop:
    """A limit of the plan: people want to know how many more records need room."""
    rows = RecordLink.objects.filter(run=worker.run, entity=worker.builder.entity, state=LinkState.PLANNED)
    stop = stop_for(error)
    return Stop(f"{stop} {rows.count()} {worker.builder.entity}s are still to be sent.", state=stop.state)


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
