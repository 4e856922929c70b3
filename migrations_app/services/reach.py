"""What a rollback reaches: a run, a phase of it, a batch or one record; and which later run stands in its way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from migrations_app.models import Batch, LinkEvent, Phase, RecordLink, Run
from migrations_app.rules.kinds_of_record import KINDS, many
from migrations_app.services.judging import TOUCHED
from migrations_app.services.lifecycle import RunRefused
from migrations_app.states import LINK_IN_TARGET, RunState

_RESTORED = LinkEvent.objects.filter(link=OuterRef("link"), run=OuterRef("run"), verb=LinkEvent.Verb.RESTORE)
CHANGING = (LinkEvent.Verb.CREATE, LinkEvent.Verb.SETTLE, LinkEvent.Verb.UPDATE)


@dataclass(frozen=True, slots=True)
class Scope:
    """Empty fields do not narrow. `batch` is the number within its phase, `record` the key of a link."""

    entity: str = ""
    batch: int = 0
    record: str = ""

    @property
    def whole(self) -> bool:
        return self == Scope()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        parts = [many(self.entity) if self.entity and not self.record else "", f"batch {self.batch}" if self.batch else "", self.record]
        return ", ".join(part for part in parts if part) or "everything"


def scope_of(run: Run, *, entity: str = "", batch: int = 0, record: str = "") -> Scope:
    """The scope as people name it: a record by its source id or key, a batch by its number. Raises RunRefused."""
    if entity and not run.phases.filter(entity=entity).exists():
        raise RunRefused(f"{str(run).capitalize()} has no phase for {many(entity)}.")
    if batch:
        entity = _one(run.phases.filter(batches__number=batch, **_only(entity)).values_list("entity", flat=True), f"batch {batch} of {run}")
    if record:
        entity, record = _record(run, entity, record)
    return Scope(entity, batch, record)


def scope_around(target: Run | Batch | RecordLink) -> tuple[Run, Scope]:
    """The run that made it, and how much of that run it is. Raises RunRefused where no run made the record."""
    if isinstance(target, Run):
        return target, Scope()
    if isinstance(target, Batch):
        return target.phase.run, Scope(target.phase.entity, target.number)
    run = target.written_run or target.run
    if run is None:
        raise RunRefused(f"No load made {target}.")
    return run, Scope(target.entity, record=target.key)


def phases(run: Run, scope: Scope) -> list[Phase]:
    """Children before what they hang on."""
    return list(run.phases.filter(**_only(scope.entity)).order_by("-position"))


def to_be_looked_at_first(phases: Sequence[Phase]) -> list[Phase]:
    """Phases of records that people change, where what hangs on them goes before them."""
    parents = {role for phase in phases for role in KINDS[phase.entity].parents} & TOUCHED
    return [phase for phase in phases if phase.entity in parents]


def links(run: Run, entity: str, scope: Scope) -> QuerySet[RecordLink]:
    """Records of one phase that this run made or changed, and that are still as it left them in the ledger."""
    changed = LinkEvent.objects.filter(run=run, verb=LinkEvent.Verb.UPDATE).exclude(Exists(_RESTORED))
    mine = Q(written_run=run, state__in=LINK_IN_TARGET) | Q(pk__in=changed.values("link"))
    rows = RecordLink.objects.filter(mine, account=run.account, entity=entity, state__in=LINK_IN_TARGET)
    if scope.batch:
        rows = rows.filter(batch__phase__run=run, batch__number=scope.batch)
    return rows.filter(key=scope.record) if scope.record else rows


def demand_no_later_run(run: Run, scope: Scope) -> None:
    """Raises RunRefused with the later runs that changed records of this one, and did not take that back."""
    later = LinkEvent.objects.filter(run__gt=run.pk, verb__in=CHANGING).exclude(run__state=RunState.ROLLED_BACK)
    later = later.exclude(Exists(_RESTORED))
    counts: dict[int, int] = {}
    for phase in phases(run, scope):
        reached = later.filter(link__in=links(run, phase.entity, scope).values("pk"))
        for number, count in reached.order_by().values_list("run").annotate(count=Count("link", distinct=True)):
            counts[number] = counts.get(number, 0) + count
    if counts:
        named = ", ".join(f"run {number} ({count} records)" for number, count in sorted(counts.items(), reverse=True))
        raise RunRefused(f"Later runs changed the same records: {named}. Undo them first, the newest first.")


def _only(entity: str) -> dict[str, str]:
    return {"entity": entity} if entity else {}


def _record(run: Run, entity: str, record: str) -> tuple[str, str]:
    named = Q(key=record)
    for each in [entity] if entity else run.phases.values_list("entity", flat=True):
        named |= Q(entity=each, key=f"{each}:{record}")
    ours = RecordLink.objects.filter(named, account=run.account, events__run=run, events__verb__in=CHANGING, **_only(entity))
    found = dict(ours.values_list("key", "entity"))
    key = _one(found, f"record {record} of {run}")
    return found[key], key


def _one(found: Any, what: str) -> str:
    choices = sorted(set(found))
    if not choices:
        raise RunRefused(f"There is no {what}.")
    if len(choices) > 1:
        raise RunRefused(f"There are several: {what} can be {' or '.join(choices)}. Name the phase as well.")
    return str(choices[0])
