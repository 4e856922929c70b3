"""Values of custom fields: checked by type, completed as the server completes them (API.md 6.2)."""

from typing import Any
from zoneinfo import available_timezones

from .accounts import Account
from .errors import invalid, not_allowed
from .reshape import address
from .scalars import is_int
from .store import Record
from .validation import Scope, check

TEXT_LIMITS = {"varchar": 255, "varchar_auto": 255, "phone": 255, "text": 65_000}
REFERENCES = {"user": "user", "org": "organization", "people": "person"}
_ZONES = frozenset(available_timezones())


def read_values(given: Record, account: Account, kind: str, user: Record) -> Record:
    """What is kept of `custom_fields` in a request; raises one refusal that names every bad field by its code."""
    known = account.custom_fields(kind)
    scope = Scope(account, kind)
    problems: list[str] = []
    values: Record = {}
    for code, value in given.items():
        path = f"custom_fields.{code}"
        if code not in known:
            problems.append(not_allowed(path))
        elif value is None:
            values[code] = None
        elif problem := _problem(known[code], value, scope):
            problems.append(f"{path}: {problem}")
        else:
            values[code] = _completed(known[code]["field_type"], value, account, user)
    if problems:
        raise invalid(*problems)
    return values


def merge(before: Record, given: Record | None, values: Record) -> Record:
    """An empty object wipes everything that was there: Pipedrive does that, and callers have to know."""
    if given == {}:
        return {}
    merged = {**before, **values}
    return {code: value for code, value in merged.items() if value is not None}


def _problem(field: Record, value: Any, scope: Scope) -> str:
    kind = field["field_type"]
    if kind in TEXT_LIMITS:
        return check(f"text:{TEXT_LIMITS[kind]}", value, scope, "")
    if kind in REFERENCES:
        return check(f"id:{REFERENCES[kind]}", value, scope, "")
    if kind == "double":
        return check("num", value, scope, "")
    if kind in ("date", "address"):
        return check(kind, value, scope, "")
    if kind == "enum":
        return _option_problem(field, [value]) if is_int(value) else "must be the id of an option"
    if kind == "set":
        return _set_problem(field, value)
    return _compound_problem(kind, value, scope)


def _set_problem(field: Record, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be an array with at least one option id"
    if not all(is_int(one) for one in value):
        return "must be an array of option ids"
    return _option_problem(field, value)


def _option_problem(field: Record, ids: list[int]) -> str:
    known = {option["id"] for option in field["options"] or []}
    unknown = [one for one in ids if one not in known]
    return f"option {unknown[0]} does not exist" if unknown else ""


_SHAPES: dict[str, dict[str, str]] = {
    "monetary": {"value": "num", "currency": "currency"},
    "daterange": {"value": "date", "until": "date"},
    "time": {"value": "moment", "timezone_name": "zone", "timezone_id": "int"},
    "timerange": {"value": "moment", "until": "moment", "timezone_name": "zone", "timezone_id": "int"},
}
_REQUIRED = {"monetary": ("value",), "daterange": ("value", "until"), "time": ("value",), "timerange": ("value", "until")}


def _compound_problem(kind: str, value: Any, scope: Scope) -> str:
    shape = _SHAPES[kind]
    if not isinstance(value, dict):
        return "must be an object"
    strange = [key for key in value if key not in shape]
    missing = [key for key in _REQUIRED[kind] if key not in value]
    if strange or missing:
        return f"'{strange[0]}' is not allowed" if strange else f"'{missing[0]}' is required"
    found = [f"'{key}' {problem}" for key, part in value.items() if (problem := _part_problem(shape[key], part, scope))]
    return "; ".join(found)


def _part_problem(kind: str, value: Any, scope: Scope) -> str:
    if kind == "moment":
        fine = isinstance(value, str) and len(value) == 8 and value[5] == ":" and not check("clock", value[:5], scope, "")
        return "" if fine and value[6:].isdigit() and int(value[6:]) < 60 else "must be a time in HH:MM:SS format"
    if kind == "zone":
        return "" if isinstance(value, str) and value in _ZONES else "must be a time zone"
    return check(kind, value, scope, "")


def _completed(kind: str, value: Any, account: Account, user: Record) -> Any:
    if value == "":
        return None
    if kind == "monetary":
        return {"value": value["value"], "currency": value.get("currency") or account.default_currency(user)}
    if kind == "address":
        return address(value)
    if kind in ("time", "timerange") and "timezone_name" not in value:
        return {**value, "timezone_name": user["timezone_name"]}
    return list(dict.fromkeys(value)) if kind == "set" else value
