"""Call logs (v1): what was called when, for how long and how it ended; each on a done activity that outlives it. No change."""

import uuid
from typing import Any

from . import reshape
from .activities import ACTIVITIES
from .bodies import BODIES
from .call import Answer, Call
from .clock import from_stamp
from .entities import new_record
from .errors import bad_request, no_permission, not_found
from .listing import v1_page
from .store import Record
from .validation import Scope, validate

PAGE = 50
_LINKS = ("person_id", "org_id", "deal_id", "lead_id")


def add(call: Call) -> Any:
    validate(call.body, BODIES["call_log"], Scope(call.account), creating=True)
    values = dict(call.body)
    if values.get("deal_id") and values.get("lead_id"):
        raise bad_request("A call log cannot be associated with a deal and a lead at once.")
    if values.get("user_id", call.user["id"]) != call.user["id"] and not call.user["is_admin"]:
        raise no_permission()
    if values["end_time"] < values["start_time"]:
        raise bad_request('"end_time" must be greater than or equal to "start_time".')
    if not values.get("duration", "0").isdigit():
        raise bad_request('"duration" must be a number of seconds.')
    values["note"] = reshape.tame(values.get("note") or "")
    activity = _activity(call, values)
    links = {name: activity.get(name) for name in _LINKS}
    kept = {"user_id": call.user["id"], **values, **links, "activity_id": activity["id"], "code": f"CA{uuid.uuid4().hex}"}
    return _present(call, call.store.insert(call.company, "call_log", {**kept, "add_time": call.now, "update_time": call.now}))


def listed(call: Call) -> Answer:
    """Only those of the caller, the newest first."""
    mine = "json_extract(body, '$.user_id') = ? AND is_deleted = 0"
    found = call.store.select(call.company, "call_log", mine, (call.user["id"],), "ORDER BY id DESC")
    page, additional = v1_page(call, found, most=PAGE)
    return Answer([_present(call, one) for one in page], additional)


def read(call: Call) -> Any:
    return _present(call, _call_log(call))


def delete(call: Call) -> Any:
    """The activity stays."""
    record = _call_log(call)
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    return {"id": record["code"]}


def _call_log(call: Call) -> Record:
    record = call.store.by_code(call.company, "call_log", call.ids["id"])
    if record is None or record.get("is_deleted"):
        raise not_found()
    return record


def _activity(call: Call, values: Record) -> Record:
    """The one that is named, else a new one that is done."""
    if "activity_id" in values:
        activity = call.existing("activity", values["activity_id"])
        if activity["type"] != "call":
            raise bad_request("The activity must be of the type call.")
        return activity
    body = {"type": "call", "done": True, "due_date": values["start_time"][:10], "due_time": values["start_time"][11:16]}
    body |= {name: values[name] for name in ("subject", "note", "org_id", "deal_id", "lead_id") if values.get(name)}
    body |= {"participants": [{"person_id": values["person_id"]}]} if values.get("person_id") else {}
    return new_record(ACTIVITIES, call, body)


def _present(call: Call, record: Record) -> Record:
    names = ("activity_id", *_LINKS, "subject", "duration", "outcome", "from_phone_number", "to_phone_number", "user_id", "note")
    times = {name: (from_stamp(record[name]) or "").replace("Z", ".000Z") for name in ("start_time", "end_time")}
    return {"id": record["code"], **{name: record.get(name) for name in names}, **times, "has_recording": False, "company_id": call.company}
