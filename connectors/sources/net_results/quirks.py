"""What is peculiar to the values and file names of Net-Results. The words themselves stand in `words.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from connectors.sources.cellwords import NO_WORDS, YES_WORDS, field_type, object_namer, options, yes_no
from connectors.sources.wording import fold, split

__all__ = [
    "MAILABLE_WORDS",
    "NOT_TAKEN",
    "NO_COMPANY",
    "NO_WORDS",
    "YES_WORDS",
    "constants",
    "event",
    "field_type",
    "is_state",
    "mailable",
    "object_name",
]
__all__ += ["only_category", "options", "reason", "yes_no"]

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
NOT_TAKEN: tuple[str, ...] = tuple(_WORDS["files"]["not_taken"])
NO_COMPANY: frozenset[str] = frozenset(_WORDS["company"]["none"])

_EVENTS: dict[str, str] = {word: name for name, words in _WORDS["events"].items() for word in words}
_REASON_OF_EVENT = {"hard_bounced": "hard_bounce", "soft_bounced": "soft_bounce", "unsubscribed": "unsubscribe", "complained": "complaint"}
_REASONS: dict[str, str] = {word: _REASON_OF_EVENT[name] for word, name in _EVENTS.items() if name in _REASON_OF_EVENT} | {
    word: name for name, words in _WORDS["reasons"].items() for word in words
}
_MAILABLE: dict[str, bool | None] = {
    word: {"yes": True, "no": False}.get(name) for name, words in _WORDS["mailable"].items() for word in words
}
_EVENT_STEMS: Mapping[str, list[str]] = _WORDS["event_stems"]
_REASON_STEMS: Mapping[str, list[str]] = _WORDS["reason_stems"]
_NEGATIONS = frozenset(_WORDS["negations"]["words"])
_EVERYTHING, _NEUTRAL = (frozenset(_WORDS["category"][kind]) for kind in ("everything", "neutral"))
MAILABLE_WORDS = frozenset(word for word, says in _MAILABLE.items() if says is not None)
_FORBIDDING = frozenset({"complaint", "unsubscribe", "hard_bounce"})
_MEMBERS = frozenset(_WORDS["files"]["members"])
_GENERIC = _MEMBERS | frozenset(_WORDS["files"]["generic"])
_ENROLLED = dict.fromkeys(_WORDS["files"]["enrolled"], "enrolled")
_GLUE = re.compile(r"[\W_]+")
_ENDING = re.compile(r"\.(?:csv|tsv|txt|xlsx?|json|tab)(?=\s|$)", re.IGNORECASE)
_DATED = re.compile(r"\d{4,}")
_BETWEEN = re.compile(r"^[\s_\-–—.:,()\[\]]+|[\s_\-–—.:,()\[\]]+$")

object_name = object_namer(("contacts", "companies", "campaigns"))


@lru_cache(maxsize=20_000)  # the same few words, in millions of rows
def event(text: str) -> str:
    """sent, delivered, opened, clicked, soft_bounced, hard_bounced, unsubscribed or complained; "" for a word that nobody knows."""
    return _meant(text, _EVENTS, _EVENT_STEMS)


@lru_cache(maxsize=20_000)
def reason(text: str) -> str:
    """complaint, unsubscribe, hard_bounce, manual, soft_bounce or resubscribed; "" for a word that nobody knows."""
    return _meant(text, _REASONS, _REASON_STEMS)


def only_category(text: str) -> str:
    """The category of mail that an entry speaks of; "" where it speaks of all mail, or repeats why it was made."""
    said = set(split(text)) - _NEUTRAL
    return "" if (said and said <= _EVERYTHING) or reason(text) else text


def mailable(text: str) -> bool | None:
    """What a contact's own state says: "Mailable", "No", "Unsubscribed". None where it says nothing."""
    if _plain(text) in _REASONS or reason(text) in _FORBIDDING:
        return False
    return _MAILABLE.get(_plain(text), yes_no(text))


def is_state(text: str) -> bool:
    """Whether the text says of an address how one may write to it, and could hardly say anything else."""
    return reason(text) in _FORBIDDING


def constants(place: str, object: str) -> Mapping[str, str]:
    """What the file's name says about all of its rows: `Spring sale - Opened.csv` holds the opens of that campaign.

    {role: text}; a folder stands in where the file's own name is nothing but the event.
    """
    path = PurePosixPath(place.replace("\\", "/"))
    name = _ENDING.sub("", path.name)
    match object:
        case "email_sends":
            found, rest = _cut(name, _EVENTS)
            return _filled(event=found, campaign_ref=rest or _folder(path)) if found else {}
        case "suppression":
            found, rest = _cut(name, _REASONS)
            return {"reason": found} if found and not rest and _MEMBERS.isdisjoint(split(name)) else {}
        case "campaign_members":
            return _filled(campaign_ref=_telling(name) or _folder(path))
        case "list_members":
            return _filled(list_ref=_telling(name) or _folder(path))
        case "enrolments":
            found, rest = _cut(name, _ENROLLED)
            return _filled(workflow_name=rest) if found else {}
    return {}


def _meant(text: str, words: Mapping[str, str], stems: Mapping[str, list[str]]) -> str:
    """By the whole text as listed, else by the beginnings of its words; the first kind listed goes before the others."""
    plain = _plain(text)
    if found := words.get(plain):
        return found
    said = plain.split()
    denied = not said or said[0] in _NEGATIONS
    for kind, beginnings in stems.items():
        for stem in beginnings:
            if stem in plain if " " in stem else not denied and any(word.startswith(stem) for word in said):
                return kind.removesuffix("_too")
    return ""


def _plain(text: str) -> str:
    return " ".join(_GLUE.sub(" ", fold(text)).split())


def _filled(**texts: str) -> dict[str, str]:
    return {role: text for role, text in texts.items() if text}


def _cut(name: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The longest known phrase at either end of a name, as what it stands for, and the telling rest. ("", "") for none."""
    pieces = re.findall(r"[^\W_]+", name)
    for length in range(min(4, len(pieces)), 0, -1):
        for first in dict.fromkeys((len(pieces) - length, 0)):
            found = words.get(_plain(" ".join(pieces[first : first + length])), "")
            if found:
                pattern = r"[\W_]+".join(map(re.escape, pieces[first : first + length]))
                at = list(re.finditer(pattern, name))[-1 if first else 0]
                return found, _telling(name[: at.start()] + " " + name[at.end() :])
    return "", ""


def _telling(text: str) -> str:
    """The text without generic words at its ends; "" where nothing else is left."""
    words = [word for word in split(text) if word not in _GENERIC and not _DATED.fullmatch(word)]
    if not words or all(word.isdigit() for word in words):
        return ""
    kept = _BETWEEN.sub("", text)
    while match := re.match(r"(\w+?)[\s_\-–—.:,]+(?=\S)", kept):
        if match[1].casefold() not in _GENERIC:
            break
        kept = _BETWEEN.sub("", kept[match.end() :])
    while match := re.search(r"[\s_\-–—.:,]+(\w+)$", kept):
        if match[1].casefold() not in _GENERIC:
            break
        kept = _BETWEEN.sub("", kept[: match.start()])
    return kept.replace("_", " ")


def _folder(path: PurePosixPath) -> str:
    return _telling(path.parent.name)
