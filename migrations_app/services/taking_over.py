"""A row that is a record which we made of another row: the record goes on under the key of the new one, and nothing is made twice."""

from collections.abc import Mapping, Sequence

from migrations_app.models import Counterpart, RecordLink, RecordSource, Run
from migrations_app.services.wanted import Wanted
from migrations_app.states import LINK_IN_TARGET, LinkState

MOVED = "its record stands under another id of the source now"
Taken = Mapping[RecordLink, Wanted]


def take_over(run: Run, entity: str, wanted: Sequence[Wanted]) -> None:
    """Give the records that these stand for their keys, if they are ours. A constant number of statements; call it inside a transaction.

    A link that the new row has already, which nobody has sent, takes the key that is given up.
    """
    asked = {each.existing_id: each for each in wanted if each.existing_id}
    if not asked:
        return
    links = RecordLink.objects.select_for_update().filter(account=run.account, entity=entity).order_by("pk")
    ours = {link: asked[link.pipedrive_id] for link in links.filter(state__in=LINK_IN_TARGET, pipedrive_id__in=list(asked))}
    unsent = {link.key: link for link in links.filter(key__in=[each.key for each in ours.values()])}
    ours = {link: each for link, each in ours.items() if each.key not in unsent or unsent[each.key].state not in LINK_IN_TARGET}
    if ours:
        _change_keys(ours, unsent)
        _change_sources(ours, unsent)
    for each in ours.values():
        each.existing_id = each.completing = ""


def _change_keys(ours: Taken, unsent: Mapping[str, RecordLink]) -> None:
    before = {each.key: link.key for link, each in ours.items()}
    aside = [unsent[key] for key in before if key in unsent]
    _rename(aside, {link.key: f"~{link.pk}" for link in aside})
    for link, each in ours.items():
        link.completing = str(Counterpart.Answer.FILL) if link.derived and not each.derived else link.completing
        link.derived = each.derived
    _rename(list(ours), {old: new for new, old in before.items()})
    for link, key in zip(aside, [key for key in before if key in unsent], strict=True):
        link.key, link.state, link.reason = before[key], LinkState.SKIPPED, MOVED
        link.run = link.batch = None
        link.existing_id = link.completing = ""
    RecordLink.objects.bulk_update(aside, ["key", "state", "reason", "run", "batch", "existing_id", "completing"], batch_size=200)


def _rename(links: Sequence[RecordLink], names: Mapping[str, str]) -> None:
    for link in links:
        link.key = names[link.key]
    RecordLink.objects.bulk_update(links, ["key", "derived", "completing"], batch_size=200)


def _change_sources(ours: Taken, unsent: Mapping[str, RecordLink]) -> None:
    RecordSource.objects.filter(link__in=[*ours, *(unsent[each.key] for each in ours.values() if each.key in unsent)]).delete()
    RecordSource.objects.bulk_create(
        RecordSource(link=link, object=each.source[0], source_key=each.source[1], occurrence=each.source[2], part=each.part)
        for link, each in ours.items()
        if each.source
    )
