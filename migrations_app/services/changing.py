"""Changes to records that are in Pipedrive: deletions and updates, handful by handful, each written down before it is sent.

Both can be repeated without harm, so a lost answer is not looked for as that of a creation is: the record is read again, and
the mark of the intent tells our own change from somebody else's.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Q

from connectors.errors import AccessDenied, Blocked, BudgetSpent, LimitReached, NotSent, PipedriveError, RecordRefused, WaitAndRepeat
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.entities import entity as entity_of
from connectors.pipedrive.limiter import Grant
from migrations_app.models import Phase, RecordLink
from migrations_app.rules.spec import ACTIVITY, CALL_LOG
from migrations_app.services import clock
from migrations_app.services.likeness import moment
from migrations_app.services.stopping import stop_for

THREADS = 4
AT_ONCE = 40
REMOVING = "being removed"
RESTORING = "being restored"
CORRECTING = "being corrected"
MARKS = (REMOVING, RESTORING, CORRECTING)
STOPPING = (Blocked, AccessDenied, LimitReached, BudgetSpent, WaitAndRepeat)  # they concern more than the record; the worst first


class Taken(Exception):
    """Another process is at this run: it goes on there, or here when its lease has run out."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one record needs: an update with `body`, or without one its deletion. `mark` is the intent in words."""

    link: RecordLink
    mark: str
    body: Mapping[str, Any] | None = None
    sent: Mapping[str, Any] | None = None  # for the history: what we have written once it is done
    previous: Mapping[str, Any] | None = None  # and what stood there before
    beside: str = ""  # an activity that Pipedrive made with the record, to be deleted first: afterwards nobody would know of it
    under: str = ""  # the record that stands in the request's path
    stamp: str = ""  # our last write before people changed the record: ours now must not hide that they did

    @property
    def cost(self) -> int:
        own = price(self.link.entity, "DELETE" if self.body is None else "PATCH")
        return own + (price(ACTIVITY, "DELETE") if self.beside else 0)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it: done, refused by Pipedrive, or open (`error` says why)."""

    change: Change
    done: bool = False
    stamp: str = ""
    request_id: str = ""
    error: PipedriveError | None = None

    @property
    def refused(self) -> bool:
        return isinstance(self.error, RecordRefused)

    @property
    def told(self) -> dict[str, Any]:
        """For the history: under which number Pipedrive did it, when, and until when a copy of an update whose answer was lost before
        may have come as well."""
        stamp = self.change.stamp or self.stamp
        again = self.change.body is not None and self.change.link.reason in MARKS
        came = datetime.fromisoformat(moment(stamp)) if stamp else clock.db_now()
        late_until = came + timedelta(seconds=clock.settle_after()) if again else None
        return {"request_id": self.request_id, "stamp": stamp, "late_until": late_until}


def removal(entity: str) -> int:
    """Tokens of taking one record away, with the activity that Pipedrive made with a call log."""
    return price(entity, "DELETE") + (price(ACTIVITY, "DELETE") if entity == CALL_LOG else 0)


def price(entity: str, method: str) -> int:
    """Tokens of one change; some records are changed by PUT."""
    method = entity_of(entity).changed_by if method == "PATCH" else method
    return cost_of(method, f"{entity_of(entity).path.format(parent=1)}/1")


class Right(Protocol):
    """What allows a process to change records: a hold on the run, or the lease of a batch."""

    def renew(self) -> None:
        """Raises where somebody else has come."""


@dataclass(slots=True)
class Hold:
    """The right to change the records of one run, renewed with every handful. Its first phase carries it."""

    phase: Phase
    until: datetime | None = None

    def take(self) -> None:
        """Raises Taken."""
        self._move(Q(lease_until__isnull=True) | Q(lease_until__lt=clock.db_now()))

    def renew(self) -> None:
        """Raises Taken where it took too long and somebody else has come."""
        self._move(Q(lease_until=self.until))

    def release(self) -> None:
        Phase.objects.filter(pk=self.phase.pk, lease_until=self.until).update(lease_until=None)

    def _move(self, condition: Q) -> None:
        until = clock.db_now() + timedelta(seconds=clock.lease())
        if not Phase.objects.filter(condition, pk=self.phase.pk).update(lease_until=until):
            raise Taken(f"{self.phase} is being changed by another process")
        self.until = until


@dataclass(slots=True)
class Hand:
    """One process changing records: its client and its threads. `record(made)` writes what is known of a handful."""

    client: Pipedrive
    hold: Right
    record: Callable[[Sequence[Made]], None]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="change"))

    def close(self) -> None:
        self.pool.shutdown(wait=True)

    def work(self, changes: Sequence[Change]) -> list[RecordLink]:
        """Send all of them, handful by handful; answers the links whose answers were lost.

        Raises what the hold raises when it is lost, and Stop also where a whole handful came to nothing: whoever repeats the
        rest comes to an end.
        """
        unknown: list[RecordLink] = []
        left = list(changes)
        while left:
            grant = self._reserve(left[:AT_ONCE])
            some, left = left[: grant.requests], left[grant.requests :]
            made = self._send_all(some, grant)
            with transaction.atomic():
                self.hold.renew()
                self.record(made)
            _stop_if_needed(made)
            unknown += [each.change.link for each in made if not each.done and not each.refused]
        return unknown

    def _reserve(self, changes: Sequence[Change]) -> Grant:
        try:
            return self.client.door.limiter.reserve(len(changes), sum(change.cost for change in changes))
        except (BudgetSpent, WaitAndRepeat) as error:
            raise stop_for(error) from error

    def _send_all(self, changes: Sequence[Change], grant: Grant) -> list[Made]:
        spent = self.client.door.spent
        try:
            deadline = self._intend(changes)
            halted = threading.Event()
            return list(self.pool.map(lambda change: _send(self.client, change, grant, deadline, halted), changes))
        finally:
            self.client.door.limiter.settle(grant, self.client.door.spent - spent)

    def _intend(self, changes: Sequence[Change]) -> float:
        """Mark the links; answers the monotonic moment after which nothing may be started."""
        with transaction.atomic():
            self.hold.renew()
            moment, now = time.monotonic(), clock.db_now()
            for mark in {change.mark for change in changes}:
                pks = [change.link.pk for change in changes if change.mark == mark]
                RecordLink.objects.filter(pk__in=pks).update(reason=mark, intended_at=now)
        return moment + clock.send_window()


def _send(client: Pipedrive, change: Change, grant: Grant, deadline: float, halted: threading.Event) -> Made:
    if halted.is_set():
        return Made(change, error=NotSent("Not sent: Pipedrive turned an earlier record of the handful away."))
    link = change.link
    try:
        if change.body is None:
            if change.beside:
                client.delete(ACTIVITY, change.beside, grant=grant, before=deadline)
            client.delete(link.entity, link.pipedrive_id, parent=change.under, grant=grant, before=deadline)
            return Made(change, done=True)
        reply = client.update(link.entity, link.pipedrive_id, change.body, parent=change.under, grant=grant, before=deadline)
    except PipedriveError as error:
        if isinstance(error, STOPPING):
            halted.set()
        return Made(change, error=error, request_id=error.correlation_id)
    stamp = str(reply.data.get("update_time") or "") if isinstance(reply.data, dict) else ""
    return Made(change, done=True, stamp=stamp, request_id=reply.headers.get("x-correlation-id", ""))


def _stop_if_needed(made: Sequence[Made]) -> None:
    """The worst error of a handful that concerns more than its record ends the work for now."""
    errors = [each.error for each in made if each.error is not None]
    for kind in STOPPING:
        if found := next((error for error in errors if isinstance(error, kind)), None):
            raise stop_for(found)
    if errors and not any(each.done or each.refused for each in made):
        raise stop_for(errors[0])
