"""What one cell looks like, from its text alone: a hint for finding headers and for people, never a conversion."""

import re
from collections import Counter
from collections.abc import Iterable

_DIGITS = r"(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][-+]?\d+)?"
MONEY_SIGN = r"(?:[A-Z]{0,3}[$€£¥₹₽₩₺₴₪₫฿₦]|[A-Z]{3}|[Kk]r\.?|Kč|zł|TL|Ft|lei|Fr\.|Rs\.?|R)"
_NUMBER = rf"[-+(]?\s*(?:{MONEY_SIGN}\s?)?\s*[-+(]?\s*{_DIGITS}-?\s*(?:%|{MONEY_SIGN})?\)?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
_MONTH = r"(?:[^\W\d_]{3,10}\.?)"
_DAY = (
    "(?:"
    + "|".join(
        (
            r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
            r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}",
            r"\d{1,2}\. \d{1,2}\. \d{4}",
            rf"\d{{1,2}}\.?[- ](?:de )?{_MONTH}[- ,]+(?:del? )?\d{{2,4}}",
            rf"{_MONTH} \d{{1,2}},? \d{{4}}",
        )
    )
    + ")"
)
_PATTERNS = (
    ("integer", re.compile(r"[-+]?\d{1,18}")),
    ("date", re.compile(rf"(?:{_DAY}(?:[T ,]+{_CLOCK}\s*(?:Z|UTC|[-+]\d{{2}}:?\d{{2}})?)?|{_CLOCK})")),
    ("number", re.compile(_NUMBER)),
    ("email", re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")),
    ("url", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("phone", re.compile(r"\+?[\d(][\d\s().\-/]{5,}\d(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE)),
)
_BOOLEANS = frozenset(("true", "false", "yes", "no", "ja", "nein", "oui", "non", "si", "sí", "vrai", "faux", "wahr", "falsch"))


def cell_type(text: str) -> str:
    """empty, integer, number, date, boolean, email, url, phone or text."""
    text = text.strip()
    if not text:
        return "empty"
    if len(text) > 200:
        return "text"
    if text.casefold() in _BOOLEANS:
        return "boolean"
    for name, pattern in _PATTERNS:
        if pattern.fullmatch(text) and (name != "number" or any(sign.isdigit() for sign in text)):
            return name
    return "text"


def column_type(cells: Iterable[str]) -> str:
    """The type that nine of ten filled cells share, else text."""
    counts = Counter(map(cell_type, cells))
    del counts["empty"]
    filled = counts.total()
    if not filled:
        return "empty"
    if counts["number"] and counts["integer"] + counts["number"] >= 0.9 * filled:
        return "number"
    best, count = counts.most_common(1)[0]
    return best if count >= 0.9 * filled else "text"
