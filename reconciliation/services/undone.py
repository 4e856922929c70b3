"""Answers that were taken back elsewhere: the queues show what counts now."""

from collections.abc import Sequence

from migrations_app.models import Decision, Project, Question
from migrations_app.services import counterparts
from reconciliation.models import OrphanedDeal, OwnerMatch, QuickBooksDifference, SuppressionConflict, ValueDifference
from reconciliation.services import findings, orphans, owners, questions, quickbooks, suppressed, values


def decisions_undone(project: Project, rows: Sequence[Decision]) -> None:
    """A constant number of queries per kind."""
    findings.decisions_undone(project, rows)
    if any(row.kind == Decision.Kind.ORPHAN for row in rows):
        keys = [row.source_key for row in rows if row.kind == Decision.Kind.ORPHAN]
        orphans.mirror(project, list(OrphanedDeal.objects.filter(project=project, source_key__in=keys)))
    if any(row.kind == Decision.Kind.OWNER for row in rows):  # one of them may have spoken for many
        owners.mirror(project, list(OwnerMatch.objects.filter(project=project)))
    if emails := [row.source_key for row in rows if row.kind == Decision.Kind.SUPPRESSION]:
        suppressed.mirror(project, list(SuppressionConflict.objects.filter(project=project, email__in=emails)))
    if keys := [row.source_key for row in rows if row.kind == Decision.Kind.EXISTING]:
        found = counterparts.present(project)
        counterparts.mirror(project, [each for each in found if counterparts.subject(each) in keys])
    if any(row.kind == Decision.Kind.QUESTION for row in rows):
        subjects = [row.source_key.split(":", 1)[-1] for row in rows if row.kind == Decision.Kind.QUESTION]
        questions.mirror(project, list(Question.objects.filter(project=project, subject__in=subjects)))
    if keys := [row.record_key for row in rows if row.kind == Decision.Kind.QUICKBOOKS]:
        quickbooks.mirror(project, list(QuickBooksDifference.objects.filter(project=project, source_key__in=keys)))
    if keys := [row.source_key for row in rows if row.kind == Decision.Kind.VALUE]:
        values.mirror(project, list(ValueDifference.objects.filter(project=project, source_key__in=keys)))
