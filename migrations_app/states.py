"""Every state a row of ours can be in, which changes are allowed, and the one function that makes them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, TextChoices


class UploadState(TextChoices):
    READING = "reading", "being read"
    HELD = "held", "waits for your word"
    READY = "ready", "in force"
    FAILED = "failed", "could not be read"


class MappingState(TextChoices):
    DRAFT = "draft", "proposed"
    APPROVED = "approved", "approved"
    SUPERSEDED = "superseded", "replaced by a later version"


class RunState(TextChoices):
    PLANNING = "planning", "being planned"
    RUNNING = "running", "running"
    PAUSING = "pausing", "pausing"
    PAUSED = "paused", "paused"
    FINISHED = "finished", "finished"
    CANCELLED = "cancelled", "cancelled"
    FAILED = "failed", "stopped"
    ROLLING_BACK = "rolling_back", "being undone"
    ROLLED_BACK = "rolled_back", "undone"


class PhaseState(TextChoices):
    WAITING = "waiting", "not started"
    OPEN = "open", "loading"
    CLOSING = "closing", "being compared"
    CLOSED = "closed", "balanced"


class BatchState(TextChoices):
    PLANNED = "planned", "waits for approval"
    APPROVED = "approved", "approved"
    QUEUED = "queued", "queued"
    LEASED = "leased", "being loaded"
    DONE = "done", "done"


class LinkState(TextChoices):
    PLANNED = "planned", "planned"
    SENDING = "sending", "on its way"
    UNKNOWN = "unknown", "answer lost, being looked for"
    CREATED = "created", "in Pipedrive"
    MATCHED = "matched", "was there already"
    MERGED = "merged", "merged into another record"
    SKIPPED = "skipped", "left out"
    REFUSED = "refused", "refused by Pipedrive"
    WAITING = "waiting", "waits for an answer"
    REMOVED = "removed", "removed again"


class SchemaState(TextChoices):
    PLANNED = "planned", "planned"
    SENDING = "sending", "on its way"
    UNKNOWN = "unknown", "answer lost, being looked for"
    DONE = "done", "done"
    ASKED = "asked", "waits for an answer"
    REFUSED = "refused", "refused by Pipedrive"


class Role(TextChoices):
    CUSTOMER_ADMIN = "customer_admin", "Customer admin"
    CONSULTANT = "consultant", "Consultant"
    STAFF = "staff", "Staff"


TEST = "test"  # kind of a run that loads a sample for people to judge
LOADS = ("full", TEST)  # kinds of runs that read the whole account before they begin
CORRECTION = "correction"  # kind of a run that only changes what is in Pipedrive already
RUN_UNFINISHED = (RunState.PLANNING, RunState.RUNNING, RunState.PAUSING, RunState.PAUSED, RunState.FAILED)
RUN_ACTIVE = (*RUN_UNFINISHED, RunState.ROLLING_BACK)
LINK_OPEN = (LinkState.SENDING, LinkState.UNKNOWN)
LINK_IN_TARGET = (LinkState.CREATED, LinkState.MATCHED)

ALLOWED: dict[type[TextChoices], dict[str, set[str]]] = {
    UploadState: {"reading": {"ready", "held", "failed"}, "held": {"ready"}, "ready": set(), "failed": set()},
    MappingState: {"draft": {"approved"}, "approved": {"superseded"}, "superseded": set()},
    RunState: {
        "planning": {"running", "failed", "cancelled"},
        "running": {"pausing", "paused", "finished", "failed", "cancelled"},
        "pausing": {"paused", "running", "cancelled"},
        "paused": {"running", "cancelled", "failed"},
        "failed": {"running", "cancelled"},
        "finished": {"rolling_back"},
        "cancelled": {"rolling_back"},
        "rolling_back": {"rolled_back", "finished", "cancelled"},  # the latter where only a part was undone
        "rolled_back": {"rolling_back"},  # what was left to people may be looked at again
    },
    PhaseState: {"waiting": {"open"}, "open": {"closing"}, "closing": {"closed", "open"}, "closed": {"open"}},
    BatchState: {
        "planned": {"approved"},
        "approved": {"queued", "leased"},
        "queued": {"leased", "approved"},
        "leased": {"approved", "done"},
        "done": {"approved"},
    },
    LinkState: {
        "planned": {"sending", "created", "matched", "skipped", "refused", "waiting", "merged", "planned"},
        "sending": {"created", "refused", "planned", "unknown", "waiting"},
        "unknown": {"created", "planned", "refused", "waiting"},
        "created": {"removed", "created"},
        "matched": {"removed", "matched", "planned"},  # the latter where it is gone before we wrote to it
        "merged": {"planned"},
        "skipped": {"planned"},
        "refused": {"planned", "refused", "skipped"},
        "waiting": {"planned", "skipped", "waiting"},
        "removed": {"planned"},
    },
    SchemaState: {
        "planned": {"sending", "done", "asked", "refused"},
        "sending": {"done", "planned", "unknown", "refused"},
        "unknown": {"done", "planned", "refused", "asked"},
        "asked": {"planned", "done"},
        "refused": {"planned"},
        "done": {"planned"},
    },
}


def transition(rows: QuerySet[Any], old: str | Iterable[str], new: str, **fields: Any) -> int:
    """Move `rows` that are in `old` to `new` in one UPDATE and answer how many moved; the caller compares that count.

    Raises ValueError where the table above does not allow the change.
    """
    olds = [str(old)] if isinstance(old, str) else [str(each) for each in old]
    table = ALLOWED[_kind(rows)]
    for each in olds:
        if str(new) not in table[each]:
            raise ValueError(f"{_kind(rows).__name__}: {each} cannot become {new}")
    return rows.filter(state__in=olds).update(state=new, **fields)


def _kind(rows: QuerySet[Any]) -> type[TextChoices]:
    kind: type[TextChoices] = rows.model.STATES
    return kind
