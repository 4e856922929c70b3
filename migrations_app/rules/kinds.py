"""What kind of thing a text looks like: cheap tests for profiling, one value at a time."""

import re

from migrations_app.rules.transforms.choices import NO_WORDS, YES_WORDS
from migrations_app.rules.transforms.dates import AmbiguousDate, read_date
from migrations_app.rules.transforms.numbers import read_number
from migrations_app.rules.transforms.people import is_email, split_emails
from migrations_app.rules.transforms.web import host_of
from migrations_app.rules.transforms.words import fold

_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
_PHONE = re.compile(r"(?=(?:\D*\d){6})(?!(?:\D*\d){16,}\D*$)[+(\d][\d\s().\-/–]*(?:\s*(?:x|ext\.?|#|durchwahl)\s*\d+)?", re.IGNORECASE)
_PHONE_SIGNS = re.compile(r"[+()]|\d[\s./-]+\d")
_LEADING_ZERO = re.compile(r"0[\d ]+")
_ID = re.compile(r"(?=.*\d)[A-Za-z]{0,6}[-_#/ ]?[\dA-Fa-f]+(?:-[\dA-Fa-f]+)*")
_DIGITS = re.compile(r"\d")
_SIGN = re.compile(r"[$€£¥₹₽₺₴]|\b[A-Z]{3}\b|Kč|zł")
_TIME = re.compile(r"\d{1,2}:\d{2}|\d{5}[.,]\d+|\d\s*[AaPp]\.?[Mm]")


def is_url(text: str) -> bool:
    return bool(_URL.fullmatch(text)) and "@" not in text and bool(host_of(text))


def is_phone(text: str) -> bool:
    """Enough digits, and a sign of being dialled rather than counted."""
    dialled = bool(_PHONE.fullmatch(text)) and bool(_PHONE_SIGNS.search(text))
    return dialled and (text.startswith("+") or not is_number(text))


def is_date(text: str) -> bool:
    """A date; a bare serial number or eight bare digits alone prove nothing."""
    if not _DIGITS.search(text) or text.isdigit():
        return False
    try:
        read_date(text)
    except AmbiguousDate:
        return True
    except (ValueError, OverflowError):
        return False
    return not re.fullmatch(r"\d{5}[.,]\d+", text)


def is_serial(text: str) -> bool:
    """An Excel serial of a day between 1982 and 2064: counts as a date only among dates."""
    return bool(re.fullmatch(r"[345]\d{4}(?:[.,]\d+)?", text))


def is_number(text: str) -> bool:
    if not _DIGITS.search(text) or _LEADING_ZERO.fullmatch(text):
        return False
    try:
        read_number(text)
    except (ValueError, ArithmeticError):
        return False
    return True


def is_yes_no(text: str) -> bool:
    word = fold(text) or text
    return word in YES_WORDS or word in NO_WORDS


def kinds_of(text: str) -> frozenset[str]:
    """Every kind that one text could be."""
    found = set()
    if is_email(text) or ("@" in text and any(map(is_email, split_emails(text)))):
        found.add("email")
    elif is_url(text):
        found.add("url")
    if is_yes_no(text):
        found.add("bool")
    if is_number(text):
        found |= _number_kinds(text)
    if is_date(text):
        found |= {"date", "datetime"} if _TIME.search(text) else {"date"}
    elif is_serial(text):
        found |= {"serial", "datetime"} if "." in text or "," in text else {"serial"}
    if is_phone(text) and "date" not in found:
        found.add("phone")
    if _ID.fullmatch(text):
        found.add("id")
    return frozenset(found)


def _number_kinds(text: str) -> set[str]:
    kinds = {"number"}
    if "%" in text:
        kinds.add("percent")
    elif _SIGN.search(text):
        kinds.add("money")
    if text.lstrip("-+").isdigit():
        kinds.add("int")
    return kinds
