"""Rules that a project is likely to want (PRACTICE.md 3 row 31): vendors, employees and inactive records. Proposed, never in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migrations_app.rules.scopes import KEEP, OPEN_DEALS
from migrations_app.rules.transforms.choices import NO, YES, read_yes_no
from migrations_app.rules.transforms.words import fold

TYPE, INACTIVE = "type", "inactive"
OBJECTS = ("companies", "contacts")
# How a type of contact is called, in the beginnings of its words; the codes of Results are letters.
_VENDORS = ("vend", "suppl", "lieferant", "fournis", "provee", "fornit", "leveranc", "dostawc", "dodavat", "leverand", "lieferer")
_EMPLOYEES = ("employ", "mitarbeit", "personal", "emplead", "dipendent", "medewerk", "pracown", "zamestnan", "staff", "salari")
_CODES = {"v": "Vendors", "e": "Employees"}
_NEGATED = (
    "inact",
    "inakt",
    "inat",
    "nicht",
    "nieakt",
    "neakt",
    "niet",
    "archiv",
    "gesperrt",
    "disabled",
    "deleted",
    "no longer",
    "non att",
)


@dataclass(frozen=True, slots=True)
class Proposal:
    name: str
    object: str
    condition: dict[str, Any]
    reason: str


def proposals(object: str, column: str, role: str, counts: Mapping[str, int]) -> Iterator[Proposal]:
    """What the values of one column suggest; `counts` are its values as discovery counted them."""
    if object not in OBJECTS:
        return
    if role == TYPE:
        for name, values in _by_kind(counts).items():
            yield _proposal(name, object, column, values, counts)
    elif role == INACTIVE:
        wanted = YES if any(word in fold(column) for word in _NEGATED) else NO
        if values := [text for text in sorted(counts) if read_yes_no(text) == wanted]:
            yield _proposal("Inactive", object, column, values, counts)


def _by_kind(counts: Mapping[str, int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _CODES.values()}
    for text in sorted(counts):  # a database may give them back in another order
        said = fold(text)
        words = next((name for name, words in (("Vendors", _VENDORS), ("Employees", _EMPLOYEES)) if said.startswith(words)), "")
        if name := _CODES.get(said) or words:
            found[name].append(text)
    return {name: values for name, values in found.items() if values}


def _proposal(name: str, object: str, column: str, values: list[str], counts: Mapping[str, int]) -> Proposal:
    rows = sum(counts[value] for value in values)
    condition = {"column": column, "is": values, KEEP: OPEN_DEALS}
    return Proposal(f"{name} ({object})", object, condition, f"{rows:,} rows say so; they seldom belong into a sales pipeline")
