"""Which rows are left out, and why."""

from collections.abc import Iterable, Sequence
from typing import Any

from migrations_app.rules.transforms.choices import NO, read_yes_no
from migrations_app.rules.transforms.words import fold

_PROJECT_WORDS = ("proj", "job", "auftrag", "zlecen", "zakaz", "prosj", "commess")
NO_WORDS = frozenset("no false 0 n f nein non nee nej ne não nao falsch faux falso".split())


def is_no(text: str) -> bool:
    """A clear no; an empty cell is not one."""
    return text.strip().casefold() in NO_WORDS


def is_project(text: str) -> bool:
    """What stands under *Is opportunity* where the row is none: a clear no, or the word for what it is instead."""
    return is_no(text) or read_yes_no(text) == NO or fold(text).startswith(_PROJECT_WORDS)


def left_out_by(rules: Iterable[Any], headers: Sequence[str], cells: Sequence[str]) -> str:
    """The name of the first switched-on rule that leaves the row out, or "".

    A rule's condition is {"column": HEADER, "is": [VALUES]}; values compare without case and blanks around.
    """
    for rule in rules:
        column = rule.condition.get("column", "")
        if column not in headers:
            continue
        value = cells[headers.index(column)].strip().casefold()
        if value in {str(each).strip().casefold() for each in rule.condition.get("is", ())}:
            return str(rule.name)
    return ""
