"""Activities. Guests (`attendees`) are counted as invitations sent, so that a careless caller is found out."""

from typing import Any

from . import reshape
from .call import Call
from .entities import Entity
from .errors import invalid, not_allowed
from .listing import Where, common_conditions
from .store import Record


def _prepare(call: Call, values: Record, before: Record | None) -> Record:
    if "outcome" in values and not call.account.feature("activity_outcomes"):
        raise invalid(not_allowed("outcome"))
    if before is None:
        values = {"type": "call" if "call" in call.account.types else next(iter(call.account.types)), **values}
        values.setdefault("subject", call.account.types[values["type"]]["name"])
    for name in ("due_time", "duration"):
        if values.get(name):
            values[name] += ":00"
    if "note" in values and values["note"] is not None:
        values["note"] = reshape.tame(values["note"])
    if "location" in values:
        values["location"] = reshape.address(values["location"])
    _one_parent(values)
    _main_person(values)
    _settle_done(call, values, before)
    return values


def _one_parent(values: Record) -> None:
    """Deal beats lead."""
    if values.get("deal_id") is not None:
        values["lead_id"] = None
    elif values.get("lead_id") is not None:
        values["deal_id"] = None


def _main_person(values: Record) -> None:
    if "participants" not in values:
        return
    people = values["participants"]
    chosen = next((index for index, one in enumerate(people) if one.get("primary")), 0)
    values["participants"] = [{"person_id": one["person_id"], "primary": index == chosen} for index, one in enumerate(people)]
    values["person_id"] = people[chosen]["person_id"] if people else None


def _settle_done(call: Call, values: Record, before: Record | None) -> None:
    done = values.get("done", (before or {}).get("done", False))
    values["status"] = "done" if done else "undone"
    if "done" in values and done != (before or {}).get("done", False):
        values["marked_as_done_time"] = call.now if done else None


def _changed(call: Call, record: Record) -> None:
    for _ in (call.body or {}).get("attendees", ()):
        call.store.insert(call.company, "invitation", {"activity_id": record["id"], "add_time": call.now})


def _conditions(call: Call) -> Where:
    where = common_conditions(call)
    if "done" in call.query:
        where.append(("status = ?", "done" if call.flag("done") else "undone"))
    if "lead_id" in call.query:
        where.append(("json_extract(body, '$.lead_id') = ?", call.query["lead_id"]))
    return where


def _attendees(call: Call, record: Record) -> Any:
    return record.get("attendees") or []


ACTIVITIES = Entity(
    name="activity",
    path="activities",
    prepare=_prepare,
    conditions=_conditions,
    changed=_changed,
    counts={"attendees": _attendees},
    empty={
        "subject": "",
        "type": "",
        "owner_id": None,
        "creator_user_id": None,
        "is_deleted": False,
        "add_time": None,
        "update_time": None,
        "deal_id": None,
        "lead_id": None,
        "person_id": None,
        "org_id": None,
        "project_id": None,
        "due_date": None,
        "due_time": None,
        "duration": None,
        "busy": False,
        "done": False,
        "marked_as_done_time": None,
        "location": None,
        "participants": [],
        "conference_meeting_client": None,
        "conference_meeting_url": None,
        "conference_meeting_id": None,
        "public_description": None,
        "priority": None,
        "note": None,
    },
)
