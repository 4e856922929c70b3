"""Links as they are wanted, brought into the ledger in sets: new ones are added, those that nobody has sent take the new plan."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from migrations_app.models import LinkParent, PipedriveAccount, RecordLink, RecordSource, Run
from migrations_app.services import choosing
from migrations_app.services.choosing import KEPT, NOT_IN_RUN
from migrations_app.services.staging import chunks
from migrations_app.states import LinkState

NO_PARENT_YET = "parent not loaded yet"  # the reason of a link that waits for nothing but its parent
UNCALLED = "nothing hangs on it any more"
MOVABLE = (LinkState.PLANNED, LinkState.WAITING, LinkState.SKIPPED, LinkState.MERGED, LinkState.REMOVED)


@dataclass(slots=True)
class Wanted:
    """One link as it should be. `parents` are (role, link key of an organization or person)."""

    key: str
    source: tuple[str, str, int] | None  # object, source key, occurrence
    order: int
    label: str
    state: str = LinkState.PLANNED
    reason: str = ""
    survivor: str = ""
    content_hash: str = ""
    derived: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    parents: list[tuple[str, str]] = field(default_factory=list)


def write_links(run: Run, entity: str, wanted: Sequence[Wanted]) -> None:
    """Bring the links of one chunk to what is wanted: a constant number of statements."""
    account = run.account
    with transaction.atomic():
        # Locked: a worker must not send a link between our look at it and our change of it.
        keys = [each.key for each in wanted]
        mine = RecordLink.objects.select_for_update().filter(account=account, entity=entity, key__in=keys).order_by("pk")
        known = {link.key: link for link in mine}
        choosing.leave_out(run, known, wanted)
        new = [_new_link(run, entity, each) for each in wanted if each.key not in known]
        made = {link.key: link for link in RecordLink.objects.bulk_create(new, batch_size=500)}
        RecordSource.objects.bulk_create(
            [
                RecordSource(link=made[each.key], object=each.source[0], source_key=each.source[1], occurrence=each.source[2])
                for each in wanted
                if each.source and each.key in made
            ],
            batch_size=1000,
        )
        _refresh(run, [(known[each.key], each) for each in wanted if each.key in known])
        _write_parents(account, wanted, known | made)


def _new_link(run: Run, entity: str, wanted: Wanted) -> RecordLink:
    return RecordLink(
        account=run.account,
        run=run,
        entity=entity,
        key=wanted.key,
        state=wanted.state,
        reason=wanted.reason,
        order=wanted.order,
        label=wanted.label,
        derived=wanted.derived,
        facts=wanted.facts,
        content_hash=wanted.content_hash,
    )


def _refresh(run: Run, pairs: Iterable[tuple[RecordLink, Wanted]]) -> None:
    """Links that were there already: those that nobody has sent take the new plan, all others only join the run."""
    changed, joined = [], []
    for link, wanted in pairs:
        link.run = run
        if link.state in MOVABLE and not link.pipedrive_id and link.reason not in KEPT:
            link.state, link.reason, link.message = wanted.state, wanted.reason, ""
            link.facts, link.content_hash, link.label, link.order = wanted.facts, wanted.content_hash, wanted.label, wanted.order
            link.survivor = None
            changed.append(link)
        else:
            joined.append(link.pk)
    fields = ["run", "state", "reason", "message", "facts", "content_hash", "label", "order", "survivor"]
    RecordLink.objects.bulk_update(changed, fields, batch_size=200)
    RecordLink.objects.filter(pk__in=joined).update(run=run)


def _write_parents(account: PipedriveAccount, wanted: Sequence[Wanted], links: Mapping[str, RecordLink]) -> None:
    keys = {key for each in wanted for _, key in each.parents}
    parents = dict(RecordLink.objects.filter(account=account, key__in=keys).values_list("key", "pk")) if keys else {}
    fresh = [link for link in links.values() if link.state in (LinkState.PLANNED, LinkState.WAITING, LinkState.SKIPPED)]
    LinkParent.objects.filter(link__in=[link.pk for link in fresh]).delete()
    movable = {link.key for link in fresh}
    LinkParent.objects.bulk_create(
        [
            LinkParent(link=links[each.key], role=role, parent_id=parents[key])
            for each in wanted
            if each.key in movable
            for role, key in each.parents
            if key in parents
        ],
        batch_size=1000,
    )


def drop_uncalled(run: Run, entity: str, called: Collection[str]) -> None:
    """Derived records that an earlier plan of this run wanted, and no answer calls for any more, leave it; nobody has sent them."""
    unsent = RecordLink.objects.filter(run=run, entity=entity, derived=True, state__in=MOVABLE, pipedrive_id="").exclude(reason__in=KEPT)
    gone = [pk for pk, key in unsent.values_list("pk", "key").iterator(2000) if key not in called]
    for some in chunks(gone, 500):
        RecordLink.objects.filter(pk__in=some, state__in=MOVABLE).update(run=None, batch=None, state=LinkState.SKIPPED, reason=UNCALLED)


def link_survivors(run: Run, entity: str, roots: Mapping[str, str]) -> None:
    """Point merged links at the one that stands for them; a root that is rejected or merged itself cannot stand."""
    for some in chunks(list(roots.items()), 500):
        pairs = {f"{entity}:{member}": f"{entity}:{root}" for member, root in some if member != root}
        links = RecordLink.objects.filter(account=run.account, entity=entity, key__in=set(pairs) | set(pairs.values()))
        by_key = {link.key: link for link in links}
        merged = [by_key[key] for key in pairs if key in by_key and by_key[key].state == LinkState.MERGED]
        for link in merged:
            root = by_key.get(pairs[link.key])
            if root is None or root.state == LinkState.MERGED or (root.state == LinkState.SKIPPED and root.reason != NOT_IN_RUN):
                link.state, link.survivor = LinkState.PLANNED, None
            else:
                link.survivor = root
        RecordLink.objects.bulk_update(merged, ["state", "survivor"], batch_size=200)
