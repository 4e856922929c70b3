"""Holds a request body against its table in bodies.py: strict as API v2 is (real booleans, real numbers, no unknown keys)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .accounts import Account
from .bodies import ADDRESS_PARTS
from .errors import invalid, not_allowed
from .plans import PLANS
from .scalars import SCALARS, is_int

MOST_LABELS = 100


@dataclass(slots=True)
class Scope:
    """What values are checked against: the account, and the field kind for options and custom fields."""

    account: Account
    kind: str = ""


def validate(body: Any, table: dict[str, str], scope: Scope, *, creating: bool, prefix: str = "", extra_keys: bool = False) -> None:
    """Raises one refusal that names every problem by its path. Flags are explained in facts.py."""
    if not isinstance(body, dict):
        raise invalid(f"{prefix or 'body'}: must be an object")
    problems = problems_of(body, table, scope, creating=creating, prefix=prefix, extra_keys=extra_keys)
    if problems:
        raise invalid(*problems)


def problems_of(
    body: dict[str, Any], table: dict[str, str], scope: Scope, *, creating: bool, prefix: str = "", extra_keys: bool = False
) -> list[str]:
    problems = []
    for key, value in body.items():
        path = f"{prefix}{key}"
        if key not in table:
            if not extra_keys:
                problems.append(not_allowed(path))
            continue
        kind, *flags = table[key].split()
        if "refused" in flags or ("create" in flags and not creating):
            problems.append(not_allowed(path))
        elif value is None and ("null" in flags or ("clear" in flags and not creating)):
            continue
        elif problem := check(kind, value, scope, path):
            problems.append(f"{path}: {problem}")
    if creating:
        problems += [
            f"{prefix}{key}: '{prefix}{key}' is required" for key, kind in table.items() if " required" in kind and key not in body
        ]
    return problems


def check(kind: str, value: Any, scope: Scope, path: str) -> str:
    """What is wrong with a value, empty where it is fine."""
    name, _, argument = kind.partition(":")
    return SCALARS[name](value, argument) if name in SCALARS else CHECKS[name](value, argument, scope)


def _reference(value: Any, argument: str, scope: Scope) -> str:
    if argument == "lead":
        known = isinstance(value, str) and scope.account.store.by_code(scope.account.id, "lead", value)
        return "" if known and not known.get("is_deleted") else "lead was not found"
    if not is_int(value):
        return "must be an integer"
    return "" if _exists(scope.account, argument, value) else f"{argument} {value} was not found"


def _exists(account: Account, entity: str, record_id: int) -> bool:
    if entity == "user":
        user = account.users.get(record_id)
        return bool(user and user["active_flag"])
    if entity == "stage":
        return record_id in account.stages
    if entity == "pipeline":
        return record_id in account.pipelines
    return account.store.exists(account.id, entity, record_id)


def _currency(value: Any, argument: str, scope: Scope) -> str:
    return "" if isinstance(value, str) and scope.account.knows_currency(value) else "must be a currency of the account"


def _visible(value: Any, argument: str, scope: Scope) -> str:
    allowed = scope.account.plan.visibilities
    return "" if is_int(value) and value in allowed else f"must be one of {list(allowed)}"


def _visible_text(value: Any, argument: str, scope: Scope) -> str:
    allowed = [str(level) for level in PLANS["premium"].visibilities]
    return "" if value in allowed else f"must be one of {allowed}"


def _option(value: Any, argument: str, scope: Scope) -> str:
    if not is_int(value):
        return "must be an integer"
    return "" if any(one["id"] == value for one in scope.account.options(scope.kind, argument)) else f"option {value} does not exist"


def _labels(value: Any, argument: str, scope: Scope) -> str:
    if not isinstance(value, list) or not all(is_int(one) for one in value):
        return "must be an array of integers"
    if len(value) > MOST_LABELS:
        return f"must contain at most {MOST_LABELS} items"
    known = {one["id"] for one in scope.account.options(scope.kind, "label_ids")}
    unknown = [one for one in value if one not in known]
    return f"option {unknown[0]} does not exist" if unknown else ""


def _address(value: Any, argument: str, scope: Scope) -> str:
    if not isinstance(value, dict):
        return "must be an object"
    strange = [key for key in value if key not in ADDRESS_PARTS]
    if strange:
        return f"'{strange[0]}' is not allowed for this request"
    if not isinstance(value.get("value"), str):
        return "'value' is required"
    wrong = [key for key, part in value.items() if part is not None and not isinstance(part, str)]
    return f"'{wrong[0]}' must be a string" if wrong else ""


def _contacts(value: Any, argument: str, scope: Scope) -> str:
    shape = {"value": "text:255 required", "label": "text:255", "primary": "bool"}
    return _objects(value, shape, scope) or ("at most one may be primary" if sum(one.get("primary", False) for one in value) > 1 else "")


def _participants(value: Any, argument: str, scope: Scope) -> str:
    problem = _objects(value, {"person_id": "id:person required", "primary": "bool"}, scope)
    return problem or ("at most one may be primary" if sum(one.get("primary", False) for one in value) > 1 else "")


def _attendees(value: Any, argument: str, scope: Scope) -> str:
    shape = {
        "email": "text:255",
        "name": "text:255",
        "status": "text:255",
        "is_organizer": "bool",
        "person_id": "id:person",
        "user_id": "id:user",
    }
    return _objects(value, shape, scope)


def _prices(value: Any, argument: str, scope: Scope) -> str:
    shape = {"currency": "currency required", "price": "num required", "cost": "num", "direct_cost": "num null"}
    problem = _objects(value, shape, scope)
    currencies = [] if problem else [one["currency"] for one in value]
    return problem or ("only one price per currency is allowed" if len(set(currencies)) < len(currencies) else "")


def _objects(value: Any, shape: dict[str, str], scope: Scope) -> str:
    """Problems of a list of small objects, all in one text."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return "must be an array of objects"
    found = [problem for index, one in enumerate(value) for problem in problems_of(one, shape, scope, creating=True, prefix=f"{index}.")]
    return "; ".join(found)


def _options(value: Any, argument: str, scope: Scope) -> str:
    return "must contain at least one item" if value == [] else _objects(value, {"label": "name required"}, scope)


def _amount(value: Any, argument: str, scope: Scope) -> str:
    if not isinstance(value, dict):
        return "must be an object"
    return "; ".join(problems_of(value, {"amount": "num required", "currency": "currency required"}, scope, creating=True))


def _uuids(value: Any, argument: str, scope: Scope) -> str:
    return "" if isinstance(value, list) and all(_is_uuid(one) for one in value) else "must be an array of uuids"


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _activity_type(value: Any, argument: str, scope: Scope) -> str:
    return "" if isinstance(value, str) and value in scope.account.types else "must be the key_string of an activity type"


def _object(value: Any, argument: str, scope: Scope) -> str:
    return "" if isinstance(value, dict) else "must be an object"


def _list(value: Any, argument: str, scope: Scope) -> str:
    return "" if isinstance(value, list) else "must be an array"


def _any(value: Any, argument: str, scope: Scope) -> str:
    return ""


CHECKS: dict[str, Callable[[Any, str, Scope], str]] = {
    "id": _reference,
    "currency": _currency,
    "visible": _visible,
    "visible_text": _visible_text,
    "option": _option,
    "labels": _labels,
    "address": _address,
    "contacts": _contacts,
    "participants": _participants,
    "attendees": _attendees,
    "prices": _prices,
    "options": _options,
    "amount": _amount,
    "uuids": _uuids,
    "activity_type": _activity_type,
    "object": _object,
    "list": _list,
    "lines": _list,
    "binary": _any,
    "custom": _object,  # custom_fields.py looks inside
}
