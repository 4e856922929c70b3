"""Lists, page by page, each page one request and one list of records."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.errors import PipedriveError
from connectors.pipedrive.answers import Reply

Record = dict[str, Any]
Fetch = Callable[[Mapping[str, Any]], Reply]  # query parameters in, one page out


def cursor_pages(fetch: Fetch, limit: int | None) -> Iterator[list[Record]]:
    """Version 2: an opaque cursor leads from page to page. `limit` None leaves the page size to the server."""
    cursor = None
    while True:
        reply = fetch({"limit": limit, "cursor": cursor})
        yield _records(reply)
        following = reply.additional.get("next_cursor")
        if not following:
            return
        if following == cursor:
            raise PipedriveError("Pipedrive's list does not move on: it names the same page as the next one again.")
        cursor = following


def offset_pages(fetch: Fetch, limit: int, *, newest_first: bool = False) -> Iterator[list[Record]]:
    """Version 1 lists sorted by id, read by offset. Records deleted meanwhile pull later ones towards the start, so each page
    begins at the last record of the page before; where that is not met again, the walk steps back until nothing can be missing
    in between. No record is given twice (LEDGER.md 4). From the newest down the same holds, and new ones push the others on.
    """
    sign = -1 if newest_first else 1
    start, last, step = 0, None, limit
    while True:
        reply = fetch({"limit": limit, "start": start})
        page = _records(reply)
        _demand_order(page, sign)
        if last is not None and start > 0 and (not page or sign * page[0]["id"] > sign * last):
            start, step = max(0, start - step), step * 2
            continue
        step = limit
        fresh = [record for record in page if last is None or sign * record["id"] > sign * last]
        if fresh:
            yield fresh
            last = fresh[-1]["id"]
        if not _more(reply):
            return
        if not fresh and len(page) < 2:
            raise PipedriveError("Pipedrive's list does not move on: it promises more records and gives none.")
        start += len(page) - 1


def unordered_pages(fetch: Fetch, limit: int) -> Iterator[list[Record]]:
    """Version 1 lists in an order that nobody promises, with ids that are no numbers. Each page begins at the last record of the page
    before; where that is not met again, the list has moved and the walk steps back. No record is given twice.
    """
    start, last = 0, None
    seen: set[Any] = set()
    while True:
        reply = fetch({"limit": limit, "start": start})
        page = _records(reply)
        ids = [record["id"] for record in page]
        if last is not None and start > 0 and last not in ids:
            start = max(0, start - limit)
            continue
        if fresh := [record for record in page if record["id"] not in seen]:
            yield fresh
        seen.update(ids)
        if not _more(reply):
            return
        if len(page) < 2:
            raise PipedriveError("Pipedrive's list does not move on: it promises more records and gives none.")
        start, last = start + len(page) - 1, ids[-1]


def whole_list(reply: Reply) -> list[Record]:
    """A list that comes in one piece."""
    return _records(reply)


def _records(reply: Reply) -> list[Record]:
    return reply.data if isinstance(reply.data, list) else []


def _more(reply: Reply) -> bool:
    """Most lists keep the flag under `pagination`, some directly in additional_data (API.md 3.3)."""
    pagination = reply.additional.get("pagination", reply.additional)
    return bool(pagination.get("more_items_in_collection"))


def _demand_order(page: list[Record], sign: int) -> None:
    ids = [sign * record["id"] for record in page]
    if ids != sorted(ids):
        raise PipedriveError("Pipedrive's list is not sorted by id, so it cannot be read page by page without losing records.")
