"""Field definitions and their options: v2, and the reading half of v1 (numeric ids for filters)."""

import secrets
from typing import Any

from .bodies import BODIES
from .call import Answer, Call
from .clock import to_stamp
from .errors import bad_request, invalid, limit_reached, no_permission, not_found
from .listing import page_size, v1_page
from .store import Record
from .validation import Scope, validate

MOST_OPTIONS = 10_000
_SETTINGS = ("ui_visibility", "important_fields", "required_fields")


def _kind(call: Call) -> str:
    return call.operation.path.split("/")[1]


def listed(call: Call) -> Answer:
    """Fields page like everything else in v2; the cursor is the number of fields already given."""
    fields = list(call.account.fields[_kind(call)].values())
    limit, cursor = page_size(call), call.query.get("cursor") or "0"
    if not cursor.isdigit():
        raise bad_request("Parameter 'cursor' is not valid for this request")
    start = int(cursor)
    more = len(fields) > start + limit
    page = [_present(call, one) for one in fields[start : start + limit]]
    return Answer(page, {"next_cursor": str(start + limit) if more else None})


def listed_v1(call: Call) -> Answer:
    page, additional = v1_page(call, list(call.account.fields[_kind(call)].values()))
    return Answer([_present_v1(one) for one in page], additional)


def read(call: Call) -> Any:
    return _present(call, _field(call))


def add(call: Call) -> Any:
    call.require_admin()
    kind = _kind(call)
    validate(call.body, BODIES[kind], Scope(call.account), creating=True)
    _check_options(call.body)
    _refuse_over_cap(call)
    options = call.accounts.option_ids([{"label": one["label"]} for one in call.body["options"]]) if call.body.get("options") else None
    code = secrets.token_hex(20)
    field = {**call.body, "options": options, "field_code": code, "code": code, "name": call.body["field_name"], "is_custom_field": True}
    stored = call.store.insert(call.company, kind, {**field, "add_time": call.now, "update_time": call.now})
    call.schema_changed()
    return _present(call, stored)


def change(call: Call) -> Any:
    field = _own_field(call)
    validate(call.body, BODIES[f"{_kind(call)}_change"], Scope(call.account), creating=False)
    return _present(call, _save(call, {**field, **call.body, "name": call.body.get("field_name", field["name"])}))


def delete(call: Call) -> Any:
    field = _own_field(call)
    _save(call, {**field, "is_deleted": True})
    return _present(call, field)


# --- options: any number per call, all or none -----------------------------------------------------------------------


def add_options(call: Call) -> Any:
    field = _field_with_options(call)
    scope = Scope(call.account)
    for index, option in enumerate(_option_list(call)):
        validate(option, {"label": "name required"}, scope, creating=True, prefix=f"{index}.")
    if len(field["options"]) + len(call.body) > MOST_OPTIONS:
        raise bad_request(f"A field may have at most {MOST_OPTIONS} options")
    added = call.accounts.option_ids([{"label": one["label"]} for one in call.body])
    _save(call, {**field, "options": [*field["options"], *added]})
    return added


def change_options(call: Call) -> Any:
    field = _field_with_options(call)
    changes = _existing_options(call, field, with_labels=True)
    options = [{**one, **changes.get(one["id"], {})} for one in field["options"]]
    _save(call, {**field, "options": options})
    return [one for one in options if one["id"] in changes]


def delete_options(call: Call) -> Any:
    field = _field_with_options(call)
    gone = _existing_options(call, field, with_labels=False)
    removed = [one for one in field["options"] if one["id"] in gone]
    _save(call, {**field, "options": [one for one in field["options"] if one["id"] not in gone]})
    return removed


def _option_list(call: Call) -> list[Any]:
    if not isinstance(call.body, list) or not call.body:
        raise invalid("body: must be an array with at least one item")
    return call.body


def _existing_options(call: Call, field: Record, *, with_labels: bool) -> dict[int, Record]:
    table = {"id": "int required", "label": "name required"} if with_labels else {"id": "int required"}
    known = {one["id"] for one in field["options"]}
    for index, option in enumerate(_option_list(call)):
        validate(option, table, Scope(call.account), creating=True, prefix=f"{index}.")
        if option["id"] not in known:
            raise invalid(f"{index}.id: option {option['id']} does not exist")
    return {one["id"]: one for one in call.body}


# --- shared ----------------------------------------------------------------------------------------------------------


def _field(call: Call) -> Record:
    field = call.account.fields[_kind(call)].get(call.ids["field_code"])
    if field is None:
        raise not_found()
    return field


def _own_field(call: Call) -> Record:
    """Built-in fields cannot be changed."""
    call.require_admin()
    field = _field(call)
    if not field["is_custom_field"]:
        raise no_permission()
    return field


def _field_with_options(call: Call) -> Record:
    field = _own_field(call)
    if field["field_type"] not in ("enum", "set"):
        raise bad_request("The field has no options.")
    return field


def _save(call: Call, field: Record) -> Record:
    stored = call.store.update({**field, "update_time": call.now})
    call.schema_changed()
    return stored


def _check_options(body: Record) -> None:
    wanted = body["field_type"] in ("enum", "set")
    if wanted and not body.get("options"):
        raise invalid("options: 'options' is required")
    if not wanted and "options" in body:
        raise invalid(f"options: is not allowed for field type {body['field_type']}")
    if wanted and len(body["options"]) > MOST_OPTIONS:
        raise invalid(f"options: must contain at most {MOST_OPTIONS} items")


def _refuse_over_cap(call: Call) -> None:
    count = sum(len(call.account.custom_fields(kind)) for kind in call.account.fields)
    if count >= (call.account.limit("custom_fields") or call.account.plan.custom_fields):
        raise limit_reached("Couldn't add the field. Custom fields limit reached.", "feature_capping_custom_fields_limit")


def _present(call: Call, field: Record) -> Record:
    shown = {
        "field_name": field["field_name"],
        "field_code": field["field_code"],
        "field_type": field["field_type"],
        "options": field["options"],
        "subfields": None,
        "is_custom_field": field["is_custom_field"],
        "is_optional_response_field": False,
    }
    if _kind(call) == "dealFields":
        shown["description"] = field.get("description")
    for name in filter(None, call.query.get("include_fields", "").split(",")):
        if name not in _SETTINGS:
            raise bad_request(f"Parameter 'include_fields' does not know {name}")
        shown[name] = field.get(name) or {}
    return shown


def _present_v1(field: Record) -> Record:
    return {
        "id": field["id"],
        "key": field["field_code"],
        "name": field["field_name"],
        "field_type": field["field_type"],
        "options": field["options"],
        "active_flag": True,
        "edit_flag": field["is_custom_field"],
        "mandatory_flag": False,
        "add_time": to_stamp(field["add_time"]),
        "update_time": to_stamp(field["update_time"]),
    }
