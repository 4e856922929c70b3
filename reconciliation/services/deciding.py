"""Many answers in one go, as the verb `decide` means them (DESIGN.md 9).

An explicit option wins over the suggestions and answers only open items that it fits; the others follow their suggestion
where it is good enough, questions else their safe default; what is left stays open. Answers given before stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from migrations_app.models import Counterpart, Project, Question
from migrations_app.services import conflicts, counterparts
from reconciliation.models import DuplicateCluster, How, OrphanedDeal
from reconciliation.services import duplicates, existing, orphans, owners, parents, questions
from reconciliation.services.answers import CannotAnswer, Outcome
from reconciliation.services.counting import open_items
from reconciliation.services.orphans import Pick

PARENT = f"{How.PARENT}="
FALLBACK = "fallback="


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options say. Empty is: nothing said. `above` is the least confidence of a suggestion that is taken."""

    orphans: str = ""
    owners: str = ""
    duplicates: str = ""
    conflicts: str = ""
    existing: str = ""
    accept: bool = False
    above: float = 0.0

    def takes(self, confidence: float) -> bool:
        return self.accept and confidence >= self.above


def decide(project: Project, wish: Wish, *, user: Any) -> dict[str, int]:
    """Answer what `wish` answers and count it by queue, all in one transaction. Raises CannotAnswer and Forbidden."""
    steps: dict[str, Callable[[Project, Wish, Any], Outcome]] = {
        "duplicates": _duplicates,
        "orphans": _orphans,
        "owners": _owners,
        "questions": _questions,
        "conflicts": _conflicts,
    }
    if Counterpart.objects.filter(project=project).exists():  # a queue that only some projects have
        steps["existing"] = _existing
    with transaction.atomic():
        return {queue: step(project, wish, user).answered for queue, step in steps.items()}


def _duplicates(project: Project, wish: Wish, user: Any) -> Outcome:
    clusters: list[DuplicateCluster] = list(open_items(project)["duplicates"])
    same = [each for each in clusters if each.strength == duplicates.Strength.SAME]
    doubtful = [each for each in clusters if each.strength == duplicates.Strength.DOUBTFUL]
    if wish.duplicates == "branches":
        companies = [each for each in doubtful if each.object == DuplicateCluster.Object.COMPANIES]
        return duplicates.keep(project, companies, user=user, branches=True)
    if wish.duplicates == "keep":
        return duplicates.keep(project, clusters, user=user)
    apart = [each for each in doubtful if wish.takes(each.confidence)]
    into_one = [each for each in same if wish.duplicates == "merge" or wish.takes(each.confidence)]
    return duplicates.merge(project, into_one, user=user) + duplicates.keep(project, apart, user=user)


def _orphans(project: Project, wish: Wish, user: Any) -> Outcome:
    said = explicit_pick(project, wish.orphans)
    picks = [(deal, pick) for deal in open_items(project)["orphans"] if (pick := _pick(deal, said, wish))]
    return orphans.answer_each(project, picks, user=user)


def _pick(deal: OrphanedDeal, said: Pick | None, wish: Wish) -> Pick | None:
    if said and not deal.why_not(said.how):
        return said
    suggestion = orphans.suggested_pick(deal)
    if suggestion and wish.takes(deal.confidence) and not deal.why_not(suggestion.how):
        return suggestion
    return None


def explicit_pick(project: Project, text: str) -> Pick | None:
    """`contact`, ... `skip`, or `parent=COMPANY`, whose company must be exactly one. Raises CannotAnswer."""
    if not text:
        return None
    if text.startswith(PARENT):
        return Pick(How.PARENT, parents.resolve(project, text.removeprefix(PARENT)).answer)
    if text not in How.values or text == How.PARENT:
        raise CannotAnswer(f"“{text}” is no answer; these are: {', '.join(How.values)} (parent=COMPANY).")
    return Pick(text)


def _owners(project: Project, wish: Wish, user: Any) -> Outcome:
    if wish.owners == "block":
        return owners.set_fallback(project, None, user=user)
    if wish.owners.startswith(FALLBACK):
        return owners.set_fallback(project, wish.owners.removeprefix(FALLBACK), user=user)
    return Outcome()


def _questions(project: Project, wish: Wish, user: Any) -> Outcome:
    if not wish.accept:
        return Outcome()
    picks = [(question, choice) for question in open_items(project)["questions"] if (choice := _choice(question, wish))]
    return questions.answer_each(project, picks, user=user)


def _conflicts(project: Project, wish: Wish, user: Any) -> Outcome:
    """Only by the explicit option: whose value is right, no suggestion knows."""
    if not wish.conflicts:
        return Outcome()
    return Outcome(conflicts.answer(project, list(open_items(project)["conflicts"]), wish.conflicts, user=user))


def _existing(project: Project, wish: Wish, user: Any) -> Outcome:
    """What was said answers all that is open; a suggestion is taken where it is good enough."""
    rows = list(counterparts.open_ones(project))
    if wish.existing:
        return existing.answer_each(project, [(row, wish.existing) for row in rows], user=user)
    return existing.answer_each(project, [(row, row.suggestion) for row in rows if wish.takes(row.confidence)], user=user)


def _choice(question: Question, wish: Wish) -> str:
    if question.suggestion and wish.takes(question.confidence):
        return question.suggestion
    return question.safe_default
