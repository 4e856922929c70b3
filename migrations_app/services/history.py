"""What the events of a record tell: what we wrote to it, and what stood there before each run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q

from migrations_app.models import LinkEvent, RecordLink
from migrations_app.rules.differing import flat
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.likeness import moment

VERBS = LinkEvent.Verb
ROUNDED = timedelta(seconds=1)  # servers tell their time in whole seconds, rounded down
TELLING = (VERBS.CREATE, VERBS.SETTLE, VERBS.UPDATE, VERBS.RESTORE, VERBS.REMOVE)


@dataclass(slots=True)
class Written:
    """Everything that we wrote to one record as it stands now, flat; `stamp` is Pipedrive's time of our last write.

    `before` has, for each run that changed it, what stood there until then.
    """

    values: dict[str, Any] = field(default_factory=dict)
    stamp: str = ""
    touched: tuple[str, str] = ("", "")  # from when to when we last wrote to something that hangs on it
    before: dict[int, dict[str, Any]] = field(default_factory=dict)


def written(links: Iterable[RecordLink]) -> dict[int, Written]:
    """{link: what we wrote}, since it was last removed. One query."""
    found: dict[int, Written] = {}
    events = LinkEvent.objects.filter(link__in=[link.pk for link in links], verb__in=(*TELLING, VERBS.MATCH)).order_by("pk")
    for pk, run, verb, previous, sent, stamp in events.values_list("link_id", "run_id", "verb", "previous", "sent", "stamp"):
        if verb == VERBS.REMOVE or (verb == VERBS.MATCH and "id" in (previous or {})):  # what was there before us holds nothing of ours yet
            found.pop(pk, None)
        if verb in (VERBS.REMOVE, VERBS.MATCH):
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
    """When we last made, changed or removed what hangs on the records, by the server's clock: Pipedrive may count that as a change
    of the records themselves. One query.

    Records with a time of change of their own tell when that was. Of lines, activities, notes and files, and of what was removed,
    we know that it was after our intent and before we wrote it down.
    """
    pks = [link.pk for link in links]
    hung = LinkEvent.objects.filter(Q(link__parents__parent__in=pks) | Q(link__parents__parent__survivor__in=pks), verb__in=TELLING)
    marked = Q(link__entity__in=[kind.entity for kind in KINDS.values() if kind.marked])
    silent = Q(stamp="") | marked & ~Q(verb=VERBS.SETTLE)
    last = (
        hung.order_by()
        .values_list("link__parents__parent", "link__parents__parent__survivor")
        .annotate(told=Max("stamp", filter=~silent), intended=Max("link__intended_at", filter=silent), recorded=Max("at", filter=silent))
    )
    for parent, survivor, told, intended, recorded in last:
        touched = max(_around(told, told), _around(intended or recorded, recorded, skew), key=lambda each: each[1])
        for pk in (parent, survivor):
            if pk in written:
                written[pk].touched = max(written[pk].touched, touched, key=lambda each: each[1])


def _around(first: Any, last: Any, skew: timedelta | None = None) -> tuple[str, str]:
    if not last:
        return ("", "")
    since, until = (datetime.fromisoformat(moment(each)) + (skew or timedelta(0)) for each in (min(first, last), last))
    return moment(since - (ROUNDED if skew is not None else timedelta(0))), moment(until + ROUNDED)
