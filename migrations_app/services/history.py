"""What the events of a record tell: what we wrote to it, and what stood there before each run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Max, Q

from migrations_app.models import LinkEvent, RecordLink
from migrations_app.rules.differing import flat
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.likeness import moment

VERBS = LinkEvent.Verb
TELLING = (VERBS.CREATE, VERBS.SETTLE, VERBS.UPDATE, VERBS.RESTORE, VERBS.REMOVE)


@dataclass(slots=True)
class Written:
    """Everything that we wrote to one record as it stands now, flat; `stamp` is Pipedrive's time of our last write.

    `before` has, for each run that changed it, what stood there until then.
    """

    values: dict[str, Any] = field(default_factory=dict)
    stamp: str = ""
    touched: str = ""  # the last time that we wrote to something that hangs on it
    before: dict[int, dict[str, Any]] = field(default_factory=dict)


def written(links: Iterable[RecordLink]) -> dict[int, Written]:
    """{link: what we wrote}, since it was last removed. One query."""
    found: dict[int, Written] = {}
    events = LinkEvent.objects.filter(link__in=[link.pk for link in links], verb__in=TELLING).order_by("pk")
    for pk, run, verb, previous, sent, stamp in events.values_list("link_id", "run_id", "verb", "previous", "sent", "stamp"):
        if verb == VERBS.REMOVE:
            found.pop(pk, None)
            continue
        record = found.setdefault(pk, Written())
        record.values |= flat(sent or {})
        record.stamp = stamp
        if verb == VERBS.UPDATE:
            record.before[run] = flat(previous or {}) | record.before.get(run, {})
        elif verb == VERBS.RESTORE:
            record.before.pop(run, None)
    return found


def note_touches(written: Mapping[int, Written], links: Iterable[RecordLink], skew: timedelta | None) -> None:
    """When lines, activities, notes and files of the records were last made, changed or removed, by the server's clock: Pipedrive
    counts that as a change of the records themselves. One query."""
    late = (skew or timedelta(0)) + timedelta(seconds=1)  # the server tells its time in whole seconds, rounded down
    pks = [link.pk for link in links]
    events = LinkEvent.objects.filter(verb__in=TELLING, link__entity__in=[kind.entity for kind in KINDS.values() if kind.marked])
    hung = events.filter(Q(link__parents__parent__in=pks) | Q(link__parents__parent__survivor__in=pks)).order_by()
    last = hung.values_list("link__parents__parent", "link__parents__parent__survivor").annotate(Max("at"))
    for parent, survivor, at in last:
        for pk in (parent, survivor):
            if pk in written:
                written[pk].touched = max(written[pk].touched, moment((at + late).isoformat()))
