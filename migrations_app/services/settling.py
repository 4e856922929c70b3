"""Lost answers are looked for in lists, never sent again blindly (LEDGER.md 4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Greatest

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import UNSETTLED, Batch, LinkEvent, Phase, PipedriveAccount, RecordLink, Run
from migrations_app.rules import marks
from migrations_app.rules.budget import PRICES
from migrations_app.rules.kinds_of_record import BY_FIELD, KINDS, many
from migrations_app.services import clock, connecting, lists, missing, schema, unclaimed
from migrations_app.services.building import Builder, source_id
from migrations_app.services.charging import charge
from migrations_app.services.lists import Record
from migrations_app.services.staging import chunks
from migrations_app.services.stopping import Stop
from migrations_app.states import LINK_OPEN, RUN_ACTIVE, BatchState, LinkState, RunState, transition

MOST_ABSENCES = 3
FAILURES_IN_A_ROW = 3
DIED = "the worker died before it read the answer"
SERVER_ERROR = "Pipedrive failed three times and made nothing. Ask its support, then retry."


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
    cutoff = clock.db_now() - timedelta(seconds=clock.http_timeout())
    rows = RecordLink.objects.filter(UNSETTLED, send_before__lt=cutoff)
    return transition(rows, LinkState.SENDING, LinkState.UNKNOWN, message=DIED)


def due(account: PipedriveAccount) -> list[RecordLink]:
    """Links that may be looked for now."""
    now = clock.db_now()
    wait, again = timedelta(seconds=clock.settle_after()), timedelta(seconds=clock.second_reading_after())
    ready = Q(send_before__lte=now - wait) & (Q(absent_at__isnull=True) | Q(absent_at__lte=now - again))
    found = RecordLink.objects.filter(UNSETTLED, ready, account=account, state=LinkState.UNKNOWN)
    return sorted(found, key=lambda link: link.pk)  # asked to sort, SQLite would walk all links of the account in their order


def next_due(account: PipedriveAccount) -> datetime | None:
    """When something may be done next about links on their way; in the past where it may be done now. None: there are none."""
    rows = RecordLink.objects.filter(UNSETTLED, account=account, state__in=LINK_OPEN)
    unseen = Q(state=LinkState.UNKNOWN, absent_at__isnull=True)
    found = rows.aggregate(
        sent=Min("send_before", filter=Q(state=LinkState.SENDING)),
        lost=Min("send_before", filter=unseen),
        absent=Min("absent_at", filter=Q(state=LinkState.UNKNOWN)),
    )
    waits = {"sent": clock.http_timeout(), "lost": clock.settle_after(), "absent": clock.second_reading_after()}
    return min((moment + timedelta(seconds=waits[name]) for name, moment in found.items() if moment), default=None)


def settle_leftovers() -> None:
    """What runs that are over (cancelled, say) have left on its way: nobody else looks for it, and no new run may start before."""
    expire_sending()
    for account in PipedriveAccount.objects.filter(links__state__in=LINK_OPEN).distinct():
        active = Run.objects.filter(account=account, state__in=RUN_ACTIVE).exists()
        if not active and due(account):
            client = connecting.client_for(account)
            try:
                settle(account, client)
            finally:
                connecting.note_spend(account, client.door.spent)


def settle(account: PipedriveAccount, client: Pipedrive) -> Settled:
    """One settling pass over all entities of the account.

    Raises Stop if the source-id field is gone, or if Pipedrive failed for good with several records in a row.
    """
    before = client.door.spent
    links = due(account)
    found = resend = given_up = failed = 0
    for entity in sorted({link.entity for link in links}):
        mine = [link for link in links if link.entity == entity]
        present = _read(account, client, entity, mine)
        here = [link for link in mine if link.pk in present]
        _adopt(entity, here, present)
        again, over, worn = _absent(account, [link for link in mine if link.pk not in present])
        found, resend, given_up, failed = found + len(here), resend + again, given_up + over, failed + worn
    if failed >= FAILURES_IN_A_ROW:
        raise Stop(f"Pipedrive failed three times with each of {failed} records and made none of them. Ask its support, then load again.")
    left = RecordLink.objects.filter(account=account, state=LinkState.UNKNOWN).count()
    return Settled(found, resend, given_up + failed, left, client.door.spent - before)


def _read(account: PipedriveAccount, client: Pipedrive, entity: str, links: Sequence[RecordLink]) -> dict[int, Record]:
    """{link: the record that it became} among what changed since the oldest open intent; two records of one mark: the older one."""
    kind = KINDS[entity]
    code = source_id_code(account, client, entity) if kind.known_by == BY_FIELD else ""
    marks_of = {link.pk: marks.reference(kind, link.key) if kind.marked else source_id(account.project, link.key) for link in links}
    found: dict[str, Record] = {}
    unmarked: list[Record] = []
    for item in _items(account, client, entity, links, code):
        mark = marks.reference_in(kind, item) if kind.marked else (item.get("custom_fields") or {}).get(code)
        if mark:
            found[mark] = min(found.get(mark, item), item, key=lists.by_age)
        elif any(link.fingerprint for link in links):
            unmarked.append(item)
    present = {link.pk: found[marks_of[link.pk]] for link in links if marks_of[link.pk] in found}
    return present | unclaimed.matched(account, [link for link in links if link.pk not in present], unmarked)


def _items(account: PipedriveAccount, client: Pipedrive, entity: str, links: Sequence[RecordLink], code: str) -> Iterator[Record]:
    oldest = min(link.intended_at for link in links if link.intended_at)
    since = oldest + lists.skew(client) - timedelta(seconds=clock.READ_MARGIN)
    fields = [code] if code else []
    for page in lists.changed(client, entity, since, under=lists.unders(links).values(), fields=fields):
        yield from page
    if entity == "deal":  # where a deal can hide: archived or deleted by people meanwhile
        for more in ({"archived": True}, {"status": ["deleted"]}):
            for page in client.pages(entity, updated_since=since, custom_fields=fields, **more):
                yield from page


def source_id_code(account: PipedriveAccount, client: Pipedrive, entity: str) -> str:
    """The key of the source-id field, checked against the account as it is now (10 tokens).

    Raises Stop: without that field every record would look absent, and would be made again.
    """
    known = schema.account_schema(account).fields.get((entity, schema.SOURCE_ID))
    for field in client.fields(entity):
        if field.code == known and field.type == "varchar":
            return field.code
    raise Stop(
        f"The source-id field of {many(entity)} is gone from the account, or has another type. "
        "Nothing is looked for or sent until it is there again.",
        state=RunState.FAILED,
    )


def _adopt(entity: str, links: Sequence[RecordLink], present: Mapping[int, Record]) -> None:
    """They were created after all. What was sent is built again for the history: it was never written down."""
    runs = Run.objects.in_bulk({link.run_id for link in links if link.run_id})
    for run in runs.values():
        mine = [link for link in links if link.run_id == run.pk]
        bodies = {each.link.pk: each.body for each in _rebuilt(run, entity, mine)}
        for chunk in chunks(mine, 200):
            _write_adopted(run, chunk, bodies, present)


def _rebuilt(run: Run, entity: str, links: Sequence[RecordLink]) -> list[Any]:
    builder = Builder(run, entity, KINDS[entity].object)
    builder.refresh()
    return builder.build(links)


def _write_adopted(run: Run, links: Sequence[RecordLink], bodies: Any, present: Mapping[int, Record]) -> None:
    events = []
    with transaction.atomic():
        for link in links:
            record = present[link.pk]
            rows = RecordLink.objects.filter(pk=link.pk, attempt=link.attempt)
            fields = {"pipedrive_id": str(record["id"]), "written_run": run, "reason": "", "message": ""}
            if transition(rows, LINK_OPEN, LinkState.CREATED, **fields):
                sent = bodies.get(link.pk)
                events.append(LinkEvent(link=link, run=run, verb=LinkEvent.Verb.SETTLE, sent=sent, stamp=_stamp(record, sent)))
        LinkEvent.objects.bulk_create(events)
        _count_useful(run, [event.link for event in events])


def _count_useful(run: Run, links: Sequence[RecordLink]) -> None:
    """What was spent on records that are there after all is not lost; where the worker died it was never counted."""
    if not links:
        return
    entity, died = links[0].entity, sum(link.message == DIED for link in links)
    cost = PRICES[entity].create
    charge(run, entity, cost * died, 0)
    Phase.objects.filter(run=run, entity=entity).update(tokens_lost=Greatest(F("tokens_lost") - cost * (len(links) - died), 0))


def _stamp(record: Mapping[str, Any], sent: Mapping[str, Any] | None) -> str:
    """When it was made: what came later is somebody else's. A record that was sent with a past of its own does not tell."""
    told = record.get("update_time") if "add_time" in (sent or {}) else record.get("add_time") or record.get("update_time")
    return str(told or "")


def _absent(account: PipedriveAccount, links: Sequence[RecordLink]) -> tuple[int, int, int]:
    """Not found: a first reading is noted, a second one proves it. Answers how many (are sent again, are left to people, failed)."""
    now = clock.db_now()
    young = now - timedelta(seconds=clock.RESEND_YOUNGER_THAN)
    groups: dict[str, list[RecordLink]] = {"first": [], "old": [], "worn": [], "again": []}
    for link in links:
        if link.absent_at is None:
            groups["first"].append(link)
        elif link.intended_at is None or link.intended_at < young:
            groups["old"].append(link)
        else:
            groups["worn" if link.absences + 1 >= MOST_ABSENCES else "again"].append(link)
    with transaction.atomic():
        _as_read(groups["first"]).update(absent_at=now)
        old = transition(_as_read(groups["old"]), LinkState.UNKNOWN, LinkState.WAITING, reason=missing.WAS_IT_DELETED)
        missing.ask(account, groups["old"])
        worn = transition(_as_read(groups["worn"]), LinkState.UNKNOWN, LinkState.REFUSED, reason="server error", message=SERVER_ERROR)
        again = transition(_as_read(groups["again"]), LinkState.UNKNOWN, LinkState.PLANNED, absences=F("absences") + 1, absent_at=None)
        reopen = Batch.objects.filter(pk__in={link.batch_id for link in groups["again"] if link.batch_id})
        transition(reopen, BatchState.DONE, BatchState.APPROVED)
    return again, old, worn


def _as_read(links: Sequence[RecordLink]) -> QuerySet[RecordLink]:
    """Only those that are still in the attempt that was looked for: another pass may have been quicker, and a worker too."""
    attempts: dict[int, list[int]] = {}
    for link in links:
        attempts.setdefault(link.attempt, []).append(link.pk)
    same = [Q(attempt=attempt, pk__in=pks) for attempt, pks in attempts.items()]
    return RecordLink.objects.filter(reduce(or_, same, Q(pk__in=[])), state=LinkState.UNKNOWN)
