"""How much is open in each queue, and the queues as csv files beside the findings."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from migrations_app.models import Counterpart, Project, Question
from migrations_app.rules.keys import fit
from migrations_app.services import conflicts, counterparts
from migrations_app.services.wording import plain, told
from reconciliation.models import (
    DuplicateCluster,
    DuplicateMember,
    How,
    ItemState,
    OrphanedDeal,
    OwnerMatch,
    QuickBooksDifference,
    SuppressionConflict,
    ValueDifference,
)
from reconciliation.services import findings

QUEUES = ("orphans", "owners", "duplicates", "questions", "conflicts")
SOME_HAVE: dict[str, Any] = {  # queues of some projects only
    "suppression": SuppressionConflict,
    "quickbooks": QuickBooksDifference,
    "values": ValueDifference,
}


def open_items(project: Project) -> dict[str, Any]:
    """{queue: queryset of what waits for an answer}."""
    waiting = {"project": project, "present": True, "state": ItemState.OPEN}
    return {
        "orphans": OrphanedDeal.objects.filter(**waiting),
        "owners": OwnerMatch.objects.filter(**waiting),
        "duplicates": DuplicateCluster.objects.filter(**waiting),
        "questions": Question.objects.filter(project=project, present=True, answer=""),
        "conflicts": conflicts.open_ones(project),
    }


def open_counts(project: Project) -> dict[str, int]:
    counts = {queue: rows.count() for queue, rows in open_items(project).items()}
    for queue, model in SOME_HAVE.items():
        seen = model.objects.filter(project=project, present=True)
        if seen.exists():
            counts[queue] = seen.filter(state=ItemState.OPEN).count()
    if again := findings.due(project, timezone.localdate()):
        counts["findings"] = again
    if Counterpart.objects.filter(project=project).exists():
        counts["existing"] = counterparts.open_ones(project).count()
    return counts


def _of(object: str, how: str) -> str:
    return f"{told(object.replace('_', ' ').capitalize())}: {told(how)}"


def tallies(project: Project) -> dict[str, dict[str, int]]:
    """{queue: {kind in plain words: items of the newest audit}}, answered ones included. Five queries."""
    here = {"project": project, "present": True}
    kinds = dict(OrphanedDeal.Kind.choices)
    clusters = (
        DuplicateCluster.objects.filter(**here).order_by().values_list("object", "strength").annotate(n=Count("pk"), rows=Sum("size"))
    )
    orphans = OrphanedDeal.objects.filter(**here).order_by().values_list("kind").annotate(n=Count("pk"))
    owners = OwnerMatch.objects.filter(**here).order_by().values_list("state").annotate(n=Count("pk"))
    twins = QuickBooksDifference.objects.filter(**here).order_by().values_list("object", "field", "kind").annotate(n=Count("pk"))
    hows = dict(QuickBooksDifference.Kind.choices)
    worth = ValueDifference.objects.filter(**here).order_by().values_list("cause").annotate(n=Count("pk"))
    return {
        "duplicates": {_of(object, DuplicateCluster.Strength(strength).label): n for object, strength, n, _ in clusters},
        "duplicate rows": {_of(object, DuplicateCluster.Strength(strength).label): rows for object, strength, _, rows in clusters},
        "orphans": {told(kinds[kind]): n for kind, n in orphans},
        "owners": {told(ItemState(state).label): n for state, n in owners},
        "quickbooks": {_of(object, f"{told(plain(field))}, {told(hows[kind])}"): n for object, field, kind, n in twins},
        "values": {told(ValueDifference.Cause(cause).label): n for cause, n in worth},
    }


def write_files(project: Project, folder: Path) -> list[Path]:
    """duplicates.csv, orphans.csv and owners.csv as DESIGN.md 9 names them, utf-8; answers the paths."""
    return [_duplicates(project, folder), _orphans(project, folder), _owners(project, folder)]


def _duplicates(project: Project, folder: Path) -> Path:
    members = DuplicateMember.objects.filter(cluster__project=project, cluster__present=True).select_related("cluster")
    numbers: dict[int, int] = {}
    lines = []
    for each in members.order_by("cluster__object", "cluster__position", "cluster_id", "position"):
        cluster = each.cluster
        number = numbers.setdefault(cluster.pk, len(numbers) + 1)
        lines.append((cluster.object, number, cluster.strength, each.key, cluster.survivor, each.reason or cluster.reason))
    return _write(folder / "duplicates.csv", ("object", "cluster", "strength", "source_id", "survivor", "reason"), lines)


def _orphans(project: Project, folder: Path) -> Path:
    deals = OrphanedDeal.objects.filter(project=project, present=True)
    lines = [(deal.source_key, deal.kind, suggestion_text(deal), deal.confidence) for deal in deals]
    return _write(folder / "orphans.csv", ("source_id", "kind", "suggestion", "confidence"), lines)


def suggestion_text(deal: OrphanedDeal) -> str:
    """The suggested company's source id where it is one, else the answer's word."""
    companies: dict[str, str] = {How.CONTACT: deal.contact_company_key, How.PARENT: deal.similar_key}
    return companies.get(deal.suggestion, "") or deal.suggestion


def _owners(project: Project, folder: Path) -> Path:
    """One line per text as printed: `Ann` and `ANN` are one owner, but two texts."""
    settled = {owner.folded: owner.user_email for owner in OwnerMatch.objects.filter(project=project, present=True)}
    printed = project.audit.owners if project.audit else {}
    lines = [(text, facts["rows"], settled.get(fit(facts["folded"]), facts["email"])) for text, facts in sorted(printed.items())]
    return _write(folder / "owners.csv", ("text", "rows", "user_email"), lines)


def _write(path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)
    return path
