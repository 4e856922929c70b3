"""Links between records that v1 alone can make: organization relationships and deal participants."""

from typing import Any

from .bodies import BODIES
from .call import Answer, Call
from .clock import to_stamp
from .errors import bad_request, invalid, not_found
from .listing import v1_page
from .store import Record
from .validation import Scope, validate

# --- organization relationships --------------------------------------------------------------------------------------


def add_relationship(call: Call) -> Any:
    validate(call.body, BODIES["relationship"], Scope(call.account), creating=True)
    if call.body["rel_owner_org_id"] == call.body["rel_linked_org_id"]:
        raise bad_request("An organization cannot be related to itself.")
    times = {"add_time": call.now, "update_time": call.now}
    kept = {key: call.body[key] for key in ("type", "rel_owner_org_id", "rel_linked_org_id")}
    return _relationship(call, call.store.insert(call.company, "relationship", {**kept, **times}))


def list_relationships(call: Call) -> Any:
    org_id = call.number("org_id")
    if org_id is None:
        raise invalid("org_id: 'org_id' is required")
    either = "(json_extract(body, '$.rel_owner_org_id') = ? OR json_extract(body, '$.rel_linked_org_id') = ?) AND is_deleted = 0"
    return [_relationship(call, one) for one in call.store.select(call.company, "relationship", either, (org_id, org_id))]


def read_relationship(call: Call) -> Any:
    return _relationship(call, call.record("relationship"))


def delete_relationship(call: Call) -> Any:
    record = call.record("relationship")
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    return {"id": record["id"]}


def _relationship(call: Call, record: Record) -> Record:
    return {
        "id": record["id"],
        "type": record["type"],
        "rel_owner_org_id": _organization(call, record["rel_owner_org_id"]),
        "rel_linked_org_id": _organization(call, record["rel_linked_org_id"]),
        "add_time": to_stamp(record["add_time"]),
        "update_time": to_stamp(record["update_time"]),
        "active_flag": True,
    }


def _organization(call: Call, org_id: int) -> Record:
    found = call.store.get(call.company, "organization", org_id) or {}
    return {
        "value": org_id,
        "name": found.get("name"),
        "owner_id": found.get("owner_id"),
        "active_flag": not found.get("is_deleted", False),
    }


# --- deal participants -----------------------------------------------------------------------------------------------


def add_participant(call: Call) -> Any:
    deal = call.record("deal")
    if deal.get("is_archived"):
        raise bad_request("Archived deals cannot be edited.")
    validate(call.body, BODIES["participant"], Scope(call.account), creating=True)
    link = {"deal_id": deal["id"], "person_id": call.body["person_id"]}
    if call.store.count(call.company, "participant", "deal_id = ? AND person_id = ? AND is_deleted = 0", tuple(link.values())):
        raise bad_request("The person is a participant of this deal already.")
    times = {"add_time": call.now, "update_time": call.now}
    return _participant(call, call.store.insert(call.company, "participant", {**link, **times}))


def list_participants(call: Call) -> Answer:
    deal = call.record("deal")
    found = call.store.select(call.company, "participant", "deal_id = ? AND is_deleted = 0", (deal["id"],))
    page, additional = v1_page(call, found)
    return Answer([_participant(call, one) for one in page], additional)


def remove_participant(call: Call) -> Any:
    record = call.record("participant", "deal_participant_id")
    if record["deal_id"] != call.id():
        raise not_found()
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    return {"id": record["id"]}


def _participant(call: Call, record: Record) -> Record:
    person = call.store.get(call.company, "person", record["person_id"]) or {}
    return {
        "id": record["id"],
        "person_id": {"value": record["person_id"], "name": person.get("name")},
        "person": {"id": record["person_id"], "name": person.get("name")},
        "related_item_type": "deal",
        "related_item_id": record["deal_id"],
        "active_flag": True,
        "add_time": to_stamp(record["add_time"]),
    }
