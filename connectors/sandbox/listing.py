"""Pages of records: cursors in v2, start and limit in v1."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from .call import Call
from .clock import from_stamp, to_utc
from .errors import bad_request, not_found
from .filters import matching
from .store import COLUMNS, Record

MOST = 500
DEFAULT = 100
MOST_IDS = 100
Where = list[tuple[str, Any]]


def page_size(call: Call, most: int = MOST) -> int:
    limit = call.number("limit", DEFAULT)
    if not limit or limit > most:
        raise bad_request(f"Parameter 'limit' must be between 1 and {most}")
    return limit


def records_page(call: Call, entity: str, sorts: Sequence[str], where: Where) -> tuple[list[Record], str | None]:
    """One page by cursor. `where` holds conditions with one value each; `filter_id` sets ids and owners aside, as documented."""
    limit, sort_by, direction = page_size(call), call.query.get("sort_by", "id"), call.query.get("sort_direction", "asc")
    if sort_by not in sorts or direction not in ("asc", "desc"):
        raise bad_request(f"Parameter 'sort_by' must be one of {', '.join(sorts)}; 'sort_direction' asc or desc")
    after = _read_cursor(call, sort_by, direction)
    column = _column(sort_by)
    sign = ">" if direction == "asc" else "<"
    conditions, values = [condition for condition, _ in where], [value for _, value in where if value is not None]
    if after and sort_by == "id":
        conditions.append(f"id {sign} ?")
        values.append(after[1])
    elif after:
        conditions.append(f"({column}, id) {sign} (?, ?)")
        values += after
    order = f"id {direction}" if sort_by == "id" else f"{column} {direction}, id {direction}"
    found = call.store.select(call.company, entity, " AND ".join(conditions) or "1", values, f"ORDER BY {order} LIMIT {limit + 1}")
    return _cut(found, limit, sort_by, direction)


def filtered_page(call: Call, entity: str) -> tuple[list[Record], str | None]:
    """The records that a saved filter chooses, by id."""
    limit = page_size(call)
    condition = call.store.get(call.company, "filter", call.number("filter_id") or 0)
    if condition is None or condition.get("is_deleted"):
        raise not_found()
    after = _read_cursor(call, "id", "asc")
    records = call.store.select(call.company, entity, "is_deleted = 0 AND is_archived = 0 AND id > ?", (after[1] if after else 0,))
    chosen = [record for record in records if matching(record, condition["conditions"], call.account, entity)]
    return _cut(chosen[: limit + 1], limit, "id", "asc")


def common_conditions(call: Call, *, archived: bool = False) -> Where:
    """ids, owner, update times and the plain links that several lists know."""
    where: Where = [("is_archived = 1" if archived else "is_archived = 0", None)]
    if "ids" in call.query:
        where.append((f"id IN ({', '.join(str(one) for one in id_list(call.query['ids'], 'ids'))})", None))
    for name in ("owner_id", "org_id", "person_id", "deal_id", "pipeline_id", "stage_id"):
        if name in call.query:
            where.append((f"{name} = ?", call.number(name)))
    for name, sign in (("updated_since", ">="), ("updated_until", "<")):
        if name in call.query:
            where.append((f"update_time {sign} ?", _moment(call, name)))
    return where


def id_list(text: str, name: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_IDS or not parts:
        raise bad_request(f"Parameter '{name}' must contain between 1 and {MOST_IDS} ids")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise bad_request(f"Parameter '{name}' must be a comma separated list of ids")
    return [int(part) for part in parts]


def v1_page(call: Call, records: Sequence[Record], *, most: int = MOST) -> tuple[list[Record], dict[str, Any]]:
    """A slice by offset with its pagination block; a limit above the most is cut without a word."""
    start, limit = call.number("start", 0) or 0, min(call.number("limit", DEFAULT) or DEFAULT, most)
    more = len(records) > start + limit
    pagination: dict[str, Any] = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        pagination["next_start"] = start + limit
    return list(records[start : start + limit]), {"pagination": pagination}


def _moment(call: Call, name: str) -> str:
    text = call.query[name]
    moment = to_utc(text) or (from_stamp(text) if call.operation.version == "v1" else None)
    if moment is None:
        raise bad_request(f"Parameter '{name}' must be a time in RFC 3339 format with whole seconds")
    return moment


def updated_since(call: Call) -> str | None:
    return _moment(call, "updated_since") if "updated_since" in call.query else None


def _column(sort_by: str) -> str:
    """Empty values have to compare, or a walk would end at the first of them."""
    if sort_by == "due_date":
        return "COALESCE(json_extract(body, '$.due_date'), '')"
    return sort_by if sort_by in ("id", *COLUMNS) else f"json_extract(body, '$.{sort_by}')"


def _cut(found: list[Record], limit: int, sort_by: str, direction: str) -> tuple[list[Record], str | None]:
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    cursor = json.dumps({"field": sort_by, "direction": direction, "value": last.get(sort_by) or "", "id": last["id"]})
    return found[:limit], base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _read_cursor(call: Call, sort_by: str, direction: str) -> list[Any] | None:
    text = call.query.get("cursor")
    if not text:
        return None
    try:
        cursor = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        fits = cursor["field"] == sort_by and cursor["direction"] == direction and isinstance(cursor["id"], int)
        value = cursor["value"]
        fits = fits and isinstance(value, str | int)
    except (ValueError, KeyError, TypeError):
        fits, value = False, None
    if not fits:
        raise bad_request("Parameter 'cursor' is not valid for this request")
    return [value, cursor["id"]]
