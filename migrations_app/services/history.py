"""What the events of a record tell: what we wrote to it, and what stood there before each run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from migrations_app.models import LinkEvent, RecordLink
from migrations_app.rules.differing import flat

VERBS = LinkEvent.Verb
TELLING = (VERBS.CREATE, VERBS.SETTLE, VERBS.UPDATE, VERBS.RESTORE, VERBS.REMOVE)


@dataclass(slots=True)
class Written:
    """Everything that we wrote to one record as it stands now, flat; `stamp` is Pipedrive's time of our last write.

    `before` has, for each run that changed it, what stood there until then.
    """

    values: dict[str, Any] = field(default_factory=dict)
    stamp: str = ""
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
