"""Answers of people: written, read back as they count now, taken back. Append-only; each change raises Project.decision_seq."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from migrations_app.models import Decision, Project, Question, RecordLink, require
from migrations_app.rules.answers import bearing
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT
from migrations_app.services.staging import chunks
from migrations_app.states import LinkState

ON_ITS_WAY = (LinkState.SENDING, LinkState.UNKNOWN, LinkState.CREATED, LinkState.MATCHED)


class TooLate(Exception):
    """The record is on its way or in Pipedrive: the answer can no longer be taken back here."""


def decide(
    project: Project,
    *,
    kind: str,
    object: str,
    answers: Mapping[str, Mapping[str, Any]],
    user: Any,
    suggestions: Mapping[str, Any] | None = None,
) -> list[Decision]:
    """Write one Decision for each key of `answers`, in one transaction with two statements. Raises Forbidden."""
    return decide_each(project, kind=kind, object=object, answers=list(answers.items()), user=user, suggestions=suggestions)


def decide_each(
    project: Project,
    *,
    kind: str,
    object: str,
    answers: Sequence[tuple[str, Mapping[str, Any]]],
    user: Any,
    suggestions: Mapping[str, Any] | None = None,
) -> list[Decision]:
    """As `decide`, where a key may have several answers at once. Raises Forbidden."""
    require(user, "answer", project)
    if not answers:
        return []
    with transaction.atomic():
        seq = _next_seq(project)
        rows = [
            Decision(
                project=project,
                kind=kind,
                object=object,
                source_key=key,
                answer=dict(answer),
                suggestion=(suggestions or {}).get(key),
                seq=seq,
                by=user,
            )
            for key, answer in answers
        ]
        return Decision.objects.bulk_create(rows, batch_size=1000)


def active(project: Project, kind: str, object: str, keys: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """{key: answer} as it counts now: the newest decision of each key that nobody took back."""
    rows = Decision.objects.filter(project=project, kind=kind, object=object, undone_at__isnull=True)
    if keys is not None:
        rows = rows.filter(source_key__in=list(keys))
    return dict(rows.order_by("pk").values_list("source_key", "answer"))


def merge_roots(project: Project, object: str) -> dict[str, str]:
    """{member: root} of all merges that count, chains resolved; a circle falls back to its smallest key."""
    answers = active(project, Decision.Kind.DUPLICATE, object)
    step = {key: answer["survivor"] for key, answer in answers.items() if answer.get("survivor") and answer["survivor"] != key}
    roots: dict[str, str] = {}
    for key in step:
        path = [key]
        while (following := step.get(path[-1])) is not None and following not in path:
            path.append(following)
        root = min(path) if following in path else path[-1]
        roots.update({each: root for each in path if each != root})
    return roots


def undo(decisions: Iterable[Decision], *, user: Any, correcting: bool = False) -> int:
    """Take answers back; what counted before counts again. Raises Forbidden, and TooLate if a record is on its way.

    `correcting` says that the caller corrects the records that are in Pipedrive already.
    """
    rows = list(decisions)
    if not rows:
        return 0
    project = rows[0].project
    require(user, "answer", project)
    with transaction.atomic():
        _next_seq(project)
        if not correcting:
            _refuse_if_on_its_way(project, rows)
        pks = [row.pk for row in rows]
        return Decision.objects.filter(pk__in=pks, undone_at__isnull=True).update(undone_at=timezone.now(), undone_by=user)


def answer_question(question: Question, choice: str, *, user: Any) -> Decision:
    """Answer one Question. Raises ValueError if `choice` is none of its choices."""
    if choice not in {each["value"] for each in question.choices}:
        raise ValueError(f"“{choice}” is none of the choices of this question.")
    with transaction.atomic():
        [decision] = decide(
            question.project,
            kind=Decision.Kind.QUESTION,
            object=question.object,
            answers={f"{question.kind}:{question.subject}": {"choice": choice}},
            suggestions={f"{question.kind}:{question.subject}": question.suggestion},
            user=user,
        )
        rests_on = bearing(question.kind, question.text, [each["value"] for each in question.choices])
        Question.objects.filter(pk=question.pk).update(
            answer=choice, answered_by=user, answered_at=timezone.now(), answered_on=rests_on, changed=False
        )
    return decision


def question_answers(project: Project, kind: str) -> dict[tuple[str, str], str]:
    """{(object, subject): choice} of one kind of question."""
    rows = Decision.objects.filter(
        project=project, kind=Decision.Kind.QUESTION, undone_at__isnull=True, source_key__startswith=f"{kind}:"
    ).order_by("pk")
    return {(object, key.split(":", 1)[1]): answer["choice"] for object, key, answer in rows.values_list("object", "source_key", "answer")}


def _next_seq(project: Project) -> int:
    Project.objects.filter(pk=project.pk).update(decision_seq=F("decision_seq") + 1)
    project.refresh_from_db(fields=["decision_seq"])
    return project.decision_seq


def _refuse_if_on_its_way(project: Project, rows: list[Decision]) -> None:
    keys: dict[str, set[str]] = {}
    for row in rows:
        if (kind := KIND_OF_OBJECT.get(row.object)) and row.kind != Decision.Kind.EXISTING:  # of one account; its own service looks
            keys.setdefault(kind.entity, set()).add(f"{kind.entity}:{row.record_key}")
    sent = RecordLink.objects.filter(account__project=project, account__role="production", state__in=ON_ITS_WAY)
    for entity, mine in keys.items():
        for some in chunks(sorted(mine), 500):
            if first := sent.filter(entity=entity, key__in=some).first():
                raise TooLate(f"{first} is already on its way to Pipedrive; change it there, or roll the record back first.")
