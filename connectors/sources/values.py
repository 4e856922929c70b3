"""What the values of a column look like, for weighing them against what its header says. A sample is enough."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale

from connectors.sources.spec import FieldSpec
from connectors.sources.wording import fold

_EMAIL = re.compile(r"(?:mailto:|[^<>@]*<)?[^\s@<>;,]+@[^\s@<>;,]+\.[^\s@<>;,]+>?\W?", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
_DATE = re.compile(
    r"(?:[^\W\d]{2,12}\.?,? )?"
    r"(?:\d{4}[-/.] ?\d{1,2}[-/.] ?\d{1,2}\.?|\d{1,2}[-/.] ?\d{1,2}[-/.] ?\d{2,4}|(?:19|20)\d{6}(?=T|$)"
    r"|\d{1,2}(?:\.|º|er|st|nd|rd|th)?[-/ ](?:de )?[^\W\d]{3,12}\.?[-/ ,]+(?:del? )?\d{2,4}|[^\W\d]{3,12}\.? \d{1,2},? \d{4})"
    r"(?:[T ,].*)?"
)
_CURRENCY = re.compile(
    r"[A-Z]{0,3}[$€£¥₹₽₩₺₴₪₫฿₦]|\b(?:EUR|USD|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|JPY|CNY|INR|BRL|MXN|ZAR)\b"
    r"|\bkr\b\.?|\bzł|\bKč|\bTL\b|\bFt\b|\blei\b|\bFr\b\.?|\bRs\b\.?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+(]?\d[\d.,'’\s]*-?\)?")
_PHONE = re.compile(r"(?:tel\.?:?)?[+(\d][\d\s().,/+-]{5,}(?:\s*(?:x|ext\.?|extension|durchwahl|dw|poste)\.?\s*\d+)?", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{3}|[$€£¥₹₽₩₺₴₪₫฿₦]|kr|zł|Kč|TL|Ft|lei", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_NO_NUMBER = re.compile(r"[^\d.,\s]")
_KINDS = ("email", "url", "date", "number", "phone", "code")
_WANTED: Mapping[str, tuple[str, float]] = {
    "email": ("email", 0.4), "url": ("url", 0.3), "phone": ("phone", 0.4), "date": ("date", 0.5), "datetime": ("date", 0.5),
    "money": ("number", 0.5), "number": ("number", 0.5), "int": ("number", 0.5), "percent": ("number", 0.5), "currency": ("code", 0.5),
}  # fmt: skip
_MOST_WORDS = 12  # that a column of few usual words holds, in a language that nobody foresaw
_UNLIKE_TEXT = ("email", "url", "date")
_COUNTRY_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "nb", "fi")


@dataclass(frozen=True, slots=True)
class Values:
    """`shares` says for each kind how much of the filled cells looks like it; kinds overlap. `distinct` is folded.

    `shapes` counts how codes look: `CO-10023` has the shape `CO-9`. Plain numbers and words have none: they would fit everything.
    """

    rows: int
    texts: tuple[str, ...]
    distinct: frozenset[str]
    shares: Mapping[str, float]
    shapes: Mapping[str, int]

    @property
    def filled(self) -> int:
        return len(self.texts)

    def share(self, kind: str) -> float:
        return self.shares.get(kind, 0.0)

    def share_within(self, known: frozenset[str]) -> float:
        """How much of the different values is known."""
        return len(self.distinct & known) / len(self.distinct) if self.distinct and known else 0.0

    def share_read(self, field: FieldSpec) -> float:
        """How much of the different values says something in the field; 0 where none does but what its examples have."""
        if not field.reads or unlike_text(self):  # looking up what is no word takes longest
            return 0.0
        read = {text for text in self.distinct if field.reads(text)}
        return len(read | (self.distinct & field.examples)) / len(self.distinct) if read else 0.0

    @property
    def is_unique(self) -> bool:
        """Like the key of a table: always there, nearly never twice."""
        return self.filled >= 0.95 * self.rows > 0 and len(self.distinct) >= 0.93 * self.filled

    @property
    def is_flag(self) -> bool:
        """A yes or no, in whatever words: two short values over and over."""
        return self.filled >= 5 and len(self.distinct) <= 2 and all(len(text) <= 5 for text in self.distinct)


def describe(cells: Sequence[str]) -> Values:
    texts = tuple(text for cell in cells if (text := cell.replace("\0", "").strip()))
    shares = {kind: sum(_is(kind, text) for text in texts) / len(texts) for kind in _KINDS} if texts else {}
    shapes = Counter(_DIGITS.sub("9", text) for text in texts if len(text) <= 40 and _DIGITS.search(text) and _NO_NUMBER.search(text))
    return Values(len(cells), texts, frozenset(fold(text) for text in texts), shares, shapes)


def agreement(field: FieldSpec, values: Values) -> int:
    """1 where the values speak for the field, -1 where they speak against it, 0 where they say nothing."""
    if not values.filled:
        return 0
    if field.looks:
        return 1 if has_looks(field, values) else 0
    if field.reads and values.share_read(field) >= 0.6:
        return 1
    if field.examples:
        share, most = values.share_within(field.examples), 3 if field.type == "bool" else _MOST_WORDS
        return 1 if share >= 0.6 else -1 if share == 0 and len(values.distinct) > most else 0
    if field.type in _WANTED:
        kind, least = _WANTED[field.type]
        share = max(values.share(kind), values.share("number") if kind in {"date", "code"} and field.type != "currency" else 0.0)
        return 1 if share >= 0.8 else -1 if share < least else 0
    if field.type == "country":
        return 1 if values.share_within(countries()) >= 0.6 else 0
    if field.type == "id":
        return 1 if values.is_unique else -1 if values.filled >= 5 and len(values.distinct) < 0.7 * values.filled else 0
    return 0


def has_looks(field: FieldSpec, values: Values) -> bool:
    """True where nearly all values have the shape that only this field's have."""
    if field.looks is None or not values.filled:
        return False
    return sum(field.looks.fullmatch(text) is not None for text in values.texts) >= 0.9 * values.filled


def holds_words_of(field: FieldSpec, values: Values) -> bool:
    """True where a column is made of the few words that this field has in every office, so that its header need not say it."""
    known = len(values.distinct & field.examples)
    return field.type == "enum" and 2 <= known >= 0.6 * len(values.distinct) and len(values.distinct) <= _MOST_WORDS


def unlike_text(values: Values) -> bool:
    """True where a column holds addresses, links or dates throughout, which no name or note does."""
    return any(values.share(kind) >= 0.8 for kind in _UNLIKE_TEXT)


@cache
def countries() -> frozenset[str]:
    names = (name for language in _COUNTRY_LANGUAGES for code, name in Locale(language).territories.items() if len(str(code)) == 2)
    codes = (code for code in Locale("en").territories if len(str(code)) == 2)
    return frozenset(fold(str(text)) for text in (*names, *codes, "USA", "UK", "England", "Scotland", "Holland"))


def _is(kind: str, text: str) -> bool:
    match kind:
        case "email":
            return _EMAIL.fullmatch(text) is not None
        case "url":
            return "@" not in text and _URL.fullmatch(text) is not None
        case "date":
            return _DATE.fullmatch(text) is not None
        case "number":
            return _NUMBER.fullmatch(_CURRENCY.sub("", text.replace("%", "")).strip()) is not None and _DATE.fullmatch(text) is None
        case "phone":
            return _PHONE.fullmatch(text) is not None and _DATE.fullmatch(text) is None
        case _:
            return _CODE.fullmatch(text) is not None
