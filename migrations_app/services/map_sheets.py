"""The field map as a workbook that people filled in, read back: each changed row becomes an edit of the draft."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from connectors.errors import UnreadableFile
from migrations_app.models import FieldRule, Project, require
from migrations_app.rules.spec import split_custom
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services import approving, proposing
from migrations_app.services.filled_in import sheets_of
from migrations_app.services.papers.words import FORMULA_SIGNS

HEADERS = tuple("object column examples type filled record field transform confidence decision approver reason version".split())
NEEDED = ("object", "column", "record", "field", "transform", "version")
HEAD_WITHIN = 12  # the heads stand in one of the first lines of a sheet
WIDEST = 40  # columns that are looked at
LARGEST = 20 * 1024 * 1024
CHANGED = "somebody changed it after this workbook was made"


class NoMapWorkbook(Exception):
    """The file is no workbook of a field map; the text says why."""


@dataclass(slots=True)
class Outcome:
    """What the workbook did: changed rules in words, and rows that were refused with the reason."""

    changed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def version_of(rule: FieldRule) -> str:
    """Changes with every edit by a person; kept when a new version of the map takes the rule over."""
    return rule.edited_at.isoformat() if rule.edited_at else "proposed"


def read_back(project: Project, path: Path, *, user: Any) -> Outcome:
    """Edit the project's draft (a new one, where the newest map is approved) as the workbook says.

    Raises Forbidden, NothingToPropose and NoMapWorkbook.
    """
    require(user, "map", project)
    rows = list(_rows(path))
    outcome = Outcome()
    with transaction.atomic():
        newest = proposing.newest(project)
        wanted = _wanted(newest.rules.all() if newest else (), rows, outcome)
        if wanted:
            draft = proposing.propose_map(project, user=user)
            stored = {(rule.object, rule.column): rule for rule in draft.rules.select_related("mapping__project")}
            for place, changes in wanted.items():
                approving.edit_rule(stored[place], user=user, **changes)
                told = ", ".join(f"{name}: {value or '(none)'}" for name, value in changes.items())
                outcome.changed.append(f"{place[0]}, {place[1]}: {told}")
    return outcome


def _wanted(stored: Any, rows: list[dict[str, str]], outcome: Outcome) -> dict[tuple[str, str], dict[str, str]]:
    """{(object, column): changes} of the rows that say something else than their rule, and may."""
    rules = {(rule.object, rule.column): rule for rule in stored}
    wanted = {}
    for cells in rows:
        place = (cells["object"], cells["column"])
        rule = rules.get(place)
        changes = _changes(rule, cells) if rule else {}
        why = _why_not(rule, cells, changes) if rule and changes else "" if rule else "no such column in the newest map"
        if why:
            outcome.refused.append((f"{place[0]}, {place[1]}", why))
        elif changes:
            wanted[place] = changes
    return wanted


def _changes(rule: FieldRule, cells: Mapping[str, str]) -> dict[str, str]:
    named = {"entity": cells["record"], "field": cells["field"], "transform": cells["transform"]}
    return {name: value for name, value in named.items() if getattr(rule, name) != value}


def _why_not(rule: FieldRule, cells: Mapping[str, str], changes: Mapping[str, str]) -> str:
    if cells["version"] != version_of(rule):
        return CHANGED
    entity, name, transform = cells["record"], cells["field"], cells["transform"]
    if not name:
        return ""
    if name not in BUILTIN_FIELDS.get(entity, {}) and name != "source_id" and split_custom(name) is None:
        return f"“{name}” is no field of “{entity or 'nothing'}”; write one of Pipedrive's own, or custom:LABEL (type)"
    return "" if transform in TRANSFORMS or transform == rule.transform else f"there is no transform called “{transform}”"


# --- the file --------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The filled-in lines of all sheets that have the heads of a field map, with the object that each sheet is about."""
    if path.stat().st_size > LARGEST:
        raise NoMapWorkbook(f"{path.name} is larger than a field map can be; send back the workbook of the paper Field map.")
    found = False
    try:
        with sheets_of(path, path.name) as sheets:
            for sheet in sheets:
                at: dict[str, int] = {}
                for number, line in enumerate(sheet.iter_rows(values_only=True)):
                    cells = [_text(value) for value in line[:WIDEST]] + [""] * (WIDEST - len(line))
                    if not at and number < HEAD_WITHIN and set(NEEDED) <= set(cells):
                        at, found = {name: cells.index(name) for name in NEEDED}, True
                    elif at and cells[at["column"]]:
                        yield {name: cells[position] for name, position in at.items()}
    except UnreadableFile as problem:
        raise NoMapWorkbook(f"{problem.file} {problem.reason}") from problem
    if not found:
        raise NoMapWorkbook(f"{path.name} has no sheet with the columns {', '.join(NEEDED)}; begin with the paper Field map.")


def _text(value: Any) -> str:
    """A cell as it was meant; the apostrophe that kept a formula from running goes again."""
    text = "" if value is None else str(value).strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_SIGNS) else text
