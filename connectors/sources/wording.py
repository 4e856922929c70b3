"""The words of headers and file names, made comparable."""

import re
import unicodedata

from connectors.sources.synonyms import abbreviations

_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "ı": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"})
_SIGNS = str.maketrans({"%": " percent ", "#": " no ", "№": " no ", "'": "", "’": ""})
_ELIDED = re.compile(r"\b([cdjlmnst]|qu|un|all|dall|dell|nell|sull)['’](?=\w)", re.IGNORECASE)  # d'affaires, dell'azienda
_SEAMS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"(?:column|col|unnamed|spalte|f|field)?\W*\d*", re.IGNORECASE)

_short = abbreviations()


def fold(text: str) -> str:
    """For comparing only: no accents, no case, single blanks, no surrounding punctuation."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split()).strip(" .:;*")


def split(text: str) -> tuple[str, ...]:
    """The words of a header or file name: `eMail_Address2` gives email, address, 2."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", _parted(text)) if not unicodedata.combining(sign))
    found = [word.casefold() for word in _WORD.findall(_SEAMS.sub(" ", bare.translate(_SIGNS)))]
    joined: list[str] = []
    for word in found:
        if joined and joined[-1] == "e" and word in {"mail", "mails", "post"}:
            joined[-1] += word
        else:
            joined.append(_short.get(word, word))
    return tuple(joined)


def _parted(text: str) -> str:
    return _ELIDED.sub(r"\1 ", text.translate(_LETTERS))


def key(text: str) -> str:
    """Equal for headers that differ only in case, blanks, punctuation, accents and usual abbreviations."""
    return "".join(split(text))


def is_placeholder(header: str) -> bool:
    """True where the header says nothing: empty, or only counts columns."""
    return _PLACEHOLDER.fullmatch(header.strip()) is not None


def spelling_variants(spelling: str) -> list[tuple[str, ...]]:
    """Umlauts are written in two ways: `Straße` and `Strasse`, `Währung` and `Waehrung`."""
    text = spelling.removeprefix("~")
    return list(dict.fromkeys((split(text), split(text.translate(_UMLAUTS)))))
