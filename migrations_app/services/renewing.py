"""A later plan meets records that are in Pipedrive already: which of them it concerns, and which it cannot help."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from migrations_app.models import LinkParent, Phase, RecordLink, Run
from migrations_app.services import choosing
from migrations_app.services.differences import Kept, keep
from migrations_app.services.wanted import Wanted
from migrations_app.states import LINK_IN_TARGET, LinkState

LEFT_OUT = "it is left out now ({reason}): undo the record to take it out of Pipedrive"
MERGED = "it is merged into another record now: undo the record, then load again"
UNDECIDED = "no answer says where it goes: give one, then correct again"
Pairs = Sequence[tuple[RecordLink, Wanted]]
FIELDS = ["run", "stale", "vanished", "facts", "content_hash", "label", "order"]


def join(run: Run, entity: str, pairs: Pairs, parents: Mapping[str, int]) -> None:
    """Records in Pipedrive join the run; those whose row, facts or parents changed become stale. `parents` are links by key.

    What the plan would leave out, merge or ask about stays as it is in Pipedrive, and is listed. A constant number of statements.
    """
    there = {link.pk for link, _ in pairs}
    pairs = [(link, wanted) for link, wanted in pairs if wanted.reason != choosing.NOT_IN_RUN]
    trouble = {link: [Kept(live=why)] for link, wanted in pairs if (why := left_alone(wanted))}
    moved = _hang([(link, wanted) for link, wanted in pairs if link not in trouble], parents)
    changed = [(link, wanted) for link, wanted in pairs if link not in trouble and (link.pk in moved or differs(link, wanted))]
    for link, wanted in changed:
        link.run, link.stale, link.vanished = run, True, False
        link.facts, link.content_hash, link.label, link.order = wanted.facts, wanted.content_hash, wanted.label, wanted.order
    RecordLink.objects.bulk_update([link for link, _ in changed], FIELDS, batch_size=200)
    RecordLink.objects.filter(pk__in=there - {link.pk for link, _ in changed}).update(run=run, vanished=False)
    keep(Phase.objects.get(run=run, entity=entity), trouble)


def touch_survivors(run: Run, entity: str, keys: set[str]) -> None:
    """What is merged into these records changed: they are compared too."""
    if not keys:
        return
    survivors = RecordLink.objects.filter(account=run.account, entity=entity, key__in=keys, state__in=LINK_IN_TARGET)
    survivors.update(stale=True)


def made_without(run: Run, parents: Sequence[int] | QuerySet[RecordLink, Any]) -> QuerySet[RecordLink]:
    """Records of the run that came into Pipedrive while these that they hang on, or that those were merged into, were not there."""
    hanging = LinkParent.objects.filter(Q(parent__in=parents) | Q(parent__survivor__in=parents, parent__state=LinkState.MERGED))
    return RecordLink.objects.filter(run=run, state__in=LINK_IN_TARGET, pk__in=hanging.values("link"))


def touch_made_without(run: Run) -> None:
    """What a record hangs on is to be sent only now: once it is there, the record is compared and linked."""
    late = RecordLink.objects.filter(run=run, state=LinkState.PLANNED).values("pk")
    made_without(run, late).update(stale=True)


def list_vanished(run: Run, entity: str, *, with_derived: bool = False) -> int:
    """Records in Pipedrive whose rows are no longer in force: marked, never touched. Those that came back are so no more."""
    mine = RecordLink.objects.filter(account=run.account, entity=entity, state__in=LINK_IN_TARGET)
    mine = mine if with_derived else mine.filter(derived=False)
    mine.exclude(run=run).filter(vanished=False).update(vanished=True)
    return mine.filter(vanished=True).count()


def planned_anew(link: RecordLink, wanted: Wanted) -> bool:
    """A row that Pipedrive refused and that was corrected in the source is sent again."""
    return link.state == LinkState.REFUSED and differs(link, wanted)


def left_alone(wanted: Wanted) -> str:
    """Why a record that is in Pipedrive cannot be brought to what is wanted of it now; empty where it can."""
    if wanted.state == LinkState.SKIPPED:
        return LEFT_OUT.format(reason=wanted.reason)
    if wanted.state == LinkState.MERGED:
        return MERGED
    return UNDECIDED if wanted.state == LinkState.WAITING else ""


def differs(link: RecordLink, wanted: Wanted) -> bool:
    return link.content_hash != wanted.content_hash or link.facts != wanted.facts


def hang(asked: Mapping[int, set[tuple[str, int]]]) -> set[int]:
    """Let each link hang on these (role, parent) and on nothing else; answers the links."""
    LinkParent.objects.filter(link__in=list(asked)).delete()
    LinkParent.objects.bulk_create(
        [LinkParent(link_id=pk, role=role, parent_id=parent) for pk, parents in asked.items() for role, parent in sorted(parents)],
        batch_size=1000,
    )
    return set(asked)


def _hang(pairs: Pairs, parents: Mapping[str, int]) -> set[int]:
    """Let the records hang on what is wanted; answers those that hung on something else."""
    asked = {link.pk: {(role, parents[key]) for role, key in wanted.parents if key in parents} for link, wanted in pairs}
    now: dict[int, set[tuple[str, int]]] = {pk: set() for pk in asked}
    for pk, role, parent in LinkParent.objects.filter(link__in=list(asked)).values_list("link", "role", "parent"):
        now[pk].add((role, parent))
    return hang({pk: wanted for pk, wanted in asked.items() if wanted != now[pk]})
