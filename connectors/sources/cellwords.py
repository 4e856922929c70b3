"""How offices write yes and no, types of fields, lists of options and "there is none". The words stand in `cellwords.toml`."""

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from connectors.sources.synonyms import record_words
from connectors.sources.wording import fold, key

_WORDS = tomllib.loads((Path(__file__).parent / "cellwords.toml").read_text(encoding="utf-8"))
_SEPARATORS = ("|", "\n", ";", ",")  # strongest first

YES_WORDS: frozenset[str] = frozenset(_WORDS["yes_no"]["yes"])
NO_WORDS: frozenset[str] = frozenset(_WORDS["yes_no"]["no"])

_TYPES: dict[str, str] = {word: name for name, words in _WORDS["types"].items() for word in words}
TYPE_WORDS = frozenset(_TYPES)
_NO_WEBSITE = frozenset(_WORDS["website"]["none"])


def field_type(word: str) -> str:
    """Neutral type of a declared custom field: text, long, enum, multi, money, url, number, bool, date, datetime, calculated, phone
    or email. "" for a word that nobody knows."""
    folded = fold(re.sub(r"\(.*?\)|\d+$", " ", word))
    return _TYPES.get(folded) or _TYPES.get(fold(folded.replace("-", " ").replace("_", " "))) or _TYPES.get(folded.replace(" ", ""), "")


def object_namer(names: Sequence[str]) -> Callable[[str], str]:
    """A function that tells which of these objects a declaration speaks of: "Company", "Kontakte", "Opportunité". "" for none.

    Where two objects share a word ("client"), the first in the list has it.
    """
    objects = {key(word): name for name in reversed(names) for word in reversed(record_words(name)) if not word.startswith("~")}

    def object_name(word: str) -> str:
        found = objects.get(key(word), "")
        return found or next((name for part in re.split(r"[/(|,]", word) if (name := objects.get(key(part), ""))), "")

    return object_name


def options(text: str) -> tuple[str, ...]:
    """The choices of a declared field. The strongest separator in the text parts it, so `Bravo|Charlie; Sons` has two."""
    separator = next((sign for sign in _SEPARATORS if sign in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def yes_no(text: str) -> bool | None:
    """None for an empty text and for words that are neither."""
    folded = fold(text) or text.strip()
    return True if folded in YES_WORDS else False if folded in NO_WORDS else None


def is_no_website(text: str) -> bool:
    """True for what people type into a website field to say that there is none."""
    stripped = text.strip().casefold()
    return stripped in _NO_WEBSITE or fold(stripped) in _NO_WEBSITE or not re.search(r"\w", stripped)
