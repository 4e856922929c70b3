"""Leads (v1): uuids, a person or an organization, the deals' custom fields at top level."""

import uuid
from typing import Any

from . import custom_fields
from .bodies import BODIES
from .call import Answer, Call
from .deals import refuse_over_cap
from .errors import bad_request, not_found
from .listing import Where, updated_since, v1_page
from .store import Record
from .validation import Scope, validate


def add(call: Call) -> Any:
    values = _values(call, creating=True)
    if not values.get("person_id") and not values.get("org_id"):
        raise bad_request('One of the "person_id" or "organization_id" must be set.')
    refuse_over_cap(call.account, "lead", "leads")
    lead = {"owner_id": call.user["id"], "creator_id": call.user["id"], "code": str(uuid.uuid4()), "status": "open"}
    stored = call.store.insert(call.company, "lead", {**lead, **values, "add_time": call.now, "update_time": call.now})
    call.account.open_items += 1
    return _present(call, stored)


def change(call: Call) -> Any:
    lead = _lead(call)
    changed = {**lead, **_values(call, creating=False, before=lead), "update_time": call.now}
    call.account.open_items += int(bool(lead.get("is_archived"))) - int(bool(changed.get("is_archived")))
    return _present(call, call.store.update(changed))


def read(call: Call) -> Any:
    return _present(call, _lead(call))


def delete(call: Call) -> Any:
    lead = _lead(call)
    call.store.update({**lead, "is_deleted": True, "update_time": call.now})
    call.account.open_items -= 0 if lead.get("is_archived") else 1
    return {"id": lead["code"]}


def listed(call: Call) -> Answer:
    archived = int(call.operation.path.endswith("/archived"))
    where: Where = [(f"is_deleted = 0 AND is_archived = {archived}", None)]
    for name, column in (("owner_id", "owner_id"), ("person_id", "person_id"), ("organization_id", "org_id")):
        if name in call.query:
            where.append((f"{column} = ?", call.number(name)))
    since = updated_since(call)
    if since:
        where.append(("update_time >= ?", since))
    values = [value for _, value in where if value is not None]
    page, additional = v1_page(call, call.store.select(call.company, "lead", " AND ".join(one for one, _ in where), values))
    return Answer([_present(call, lead) for lead in page], additional)


def _lead(call: Call) -> Record:
    lead = call.store.by_code(call.company, "lead", call.ids["id"])
    if lead is None or lead.get("is_deleted"):
        raise not_found()
    return lead


def _values(call: Call, *, creating: bool, before: Record | None = None) -> Record:
    body = call.body if isinstance(call.body, dict) else {}
    known = call.account.custom_fields("dealFields")
    customs = {key: value for key, value in body.items() if key in known}
    values = {key: value for key, value in body.items() if key not in known}
    validate(values, BODIES["lead" if creating else "lead_change"], Scope(call.account, "dealFields"), creating=creating)
    if "organization_id" in values:
        values["org_id"] = values.pop("organization_id")
    if customs:
        kept = (before or {}).get("custom_fields") or {}
        values["custom_fields"] = custom_fields.merge(kept, None, custom_fields.read_values(customs, call.account, "dealFields", call.user))
    return values


def _present(call: Call, lead: Record) -> Record:
    return {
        "id": lead["code"],
        "title": lead["title"],
        "owner_id": lead["owner_id"],
        "creator_id": lead["creator_id"],
        "label_ids": lead.get("label_ids", []),
        "person_id": lead.get("person_id"),
        "organization_id": lead.get("org_id"),
        "source_name": "API",
        "origin": "API",
        "origin_id": lead.get("origin_id"),
        "channel": lead.get("channel"),
        "channel_id": lead.get("channel_id"),
        "is_archived": bool(lead.get("is_archived")),
        "was_seen": lead.get("was_seen", False),
        "value": lead.get("value"),
        "expected_close_date": lead.get("expected_close_date"),
        "add_time": lead["add_time"],
        "update_time": lead["update_time"],
        "visible_to": lead.get("visible_to", "3"),
        **(lead.get("custom_fields") or {}),
    }
