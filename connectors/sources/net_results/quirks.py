"""What is peculiar to the values of Net-Results. The words themselves stand in `words.toml`, names of files in `naming.py`."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from connectors.sources.cellwords import NO_WORDS, YES_WORDS, field_type, object_namer, options, yes_no
from connectors.sources.wording import fold, split

__all__ = [
    "MAILABLE_WORDS",
    "NOT_TAKEN",
    "NO_COMPANY",
    "NO_WORDS",
    "YES_WORDS",
    "event",
    "field_type",
    "is_state",
    "mailable",
    "object_name",
]
__all__ += ["only_category", "options", "reason", "yes_no"]

WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
NOT_TAKEN: tuple[str, ...] = tuple(WORDS["files"]["not_taken"])
NO_COMPANY: frozenset[str] = frozenset(WORDS["company"]["none"])

EVENT_WORDS: dict[str, str] = {word: name for name, words in WORDS["events"].items() for word in words}
_REASON_OF_EVENT = {"hard_bounced": "hard_bounce", "soft_bounced": "soft_bounce", "unsubscribed": "unsubscribe", "complained": "complaint"}
REASON_WORDS: dict[str, str] = {word: _REASON_OF_EVENT[name] for word, name in EVENT_WORDS.items() if name in _REASON_OF_EVENT} | {
    word: name for name, words in WORDS["reasons"].items() for word in words
}
_MAILABLE: dict[str, bool | None] = {
    word: {"yes": True, "no": False}.get(name) for name, words in WORDS["mailable"].items() for word in words
}
_EVENT_STEMS: Mapping[str, list[str]] = WORDS["event_stems"]
_REASON_STEMS: Mapping[str, list[str]] = WORDS["reason_stems"]
_NEGATIONS = frozenset(WORDS["negations"]["words"])
_EVERYTHING, _NEUTRAL = (frozenset(WORDS["category"][kind]) for kind in ("everything", "neutral"))
MAILABLE_WORDS = frozenset(word for word, says in _MAILABLE.items() if says is not None)
_FORBIDDING = frozenset({"complaint", "unsubscribe", "hard_bounce"})
_GLUE = re.compile(r"[\W_]+")

object_name = object_namer(("contacts", "companies", "campaigns"))


@lru_cache(maxsize=20_000)  # the same few words, in millions of rows
def event(text: str) -> str:
    """sent, delivered, opened, clicked, soft_bounced, hard_bounced, unsubscribed or complained; "" for a word that nobody knows."""
    return _meant(text, EVENT_WORDS, _EVENT_STEMS)


@lru_cache(maxsize=20_000)
def reason(text: str) -> str:
    """complaint, unsubscribe, hard_bounce, manual, soft_bounce or resubscribed; "" for a word that nobody knows."""
    return _meant(text, REASON_WORDS, _REASON_STEMS)


def only_category(text: str) -> str:
    """The category of mail that an entry speaks of; "" where it speaks of all mail, or repeats why it was made."""
    said = set(split(text)) - _NEUTRAL
    return "" if (said and said <= _EVERYTHING) or reason(text) else text


def mailable(text: str) -> bool | None:
    """What a contact's own state says: "Mailable", "No", "Unsubscribed". None where it says nothing."""
    if plain(text) in REASON_WORDS or reason(text) in _FORBIDDING:
        return False
    return _MAILABLE.get(plain(text), yes_no(text))


def is_state(text: str) -> bool:
    """Whether the text says of an address how one may write to it, and could hardly say anything else."""
    return reason(text) in _FORBIDDING


def _meant(text: str, words: Mapping[str, str], stems: Mapping[str, list[str]]) -> str:
    """By the whole text as listed, else by the beginnings of its words; the first kind listed goes before the others."""
    said = plain(text)
    if found := words.get(said):
        return found
    pieces = said.split()
    denied = not pieces or pieces[0] in _NEGATIONS
    for kind, beginnings in stems.items():
        for stem in beginnings:
            if stem in said if " " in stem else not denied and any(word.startswith(stem) for word in pieces):
                return kind.removesuffix("_too")
    return ""


def plain(text: str) -> str:
    """As the words are listed: folded, with single blanks for all signs."""
    return " ".join(_GLUE.sub(" ", fold(text)).split())
