"""Answers that count, written beside the items of a queue: what the queues have in common."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from migrations_app.models import Decision, Project
from reconciliation.models.item import QueueItem
from reconciliation.services.answers import AT_ONCE, chunks

GIVEN = ("state", "changed", "answered_on", "version", "answered_by", "answered_at")
Item = TypeVar("Item", bound=QueueItem)
Row = TypeVar("Row")


def mirror(project: Project, rows: Iterable[Row], take_answers: Callable[[Project, list[Row]], None], fields: Sequence[str]) -> None:
    """`take_answers` reads the answers of 500 rows; they are saved."""
    for part in chunks(rows):
        take_answers(project, part)
        type(part[0]).objects.bulk_update(part, fields)  # type: ignore[attr-defined]


def store(
    project: Project,
    rows: list[Item],
    take_answers: Callable[[Project, list[Item]], None],
    *,
    key: str,
    beside: Sequence[str] = (),
    fields: Sequence[str],
) -> None:
    """What an audit saw, with the answers of before: `key` and the columns `beside` it tell an item from the others of the project."""
    if not rows:
        return
    model, names = type(rows[0]), (key, *beside)
    known = model._default_manager.filter(project=project, **{f"{key}__in": {getattr(row, key) for row in rows}})
    rested = {tuple(name): on for *name, on in known.values_list(*names, "answered_on")}
    for row in rows:
        row.answered_on = rested.get(tuple(getattr(row, name) for name in names)) or row.evidence
    take_answers(project, rows)
    model._default_manager.bulk_create(
        rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["project", *names], update_fields=[*fields, "evidence", "present"]
    )


def note_who(row: QueueItem, decision: Decision | None) -> None:
    """Which Decision counts, whose it is and since when. No query."""
    row.version = decision.seq if decision else 0
    row.answered_by_id = decision.by_id if decision else None
    row.answered_at = decision.at if decision else None
