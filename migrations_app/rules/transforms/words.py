"""Words of many languages, from CLDR: month names, country names, currency names."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "nb", "fi", "hu", "ro", "sk", "tr", "el", "ru", "uk", "bg")

_COUNTRY_ALIASES = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "britain": "GB",
    "america": "US",
    "united states of america": "US",
    "the united states": "US",
    "etats unis d amerique": "US",
    "estados unidos de america": "US",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "republic of ireland": "IE",
    "eire": "IE",
    "brd": "DE",
    "russian federation": "RU",
    "korea": "KR",
    "republic of korea": "KR",
    "uae": "AE",
    "emirates": "AE",
    "viet nam": "VN",
    "hong kong": "HK",
    "macedonia": "MK",
    "turkey": "TR",
    "bosnia": "BA",
    "ivory coast": "CI",
    "czechia": "CZ",
    "schweiz/suisse": "CH",
    "el salvador": "SV",
}


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Words for comparing: case, accents, dots and repeated blanks taken off. Never used on text that is kept."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold().replace("ı", "i")) if not unicodedata.combining(sign))
    return " ".join(plain.replace(".", "").replace("-", " ").replace("'", " ").replace("’", " ").split())


@lru_cache(maxsize=1)
def month_names() -> dict[str, int]:
    """Month names and abbreviations, folded; where languages disagree the one earlier in LANGUAGES wins."""
    names: dict[str, int] = {"sept": 9, "mrz": 3, "janv": 1, "fevr": 2, "avr": 4, "juil": 7}
    names |= {roman: number for number, roman in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), start=1)}
    for language in LANGUAGES:
        months = Locale(language).months
        for width in (months[use][size] for use in ("format", "stand-alone") for size in ("wide", "abbreviated")):
            for number, name in width.items():
                names.setdefault(fold(name), number)
    return names


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    names = map(str, Locale("en").territories)
    codes = {fold(code): code for code in names if len(code) == 2 and code.isalpha()}
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    codes |= {fold(old): new[0] for old, new in aliases.items() if len(old) == 3 and len(new) == 1}
    return codes | _COUNTRY_ALIASES


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(fold(name), code)
    return names


@lru_cache(maxsize=20_000)
def country_code(text: str) -> str:
    """ISO 3166 code of a country written as a code or as a name in one of many languages; empty where nobody knows."""
    words = fold(text)
    return _country_codes().get(words) or _country_names().get(words, "")


@lru_cache(maxsize=1)
def currency_names() -> dict[str, str]:
    """Currency codes and names, folded, to ISO 4217 codes in use today; a name shared by several currencies is left out."""
    found: dict[str, set[str]] = {}
    current = {code for code in list_currencies() if code in Locale("en").currencies}
    for language in LANGUAGES:
        for code, name in Locale(language).currencies.items():
            found.setdefault(fold(name), set()).add(code)
    names = {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}
    return names | {fold(code): code for code in current}
