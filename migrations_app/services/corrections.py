"""What a correction would change, and its beginning: after a new map, or when an answer is taken back (LEDGER.md 7)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from migrations_app import gates, hooks
from migrations_app.models import Decision, Difference, Phase, PipedriveAccount, RecordLink, Run, require
from migrations_app.rules import budget
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import decisions, lists, planning, proposing, relinking, rows, schema
from migrations_app.services.as_seen import in_words
from migrations_app.services.building import Builder
from migrations_app.services.changing import price
from migrations_app.services.differences import KEPT, Comparer, Kept, Pending, keep
from migrations_app.services.history import Written
from migrations_app.services.judging import AT_ONCE
from migrations_app.services.lifecycle import RunRefused, freeze_forecast
from migrations_app.services.planners.plan import kinds_of
from migrations_app.services.staging import chunks
from migrations_app.services.undo_outlook import tokens_per_day
from migrations_app.states import CORRECTION, RUN_UNFINISHED, BatchState, LinkState, RunState

GATES = ("mapping", "settled", "capacity")
EXAMPLES = 5
LINKED = "Roll the record back (rollback --record), then answer otherwise under Already in Pipedrive, and load again."
MERGE = "A merge is undone in two steps: roll the record back (rollback --record), take the answer back, then load again."


@dataclass(slots=True)
class Outlook:
    """What differs, before Pipedrive is asked: `tokens` is the price if people changed nothing meanwhile."""

    records: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    days: int = 0

    def in_words(self) -> str:
        if not self.records:
            return "Every record says what the map and the answers say: nothing is to be corrected."
        counted = [f"{count:,} {many(entity)} ({', '.join(self.fields[entity])})" for entity, count in self.records.items()]
        shown = [
            f"{each['source_id']} {change['field']}: {in_words(change['before'])} → {in_words(change['after'])}"
            for each in self.examples
            for change in each["changes"]
        ]
        return f"{', '.join(counted)} would change. Cost: {self.tokens:,} tokens, {self.days} day(s). Examples: {'; '.join(shown)}."

    def as_dict(self) -> dict[str, Any]:
        phases = [{"object": entity, "records": count, "fields": dict(self.fields[entity])} for entity, count in self.records.items()]
        return {"phases": phases, "examples": self.examples, "left": self.left, "tokens": self.tokens, "days": self.days}


def look_ahead(account: PipedriveAccount, *, user: Any, without: Decision | None = None) -> Outlook:
    """What a correction would send now, or would send if `without` were taken back. Changes nothing and asks Pipedrive nothing.

    Raises Forbidden and RunRefused.
    """
    require(user, "load", account.project)
    run = _run(account, user)
    outlook = Outlook()
    with transaction.atomic():  # everything below is undone again at its end
        if without is not None:
            decisions.undo([without], user=user, correcting=True)
        for kind in kinds_of(run):
            for pending in _pending(run, kind.entity, kind.object):
                _count(outlook, account, kind.object, pending)
        transaction.set_rollback(True)
    outlook.tokens += sum(_cost(run, entity, count) for entity, count in outlook.records.items())
    outlook.days = budget.days(outlook.tokens, tokens_per_day(account))
    return outlook


def begin(account: PipedriveAccount, *, user: Any) -> Run | None:
    """A run that corrects every record that would be built otherwise now; None where there is none. It is on its way at once.

    Raises Forbidden, gates.GateClosed and RunRefused.
    """
    outlook = look_ahead(account, user=user)
    if not outlook.records:
        return None
    gates.require(account, GATES)
    run = _run(account, user)
    run.state = RunState.RUNNING
    try:
        with transaction.atomic():
            run.save()
            for position, kind in enumerate(kinds_of(run)):
                if outlook.records[kind.entity]:
                    _open_phase(run, kind.entity, kind.object, position)
            freeze_forecast(run)
    except IntegrityError:
        raise RunRefused(f"Another run into {account.company_name} is not finished yet. Finish or cancel it first.") from None
    return run


def _cost(run: Run, entity: str, changes: int) -> int:
    """Looking at the account, reading and changing what differs, and reading all of that kind back."""
    sending = changes * price(entity, "PATCH") + lists.cost_by_id(entity, changes)
    return sending + budget.whole_phase(entity, 0, in_pipedrive(run, entity).count(), changes=changes)


def unfinished(account: PipedriveAccount) -> Run | None:
    """A correction that was begun and not ended: it goes on under its number."""
    return Run.objects.filter(account=account, kind=CORRECTION, state__in=RUN_UNFINISHED).order_by("-pk").first()


def take_back(decision: Decision, account: PipedriveAccount, *, user: Any) -> bool:
    """The answer no longer counts, though records rest on it; they want a correction now. False: it was taken back before.

    Raises Forbidden, gates.GateClosed where no correction could follow, and RunRefused for a merge: what it merged was never made.
    """
    require(user, "answer", decision.project)
    require(user, "load", decision.project)
    if decision.kind == Decision.Kind.DUPLICATE and decision.answer.get("survivor"):
        raise RunRefused(MERGE)
    if decision.kind == Decision.Kind.EXISTING:
        raise RunRefused(LINKED)
    gates.require(account, GATES)
    with transaction.atomic():
        undone = decisions.undo([decision], user=user, correcting=True)
        hooks.announce("decisions_undone", decision.project, [decision])
    return undone == 1


def kept(run: Run) -> Iterator[dict[str, Any]]:
    """What the correction left as it stands: `field` is empty where it concerns the whole record, `live` then says why."""
    found = Difference.objects.filter(phase__run=run, kind=KEPT, link__isnull=False).select_related("phase", "link").order_by("pk")
    for row in found.iterator(2000):
        if row.link is not None:
            yield {
                "object": row.phase.object,
                "source_id": row.link.source_id,
                "pipedrive_id": row.pipedrive_id,
                "field": row.field,
                "ours": row.sent,
                "live": row.live,
            }


def _run(account: PipedriveAccount, user: Any) -> Run:
    """Not saved: what is built now rests on it."""
    project = account.project
    project.refresh_from_db()
    mapping = proposing.approved(project)
    if mapping is None:
        raise RunRefused("No map is approved yet: propose one, look at it, approve it.")
    return Run(
        project=project,
        account=account,
        company=account.company,
        kind=CORRECTION,
        mapping=mapping,
        decision_seq=project.decision_seq,
        tables=[table.pk for tables in rows.tables_in_force(project).values() for table in tables],
        schema_digest=schema.digest(account.schema),
        started_by=user,
    )


def _open_phase(run: Run, entity: str, object: str, position: int) -> None:
    """The phase counts what is in Pipedrive: nothing is made here. What differs is stale now, the rest is listed."""
    source = in_pipedrive(run, entity).update(run=run)
    phase = Phase.objects.create(run=run, entity=entity, object=object, position=position, source=source)
    for some in chunks(_pending(run, entity, object), AT_ONCE):
        RecordLink.objects.filter(pk__in=[each.link.pk for each in some if each.values]).update(stale=True)
        keep(phase, {each.link: [Kept(live=each.why)] for each in some if each.why})
    planning.make_batches(phase, BatchState.APPROVED)


def in_pipedrive(run: Run, entity: str) -> QuerySet[RecordLink]:
    """Records that a correction may change: those that we made. What was there before us is not ours to correct."""
    return RecordLink.objects.filter(account=run.account, entity=entity, state=LinkState.CREATED).exclude(pipedrive_id="")


def _pending(run: Run, entity: str, object: str) -> Iterator[Pending]:
    links = in_pipedrive(run, entity).order_by("-pk")
    page = list(links[:AT_ONCE])
    trouble = relinking.relink(run, entity) if page else {}
    comparer = Comparer(Builder(run, entity, object))
    while page:
        yield from (Pending(link, Written(), why=trouble[link.key]) for link in page if link.key in trouble)
        yield from comparer.pending([link for link in page if link.key not in trouble])
        page = list(links.filter(pk__lt=page[-1].pk)[:AT_ONCE])


def _count(outlook: Outlook, account: PipedriveAccount, object: str, pending: Pending) -> None:
    link = pending.link
    told = {"object": object, "source_id": link.source_id, "pipedrive_id": link.pipedrive_id}
    if pending.why:
        outlook.left.append({**told, "why": pending.why})
        return
    names = {each["code"]: each["name"] for each in account.schema.get("fields", {}).get(link.entity, [])}
    outlook.records[link.entity] += 1
    outlook.fields.setdefault(link.entity, Counter()).update(names.get(name, name) for name in pending.values)
    if len(outlook.examples) < EXAMPLES:
        changes = [
            {"field": names.get(name, name), "before": pending.before[name], "after": value} for name, value in pending.values.items()
        ]
        outlook.examples.append({**told, "changes": changes})
