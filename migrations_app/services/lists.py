"""The lists of an account, kind by kind: what changed there lately, all of it, or the records of some ids (API.md 3.3, 5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import RecordMissing
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.entities import entity as entity_of
from migrations_app.models import LinkParent, RecordLink
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services.likeness import moment
from migrations_app.states import LinkState

Record = dict[str, Any]
IDS_AT_ONCE = 100  # of one list request (API.md 5.1)
LIST_COST = 10


def unders(links: Iterable[RecordLink]) -> dict[int, str]:
    """{link: Pipedrive id of the parent under which it is listed}; empty for most kinds. One query."""
    mine = [link.pk for link in links if KINDS[link.entity].listed_under]
    if not mine:
        return {}
    columns = ("link_id", "role", "link__entity", "parent__state", "parent__pipedrive_id", "parent__survivor__pipedrive_id")
    rows = LinkParent.objects.filter(link__in=mine).values_list(*columns)
    return {
        pk: (survivor if state == LinkState.MERGED else own) or ""
        for pk, role, entity, state, own, survivor in rows
        if role == KINDS[entity].listed_under
    }


def skew(client: Pipedrive) -> timedelta:
    """The server's clock against ours; asked for (2 tokens) where no answer has told it yet."""
    if client.door.skew is None:
        client.me()
    return client.door.skew or timedelta(0)


def changed(
    client: Pipedrive, entity: str, since: datetime | None, *, under: Iterable[str] = (), fields: Sequence[str] = (), down_to: int = 0
) -> Iterator[list[Record]]:
    """Pages of what changed since then (None: of everything) and may be ours; a little more may be in them.

    Lines of deals and relationships of organizations are read for those in `under`; a list without an order as a whole; a list that
    knows no changes from its newest record down, until one is older than `since` or below the id `down_to`. `fields` narrows the
    custom fields that come along.
    """
    kind = entity_of(entity)
    if KINDS[entity].path_parent:
        yield from client.lines(sorted({int(id) for id in under if id}))
    elif KINDS[entity].listed_under:
        yield from client.relationships(sorted({int(id) for id in under if id}))
    elif not kind.numbered:
        yield from client.pages(entity)
    elif kind.changes:
        yield from client.pages(entity, updated_since=since, custom_fields=fields if kind.custom_fields else ())
    else:
        for page in client.pages(entity, newest_first=True):
            yield page
            last = page[-1]
            if int(last["id"]) < down_to or (since and moment(last.get("add_time")) < moment(since.isoformat())):
                return


def by_age(record: Mapping[str, Any]) -> tuple[int, str]:
    """Sorts records by their ids: the older number first; ids that are no numbers always the same way."""
    return len(str(record["id"])), str(record["id"])


def requests_by_id(entity: str, count: int) -> int:
    """In how many requests `by_id` reads so many records."""
    return -(-count // IDS_AT_ONCE) if _many_at_once(entity) else count


def cost_by_id(entity: str, count: int) -> int:
    """Tokens of reading so many records with `by_id`."""
    return requests_by_id(entity, count) * (LIST_COST if _many_at_once(entity) else cost_of("GET", f"{entity_of(entity).path}/1"))


def _many_at_once(entity: str) -> bool:
    return bool(KINDS[entity].path_parent) or entity_of(entity).by_cursor


def by_id(client: Pipedrive, links: Sequence[RecordLink], **query: Any) -> dict[str, Record]:
    """{Pipedrive id: record as it stands} of links of one kind. What is not there is not in it.

    A hundred for the price of a page, where the list takes ids; notes and files one by one. Deals that the list does not show
    are looked for among the archived ones.
    """
    if not links:
        return {}
    entity = links[0].entity
    ids = [link.pipedrive_id for link in links]
    if KINDS[entity].path_parent:
        pages = changed(client, entity, None, under=unders(links).values())
        return _wanted((record for page in pages for record in page), set(ids))
    if not entity_of(entity).by_cursor:
        return {id: record for id in ids if (record := _one(client, entity, id))}
    found = _wanted(_by_ids(client, entity, ids, **query), set(ids))
    if entity == "deal":
        rest = [id for id in ids if id not in found]
        found |= _wanted(_by_ids(client, entity, rest, archived=True), set(rest))
    return found


def _by_ids(client: Pipedrive, entity: str, ids: Sequence[str], **query: Any) -> Iterator[Record]:
    for first in range(0, len(ids), IDS_AT_ONCE):
        for page in client.pages(entity, ids=",".join(ids[first : first + IDS_AT_ONCE]), **query):
            yield from page


def _one(client: Pipedrive, entity: str, id: str) -> Record | None:
    try:
        record = client.get(entity, id)
    except RecordMissing:
        return None
    return record if record.get("active_flag", True) else None


def _wanted(records: Iterable[Mapping[str, Any]], ids: set[str]) -> dict[str, Record]:
    return {str(record["id"]): dict(record) for record in records if str(record["id"]) in ids}
