"""What the events of a record tell: what we wrote to it, and what stood there before each run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q

from migrations_app.models import LinkEvent, RecordLink
from migrations_app.rules.differing import flat
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.changing import CORRECTING, RESTORING
from migrations_app.services.likeness import moment

VERBS = LinkEvent.Verb
ROUNDED = timedelta(seconds=1)  # servers tell their time in whole seconds, rounded down
A_HANDFUL = timedelta(minutes=1)  # within which what was sent is also written down
EVER = "9999"
TELLING = (VERBS.CREATE, VERBS.SETTLE, VERBS.UPDATE, VERBS.RESTORE, VERBS.REMOVE)


@dataclass(slots=True)
class Written:
    """Everything that we wrote to one record as it stands now, flat; `stamp` is Pipedrive's time of our last write.

    `before` has, for each run that changed it, what stood there until then.
    """

    values: dict[str, Any] = field(default_factory=dict)
    stamp: str = ""
    touched: list[tuple[str, str]] = field(default_factory=list)  # from when to when we wrote to what hangs on it, or late to itself
    before: dict[int, dict[str, Any]] = field(default_factory=dict)


def written(links: Iterable[RecordLink]) -> dict[int, Written]:
    """{link: what we wrote}, since it was last removed. One query."""
    found: dict[int, Written] = {}
    events = LinkEvent.objects.filter(link__in=[link.pk for link in links], verb__in=(*TELLING, VERBS.MATCH)).order_by("pk")
    columns = ("link_id", "run_id", "verb", "previous", "sent", "stamp", "late_until")
    for pk, run, verb, previous, sent, stamp, late in events.values_list(*columns):
        if verb == VERBS.REMOVE or (verb == VERBS.MATCH and "id" in (previous or {})):  # what was there before us holds nothing of ours yet
            found.pop(pk, None)
        if verb in (VERBS.REMOVE, VERBS.MATCH):
            continue
        record = found.setdefault(pk, Written())
        record.values |= flat(sent or {})
        record.stamp = stamp
        record.touched += [(moment(stamp), moment(late))] if late else []
        if verb == VERBS.UPDATE:
            record.before[run] = flat(previous or {}) | record.before.get(run, {})
        elif verb == VERBS.RESTORE:
            record.before.pop(run, None)
    return found


def note_touches(written: Mapping[int, Written], links: Iterable[RecordLink], skew: timedelta | None) -> None:
    """When we last made, changed or removed each kind of what hangs on the records, by the server's clock: Pipedrive may count some of
    that as a change of the records themselves. And when we sent a change whose answer was lost. One query.

    Records with a time of change of their own tell when that was. Of lines, activities, notes and files, and of what was removed,
    we know that it was after our intent and shortly before we wrote it down.
    """
    links, shift = list(links), skew or timedelta(0)
    for link in links:
        if link.reason in (CORRECTING, RESTORING) and link.intended_at and link.pk in written:
            written[link.pk].touched.append((moment(link.intended_at + shift - ROUNDED), EVER))
    pks = [link.pk for link in links]
    hung = LinkEvent.objects.filter(Q(link__parents__parent__in=pks) | Q(link__parents__parent__survivor__in=pks), verb__in=TELLING)
    marked = Q(link__entity__in=[kind.entity for kind in KINDS.values() if kind.marked])
    silent = Q(stamp="") | marked & ~Q(verb=VERBS.SETTLE)
    kinds = hung.order_by().values_list("link__parents__parent", "link__parents__parent__survivor", "link__entity", "verb")
    last = kinds.annotate(told=Max("stamp", filter=~silent), meant=Max("link__intended_at", filter=silent), at=Max("at", filter=silent))
    for parent, survivor, _, _, told, meant, at, late in last.annotate(late=Max("late_until")).iterator(2000):
        touches = [(moment(told), moment(_latest(_time(told) + ROUNDED, late)))] if told else []
        if at:
            touches.append((moment(min(meant or at, at - A_HANDFUL) + shift - ROUNDED), moment(_latest(at + shift + ROUNDED, late))))
        for pk in {parent, survivor} & written.keys():
            written[pk].touched += touches


def _latest(time: datetime, late: datetime | None) -> datetime:
    return max(time, late) if late else time


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(moment(stamp))
