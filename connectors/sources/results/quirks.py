"""What is peculiar to the values that Results and its customers write. The words themselves stand in `words.toml`."""

import re
import tomllib
from pathlib import Path

from connectors.sources.synonyms import record_words
from connectors.sources.wording import fold, key

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
_SEPARATORS = ("|", "\n", ";", ",")  # strongest first
_OBJECT_NAMES = ("companies", "contacts", "deals", "products", "activities", "line_items", "notes", "attachments")

YES_WORDS: frozenset[str] = frozenset(_WORDS["yes_no"]["yes"])
NO_WORDS: frozenset[str] = frozenset(_WORDS["yes_no"]["no"])
STATUS_WORDS: dict[str, str] = {word: status for status, words in _WORDS["status"].items() for word in words}
NOT_TAKEN: tuple[str, ...] = tuple(_WORDS["files"]["not_taken"])

_TYPES: dict[str, str] = {word: name for name, words in _WORDS["types"].items() for word in words}
_NO_WEBSITE = frozenset(_WORDS["website"]["none"])
_PROJECTS = ("proj", "job", "auftrag", "zlecen", "zakaz", "prosj", "commess")
_OPPORTUNITIES = ("opp", "chance", "verkaufschance", "oport", "szans", "prilez", "mulig", "kans", "affars")
# Where two objects share a word ("client"), the first in the list has it.
_OBJECTS = {key(word): name for name in reversed(_OBJECT_NAMES) for word in reversed(record_words(name)) if not word.startswith("~")}


def field_type(word: str) -> str:
    """Neutral type of a declared custom field: text, long, enum, multi, money, url, number, bool, date, datetime, calculated, phone
    or email. "" for a word that nobody knows."""
    folded = fold(re.sub(r"\(.*?\)|\d+$", " ", word))
    return _TYPES.get(folded) or _TYPES.get(fold(folded.replace("-", " ").replace("_", " "))) or _TYPES.get(folded.replace(" ", ""), "")


def object_name(word: str) -> str:
    """Which object a declaration speaks of: "Company", "Kontakte", "Opportunité". "" for a word that nobody knows."""
    found = _OBJECTS.get(key(word), "")
    return found or next((name for part in re.split(r"[/(|,]", word) if (name := _OBJECTS.get(key(part), ""))), "")


def options(text: str) -> tuple[str, ...]:
    """The choices of a declared field. The strongest separator in the text parts it, so `Bravo|Charlie; Sons` has two."""
    separator = next((sign for sign in _SEPARATORS if sign in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def status(text: str) -> str:
    """open, won or lost; "" for a word that nobody knows."""
    folded = fold(re.sub(r"[^\w\s]|_", " ", text))
    decided = (STATUS_WORDS.get(word, "") for word in reversed(folded.split()))
    return STATUS_WORDS.get(folded) or next((found for found in decided if found in {"won", "lost"}), "")


def yes_no(text: str) -> bool | None:
    """None for an empty text and for words that are neither."""
    folded = fold(text) or text.strip()
    return True if folded in YES_WORDS else False if folded in NO_WORDS else None


def is_opportunity(text: str) -> bool | None:
    """Reads the flag that parts opportunities from projects; some exports print the word instead of yes or no."""
    answer = yes_no(text)
    if answer is not None:
        return answer
    folded = fold(text)
    if folded.startswith(_PROJECTS):
        return False
    return True if folded.startswith(_OPPORTUNITIES) else None


def is_no_website(text: str) -> bool:
    """True for what people type into a website field to say that there is none."""
    stripped = text.strip().casefold()
    return stripped in _NO_WEBSITE or fold(stripped) in _NO_WEBSITE or not re.search(r"\w", stripped)
