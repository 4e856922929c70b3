"""What the name of a Net-Results file says about all of its rows: "Spring sale - Opened.csv" holds the opens of that campaign."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise, takewhile

from connectors.sources.net_results.quirks import EVENT_WORDS, REASON_WORDS, WORDS, plain
from connectors.sources.synonyms import file_words
from connectors.sources.wording import spelling_variants, split

_FILES: Mapping[str, list[str]] = WORDS["files"]
_MEMBERS = frozenset(_FILES["members"])
_GENERIC = _MEMBERS | frozenset(_FILES["generic"])
_NUMBERED = frozenset(_FILES["numbered"])
_STATES, _NOUNS = frozenset(_FILES["states"]), frozenset(_FILES["nouns"])
_ENROLLED = dict.fromkeys(_FILES["enrolled"], "enrolled")
_RECORDS = ("contacts", "companies", "users", "campaigns", "campaign_members", "lists", "list_members", "templates", "workflows")
_ENDING = re.compile(r"\.(?:csv|tsv|txt|xls[xm]?|ods|json|tab|zip)(?=[\s/]|$)", re.IGNORECASE)
_WORKBOOK = re.compile(r"\.(?:xls[xm]?|ods)$", re.IGNORECASE)
_SHEET = re.compile(r"(\.(?:xls[xm]?|ods))\s+(?=\S)", re.IGNORECASE)
_PIECE = re.compile(r"[^\W_]+")
_DATED = re.compile(r"\d{4,}")
_SET_OFF = re.compile(r"[()\[\]{}.;|]|\s[-–—:+]+\s|[-–—:+]{2,}|_{2,}")
_BETWEEN = re.compile(r"^[\s_\-–—.:,()\[\]]+|[\s_\-–—.:,()\[\]]+$")
_LONGEST = 4  # words of a phrase


def constants(place: str, object: str) -> Mapping[str, str]:
    """{role: text} for all rows of a file, given with folders and sheet.

    What happened stands at an end of its own name, or is the whole name of a folder; the campaign is the rest of that name,
    else the file's own, else that of a folder.
    """
    parts = _parts(place)
    match object:
        case "email_sends":
            found, rest = _find(parts, EVENT_WORDS)
            return _filled(event=found, campaign_ref=rest or _folder(parts)) if found and (rest or not _of_members(parts)) else {}
        case "suppression":
            found, rest = _find(parts, REASON_WORDS)
            if not found:  # the name is all there is to say why, and whoever is on such a list is not written to
                return _filled(reason=_find(parts, _lists())[0])
            return {"reason": found} if not rest and not _of_members(parts) else {}
        case "campaign_members":
            return _filled(campaign_ref=_telling(parts[0]) or _folder(parts))
        case "list_members":
            return _filled(list_ref=_telling(parts[0]) or _folder(parts))
        case "enrolments":
            found, rest = _cut(parts[0], _ENROLLED)
            return _filled(workflow_name=rest) if found else {}
    return {}


def _parts(place: str) -> list[str]:
    """The nearest first: the sheet, where it tells something, the file, its folders."""
    path = _SHEET.sub(r"\1/", place.replace("\\", "/"))
    named = [part for part in reversed(path.split("/")) if part] or [""]
    parts = [_ENDING.sub("", part) for part in named]
    if len(parts) > 1 and _WORKBOOK.search(named[1]) and not _cut(parts[0], EVENT_WORDS)[0]:
        return parts if _telling(parts[0]) and not _cut(parts[1], EVENT_WORDS)[1] else parts[1:]
    return parts


def _find(parts: Sequence[str], words: Mapping[str, str]) -> tuple[str, str]:
    """What happened, and what is told with it; a folder says it of all files in it, unless one is named after its records."""
    found, rest = _cut(parts[0], words)
    if found or _names_records(parts[0]):
        return found, rest
    for at, folder in enumerate(parts[1:], start=1):
        found, rest = _cut(folder, words)
        if found and not rest:
            return found, next(filter(None, map(_telling, parts[:at])), "")
    return "", ""


def _folder(parts: Sequence[str]) -> str:
    """The nearest folder that tells something else than what happened."""
    return next(
        (told for part in parts[1:] if (told := _telling(part)) and not any(_cut(part, words)[0] for words in (EVENT_WORDS, REASON_WORDS))),
        "",
    )


def _of_members(parts: Sequence[str]) -> bool:
    """A list may be called "Unsubscribed"."""
    return not _MEMBERS.isdisjoint(split(parts[0]))


def _filled(**texts: str) -> dict[str, str]:
    return {role: text for role, text in texts.items() if text}


def _cut(name: str, words: Mapping[str, str]) -> tuple[str, str]:
    """The longest known phrase at either end of a name, as what it stands for, and the telling rest. ("", "") for none.

    Behind its end, and before its beginning, only dates, numbers and generic words may stand.
    """
    pieces = list(_PIECE.finditer(name))
    idle = [piece[0].isdigit() or piece[0].casefold() in _GENERIC for piece in pieces]
    before, behind = (sum(1 for _ in takewhile(bool, order)) for order in (idle, reversed(idle)))
    for length in range(min(_LONGEST, len(pieces)), 0, -1):
        last = len(pieces) - length
        for first in dict.fromkeys((*range(last, max(-1, last - behind - 1), -1), *range(min(before, last) + 1))):
            phrase = plain(" ".join(piece[0] for piece in pieces[first : first + length]))
            left, right = name[: pieces[first].start()], name[pieces[first + length - 1].end() :]
            rest = _telling(left) or _telling(right)
            if phrase in words and _can_be_meant(phrase, left, right, rest):
                return words[phrase], rest
    return "", ""


def _can_be_meant(phrase: str, left: str, right: str, rest: str) -> bool:
    """ "Open houses" and "Click & Collect" are no events, "Collect - Click" is one."""
    edges = (re.split(r"[^\W_]", left)[-1], re.split(r"[^\W_]", right)[0])
    return phrase not in _STATES and (phrase not in _NOUNS or not rest or any(map(_SET_OFF.search, edges)))


def _telling(text: str) -> str:
    """The text without generic words at its ends; "" where nothing else is left. A campaign may have nothing but a number."""
    words = [word for word in split(text) if word not in _GENERIC and not _DATED.fullmatch(word)]
    if not words or all(word.isdigit() for word in words):
        return _number(text)
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


def _number(text: str) -> str:
    """ "campaign 5001" """
    words = split(text)
    return next((number for word, number in pairwise(words) if word in _NUMBERED and number.isdigit()), "")


@cache
def _lists() -> Mapping[str, str]:
    """What people call lists of addresses nobody may write to, where the words are not those of a reason."""
    names = {plain(variant): name for name in file_words("suppression") for variant in map(" ".join, spelling_variants(name))}
    return {name: said for name, said in names.items() if name not in EVENT_WORDS and name not in REASON_WORDS}


@cache
def _names_of_records() -> frozenset[tuple[str, ...]]:
    return frozenset(words for object in _RECORDS for name in file_words(object) for words in spelling_variants(name))


def _names_records(name: str) -> bool:
    return tuple(word for word in split(name) if not word.isdigit()) in _names_of_records()
