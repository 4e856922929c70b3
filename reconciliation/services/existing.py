"""Records that live in Pipedrive already: the words of their queue, and answers to many at once."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from migrations_app.models import Counterpart, Project
from migrations_app.services import counterparts, policies
from migrations_app.services.changing import price
from reconciliation.services.answers import CannotAnswer, Outcome

LINK = "link"
CHOICES = (*Counterpart.Answer.values, LINK)


def answer(project: Project, rows: Sequence[Counterpart], how: str, *, user: Any) -> Outcome:
    """Raises Forbidden, TooLate and CannotAnswer."""
    try:
        return Outcome(counterparts.answer(project, rows, how, user=user))
    except counterparts.TakenAlready as problem:
        raise CannotAnswer(str(problem)) from problem


def answer_each(project: Project, picks: Sequence[tuple[Counterpart, str]], *, user: Any) -> Outcome:
    """Each by its own answer, in one transaction; `link` is as the policy links. Raises as `answer`."""
    by_answer: dict[str, list[Counterpart]] = {}
    for row, how in picks:
        by_answer.setdefault(linking(project) if how == LINK else how, []).append(row)
    with transaction.atomic():
        return sum((answer(project, some, how, user=user) for how, some in by_answer.items()), Outcome())


def take_back(project: Project, rows: Sequence[Counterpart], *, user: Any) -> Outcome:
    """Raises Forbidden and TooLate."""
    return Outcome(counterparts.take_back(project, rows, user=user))


def linking(project: Project) -> str:
    """How the project links, where it links at all; else by filling what is empty."""
    policy = str(policies.value(project, counterparts.POLICY))
    return policy if policy in counterparts.LINKING else str(Counterpart.Answer.FILL)


def without_answer(row: Counterpart) -> str:
    """What happens as long as nobody answers."""
    if row.strength == Counterpart.Strength.SURE:
        policy = policies.value(row.project, counterparts.POLICY)
        return f"none; the project's rule holds: {Counterpart.Answer(policy).label}"
    return "none; made anew on staging" if row.account.role == row.account.Role.STAGING else "none; the load waits"


def filled(row: Counterpart) -> list[str]:
    """Fields that are empty there, and that the export fills."""
    return [name for name, _, _, empty in row.facts.get("lines", ()) if empty]


def consequence(row: Counterpart) -> str:
    what = f"fills {', '.join(filled(row))}" if filled(row) else "writes nothing but where it comes from"
    return f"Linking {what}, for {price(row.entity, 'PATCH')} tokens. Its name and owner stay; a rollback brings back what stood there."
