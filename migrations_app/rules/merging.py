"""Several rows that are one record: the first one's values win, the others fill its blanks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrations_app.rules.spec import Draft

LISTS_OF_ENTRIES = frozenset({"emails", "phones"})


def fill_blanks(drafts: Sequence[Draft]) -> Draft:
    """One draft of several; e-mails, phones and multiple options are joined, each value once. Only the first one's issues stay."""
    first, *others = drafts
    merged = replace(first, values=dict(first.values), issues=list(first.issues), references=dict(first.references))
    for other in others:
        for field, value in other.values.items():
            merged.values[field] = joined(field, merged.values[field], value) if field in merged.values else value
        for role, text in other.references.items():
            merged.references.setdefault(role, text)
    return merged


def joined(field: str, mine: Any, theirs: Any) -> Any:
    """Two values of one field: lists keep each value once, of anything else the first stands."""
    if field in LISTS_OF_ENTRIES:
        known = {entry["value"].casefold() for entry in mine}
        return [*mine, *({**entry, "primary": False} for entry in theirs if entry["value"].casefold() not in known)]
    if isinstance(mine, list) and isinstance(theirs, list):
        return [*mine, *(value for value in theirs if value not in mine)]
    return mine


def lost(drafts: Sequence[Draft]) -> list[frozenset[str]]:
    """For each draft but the first: the fields and references in which the merged record does not say what it says."""
    kept = fill_blanks(drafts)
    return [
        frozenset(
            [field for field, value in each.values.items() if not _shows(field, kept.values[field], value)]
            + [role for role, text in each.references.items() if kept.references[role] != text]
        )
        for each in drafts[1:]
    ]


def _shows(field: str, kept: Any, value: Any) -> bool:
    return kept == value or (isinstance(kept, list) and bool(joined(field, kept, value) == kept))


def families(roots: Mapping[str, str]) -> dict[str, list[str]]:
    """{record that stands for others: all of them, itself first}."""
    found: dict[str, list[str]] = {}
    for member, root in roots.items():
        if member != root:
            found.setdefault(root, [root]).append(member)
    return found
