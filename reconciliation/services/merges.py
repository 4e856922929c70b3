"""How answers about duplicates hang together. Pure: `answers` is {key: {"survivor": KEY} or {"keep": True}} of one object.

Each merge points at one other record; the records that point, over any number of steps, at the same one are one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Answers = Mapping[str, Mapping[str, Any]]

MERGE, KEEP, PARTLY = "merge", "keep", "partly"


def root(key: str, answers: Answers) -> str:
    """The record that `key` ends up in: itself, where nothing was merged. A ring ends at its smallest key."""
    seen = {key}
    while survivor := answers.get(key, {}).get("survivor"):
        if survivor in seen:
            return min(seen)
        seen.add(survivor)
        key = survivor
    return key


def merging(members: Sequence[str], survivor: str, answers: Answers) -> dict[str, dict[str, Any]]:
    """The answers that make `members` one record, which stands where `survivor` stands."""
    given: dict[str, dict[str, Any]] = {key: {"survivor": survivor} for key in members if key != survivor}
    if _leads_into(survivor, set(members), answers):
        given[survivor] = {"keep": True}  # it was merged into one of those that now go into it
    return given


def keeping(members: Sequence[str], answers: Answers) -> dict[str, dict[str, Any]]:
    """The answers that keep `members` apart; a member that is merged into a record outside of them stays so."""
    inside = set(members)
    outside = {key for key in members if (into := answers.get(key, {}).get("survivor")) and into not in inside}
    return {key: {"keep": True} for key in members if key not in outside}


def said(members: Sequence[str], answers: Answers) -> str:
    """What has been answered about `members` as a whole; empty while one of them waits for an answer."""
    roots = {key: root(key, answers) for key in members}
    if len(set(roots.values())) == 1:
        return MERGE
    taken_into = {into for key, into in roots.items() if key != into}
    if not all(key in answers or key in taken_into for key in members):
        return ""
    return KEEP if len(set(roots.values())) == len(members) else PARTLY


def _leads_into(key: str, members: set[str], answers: Answers) -> bool:
    start, seen = key, {key}
    while survivor := answers.get(key, {}).get("survivor"):
        if survivor in members and survivor != start:
            return True
        if survivor in seen:
            return True
        seen.add(survivor)
        key = survivor
    return False
