"""What becomes of the answers if the audit sees other evidence: asked before an upload takes effect."""

from collections.abc import Iterable
from typing import Any

from migrations_app.models import Project
from migrations_app.services.evidence import Evidence
from reconciliation.models import DuplicateCluster, ItemState, OrphanedDeal, OwnerMatch
from reconciliation.services import duplicates, orphans, owners


def answers(project: Project, evidence: Evidence) -> dict[str, dict[str, int]]:
    """By queue, without the items that need no answer. Three queries."""
    return {
        "orphans": _held_against(project, OrphanedDeal, "source_key", orphans.evidences(evidence.orphans)),
        "duplicates": _held_against(project, DuplicateCluster, "signature", duplicates.evidences(evidence.clusters)),
        "owners": _held_against(project, OwnerMatch, "folded", owners.evidences(evidence.owners)),
    }


def _held_against(project: Project, queue: Any, name: str, seen: Iterable[tuple[str, str, bool]]) -> dict[str, int]:
    facts = list(seen)
    digests = {key: digest for key, digest, _ in facts}
    kept = changed = fixed = 0
    known = set()
    items = queue.objects.filter(project=project, present=True)
    for key, state, evidence in items.values_list(name, "state", "evidence").iterator(2000):
        known.add(key)
        fixed += key not in digests and state != ItemState.MATCHED
        if key in digests and state == ItemState.ANSWERED:
            changed += digests[key] != evidence
            kept += digests[key] == evidence
    return {"kept": kept, "changed": changed, "fixed": fixed, "new": len({key for key, _, asks in facts if asks} - known)}
