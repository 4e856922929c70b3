"""What is peculiar to the values that Results and its customers write. The words themselves stand in `words.toml`."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from connectors.sources.cellwords import NO_WORDS, YES_WORDS, field_type, is_no_website, object_namer, options, yes_no
from connectors.sources.wording import fold

__all__ = [
    "NOT_TAKEN",
    "NO_WORDS",
    "STATUS_WORDS",
    "YES_WORDS",
    "constants",
    "field_type",
    "is_no_website",
    "is_opportunity",
    "object_name",
    "options",
    "status",
    "yes_no",
]

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))

STATUS_WORDS: dict[str, str] = {word: status for status, words in _WORDS["status"].items() for word in words}
KIND_OF_FILE: dict[str, str] = {word: kind for kind, words in _WORDS["activities"].items() for word in words}
NOT_TAKEN: tuple[str, ...] = tuple(_WORDS["files"]["not_taken"])

_ENDING = re.compile(r"\.[A-Za-z]{2,4}$")
_AROUND = frozenset(("export", "exported", "results", "crm", "list", "liste", "lista", "lijst", "all"))

_PROJECTS = ("proj", "job", "auftrag", "zlecen", "zakaz", "prosj", "commess")
_OPPORTUNITIES = ("opp", "chance", "verkaufschance", "oport", "szans", "prilez", "mulig", "kans", "affars")

object_name = object_namer(("companies", "contacts", "deals", "products", "activities", "line_items", "notes", "attachments"))


def constants(place: str, object: str) -> Mapping[str, str]:
    """What the name of the sheet, the file or its folder says about all of its rows: `Llamadas 2024.csv` holds calls."""
    if object != "activities":
        return {}
    parts = PurePosixPath(place.replace("\\", "/")).parts[-2:]
    found = (KIND_OF_FILE.get(_bare(_ENDING.sub("", part)), "") for part in reversed(parts))
    kind = next(filter(None, found), "")
    return {"type": kind} if kind else {}


def _bare(text: str) -> str:
    """The words of a name without numbers and without what programs put around it."""
    words = fold(re.sub(r"[\W_]+", " ", text)).split()
    return " ".join(word for word in words if not word.isdigit() and word not in _AROUND)


def status(text: str) -> str:
    """open, won or lost; "" for a word that nobody knows."""
    folded = fold(re.sub(r"[^\w\s]|_", " ", text))
    decided = (STATUS_WORDS.get(word, "") for word in reversed(folded.split()))
    return STATUS_WORDS.get(folded) or next((found for found in decided if found in {"won", "lost"}), "")


def is_opportunity(text: str) -> bool | None:
    """Reads the flag that parts opportunities from projects; some exports print the word instead of yes or no."""
    answer = yes_no(text)
    if answer is not None:
        return answer
    folded = fold(text)
    if folded.startswith(_PROJECTS):
        return False
    return True if folded.startswith(_OPPORTUNITIES) else None
