"""Records that may be one: seen by the audit, merged or kept apart by people. Answers hang on the members (see merges)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from migrations_app.models import Decision, Project
from migrations_app.services import decisions
from migrations_app.services.evidence import ClusterFacts
from reconciliation.models import DuplicateCluster, DuplicateMember, ItemState
from reconciliation.services import answers, merges
from reconciliation.services.answers import AT_ONCE, CannotAnswer, Outcome, Refusal, chunks, digest, plain

Strength = DuplicateCluster.Strength
SUGGESTED = {Strength.SAME: (merges.MERGE, 0.95), Strength.DOUBTFUL: (merges.KEEP, 0.6)}
COPIED = ["strength", "reason", "size", "position", "suggestion", "confidence", "evidence", "present"]
MIRRORED = ["survivor", "answer", "state", "changed", "version", "answered_by", "answered_at"]
Members = Mapping[int, Sequence[str]]  # keys by the cluster's primary key
Said = Mapping[str, Mapping[str, Any]]  # answers that count, by key, of one object


def refresh(project: Project, facts: Iterable[ClusterFacts]) -> None:
    """Make the queue what the newest audit saw; what was said about the members stays."""
    DuplicateCluster.objects.filter(project=project, present=True).update(present=False)
    seen: dict[str, tuple[int, ClusterFacts]] = {}
    for position, cluster in enumerate(facts):
        seen.setdefault(_signature(cluster), (position, cluster))
    said = {object: decisions.active(project, Decision.Kind.DUPLICATE, object) for object in DuplicateCluster.Object.values}
    for part in chunks(seen.items()):
        _store(project, dict(part), said)


def merge(project: Project, clusters: Sequence[DuplicateCluster], *, user: Any, survivor: str = "", doubtful: bool = False) -> Outcome:
    """Merge each cluster into its survivor (or into `survivor`, for a single one). Raises Forbidden and CannotAnswer.

    Doubtful ones are refused unless `doubtful`: a person looks at them one by one.
    """
    refused = tuple(
        Refusal(each.survivor, str(each), "it is doubtful: look at its records and decide it alone")
        for each in clusters
        if each.strength == Strength.DOUBTFUL and not doubtful
    )
    wanted = [each for each in clusters if each.strength == Strength.SAME or doubtful]
    return _say(project, wanted, user=user, survivor=survivor) + Outcome(0, refused)


def keep(project: Project, clusters: Sequence[DuplicateCluster], *, user: Any, branches: bool = False) -> Outcome:
    """Keep the records of each cluster apart; as `branches`, the one that would stay stands above the others. Raises Forbidden."""
    return _say(project, clusters, user=user, apart=True, branches=branches)


def take_back(project: Project, clusters: Sequence[DuplicateCluster], *, user: Any) -> int:
    """Undo what was said about the members; what was said before counts again. Raises Forbidden and TooLate."""
    members = members_of(clusters)
    keys: dict[str, list[str]] = defaultdict(list)
    for each in clusters:
        keys[each.object] += members[each.pk]
    with transaction.atomic():
        undone = answers.take_back(project, Decision.Kind.DUPLICATE, keys, user=user)
        _mirror_touched(project, keys)
    return undone


def members_of(clusters: Sequence[DuplicateCluster]) -> dict[int, list[str]]:
    """{cluster: keys of its members, as the audit listed them}. One query for 500 clusters."""
    found: dict[int, list[str]] = {each.pk: [] for each in clusters}
    for part in chunks(found):
        rows = DuplicateMember.objects.filter(cluster__in=part).order_by("position")
        for cluster, key in rows.values_list("cluster_id", "key"):
            found[cluster].append(key)
    return found


def _say(
    project: Project, clusters: Sequence[DuplicateCluster], *, user: Any, survivor: str = "", apart: bool = False, branches: bool = False
) -> Outcome:
    members = members_of(clusters)
    keys: dict[str, list[str]] = {}
    with transaction.atomic():
        for object, some in _by_object(clusters).items():
            given = _given(project, object, some, members, survivor, apart)
            if branches:
                given = _under(some, members, given)
            proposed = {key: _suggested(each, key) for each in some for key in members[each.pk]}
            decisions.decide(project, kind=Decision.Kind.DUPLICATE, object=object, answers=given, suggestions=proposed, user=user)
            keys[object] = list(given)
        for part in chunks([each.pk for each in clusters]):
            DuplicateCluster.objects.filter(pk__in=part).update(answered_on=F("evidence"))
        _mirror_touched(project, keys)
    return Outcome(len(clusters))


def _under(clusters: Sequence[DuplicateCluster], members: Members, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same answers, with the record above each."""
    above = {key: each.survivor for each in clusters for key in members[each.pk] if key != each.survivor}
    return {key: answer | ({"parent": above[key]} if key in above else {}) for key, answer in given.items()}


def _given(
    project: Project, object: str, clusters: Sequence[DuplicateCluster], members: Members, survivor: str, apart: bool
) -> dict[str, dict[str, Any]]:
    said = decisions.active(project, Decision.Kind.DUPLICATE, object)
    given: dict[str, dict[str, Any]] = {}
    for each in clusters:
        keys = members[each.pk]
        into = survivor or each.survivor
        if survivor and survivor not in keys:
            raise CannotAnswer(f"“{survivor}” is none of the records of this duplicate.")
        new = merges.keeping(keys, said) if apart else merges.merging(keys, into, said)
        given |= new
        said |= new
    return given


def _suggested(cluster: DuplicateCluster, key: str) -> dict[str, Any]:
    alone = cluster.suggestion == merges.KEEP or key == cluster.survivor
    return {"keep": True} if alone else {"survivor": cluster.survivor, "confidence": cluster.confidence}


def _by_object(clusters: Iterable[DuplicateCluster]) -> dict[str, list[DuplicateCluster]]:
    found: dict[str, list[DuplicateCluster]] = defaultdict(list)
    for each in clusters:
        found[each.object].append(each)
    return found


def _mirror_touched(project: Project, keys: Mapping[str, Sequence[str]]) -> None:
    """Clusters share members, and a merge may join several: all that hold one of `keys` are looked at again."""
    for object, some in keys.items():
        said = decisions.active(project, Decision.Kind.DUPLICATE, object)
        for part in chunks(some):
            held = DuplicateCluster.objects.filter(project=project, object=object, members__key__in=part).distinct()
            clusters = list(held)
            _take_answers(project, object, clusters, members_of(clusters), said)
            DuplicateCluster.objects.bulk_update(clusters, MIRRORED)


def _store(project: Project, facts: Mapping[str, tuple[int, ClusterFacts]], said: Mapping[str, Said]) -> None:
    rows = [_row(project, signature, position, cluster) for signature, (position, cluster) in facts.items()]
    DuplicateCluster.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["project", "object", "signature"],
        update_fields=[*COPIED, "survivor"],
    )
    stored = {each.signature: each for each in DuplicateCluster.objects.filter(project=project, signature__in=list(facts))}
    members = [_member(stored[signature], at, each) for signature, (_, facts_) in facts.items() for at, each in enumerate(facts_.members)]
    DuplicateMember.objects.bulk_create(
        members,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["cluster", "key"],
        update_fields=["label", "reason", "position"],
    )
    keys = {stored[signature].pk: [each.key for each in cluster.members] for signature, (_, cluster) in facts.items()}
    for object, clusters in _by_object(stored.values()).items():
        _take_answers(project, object, clusters, keys, said[object])
        DuplicateCluster.objects.bulk_update(clusters, MIRRORED)


def _row(project: Project, signature: str, position: int, cluster: ClusterFacts) -> DuplicateCluster:
    suggestion, confidence = SUGGESTED[Strength(cluster.strength)]
    return DuplicateCluster(
        project=project,
        object=cluster.object,
        signature=signature,
        strength=cluster.strength,
        reason=plain(cluster.reason),
        survivor=cluster.survivor,
        size=len(cluster.members),
        position=position,
        suggestion=suggestion,
        confidence=confidence,
        evidence=digest(cluster.strength, cluster.reason),
    )


def evidences(facts: Iterable[ClusterFacts]) -> Iterator[tuple[str, str, bool]]:
    """(signature, digest of what bears on the answer, whether one is asked for)."""
    return ((_signature(cluster), digest(cluster.strength, cluster.reason), True) for cluster in facts)


def _member(cluster: DuplicateCluster, position: int, member: Any) -> DuplicateMember:
    return DuplicateMember(cluster=cluster, key=member.key, label=plain(member.label), reason=plain(member.reason), position=position)


def _take_answers(project: Project, object: str, clusters: Sequence[DuplicateCluster], members: Members, said: Said) -> None:
    keys = sorted({key for each in clusters for key in members[each.pk]})
    found = answers.counting(project, Decision.Kind.DUPLICATE, object, keys)
    for each in clusters:
        _take_answer(each, members[each.pk], said, [found[key] for key in members[each.pk] if key in found])


def _take_answer(cluster: DuplicateCluster, keys: Sequence[str], said: Said, given: Sequence[Decision]) -> None:
    cluster.answer = merges.said(keys, said)
    if cluster.answer == merges.MERGE and (into := merges.root(keys[0], said)) in keys:
        cluster.survivor = into
    newest = max(given, key=lambda each: each.pk, default=None)
    cluster.version = newest.seq if newest else 0
    cluster.state = ItemState.ANSWERED if cluster.answer else ItemState.OPEN
    cluster.changed = bool(given) and (not cluster.answer or cluster.answered_on not in ("", cluster.evidence))
    cluster.answered_by_id = newest.by_id if newest and cluster.answer else None
    cluster.answered_at = newest.at if newest and cluster.answer else None


def _signature(cluster: ClusterFacts) -> str:
    return digest(cluster.object, *sorted(each.key for each in cluster.members))
