"""Fields that were changed on both sides: noted by the load, answered by people field by field, carried out by the next load."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from migrations_app.models import Conflict, Decision, Phase, Project, RecordLink, Run
from migrations_app.rules.keys import fit
from migrations_app.services import decisions, schema
from migrations_app.services.differences import Kept
from migrations_app.states import LINK_IN_TARGET

Answers = Mapping[tuple[int, str], Conflict]  # by link and field
NOTED = ["run", "object", "name", "last_load", "new_export", "live", "take", "present", "answered_by", "answered_at"]


def answered(links: Iterable[RecordLink]) -> Answers:
    """What people said about fields of these records. One query."""
    rows = Conflict.objects.filter(link__in=[link.pk for link in links], present=True).exclude(take="")
    return {(row.link_id, row.field): row for row in rows}


def overruled(link: RecordLink, kept: Kept, answers: Answers) -> bool:
    """Whether a person took the export's value, seeing the same two values as now."""
    row = answers.get((link.pk, kept.field))
    return row is not None and row.take == Conflict.Take.SOURCE and _same(row, kept)


def note(run: Run, phase: Phase, found: Mapping[RecordLink, Sequence[Kept]]) -> None:
    """Bring the list of these records to what was found now; an answer stays where the values are those it was given for.

    Four statements.
    """
    pks = [link.pk for link in found]
    before = {(row.link_id, row.field): row for row in Conflict.objects.filter(link__in=pks)}
    names = schema.field_names(run.account.schema, phase.entity)
    rows = [_row(run, phase, link, kept, names, before.get((link.pk, kept.field))) for link, some in found.items() for kept in some]
    seen = {(row.link_id, row.field) for row in rows}
    over = [row.pk for mark, row in before.items() if mark not in seen and row.present]
    Conflict.objects.filter(pk__in=over).update(present=False)
    Conflict.objects.bulk_create(rows, batch_size=500, update_conflicts=True, unique_fields=["link", "field"], update_fields=NOTED)


def _row(run: Run, phase: Phase, link: RecordLink, kept: Kept, names: Mapping[str, str], before: Conflict | None) -> Conflict:
    name = names.get(kept.field, kept.field)
    values = {"name": name, "last_load": kept.last_load, "new_export": kept.new_export, "live": kept.live}
    row = Conflict(project_id=run.project_id, link=link, run=run, object=phase.object, field=kept.field, **values)
    if before is not None and _same(before, kept):
        row.take, row.answered_by_id, row.answered_at = before.take, before.answered_by_id, before.answered_at
    return row


def _same(row: Conflict, kept: Kept) -> bool:
    return bool(row.new_export == kept.new_export and row.live == kept.live)


# --- answering -------------------------------------------------------------------------------------------------------


def open_ones(project: Project) -> QuerySet[Conflict]:
    return Conflict.objects.filter(project=project, present=True, take="").select_related("link__account")


def answer(project: Project, rows: Sequence[Conflict], take: str, *, user: Any) -> int:
    """Keep Pipedrive's values or take the export's; the latter are sent by the next load or correction. Raises Forbidden."""
    with transaction.atomic():
        by_object: dict[str, dict[str, Mapping[str, Any]]] = {}
        for row in rows:
            by_object.setdefault(row.object, {})[_subject(row)] = {"take": str(take)}
        for object, answers in by_object.items():
            decisions.decide(project, kind=Decision.Kind.CONFLICT, object=object, answers=answers, user=user)
        pks = [row.pk for row in rows]
        Conflict.objects.filter(pk__in=pks).update(take=take, answered_by=user, answered_at=timezone.now())
        if take == Conflict.Take.SOURCE:
            RecordLink.objects.filter(conflicts__in=pks, state__in=LINK_IN_TARGET).update(stale=True)
    return len(rows)


def _subject(row: Conflict) -> str:
    return fit(f"{row.link.account.role} {row.link.key} {row.field}")
