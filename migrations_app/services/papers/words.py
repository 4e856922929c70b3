"""Numbers, amounts and dates as the customer writes them; what cannot stand in a document is taken out of texts."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
TICKED, OPEN = "☑", "☐"
NONE = "–"
LABEL_LENGTH = 38
# What XML 1.0 has no place for: control characters, lone surrogates, two noncharacters.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class UnknownLanguage(ValueError):
    """No locale has this name; the text says how one is written."""


def shortened(label: str) -> str:
    """As much of a label as stands beside a bar or in a box."""
    clean = printable(" ".join(label.split()))
    return clean if len(clean) <= LABEL_LENGTH else f"{clean[: LABEL_LENGTH - 1]}…"


def printable(text: str) -> str:
    return _NOT_XML.sub("", text)


def defused(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; signs that workbooks refuse go."""
    if not isinstance(value, str):
        return value if isinstance(value, int | float | None) else str(value)
    text = printable(value)[:32_000]
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


class Words:
    """`language` is a locale's name (de, en_GB); without one the country's usual one counts, and English where there is neither."""

    def __init__(self, *, language: str = "", country: str = "", timezone: str = "UTC") -> None:
        self.locale = _locale(language, country)
        self.timezone = ZoneInfo(timezone or "UTC")

    def number(self, value: float | Decimal) -> str:
        return numbers.format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        """To a tenth below ten and above ninety: what is not quite all of it never reads as 100 %."""
        near = round(share, 3 if not 0.1 <= share <= 0.9 else 2)
        return numbers.format_percent(min(near, 0.999) if share < 1 else near, locale=self.locale, decimal_quantization=False)

    def money(self, amount: Decimal, currency: str) -> str:
        return numbers.format_currency(amount, currency, locale=self.locale) if currency else self.number(amount)

    def date(self, value: date) -> str:
        if isinstance(value, datetime):
            value = value.astimezone(self.timezone)
        return dates.format_date(value, "medium", locale=self.locale)

    def moment(self, value: datetime) -> str:
        return f"{self.date(value)}, {dates.format_time(value, 'short', tzinfo=self.timezone, locale=self.locale)}"

    def cell(self, kind: str, value: Any, currency: str = "") -> str:
        """A cell of a table, by the kind of its column."""
        if kind == "fill":
            return ""
        if value is None or value == "":
            return NONE
        if kind == "tick":
            return TICKED if value else OPEN
        if kind == "money":
            return self.money(Decimal(value), currency)
        if kind == "percent" and isinstance(value, int | float):
            return self.percent(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return self.number(value)
        if isinstance(value, datetime):
            return self.moment(value)
        return printable(self.date(value) if isinstance(value, date) else str(value))


def check_language(language: str) -> str:
    """The name of a locale as it is kept; empty stays empty. Raises UnknownLanguage."""
    if not language:
        return ""
    try:
        return str(Locale.parse(language.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError) as problem:
        raise UnknownLanguage(f"“{language}” is no language; write it like de, en_GB or fr_CH.") from problem


def _locale(language: str, country: str) -> Locale:
    try:
        if language:
            return Locale.parse(language.replace("-", "_"))
        if country:
            found: Locale = Locale.parse(f"und_{country}", resolve_likely_subtags=True)
            latin = "_Latn_" in get_global("likely_subtags").get(found.language, "")
            return found if latin else Locale("en")  # the texts are English: no other alphabet between them
    except (UnknownLocaleError, ValueError):
        pass
    return Locale("en")
