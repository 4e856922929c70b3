"""Merges (v1): the record in the address disappears, the other one survives, wins conflicts and inherits what hung on it."""

from typing import Any

from .bodies import BODIES
from .call import Call
from .clock import to_stamp
from .errors import bad_request
from .store import Record
from .validation import Scope, validate

_LINKS = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}
_ENTITIES = {"deals": "deal", "persons": "person", "organizations": "organization"}
_HANGING = ("person", "deal", "lead", "activity", "note", "file", "deal_product", "participant", "call_log")
_KEPT = ("id", "is_deleted", "is_archived", "add_time", "update_time", "status")


def merge(call: Call) -> Any:
    entity = _ENTITIES[call.operation.path.split("/")[1]]
    loser = call.record(entity)
    validate(call.body, BODIES["merge"], Scope(call.account), creating=True)
    survivor = call.existing(entity, call.body["merge_with_id"])
    if survivor["id"] == loser["id"]:
        raise bad_request("A record cannot be merged with itself.")
    merged = call.store.update({**_completed(survivor, loser), "update_time": call.now})
    call.store.update({**loser, "is_deleted": True, "merged_to_id": survivor["id"], "update_time": call.now})
    _move(call, entity, loser["id"], survivor["id"])
    if entity == "deal" and not loser.get("is_archived"):
        call.account.open_items -= 1
    return {**merged, "merge_what_id": loser["id"], "add_time": to_stamp(merged["add_time"]), "update_time": to_stamp(call.now)}


def _completed(survivor: Record, loser: Record) -> Record:
    """Empty fields are filled; addresses of mail and phone are put together."""
    merged = dict(survivor)
    for key, value in loser.items():
        if key not in _KEPT and merged.get(key) in (None, "", []):
            merged[key] = value
    merged["custom_fields"] = {**(loser.get("custom_fields") or {}), **(survivor.get("custom_fields") or {})}
    for name in ("emails", "phones"):
        own = survivor.get(name) or []
        known = {one["value"] for one in own}
        extra = [{**one, "primary": not own and one["primary"]} for one in loser.get(name) or [] if one["value"] not in known]
        if own or extra:
            merged[name] = [*own, *extra]
    return merged


def _move(call: Call, entity: str, old: int, new: int) -> None:
    link = _LINKS[entity]
    for kind in _HANGING:
        for record in call.store.select(call.company, kind, f"{link} = ?", (old,)):
            call.store.update(_relinked(record, link, old, new))
    if entity == "organization":
        for record in call.store.select(call.company, "relationship"):
            call.store.update(_relinked(_relinked(record, "rel_owner_org_id", old, new), "rel_linked_org_id", old, new))


def _relinked(record: Record, link: str, old: int, new: int) -> Record:
    changed = {**record, link: new} if record.get(link) == old else record
    if link == "person_id" and record.get("participants"):
        changed["participants"] = [
            {**one, "person_id": new if one["person_id"] == old else one["person_id"]} for one in record["participants"]
        ]
    return changed
