"""Saved filters (v1): kept with their conditions, and carried out for lists that are asked with `filter_id`."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from .accounts import Account
from .errors import bad_request
from .store import Record

MOST_CONDITIONS = 16
_KINDS = {"deal": "dealFields", "person": "personFields", "organization": "organizationFields", "product": "productFields"}


def check_conditions(conditions: Record, account: Account) -> None:
    """One outer group with one inner AND and one inner OR group, at most 16 conditions, on fields that exist."""
    groups = conditions.get("conditions")
    if conditions.get("glue") != "and" or not isinstance(groups, list) or [_glue(group) for group in groups] != ["and", "or"]:
        raise bad_request("The filter's conditions must be one group of an 'and' and an 'or' group")
    flat = list(_flat(groups))
    if len(flat) > MOST_CONDITIONS:
        raise bad_request(f"A filter may have at most {MOST_CONDITIONS} conditions")
    for condition in flat:
        if condition.get("operator") not in OPERATORS:
            raise bad_request(f"Unknown operator {condition.get('operator')!r}")
        if _code(condition, account) is None:
            raise bad_request(f"Unknown field_id {condition.get('field_id')!r}")


def matching(record: Record, conditions: Record, account: Account, entity: str) -> bool:
    every, some = conditions["conditions"]

    def holds(condition: Record) -> bool:
        code = _code(condition, account)
        actual = record.get(code, record.get("custom_fields", {}).get(code)) if code else None
        return condition["object"] == entity and OPERATORS[condition["operator"]](actual, condition.get("value"))

    any_of = some["conditions"]
    return all(holds(one) for one in every["conditions"]) and (not any_of or any(holds(one) for one in any_of))


def _glue(group: Any) -> Any:
    return group.get("glue") if isinstance(group, dict) and isinstance(group.get("conditions"), list) else None


def _flat(groups: list[Record]) -> Iterator[Record]:
    for group in groups:
        yield from (one for one in group["conditions"] if isinstance(one, dict))


def _code(condition: Record, account: Account) -> str | None:
    """Filters name fields by their numeric v1 id."""
    fields = account.fields.get(_KINDS.get(str(condition.get("object")), ""), {})
    return next((code for code, one in fields.items() if str(one["id"]) == str(condition.get("field_id"))), None)


def _compare(better: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(actual: Any, wanted: Any) -> bool:
        if actual is None or wanted is None:
            return False
        if isinstance(actual, int | float):
            try:
                return better(actual, float(wanted))
            except (TypeError, ValueError):
                return False
        return better(str(actual).lower(), str(wanted).lower())

    return holds


def _equal(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, list):
        return str(wanted) in [str(one) for one in actual]
    return _compare(lambda left, right: bool(left == right))(actual, wanted)


def _like(pattern: str) -> Callable[[Any, Any], bool]:
    def holds(actual: Any, wanted: Any) -> bool:
        middle = re.escape(str(wanted))
        return actual is not None and re.match(pattern.replace("$", middle), str(actual), re.IGNORECASE | re.DOTALL) is not None

    return holds


OPERATORS: dict[Any, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda actual, wanted: not _equal(actual, wanted),
    "<": _compare(lambda left, right: bool(left < right)),
    ">": _compare(lambda left, right: bool(left > right)),
    "<=": _compare(lambda left, right: bool(left <= right)),
    ">=": _compare(lambda left, right: bool(left >= right)),
    "IS NULL": lambda actual, wanted: actual in (None, "", []),
    "IS NOT NULL": lambda actual, wanted: actual not in (None, "", []),
    "LIKE '$%'": _like("$"),
    "LIKE '%$%'": _like(".*$"),
    "NOT LIKE '$%'": lambda actual, wanted: not _like("$")(actual, wanted),
}
