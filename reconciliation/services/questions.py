"""Questions: what only people know and no other queue holds. The rows stand in migrations_app; here they are kept up to date."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from migrations_app.models import Decision, Project, Question
from migrations_app.rules.answers import bearing
from migrations_app.services import decisions
from migrations_app.services.evidence import QuestionFacts
from reconciliation.services import answers, mirroring
from reconciliation.services.answers import Outcome, Refusal

MIRRORED = ["answer", "answered_by", "answered_at", "answered_on", "changed"]


def refresh(project: Project) -> None:
    """The audit has stored its questions; an answer that is no choice any more opens its question again."""
    mirror(project, list(Question.objects.filter(project=project, present=True).exclude(answer="")))


def answer_each(project: Project, choices: Sequence[tuple[Question, str]], *, user: Any) -> Outcome:
    """Answer each question by its own choice; a text that is none of its choices is refused. Raises Forbidden."""
    wrong = [(question, choice) for question, choice in choices if choice not in labels(question)]
    fitting = [(question, choice) for question, choice in choices if choice in labels(question)]
    by_object: dict[str, dict[str, tuple[Question, str]]] = defaultdict(dict)
    for question, choice in fitting:
        by_object[question.object][key_of(question)] = (question, choice)
    with transaction.atomic():
        for object, picked in by_object.items():
            decisions.decide(
                project,
                kind=Decision.Kind.QUESTION,
                object=object,
                answers={key: {"choice": choice} for key, (_, choice) in picked.items()},
                suggestions={key: question.suggestion for key, (question, _) in picked.items()},
                user=user,
            )
        for question, _ in fitting:
            question.answered_on = rests_on(question)
        mirror(project, [question for question, _ in fitting])
    return Outcome(len(fitting), tuple(Refusal(each.subject, each.text, f"“{choice}” is none of its choices") for each, choice in wrong))


def take_suggestions(project: Project, questions: Sequence[Question], *, user: Any) -> Outcome:
    """Answer by the suggestion; those that have none are refused."""
    without = tuple(Refusal(each.subject, each.text, "it has no suggestion") for each in questions if not each.suggestion)
    picked = [(each, each.suggestion) for each in questions if each.suggestion]
    return answer_each(project, picked, user=user) + Outcome(0, without)


def take_back(project: Project, questions: Sequence[Question], *, user: Any) -> int:
    keys: dict[str, list[str]] = defaultdict(list)
    for each in questions:
        keys[each.object].append(key_of(each))
    with transaction.atomic():
        undone = answers.take_back(project, Decision.Kind.QUESTION, keys, user=user)
        mirror(project, questions)
    return undone


def mirror(project: Project, questions: Sequence[Question]) -> None:
    mirroring.mirror(project, questions, _take_answers, MIRRORED)


def key_of(question: Question) -> str:
    """The source key of its Decision (services.decisions reads it back so)."""
    return f"{question.kind}:{question.subject}"


def labels(question: Question) -> Mapping[str, str]:
    return {each["value"]: each["label"] for each in question.choices}


def rests_on(question: Question) -> str:
    return bearing(question.kind, question.text, labels(question))


def evidences(facts: Iterable[QuestionFacts]) -> Iterator[tuple[tuple[str, str, str], str, bool]]:
    """(what tells a question from others, digest of what bears on the answer, whether one is asked for)."""
    for each in facts:
        yield (each.kind, each.object, each.subject[:300]), bearing(each.kind, each.text, [value for value, _ in each.choices]), True


def _take_answers(project: Project, rows: Sequence[Question]) -> None:
    keys: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        keys[row.object].append(key_of(row))
    found = {
        (object, key): decision
        for object, some in keys.items()
        for key, decision in answers.counting(project, Decision.Kind.QUESTION, object, some).items()
    }
    for row in rows:
        decision = found.get((row.object, key_of(row)))
        choice = decision.answer["choice"] if decision else ""
        counts = decision if choice in labels(row) else None
        row.answer = choice if counts else ""
        row.answered_by_id = counts.by_id if counts else None
        row.answered_at = counts.at if counts else None
        row.answered_on = row.answered_on if counts else ""
        row.changed = row.answered_on not in ("", rests_on(row))
