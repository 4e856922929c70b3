"""The endpoints of saved filters (v1); what a filter means stands in filters.py."""

from typing import Any

from .bodies import BODIES
from .call import Call
from .clock import to_stamp
from .filters import check_conditions
from .store import Record
from .validation import Scope, validate


def add(call: Call) -> Any:
    validate(call.body, BODIES["filter"], Scope(call.account), creating=True)
    check_conditions(call.body["conditions"], call.account)
    times = {"add_time": call.now, "update_time": call.now}
    return _present(call.store.insert(call.company, "filter", {**call.body, "user_id": call.user["id"], **times}))


def listed(call: Call) -> Any:
    filters = call.store.select(call.company, "filter")
    shown = [_present(one) for one in filters if one["type"] == call.query.get("type", one["type"])]
    return [{key: value for key, value in one.items() if key != "conditions"} for one in shown]


def read(call: Call) -> Any:
    return _present(call.record("filter"))


def delete(call: Call) -> Any:
    record = call.record("filter")
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    return {"id": record["id"]}


def _present(record: Record) -> Record:
    return {
        "id": record["id"],
        "name": record["name"],
        "active_flag": not record.get("is_deleted", False),
        "type": record["type"],
        "temporary_flag": False,
        "user_id": record["user_id"],
        "visible_to": "7",
        "conditions": record["conditions"],
        "add_time": to_stamp(record["add_time"]),
        "update_time": to_stamp(record["update_time"]),
    }
