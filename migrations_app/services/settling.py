"""Lost answers are looked for in lists, never sent again blindly (LEDGER.md 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Batch, LinkEvent, PipedriveAccount, RecordLink, Run
from migrations_app.services import clock, schema
from migrations_app.services.building import Builder, source_id
from migrations_app.services.loading import Stop
from migrations_app.services.staging import chunks
from migrations_app.states import BatchState, LinkState, RunState, transition

OBJECT = {"organization": "companies", "person": "contacts", "deal": "deals"}
MOST_ABSENCES = 3
WAS_IT_DELETED = "Was it deleted by someone?"


@dataclass(frozen=True, slots=True)
class Settled:
    """What one pass did; `tokens` is what it cost."""

    found: int = 0
    resend: int = 0
    given_up: int = 0
    still_open: int = 0
    tokens: int = 0


def expire_sending() -> int:
    """Links whose worker never recorded an outcome, long enough after the last moment it could have sent them."""
    cutoff = clock.db_now() - timedelta(seconds=clock.HTTP_TIMEOUT)
    rows = RecordLink.objects.filter(send_before__lt=cutoff)
    return transition(rows, LinkState.SENDING, LinkState.UNKNOWN, message="the worker died before it read the answer")


def due(account: PipedriveAccount) -> "tuple[list[RecordLink], datetime | None]":
    """Links that may be looked for now, and when the next of the others may be."""
    now = clock.db_now()
    wait, again = timedelta(seconds=clock.settle_after()), timedelta(seconds=clock.second_reading_after())
    unknown = RecordLink.objects.filter(account=account, state=LinkState.UNKNOWN)
    ready = Q(send_before__lte=now - wait) & (Q(absent_at__isnull=True) | Q(absent_at__lte=now - again))
    later = unknown.exclude(ready).aggregate(first=Min("send_before"), second=Min("absent_at"))
    moments = [moment + delta for moment, delta in ((later["first"], wait), (later["second"], again)) if moment]
    upcoming = [moment for moment in moments if moment > now]
    return list(unknown.filter(ready).order_by("pk")), min(upcoming, default=now + again if moments else None)


def settle(account: PipedriveAccount, client: Pipedrive) -> Settled:
    """One settling pass over all entities of the account. Raises Stop if the source-id field is gone."""
    before = client.door.spent
    links, _ = due(account)
    found = resend = given_up = 0
    for entity in {link.entity for link in links}:
        mine = [link for link in links if link.entity == entity]
        present = _read(account, client, entity, mine)
        here = [link for link in mine if _source_id(account, link) in present]
        _adopt(account, entity, here, present)
        again, over = _absent([link for link in mine if _source_id(account, link) not in present])
        found, resend, given_up = found + len(here), resend + again, given_up + over
    left = RecordLink.objects.filter(account=account, state=LinkState.UNKNOWN).count()
    return Settled(found, resend, given_up, left, client.door.spent - before)


def _source_id(account: PipedriveAccount, link: RecordLink) -> str:
    return source_id(account.project, link.key)


def _read(account: PipedriveAccount, client: Pipedrive, entity: str, links: Sequence[RecordLink]) -> dict[str, list[dict[str, Any]]]:
    """{source id: records that carry it} among what changed since the oldest open intent."""
    code = source_id_code(account, client, entity)
    skew = client.door.skew or timedelta(0)
    oldest = min(link.intended_at for link in links if link.intended_at)
    since = oldest + skew - timedelta(seconds=clock.READ_MARGIN)
    wanted = {_source_id(account, link) for link in links}
    present: dict[str, list[dict[str, Any]]] = {}
    for page in _pages(client, entity, since, code):
        for item in page:
            mark = (item.get("custom_fields") or {}).get(code)
            if mark in wanted:
                present.setdefault(mark, []).append(item)
    return present


def _pages(client: Pipedrive, entity: str, since: datetime, code: str) -> Iterable[list[dict[str, Any]]]:
    yield from client.pages(entity, updated_since=since, custom_fields=[code])
    if entity == "deal":  # where a deal can hide: archived or deleted by people meanwhile
        yield from client.pages(entity, updated_since=since, custom_fields=[code], archived=True)
        yield from client.pages(entity, updated_since=since, custom_fields=[code], status=["deleted"])


def source_id_code(account: PipedriveAccount, client: Pipedrive, entity: str) -> str:
    """The key of the source-id field, checked against the account as it is now (10 tokens).

    Raises Stop: without that field every record would look absent, and would be made again.
    """
    known = schema.account_schema(account).fields.get((entity, schema.SOURCE_ID))
    for field in client.fields(entity):
        if field.code == known and field.type == "varchar":
            return field.code
    raise Stop(
        f"The source-id field of {entity}s is gone from the account, or has another type. "
        "Nothing is looked for or sent until it is there again.",
        state=RunState.FAILED,
    )


def _adopt(account: PipedriveAccount, entity: str, links: Sequence[RecordLink], present: dict[str, list[dict[str, Any]]]) -> None:
    """They were created after all. What was sent is built again for the history: it was never written down."""
    runs = Run.objects.in_bulk({link.run_id for link in links if link.run_id})
    for run in runs.values():
        mine = [link for link in links if link.run_id == run.pk]
        bodies = {each.link.pk: each.body for each in _rebuilt(run, entity, mine)}
        for chunk in chunks(mine, 200):
            _write_adopted(account, run, chunk, bodies, present)


def _rebuilt(run: Run, entity: str, links: Sequence[RecordLink]) -> list[Any]:
    builder = Builder(run, entity, OBJECT[entity])
    builder.refresh()
    return builder.build(links)


def _write_adopted(account: PipedriveAccount, run: Run, links: Sequence[RecordLink], bodies: Any, present: Any) -> None:
    events = []
    with transaction.atomic():
        for link in links:
            record = min(present[_source_id(account, link)], key=lambda item: int(item["id"]))
            rows = RecordLink.objects.filter(pk=link.pk, attempt=link.attempt)
            fields = {"pipedrive_id": str(record["id"]), "written_run": run, "reason": "", "message": ""}
            if transition(rows, (LinkState.SENDING, LinkState.UNKNOWN), LinkState.CREATED, **fields):
                stamp = str(record.get("update_time") or "")
                events.append(LinkEvent(link=link, run=run, verb=LinkEvent.Verb.SETTLE, sent=bodies.get(link.pk), stamp=stamp))
        LinkEvent.objects.bulk_create(events)


def _absent(links: Sequence[RecordLink]) -> tuple[int, int]:
    """Not found: a first reading is noted, a second one proves it. Answers (to be sent again, given up)."""
    now = clock.db_now()
    first = [link.pk for link in links if link.absent_at is None]
    proven = [link for link in links if link.absent_at is not None]
    RecordLink.objects.filter(pk__in=first, state=LinkState.UNKNOWN).update(absent_at=now)
    young = now - timedelta(seconds=clock.RESEND_YOUNGER_THAN)
    old = [link.pk for link in proven if link.intended_at is None or link.intended_at < young]
    worn = [link.pk for link in proven if link.pk not in old and link.absences + 1 >= MOST_ABSENCES]
    again = [link for link in proven if link.pk not in old and link.pk not in worn]
    unknown = RecordLink.objects.filter(state=LinkState.UNKNOWN)
    with transaction.atomic():
        transition(unknown.filter(pk__in=old), LinkState.UNKNOWN, LinkState.WAITING, reason=WAS_IT_DELETED)
        transition(
            unknown.filter(pk__in=worn),
            LinkState.UNKNOWN,
            LinkState.REFUSED,
            reason="server error",
            message="Pipedrive failed three times and made nothing. Ask its support, then retry.",
        )
        resent = transition(
            unknown.filter(pk__in=[link.pk for link in again]),
            LinkState.UNKNOWN,
            LinkState.PLANNED,
            absences=F("absences") + 1,
            absent_at=None,
        )
        reopen = Batch.objects.filter(pk__in={link.batch_id for link in again if link.batch_id})
        transition(reopen, BatchState.DONE, BatchState.APPROVED)
    return resent, len(old) + len(worn)
