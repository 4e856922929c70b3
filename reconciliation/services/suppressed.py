"""Persons whom the source suppresses and who seem to have said yes since: people say which of the two counts."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from migrations_app.models import Decision, PipedriveAccount, Project
from migrations_app.rules.mailing import suppression
from migrations_app.services import decisions
from migrations_app.services.mailing.suppressing import OBJECT, Comparison, Person
from reconciliation.models import ItemState, SuppressionConflict
from reconciliation.services import answers, mirroring
from reconciliation.services.answers import AT_ONCE, Outcome, digest
from reconciliation.services.mirroring import note_who

KIND = Decision.Kind.SUPPRESSION
MIRRORED = ["state", "mailable", "version", "answered_by", "answered_at"]


def compared(account: PipedriveAccount, comparison: Comparison) -> None:
    """Bring the queue to what a comparison saw; answers of before stay."""
    rows = [_row(account, person) for person in comparison.found if person.is_conflict]
    with transaction.atomic():
        SuppressionConflict.objects.filter(account=account).update(present=False)
        _take_answers(account.project, rows)
        SuppressionConflict.objects.bulk_create(
            rows,
            batch_size=AT_ONCE,
            update_conflicts=True,
            unique_fields=["account", "pipedrive_id"],
            update_fields=["email", "suppressed", "since", "reason", "evidence", "present", *MIRRORED],
        )


def answer(project: Project, rows: Sequence[SuppressionConflict], *, mailable: bool, user: Any) -> Outcome:
    """Raises Forbidden."""
    given = {row.email: {"mailable": mailable} for row in rows}
    decisions.decide(project, kind=KIND, object=OBJECT, answers=given, user=user, suggestions={key: {"mailable": False} for key in given})
    mirror(project, rows)
    return Outcome(len(rows))


def take_back(project: Project, rows: Sequence[SuppressionConflict], *, user: Any) -> int:
    """Raises Forbidden."""
    count = answers.take_back(project, KIND, {OBJECT: [row.email for row in rows]}, user=user)
    mirror(project, rows)
    return count


def mirror(project: Project, rows: Sequence[SuppressionConflict]) -> None:
    mirroring.mirror(project, rows, _take_answers, MIRRORED)


def _row(account: PipedriveAccount, person: Person) -> SuppressionConflict:
    return SuppressionConflict(
        project=account.project,
        account=account,
        email=person.email[:320],
        pipedrive_id=person.id,
        suppressed=suppression.LABELS[person.state.reason],
        since=person.state.since,
        reason=person.why,
        confidence=1.0,
        evidence=digest(person.state.reason, person.state.since, person.why),
    )


def _take_answers(project: Project, rows: Sequence[SuppressionConflict]) -> None:
    found = answers.counting(project, KIND, OBJECT, [row.email for row in rows])
    for row in rows:
        counts = found.get(row.email)
        row.mailable = counts.answer["mailable"] if counts else None
        row.state = ItemState.ANSWERED if counts else ItemState.OPEN
        note_who(row, counts)
