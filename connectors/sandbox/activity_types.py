"""Activity types (v1). The key is made from the name once, and stays."""

import re
from typing import Any

from .bodies import BODIES
from .call import Call
from .clock import to_stamp
from .errors import limit_reached
from .store import Record
from .validation import Scope, validate


def list_types(call: Call) -> Any:
    return [_present(one) for one in sorted(call.account.types.values(), key=lambda one: (one["order_nr"], one["id"]))]


def add_type(call: Call) -> Any:
    call.require_admin()
    validate(call.body, BODIES["activity_type"], Scope(call.account), creating=True)
    if len(call.account.types) >= call.account.limit("activity_types"):
        raise limit_reached("Couldn't add activity type. You've reached the activity type per company limit.")
    order = max((one["order_nr"] for one in call.account.types.values()), default=0) + 1
    times = {"add_time": call.now, "update_time": call.now}
    look = {"color": "FFFFFF", "is_custom_flag": True, "order_nr": order, "code": _free_key(call, call.body["name"])}
    record = call.store.insert(call.company, "activity_type", {**look, **call.body, **times})
    call.schema_changed()
    return _present(record)


def change_type(call: Call) -> Any:
    call.require_admin()
    record = call.record("activity_type")
    validate(call.body, BODIES["activity_type_change"], Scope(call.account), creating=False)
    changed = call.store.update({**record, **call.body, "update_time": call.now})
    call.schema_changed()
    return _present(changed)


def delete_type(call: Call) -> Any:
    call.require_admin()
    record = call.record("activity_type")
    changed = call.store.update({**record, "is_deleted": True, "update_time": call.now})
    call.schema_changed()
    return _present(changed)


def _free_key(call: Call, name: str) -> str:
    """Keys of deleted types stay taken: old activities still carry them."""
    key = re.sub(r"\W+", "_", name.lower()).strip("_") or "type"
    taken = {one["code"] for one in call.store.select(call.company, "activity_type", "1")}
    number = 1
    free = key
    while free in taken:
        number += 1
        free = f"{key}_{number}"
    return free


def _present(record: Record) -> Record:
    return {
        "id": record["id"],
        "order_nr": record["order_nr"],
        "name": record["name"],
        "key_string": record["code"],
        "icon_key": record["icon_key"],
        "active_flag": not record.get("is_deleted", False),
        "color": record["color"],
        "is_custom_flag": record["is_custom_flag"],
        "add_time": to_stamp(record["add_time"]),
        "update_time": to_stamp(record["update_time"]),
    }
