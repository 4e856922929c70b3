"""Phone numbers to E.164, by the country of the row."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from migrations_app.rules.transforms.registry import Convert, Options, transform

_SEVERAL = re.compile(r"\s*[;,\n\r|]+\s*|\s+/\s+|\s+(?:or|oder|ou|o|and|und|&)\s+", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:durchwahl|dw|poste|int|interno|klappe|toestel|anexo|ramal|linka)\.?\s*(?=\d)", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:tel|telefon|telefono|telephone|phone|ph|fon|mob|mobil|mobile|handy|cell|fax|office|work|home|direct)\b[.:\s]*", re.IGNORECASE
)


@lru_cache(maxsize=50_000)
def read_phone(text: str, region: str) -> str:
    """E.164, with " ext. 12" where there is an extension; empty where the text is no number of `region` nor an international one."""
    number = _parse(text, region)
    if number is None and (text.startswith("00") and not text.startswith("000")):
        # An international prefix that the row's own country does not use (0049 … on an American record).
        number = _parse("+" + text[2:], region)
    if number is None:
        return ""
    extension = f" ext. {number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(_EXTENSION.sub(" ext. ", _LABEL.sub("", text)), region or None)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if possible else None


def split_phones(text: str, region: str) -> list[str]:
    """The numbers of a cell that holds several, else the cell as it is. A number never falls apart: every piece must be one."""
    pieces = [piece for piece in _SEVERAL.split(text) if piece]
    return pieces if len(pieces) > 1 and all(read_phone(piece, region) for piece in pieces) else [text]


@transform(
    "phones",
    "Phone numbers",
    "Each as E.164 by the row's country, else the project's. What is no number stays as it is and is flagged.",
    typed=True,
)
def phones(options: Options) -> Convert:
    default = options.get("country", "")

    def convert(text: str, region: str) -> tuple[list[str], str]:
        country = region or default
        number = read_phone(text, country)
        if number:
            return [number], ""
        found = [read_phone(piece, country) or piece for piece in split_phones(text, country)]
        return found, "bad_phone" if found == [text] else ""

    return convert


@transform(
    "phone", "Phone number", "One number as E.164 in a field of its own. What is no number stays as it is and is flagged.", typed=True
)
def phone(options: Options) -> Convert:
    several = phones(options)

    def convert(text: str, region: str) -> tuple[str, str]:
        found, code = several(text, region)
        return ", ".join(found)[:255], code

    return convert
