"""Questions are kept across audits: new ones are added, known ones refreshed, those that nobody asks any more are put away."""

from collections.abc import Sequence

from django.db import transaction

from migrations_app.models import Project, Question
from migrations_app.services import missing
from migrations_app.services.evidence import QuestionFacts

REFRESHED = ("text", "choices", "suggestion", "confidence", "reason", "safe_default", "blocking", "rows", "evidence", "present")


ASKED_BY_OTHERS = ("name_collision", missing.KIND)


def store_questions(project: Project, facts: Sequence[QuestionFacts], kinds_kept: Sequence[str] = ASKED_BY_OTHERS) -> None:
    """Bring the project's questions to what the newest audit asks; answers stay. Constant queries per 500 questions.

    Questions of `kinds_kept` are asked by others than the audit and left alone.
    """
    with transaction.atomic():
        mine = Question.objects.filter(project=project).exclude(kind__in=kinds_kept)
        mine.update(present=False)
        Question.objects.bulk_create(
            [_question(project, each) for each in facts],
            batch_size=500,
            update_conflicts=True,
            unique_fields=["project", "kind", "object", "subject"],
            update_fields=REFRESHED,
        )


def open_questions(project: Project) -> int:
    return Question.objects.filter(project=project, present=True, answer="").count()


def _question(project: Project, facts: QuestionFacts) -> Question:
    return Question(
        project=project,
        kind=facts.kind,
        object=facts.object,
        subject=facts.subject[:300],
        text=facts.text,
        choices=[{"value": value, "label": label} for value, label in facts.choices],
        suggestion=facts.suggestion,
        confidence=facts.confidence,
        reason=facts.reason,
        safe_default=facts.safe_default,
        blocking=facts.blocking,
        rows=facts.rows,
        evidence=dict(facts.evidence),
        present=True,
    )
