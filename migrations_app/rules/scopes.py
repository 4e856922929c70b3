"""Rules that leave rows out: conditions on columns as people write them, and what they say of a row.

A condition is {"column": HEADER, TEST: OPERAND}; several that have to hold together are {"all": [CONDITIONS]}. A rule's
condition may say {"keep": "open_deals"} besides: what has an open deal stays.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from migrations_app.rules.keys import clean
from migrations_app.rules.transforms.dates import AmbiguousDate, read_date
from migrations_app.rules.transforms.numbers import MARK_OF_FORMAT, read_number

KEEP, OPEN_DEALS = "keep", "open_deals"
# Tests by name, and the words between column and operand. The longer words come first where one begins with another.
WORDS = {
    "empty": "is empty",
    "filled": "is filled",
    "is_not": "is not",
    "is": "is",
    "contains": "contains",
    "before": "before",
    "after": "after",
    "older_than": "older than",
    "less": "less than",
    "more": "more than",
}
LISTS, DAYS, WITHOUT = ("is", "is_not", "contains"), ("before", "after"), ("empty", "filled")
_AGE = re.compile(r"(?P<days>\d{1,6})(?: days?)?")

Test = Callable[[str], bool]


class BadCondition(ValueError):
    """What was written is no condition; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one table are read: its columns, what is known of each (as its rule has it), the day of the export."""

    columns: Sequence[str]
    on: date
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    number_format: str = ""

    def order(self, column: str) -> str:
        return str(self.options.get(column, {}).get("date_order", ""))

    def mark(self, column: str) -> str:
        return str(self.options.get(column, {}).get("decimal") or MARK_OF_FORMAT.get(self.number_format, ""))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is tested: its name is the reason that is counted."""

    name: str
    condition: Mapping[str, Any]


class Scope:
    """The rules of one table, compiled. `rule_of(cells)` is the first that leaves the row out, or None."""

    def __init__(self, rules: Iterable[Any], reading: Reading) -> None:
        self._rules = [(rule, tests) for rule in rules if (tests := _compiled(rule.condition, reading)) is not None]

    def rule_of(self, cells: Sequence[str]) -> Any:
        for rule, tests in self._rules:
            if all(test(clean(cells[at])) for at, test in tests):
                return rule
        return None


def parse(text: str, columns: Sequence[str]) -> dict[str, Any]:
    """A condition for each line of `text`, such as `Contact Type is V | Vendor` or `Last Contact older than 1095 days`.

    Raises BadCondition.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadCondition("There is no condition. Write one such as “Contact Type is V | Vendor”.")
    parts = [_parse_line(line, columns) for line in lines]
    return parts[0] if len(parts) == 1 else {"all": parts}


def in_words(condition: Mapping[str, Any]) -> str:
    """As `parse` reads it, a line for each part."""
    return "\n".join(_line(part) for part in conditions(condition))


def conditions(condition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(condition.get("all") or ([condition] if condition.get("column") else []))


def columns_of(condition: Mapping[str, Any]) -> list[str]:
    return [str(part.get("column", "")) for part in conditions(condition)]


def keeps_open_deals(condition: Mapping[str, Any]) -> bool:
    return condition.get(KEEP) == OPEN_DEALS


# --- reading what people write -----------------------------------------------------------------------------------------


def _parse_line(line: str, columns: Sequence[str]) -> dict[str, Any]:
    """The column is the longest one that the line begins with; what follows are the test and its operand."""
    folded = line.casefold()
    for column in sorted(columns, key=len, reverse=True):
        rest = line[len(column) :].strip()
        if not folded.startswith(f"{column.casefold()} "):
            continue
        for test, words in WORDS.items():
            if rest.casefold() == words or rest.casefold().startswith(f"{words} "):
                return {"column": column, test: _operand(test, rest[len(words) :].strip(), line)}
        raise BadCondition(f"“{line}”: after the column comes one of: {', '.join(WORDS.values())}.")
    raise BadCondition(f"“{line}” begins with no column; there are: {', '.join(columns)}.")


def _operand(test: str, text: str, line: str) -> Any:
    if test in WITHOUT:
        return True
    if not text:
        raise BadCondition(f"“{line}” lacks the value to compare with.")
    if test in LISTS:
        return [each.strip() for each in text.split("|") if each.strip()]
    if test in DAYS:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise BadCondition(f"“{text}” is no day: write it as 2019-01-31.") from None
    if test == "older_than":
        if not (age := _AGE.fullmatch(text)):
            raise BadCondition(f"“{text}” is no number of days: write “older than 1095 days”.")
        return int(age["days"])
    if (number := _number(text, ".")) is None:
        raise BadCondition(f"“{text}” is no number: write it as 1250 or 12.5.")
    return str(number)


def _line(part: Mapping[str, Any]) -> str:
    test = next((name for name in WORDS if name in part), "")
    said = part.get(test)
    if test in WITHOUT or not test:
        operand = ""
    elif test in LISTS:
        operand = " | ".join(map(str, said or ()))
    else:
        operand = f"{said} days" if test == "older_than" else str(said)
    return f"{part.get('column', '')} {WORDS.get(test, '')} {operand}".strip()


# --- testing cells -----------------------------------------------------------------------------------------------------


def _compiled(condition: Mapping[str, Any], reading: Reading) -> list[tuple[int, Test]] | None:
    """None where the table lacks a column that the rule asks about: then it leaves nothing out there."""
    found = []
    for part in conditions(condition):
        if part["column"] not in reading.columns:
            return None
        test = _test(part, reading)
        if test is None:
            return None
        found.append((list(reading.columns).index(part["column"]), test))
    return found or None


def _test(part: Mapping[str, Any], reading: Reading) -> Test | None:
    for name in LISTS:
        if name in part:
            return _among(name, {str(each).strip().casefold() for each in part[name]})
    if "empty" in part:
        return lambda text: not text
    if "filled" in part:
        return bool
    column = str(part["column"])
    for name in (*DAYS, "older_than"):
        if name in part:
            old = name == "older_than"
            limit = reading.on - timedelta(days=int(part[name])) if old else date.fromisoformat(part[name])
            return _dated(name != "after", limit, reading.order(column))
    for name in ("less", "more"):
        if name in part:
            return _sized(name == "less", Decimal(part[name]), reading.mark(column))
    return None


def _among(name: str, values: set[str]) -> Test:
    if name == "contains":
        return lambda text: any(value in text.casefold() for value in values)
    return lambda text: (text.casefold() in values) == (name == "is")


def _dated(before: bool, limit: date, order: str) -> Test:
    """A date that can be read both ways, and what is none, leaves nothing out."""

    def test(text: str) -> bool:
        try:
            found = read_date(text, order) if text else None
        except (AmbiguousDate, ValueError):
            return False
        day = found.date() if isinstance(found, datetime) else found
        return day is not None and (day < limit if before else day > limit)

    return test


def _sized(less: bool, limit: Decimal, mark: str) -> Test:
    def test(text: str) -> bool:
        found = _number(text, mark)
        return found is not None and (found < limit if less else found > limit)

    return test


def _number(text: str, mark: str) -> Decimal | None:
    try:
        return read_number(text, mark)
    except (ValueError, ArithmeticError):
        return None
