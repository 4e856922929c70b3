"""Who stood at which step of a workflow when the old system was frozen, as far as the export tells it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_NUMBER = re.compile(r"\D{0,12}?(\d{1,3})(?=$|\s*[.:)\-–])|(\d{1,3})(?=\s)")
_NAMES = ("name", "step", "action", "title", "label", "type")
_COUNTS = ("contacts", "enrolled", "enrolments", "enrollments", "count", "participants", "members", "waiting")


class Stood(NamedTuple):
    """One person in one workflow. `step` is as printed; `at` is its number from 1, 0 where that fits none."""

    workflow: str
    step: str
    at: int
    name: str
    email: str
    contact: str
    status: str
    since: str


def step_meant(text: str, steps: Sequence[str]) -> int:
    """The number of the step that a text names: by its words, if only one step has them, else by a number that stands first in it."""
    folded = text.strip().casefold()
    same = [number for number, step in enumerate(steps, start=1) if step.casefold() == folded]
    if len(same) == 1:
        return same[0]
    found = _NUMBER.match(text.strip())
    if found is None or not 0 < (number := int(found[1] or found[2])) <= len(steps):
        return 0
    return number if _fits(text.strip()[found.end() :], steps[number - 1]) else 0


def _fits(rest: str, step: str) -> bool:
    """`2` and `Step 2: wait` fit the second step `Wait`; `30 days pause` is not the thirtieth."""
    words = rest.strip(" .:)-–").casefold()
    return not words or words in step.casefold() or step.casefold() in words


def records_in(text: str) -> list[Mapping[str, Any]]:
    """The records that a cell holds where an export nests them; [] for plain text."""
    if not text.startswith("["):
        return []
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def told_step(record: Mapping[str, Any]) -> tuple[str, int | None]:
    """(what the step does, how many stand at it) of a nested step."""
    by_name = {_plain(name): str(value) for name, value in record.items() if isinstance(value, str)}
    said = next((by_name[name] for name in _NAMES if by_name.get(name)), "; ".join(by_name.values()))
    count = next((by_name[name] for name in _COUNTS if by_name.get(name, "").isdecimal()), "")
    return said, int(count) if count else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold()).removesuffix("name") or "name"
