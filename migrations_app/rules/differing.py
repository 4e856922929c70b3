"""What an update has to say: only what differs, in the form that a PATCH takes (API.md 5.1 to 5.3, 6.2)."""

from collections.abc import Mapping
from typing import Any

from migrations_app.rules.targets import BUILTIN_FIELDS

NOT_CHANGEABLE = frozenset({"add_time", "marketing_status"})  # taken on creation only, or once
ONLY_CHANGEABLE: Mapping[str, frozenset[str]] = {"file": frozenset({"name"})}
UNCHANGEABLE = frozenset({"call_log"})  # Pipedrive has no request for it
CLEARED_BY: Mapping[str, Any] = {
    "emails": [], "phones": [], "label_ids": [], "value": 0, "participants": [], "comments": "", "discount": 0, "tax": 0,
}  # fmt: skip
NULLABLE = frozenset({
    "website", "linkedin", "annual_revenue", "employee_count", "address", "org_id", "person_id", "probability", "lost_reason",
    "close_time", "won_time", "lost_time", "expected_close_date", "deal_id", "due_date", "due_time", "duration", "note", "code",
    "unit", "description", "category",
})  # fmt: skip
OF_A_STATUS = frozenset({"won_time", "lost_time", "close_time", "lost_reason"})  # Pipedrive empties them when the status changes

Values = Mapping[str, Any]


def flat(body: Values) -> dict[str, Any]:
    """Custom fields beside the built-in ones: their keys are hashes and cannot collide."""
    return {name: value for name, value in body.items() if name != "custom_fields"} | dict(body.get("custom_fields") or {})


def nested(entity: str, values: Values) -> dict[str, Any]:
    """The opposite of `flat`. Without custom fields there is no such key: an empty object would clear them all (API.md 6.2)."""
    builtin = BUILTIN_FIELDS[entity]
    body = {name: value for name, value in values.items() if name in builtin}
    custom = {name: value for name, value in values.items() if name not in builtin}
    return body | ({"custom_fields": custom} if custom else {})


def changes(entity: str, before: Values, wanted: Values) -> dict[str, Any]:
    """What turns `before` into `wanted`, both flat: new values, and for what is no longer wanted the value that clears it.

    What cannot be changed or cleared is left out.
    """
    found = {
        name: value for name, value in wanted.items() if value is not None and value != before.get(name) and name not in NOT_CHANGEABLE
    }
    gone = [name for name, value in before.items() if wanted.get(name) is None and value not in (None, "", [])]
    found |= {name: CLEARED_BY.get(name) for name in gone if _clearable(entity, name)}
    if entity in ONLY_CHANGEABLE:
        found = {name: value for name, value in found.items() if name in ONLY_CHANGEABLE[entity]}
    if "status" in found:
        found = {name: value for name, value in found.items() if value is not None or name not in OF_A_STATUS}
    return found


def _clearable(entity: str, name: str) -> bool:
    return name not in BUILTIN_FIELDS[entity] or name in NULLABLE or name in CLEARED_BY
