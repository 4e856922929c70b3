"""Deals: stage and pipeline, status and its times, value against lines, archive, the plan's cap."""

from .accounts import Account, open_item_cap
from .call import Answer, Call
from .clock import from_stamp
from .contacts import activity_counts, counter
from .entities import Entity, listed, present
from .errors import bad_request, invalid, limit_reached
from .listing import Where, common_conditions
from .store import Record

_STATUSES = ("open", "won", "lost", "deleted")


def _prepare(call: Call, values: Record, before: Record | None) -> Record:
    if before and before.get("is_archived"):
        raise bad_request("Archived deals cannot be edited.")
    if before is None:
        _refuse_over_cap(call, values)
        values = {"status": "open", "value": 0, "currency": call.account.default_currency(call.user), **values}
    _place(call, values, before)
    _settle_status(call, values, before or {})
    _settle_value(call, values, before)
    _settle_archive(call, values)
    return values


def _refuse_over_cap(call: Call, values: Record) -> None:
    if not values.get("is_archived"):
        refuse_over_cap(call.account, "deal", "deals")


def refuse_over_cap(account: Account, thing: str, things: str) -> None:
    if account.open_items >= open_item_cap(account):
        raise limit_reached(f"Couldn't add the {thing}. Open {things} limit reached.", f"feature_capping_{things}_limit")


def _place(call: Call, values: Record, before: Record | None) -> None:
    """The stage decides the pipeline; a pipeline alone means its first stage; neither the first of the default pipeline."""
    if "stage_id" in values:
        stage_id = values["stage_id"]
    elif "pipeline_id" in values and values["pipeline_id"] != (before or {}).get("pipeline_id"):
        stage_id = _first_stage(call.account, values["pipeline_id"])
    elif before is None:
        stage_id = _first_stage(call.account, min(call.account.pipelines, default=0))
    else:
        return
    values["stage_id"], values["pipeline_id"] = stage_id, call.account.stages[stage_id]["pipeline_id"]
    if before is None or before["stage_id"] != stage_id:
        values["stage_change_time"] = call.now if before else None


def _first_stage(account: Account, pipeline_id: int) -> int:
    stages = [one for one in account.stages.values() if one["pipeline_id"] == pipeline_id]
    if not stages:
        raise invalid(f"pipeline_id: pipeline {pipeline_id} has no stages")
    return int(min(stages, key=lambda one: (one["order_nr"], one["id"]))["id"])


def _settle_status(call: Call, values: Record, before: Record) -> None:
    """Times and reason belong to their status; a change of status sets them, and empties those of the old one."""
    status = values.get("status", before.get("status", "open"))
    allowed = {"won_time": ("won",), "lost_time": ("lost",), "close_time": ("won", "lost"), "lost_reason": ("lost",)}
    wrong = [name for name, statuses in allowed.items() if values.get(name) is not None and status not in statuses]
    if wrong:
        raise invalid(*(f"{name}: is not allowed for a deal with status {status}" for name in wrong))
    if status == before.get("status"):
        return
    for name, statuses in allowed.items():
        if status not in statuses:
            values[name] = None
    if status != "open":
        own = f"{status}_time"
        values[own] = values.get(own) or values.get("close_time") or call.now
        values["close_time"] = values.get("close_time") or values[own]
    if status == "won":
        values["first_won_time"] = before.get("first_won_time") or values["won_time"]


def _settle_value(call: Call, values: Record, before: Record | None) -> None:
    if before and "value" in values and has_lines(call, before["id"]) and values["value"] != before.get("value"):
        raise bad_request("The value of a deal with products follows its products.")


def _settle_archive(call: Call, values: Record) -> None:
    if values.get("is_archived"):
        values["archive_time"] = from_stamp(values["archive_time"]) if values.get("archive_time") else call.now
    elif "archive_time" in values:
        raise invalid("archive_time: is not allowed for a deal that is not archived")


def has_lines(call: Call, deal_id: int) -> bool:
    return call.store.count(call.company, "deal_product", "deal_id = ? AND is_deleted = 0", (deal_id,)) > 0


def _changed(call: Call, record: Record) -> None:
    if call.operation.method == "POST" and not record.get("is_archived"):
        call.account.open_items += 1
    elif call.operation.method == "PATCH" and record.get("is_archived"):
        call.account.open_items -= 1


def _deleted(call: Call, record: Record) -> None:
    if not record.get("is_archived"):
        call.account.open_items -= 1


def _conditions(call: Call, *, archived: bool = False) -> Where:
    where = common_conditions(call, archived=archived)
    statuses = [one for one in call.query.get("status", "").split(",") if one]
    if any(one not in _STATUSES for one in statuses):
        raise bad_request(f"Parameter 'status' must be of {', '.join(_STATUSES)}")
    live = [one for one in statuses if one != "deleted"]
    chosen = f"(is_deleted = 0 AND status IN ({', '.join(repr(one) for one in live)}))" if live else "is_deleted = 1"
    if statuses:
        where.append((f"({chosen} OR is_deleted = 1)" if "deleted" in statuses else chosen, None))
    return where


def archived_deals(call: Call) -> Answer:
    return listed(_ARCHIVED, call)


_EMPTY: Record = {
    "title": "",
    "creator_user_id": None,
    "owner_id": None,
    "value": 0,
    "person_id": None,
    "org_id": None,
    "stage_id": None,
    "pipeline_id": None,
    "currency": "",
    "archive_time": None,
    "add_time": None,
    "update_time": None,
    "stage_change_time": None,
    "status": "open",
    "is_archived": False,
    "is_deleted": False,
    "probability": None,
    "lost_reason": None,
    "visible_to": 3,
    "close_time": None,
    "won_time": None,
    "lost_time": None,
    "expected_close_date": None,
    "label_ids": [],
    "origin": "API",
    "origin_id": None,
    "channel": None,
    "channel_id": None,
    "acv": None,
    "arr": None,
    "mrr": None,
}
_COUNTS = {
    **activity_counts("deal_id"),
    "first_won_time": lambda call, record: record.get("first_won_time"),
    "products_count": counter("deal_product", "deal_id"),
    "participants_count": counter("participant", "deal_id"),
}

DEALS = Entity(
    name="deal",
    path="deals",
    fields="dealFields",
    prepare=_prepare,
    conditions=_conditions,
    changed=_changed,
    deleted=_deleted,
    empty=_EMPTY,
    counts=_COUNTS,
)
_ARCHIVED = Entity(
    name="deal",
    path="deals",
    fields="dealFields",
    prepare=_prepare,
    conditions=lambda call: _conditions(call, archived=True),
    empty=_EMPTY,
    counts=_COUNTS,
)


def present_deal(call: Call, record: Record) -> Record:
    return present(DEALS, call, record)
