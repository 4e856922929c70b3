"""What becomes of the answers if the audit sees other evidence: asked before an upload takes effect."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from migrations_app.models import Project, Question
from migrations_app.rules.answers import OF_COLUMN
from migrations_app.services.asking import ASKED_BY_OTHERS
from migrations_app.services.evidence import Evidence
from reconciliation.models import DuplicateCluster, ItemState, OrphanedDeal, OwnerMatch, QuickBooksDifference, ValueDifference
from reconciliation.services import duplicates, orphans, owners, questions, quickbooks, values

Facts = Iterable[tuple[Hashable, str, bool]]  # what tells an item from others, digest of what bears on its answer, whether one is asked for
Item = tuple[Hashable, str, str]  # the same, its state, the digest that its answer rests on


def answers(project: Project, evidence: Evidence) -> dict[str, dict[str, int]]:
    """By queue, without the items that need no answer. Six queries."""
    found = {
        "orphans": _held_against(_items(project, OrphanedDeal, "source_key"), orphans.evidences(evidence.orphans)),
        "duplicates": _held_against(_items(project, DuplicateCluster, "signature"), duplicates.evidences(evidence.clusters)),
        "owners": _held_against(_items(project, OwnerMatch, "folded"), owners.evidences(evidence.owners)),
        "questions": _of_questions(project, evidence),
    }
    seen = quickbooks.evidences(project, evidence.quickbooks)
    differences = _held_against(_differences(project), seen)
    worth = _held_against(_items(project, ValueDifference, "source_key"), values.evidences(evidence.values))
    some = {"quickbooks": differences, "values": worth}  # queues of some projects only
    return found | {queue: counts for queue, counts in some.items() if any(counts.values())}


def _items(project: Project, queue: Any, name: str) -> Iterator[Item]:
    items = queue.objects.filter(project=project, present=True)
    yield from items.values_list(name, "state", "evidence").iterator(2000)


def _differences(project: Project) -> Iterator[Item]:
    rows = QuickBooksDifference.objects.filter(project=project, present=True)
    for object, key, field, state, evidence in rows.values_list("object", "source_key", "field", "state", "evidence").iterator(2000):
        yield (object, key, field), state, evidence


def _of_questions(project: Project, evidence: Evidence) -> dict[str, int]:
    """Those of the audit. A column's question is not asked again once it has an answer: that is no sign that the source was mended."""
    asked = Question.objects.filter(project=project, present=True).exclude(kind__in=ASKED_BY_OTHERS)
    items: list[Item] = []
    standing: list[tuple[Hashable, str, bool]] = []
    for each in asked.iterator(2000):
        mark, rests_on = (each.kind, each.object, each.subject), questions.rests_on(each)
        items.append((mark, ItemState.ANSWERED if each.answer else ItemState.OPEN, rests_on))
        standing += [(mark, rests_on, False)] if each.answer and each.kind in OF_COLUMN else []
    return _held_against(items, [*standing, *questions.evidences(evidence.questions)])


def _held_against(items: Iterable[Item], seen: Facts) -> dict[str, int]:
    facts = list(seen)
    digests = {key: digest for key, digest, _ in facts}
    kept = changed = fixed = 0
    known = set()
    for key, state, evidence in items:
        known.add(key)
        fixed += key not in digests and state != ItemState.MATCHED
        if key in digests and state == ItemState.ANSWERED:
            changed += digests[key] != evidence
            kept += digests[key] == evidence
    return {"kept": kept, "changed": changed, "fixed": fixed, "new": len({key for key, _, asks in facts if asks} - known)}
