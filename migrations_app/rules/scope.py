"""What stands under *Is opportunity*: whether a row of the deals is one."""

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
