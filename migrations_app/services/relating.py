"""Relationships that people made in the account before us: they are linked, as Pipedrive would take the same one twice."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from connectors.pipedrive.client import Pipedrive, end_of_relationship
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.entities import entity as entity_of
from migrations_app.models import LinkEvent, LinkParent, RecordLink, Run
from migrations_app.rules.kinds_of_record import BY_PAIR, KINDS
from migrations_app.services.building import Prepared
from migrations_app.services.completing import LEAVE
from migrations_app.states import LINK_IN_TARGET, LinkState

Pair = tuple[str, int, int]  # type, owner, linked


class Related:
    """For one batch. An organization's list is read once, and only where both ends were in the account before this run."""

    def __init__(self, run: Run, client: Pipedrive) -> None:
        self._run, self._client = run, client
        self._there: dict[int, dict[Pair, str]] = {}  # by owner

    def link(self, entity: str, prepared: Sequence[Prepared]) -> None:
        """Let those stand for what is there already; nothing for any other kind of record. 20 tokens for each organization read."""
        if KINDS[entity].known_by != BY_PAIR:
            return
        before = set(_between_old_ones(RecordLink.objects.filter(pk__in=[each.link.pk for each in prepared]), self._run))
        asked = [(each, _pair(each.body)) for each in prepared if each.body is not None and each.link.pk in before]
        self._read({owner for _, (_, owner, _) in asked} - self._there.keys())
        found = [(each.link, id) for each, pair in asked if (id := self._there[pair[1]].get(pair, ""))]
        taken = self._taken(entity, [id for _, id in found])
        free = [(link, id) for link, id in found if id not in taken]
        for link, id in free:
            link.existing_id, link.completing = id, LEAVE
        RecordLink.objects.bulk_update([link for link, _ in free], ["existing_id", "completing"], batch_size=200)

    def _read(self, owners: set[int]) -> None:
        self._there |= {owner: {} for owner in owners}
        for page in self._client.relationships(sorted(owners)):
            for each in page:
                if end_of_relationship(each.get("rel_linked_org_id")):  # the organization may be gone
                    pair = _pair(each)
                    self._there[pair[1]].setdefault(pair, str(each["id"]))

    def _taken(self, entity: str, ids: Sequence[str]) -> set[str]:
        ours = RecordLink.objects.filter(account=self._run.account, entity=entity, pipedrive_id__in=ids, state__in=LINK_IN_TARGET)
        return set(ours.values_list("pipedrive_id", flat=True))


def reading(run: Run, entity: str) -> int:
    """Tokens of looking for them, as planned."""
    if KINDS[entity].known_by != BY_PAIR:
        return 0
    planned = RecordLink.objects.filter(run=run, entity=entity, state=LinkState.PLANNED)
    owners = LinkParent.objects.filter(link__in=_between_old_ones(planned, run), role=KINDS[entity].listed_under)
    return owners.values("parent").distinct().count() * cost_of("GET", entity_of(entity).path)


def _between_old_ones(links: QuerySet[RecordLink], run: Run) -> QuerySet[RecordLink, int]:
    """Those whose organizations both live there, or are known to, without this run having made them."""
    made = LinkEvent.objects.filter(link=OuterRef("parent"), run=run, verb=LinkEvent.Verb.CREATE)
    old = Q(parent__state__in=LINK_IN_TARGET) | Q(parent__state=LinkState.MERGED) | ~Q(parent__existing_id="")
    young = LinkParent.objects.filter(Exists(made), link=OuterRef("pk")) | LinkParent.objects.filter(~old, link=OuterRef("pk"))
    return links.filter(~Exists(young)).values_list("pk", flat=True)


def _pair(record: Mapping[str, object]) -> Pair:
    owner, linked = (int(str(end_of_relationship(record.get(name)))) for name in ("rel_owner_org_id", "rel_linked_org_id"))
    return str(record.get("type")), owner, linked
