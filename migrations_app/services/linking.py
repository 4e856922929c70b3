"""Links as they are wanted, brought into the ledger in sets: new ones are added, those that nobody has sent take the new plan."""

from collections.abc import Container, Mapping, Sequence

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from migrations_app.models import LinkParent, PipedriveAccount, RecordLink, RecordSource, Run
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import choosing, renewing
from migrations_app.services.choosing import KEPT, NOT_IN_RUN
from migrations_app.services.staging import chunks
from migrations_app.services.taking_over import take_over
from migrations_app.services.wanted import Wanted
from migrations_app.states import LINK_IN_TARGET, LinkState

__all__ = ["Wanted", "drop_uncalled", "link_survivors", "write_links"]

NO_PARENT_YET = "parent not loaded yet"  # the reason of a link that waits for nothing but its parent
UNCALLED = "nothing hangs on it any more"
MOVABLE = (LinkState.PLANNED, LinkState.WAITING, LinkState.SKIPPED, LinkState.MERGED, LinkState.REMOVED)


def write_links(run: Run, entity: str, wanted: Sequence[Wanted]) -> None:
    """Bring the links of one chunk to what is wanted: a constant number of statements."""
    account = run.account
    with transaction.atomic():
        # Locked: a worker must not send a link between our look at it and our change of it.
        take_over(run, entity, wanted)
        keys = [each.key for each in wanted]
        mine = RecordLink.objects.select_for_update().filter(account=account, entity=entity, key__in=keys).order_by("pk")
        known = {link.key: link for link in mine}
        choosing.leave_out(run, known, wanted)
        new = [_new_link(run, entity, each) for each in wanted if each.key not in known]
        made = {link.key: link for link in RecordLink.objects.bulk_create(new, batch_size=500)}
        renewing.touch_survivors(run, entity, {each.survivor for each in wanted if each.survivor and each.key in made})
        RecordSource.objects.bulk_create(
            [
                RecordSource(
                    link=made[each.key], object=each.source[0], source_key=each.source[1], occurrence=each.source[2], part=each.part
                )
                for each in wanted
                if each.source and each.key in made
            ],
            batch_size=1000,
        )
        parents = _parents_of(account, wanted)
        _refresh(run, entity, [(known[each.key], each) for each in wanted if each.key in known], parents)
        _write_parents(wanted, known | made, parents)


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
        existing_id=wanted.existing_id,
        completing=wanted.completing,
    )


def _refresh(run: Run, entity: str, pairs: Sequence[tuple[RecordLink, Wanted]], parents: Mapping[str, int]) -> None:
    """Links that were there already: those that nobody has sent take the new plan, all others only join the run."""
    changed, joined, there = [], [], []
    for link, wanted in pairs:
        if link.state in LINK_IN_TARGET:
            there.append((link, wanted))
        elif (link.state in MOVABLE and not link.pipedrive_id and link.reason not in KEPT) or renewing.planned_anew(link, wanted):
            changed.append((link, wanted))
        else:
            joined.append(link.pk)
    touched = {wanted.survivor for link, wanted in changed if wanted.survivor and renewing.differs(link, wanted)}
    for link, wanted in changed:
        _take_plan(run, link, wanted)
    fields = ["run", "state", "reason", "message", "facts", "content_hash", "label", "order", "survivor", "existing_id", "completing"]
    RecordLink.objects.bulk_update([link for link, _ in changed], fields, batch_size=200)
    RecordLink.objects.filter(pk__in=joined).update(run=run)
    if there:
        renewing.join(run, entity, there, parents)
    renewing.touch_survivors(run, entity, touched)


def _take_plan(run: Run, link: RecordLink, wanted: Wanted) -> None:
    link.run, link.survivor = run, None
    link.state, link.reason, link.message = wanted.state, wanted.reason, ""
    link.facts, link.content_hash, link.label, link.order = wanted.facts, wanted.content_hash, wanted.label, wanted.order
    link.existing_id, link.completing = wanted.existing_id, wanted.completing


def _parents_of(account: PipedriveAccount, wanted: Sequence[Wanted]) -> dict[str, int]:
    """{key: link} of everything that these hang on."""
    keys = {key for each in wanted for _, key in each.parents}
    return dict(RecordLink.objects.filter(account=account, key__in=keys).values_list("key", "pk")) if keys else {}


def _write_parents(wanted: Sequence[Wanted], links: Mapping[str, RecordLink], parents: Mapping[str, int]) -> None:
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


def drop_uncalled(run: Run, entity: str, called: Container[str]) -> None:
    """Derived records that an earlier plan of this run wanted, and no answer calls for any more, leave it; nobody has sent them."""
    unsent = RecordLink.objects.filter(run=run, entity=entity, derived=True, state__in=MOVABLE, pipedrive_id="").exclude(reason__in=KEPT)
    gone = [pk for pk, key in unsent.values_list("pk", "key").iterator(2000) if key not in called]
    for some in chunks(gone, 500):
        RecordLink.objects.filter(pk__in=some, state__in=MOVABLE).update(run=None, batch=None, state=LinkState.SKIPPED, reason=UNCALLED)


def as_sent(links: QuerySet[RecordLink], entity: str) -> QuerySet[RecordLink]:
    """In the order in which they are sent: that of the files, but what goes out together stands together."""
    beside = KINDS[entity].path_parent
    if not beside:
        return links.order_by("order", "pk")
    parent = LinkParent.objects.filter(link=OuterRef("pk"), role=beside).values("parent_id")[:1]
    return links.annotate(beside=Subquery(parent)).order_by("beside", "order", "pk")


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
