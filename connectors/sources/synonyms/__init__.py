"""What offices call the things that every CRM has, one file per language. Descriptions of source systems take their spellings here."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "fi", "tr")

Section = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class SmallWords:
    """The words around the names of records: "ID", "name", "of", "primary", "EUR"."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    fill: tuple[str, ...]
    qualifiers: tuple[str, ...]
    units: tuple[str, ...]


def small_words() -> SmallWords:
    return SmallWords(*(_merged("words", kind) for kind in ("id", "name", "fill", "qualifiers", "units")))


def abbreviations() -> Mapping[str, str]:
    """ "amt" for "amount": short forms that stand for the word wherever they stand."""
    short: dict[str, str] = {}
    for language in LANGUAGES:
        short.update(_load(language).get("short", {}))
    return short


def record_words(object_name: str) -> tuple[str, ...]:
    """What one record of the object is called; those that could as well mean another object come last, with a `~`."""
    doubtful = (f"~{word}" for word in _merged("words", f"{object_name}_too"))
    return (*_merged("words", object_name), *doubtful)


def file_words(object_name: str) -> tuple[str, ...]:
    return (*_merged("files", object_name), *record_words(object_name))


def spellings(object_name: str, role: str) -> tuple[str, ...]:
    """Best first, over all languages in turn."""
    lists = ([*_section(language, object_name).get(role, ()), *_section(language, "every").get(role, ())] for language in LANGUAGES)
    return _unique(word for rank in zip_longest(*lists) for word in rank if word)


def _merged(section: str, entry: str) -> tuple[str, ...]:
    return _unique(chain.from_iterable(_section(language, section).get(entry, ()) for language in LANGUAGES))


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _section(language: str, name: str) -> Section:
    section: Section = _load(language).get(name, {})
    return section


@cache
def _load(language: str) -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
