"""Records without any mark: found again by what they say and hang on, one for each intent, and one intent at a time (LEDGER.md 4)."""

from collections.abc import Iterable, Sequence

from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.entities import entity as entity_of
from migrations_app.models import Phase, PipedriveAccount, RecordLink
from migrations_app.rules import marks
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.building import Prepared
from migrations_app.services.lists import Record, by_age
from migrations_app.states import LINK_OPEN, LinkState

EQUAL_ON_ITS_WAY = "an equal one is on its way"  # the reason of a link that waits for nothing but that


def note_high_water(phase: Phase, client: Pipedrive) -> None:
    """The highest id there is before the phase begins: nothing up to it is ours. A page's price, and only without references."""
    kind = KINDS[phase.entity]
    bare = kind.marked and not kind.path_parent and entity_of(phase.entity).numbered and phase.run.project.setting("references") == "no"
    if bare and phase.high_water is None:
        phase.high_water = client.newest_id(phase.entity)
        Phase.objects.filter(pk=phase.pk).update(high_water=phase.high_water)


def hold_back(account: PipedriveAccount, prepared: Iterable[Prepared]) -> None:
    """Of equal records only one may be on its way; the others wait until it has arrived. At most one query."""
    told = [each for each in prepared if each.body is not None and each.fingerprint]
    if not told:
        return
    entity = told[0].link.entity
    open_ = RecordLink.objects.filter(account=account, entity=entity, state__in=LINK_OPEN).exclude(fingerprint="")
    on_their_way = set(open_.values_list("fingerprint", flat=True))
    for each in told:
        if each.fingerprint in on_their_way:
            each.body, each.state, each.reason = None, LinkState.WAITING, EQUAL_ON_ITS_WAY
        on_their_way.add(each.fingerprint)


def matched(account: PipedriveAccount, links: Sequence[RecordLink], records: Iterable[Record]) -> dict[int, Record]:
    """{link: record}: equal ones are interchangeable, and a record stands for one link only."""
    wanted = [link for link in links if link.fingerprint]
    if not wanted:
        return {}
    kind = KINDS[wanted[0].entity]
    above = dict(Phase.objects.filter(run__in={link.run_id for link in wanted}, entity=kind.entity).values_list("run_id", "high_water"))
    least = min((mark or 0 for mark in above.values()), default=0)
    free: dict[str, list[Record]] = {}
    for record in sorted(_unclaimed(account, kind.entity, records), key=by_age):
        if not least or int(record["id"]) > least:
            free.setdefault(marks.fingerprint(kind, record), []).append(record)
    found = {}
    for link in wanted:
        if same := free.get(link.fingerprint):
            found[link.pk] = same.pop(0)
    return found


def _unclaimed(account: PipedriveAccount, entity: str, records: Iterable[Record]) -> list[Record]:
    """Those that no link of any project on this company has."""
    there = {str(record["id"]): record for record in records}
    links = RecordLink.objects.filter(account__company=account.company, entity=entity, pipedrive_id__in=list(there))
    claimed = set(links.values_list("pipedrive_id", flat=True))
    return [record for id, record in there.items() if id not in claimed]
