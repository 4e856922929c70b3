"""Names and e-mail addresses of persons."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.text import plain_text

# The great majority: plain ASCII that needs no closer look.
_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")  # left by copying out of mails and pages
_SEPARATORS = re.compile(r"[;,|\n\r\t]+")
_NAMED = re.compile(r".*<([^<>]+@[^<>]+)>")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)


def is_email(text: str) -> bool:
    """Right by its syntax, with a dot in its domain; reserved domains such as .example count as well."""
    return bool(_normal(text))


def email_key(text: str) -> str:
    """What two equal addresses have in common, in whatever letters; empty for what is no address."""
    return _normal(_INVISIBLE.sub("", text).strip()).casefold()


def email_keys(text: str) -> list[str]:
    """The keys of all addresses of a cell, in order, without what is no address: `Ann <ann@a.example>; bo@b.example` has two."""
    return [key for address in split_emails(_INVISIBLE.sub("", text).strip()) if (key := email_key(address))]


@lru_cache(maxsize=50_000)
def _normal(text: str) -> str:
    """The address with its domain as people write it, `xn--` read; empty for what is none."""
    if _PLAIN.fullmatch(text) and "xn--" not in text.casefold():
        return text if len(text) <= 254 and text.index("@") <= 64 else ""
    try:
        checked = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return ""
    return checked.normalized if "." in checked.domain else ""


def split_emails(text: str) -> list[str]:
    """The addresses of a cell, in order, each once. A text that falls apart into no addresses stays one."""
    if is_email(text):
        return [text]
    pieces = [_bare(piece) for piece in _SEPARATORS.split(text) if piece.strip()]
    if len(pieces) == 1 and pieces[0].count("@") > 1:
        pieces = pieces[0].replace("/", " ").split()
    if not all("@" in piece for piece in pieces):
        found = [piece for piece in pieces if is_email(piece)]
        return [text] if not found else pieces
    return list({piece.casefold(): piece for piece in reversed(pieces)}.values())[::-1]


def _bare(text: str) -> str:
    text = _MAILTO.sub("", text.strip(), count=1) if text.strip().casefold().startswith("mailto:") else text.strip()
    named = _NAMED.fullmatch(text)
    return named[1].strip() if named else text


@transform("emails", "E-mail addresses", "One or several in a cell. What is no address stays as it is and is flagged.", typed=True)
def emails(options: Options) -> Convert:
    def convert(text: str, region: str) -> tuple[list[str], str]:
        found = split_emails(text)
        return found, "" if all(is_email(address) for address in found) else "invalid_email"

    return convert


@transform("name", "Name", "Kept as it is; more than 255 characters are cut at a word and flagged.")
def name(options: Options) -> Convert:
    return plain_text(options)


@transform("name_part", "Part of a name", "First and last name are joined. Option part: first, middle, last or suffix.")
def name_part(options: Options) -> Convert:
    return lambda text, region: (text, "")


@transform("full_name", "Full name", "Option order: last_first turns “Last, First” round; otherwise kept as it is.")
def full_name(options: Options) -> Convert:
    limited = plain_text(options)
    turn = options.get("order") == "last_first"

    def convert(text: str, region: str) -> tuple[str, str]:
        last, comma, first = text.partition(",")
        return limited(f"{first.strip()} {last.strip()}" if turn and comma and first.strip() else text, region)

    return convert
