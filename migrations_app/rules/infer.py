"""From what a column shows to the type that it most likely has."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrations_app.rules import kinds
from migrations_app.rules.transforms.choices import YES_NO_PAIRS
from migrations_app.rules.transforms.words import fold

if TYPE_CHECKING:
    from migrations_app.rules.profile import ColumnProfile

_MOST, _NEARLY_ALL, _SOME = 0.75, 0.9, 0.3
_OPTION_LENGTH, _OPTION_COUNT = 60, 30
_LINE_LENGTH = 255


def column_type(profile: "ColumnProfile") -> str:
    """empty, text, long, email, phone, url, int, number, money, percent, date, datetime, bool, enum, multi or id."""
    if not profile.filled:
        return "empty"
    if _is_yes_no(profile):
        return "bool"
    return _typed(profile) or _chosen(profile) or _written(profile)


def _typed(profile: "ColumnProfile") -> str:
    share = Counter(profile.shares)
    for kind in ("email", "url"):
        if share[kind] >= _MOST:
            return kind
    if share["date"] > _SOME and share["date"] + share["serial"] >= _MOST:
        return "datetime" if share["datetime"] >= 0.5 else "date"
    if share["number"] >= _MOST:
        return _number_type(profile)
    return "phone" if share["phone"] >= _MOST else ""


def _number_type(profile: "ColumnProfile") -> str:
    share = Counter(profile.shares)
    if share["phone"] >= _NEARLY_ALL:
        return "phone"
    for kind in ("percent", "money"):
        if share[kind] >= _SOME:
            return kind
    if _two_decimals(profile.sample):
        return "money"
    return "int" if share["int"] >= _NEARLY_ALL * share["number"] else "number"


def _two_decimals(sample: list[str]) -> bool:
    """Nearly every number has exactly two decimals: how money is printed, and little else."""
    numbers = [value for value in sample if kinds.is_number(value)]
    return sum(1 for value in numbers if value[-3:-2] in (".", ",")) >= _NEARLY_ALL * len(numbers)


def _chosen(profile: "ColumnProfile") -> str:
    if profile.distinct_is_capped:
        return ""
    pieces = parts(profile.counts, profile.filled)
    if pieces and _are_options(pieces):
        return "multi"
    return "enum" if _are_options(profile.counts) else ""


def _are_options(counts: Mapping[str, int]) -> bool:
    """Few, short, and each used again and again; sentences are no options."""
    if not 1 <= len(counts) <= _OPTION_COUNT or sum(counts.values()) < 4 * len(counts):
        return False
    sentences = sum(1 for value in counts if value.count(" ") > 4 or value.endswith((".", "!", "?", "。")))
    return sentences < 0.5 * len(counts) and all(len(value) <= _OPTION_LENGTH and "\n" not in value for value in counts)


def _written(profile: "ColumnProfile") -> str:
    if profile.max_length > _LINE_LENGTH or profile.line_breaks:
        return "long"
    lengths = {len(value) for value in profile.sample}
    alike = max(lengths) - min(lengths) <= 4 and profile.max_length <= 40
    return "id" if alike and profile.shares.get("id", 0) >= _NEARLY_ALL and profile.distinct > 1 else "text"


def _is_yes_no(profile: "ColumnProfile") -> bool:
    if profile.distinct > 12:
        return False
    words = [value for value in profile.counts if kinds.is_yes_no(value)]
    known = sum(profile.counts[value] for value in words)
    counts_up = any(kinds.is_number(value) and value not in ("0", "1", "-1") for value in profile.counts)
    return known >= _MOST * profile.filled and len(words) >= 0.5 * profile.distinct and not counts_up


def parts(counts: Mapping[str, int], filled: int) -> Counter[str]:
    """What stands between separators, with counts, if a fair part of the cells holds several options."""
    best: Counter[str] = Counter()
    for separator in (";", "|", "\n", ","):
        joined = sum(count for value, count in counts.items() if separator in value.strip(separator))
        if joined >= 0.1 * filled:
            pieces = _split(counts, separator)
            if pieces and (not best or len(pieces) < len(best)):
                best = pieces
    return best


def _split(counts: Mapping[str, int], separator: str) -> Counter[str]:
    """The pieces with their counts; nothing where they do not mix, as options do and the halves of sentences do not."""
    pieces: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for value, count in counts.items():
        found = {piece.strip(): count for piece in value.split(separator) if piece.strip()}
        pieces.update(found)
        cells.update(found.keys())
    return pieces if sum(cells.values()) >= 1.3 * len(cells) else Counter()


def yes_no_spelling(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The pair of words, letter for letter, that most of a yes/no column is written in."""
    best: tuple[str, ...] = ("Yes", "No")
    weight = 0
    for pair in YES_NO_PAIRS:
        for style in (str.title, str.upper, str.lower):
            found = {value for value in counts if style(value) == value and fold(value) in pair}
            total = sum(counts[value] for value in found)
            if total > weight:
                best, weight = tuple(dict.fromkeys([style(word) for word in pair if word] + sorted(found))), total
    return best
