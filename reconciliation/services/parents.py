"""Which company is meant: one of the export by id or name, one that stands in Pipedrive already, or a new one said to be new."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from migrations_app.models import Project, SourceTable, StagedRecord
from migrations_app.services import decisions, rows
from reconciliation.services.answers import CannotAnswer

COMPANIES = "companies"
LABEL_LENGTH = StagedRecord._meta.get_field("label").max_length or 0
_PIPEDRIVE = re.compile(r"(?:pipedrive:\s*|https?://\S+/organization/)(\d{1,18})/?", re.IGNORECASE)
_NEW = re.compile(r"new:\s*(\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parent:
    """`answer` is what the Decision keeps: {"source": KEY}, {"pipedrive_id": N, "name": TEXT} or {"name": TEXT}."""

    answer: dict[str, Any]
    label: str


def resolve(project: Project, text: str) -> Parent:
    """The one company that `text` names. Raises CannotAnswer where it names none or several."""
    text = text.strip()
    if not text:
        raise CannotAnswer("Choose a company: its id or its name in the export, pipedrive:ID or new:NAME.")
    if match := _PIPEDRIVE.fullmatch(text):
        return Parent({"pipedrive_id": int(match[1]), "name": ""}, f"organization {match[1]} in Pipedrive")
    if match := _NEW.fullmatch(text):
        return Parent({"name": match[1]}, match[1])
    tables = in_force(project)
    if row := rows.by_key(tables, [text]).get(text):
        return Parent({"source": row.key}, row.label or row.key)
    return _by_name(project, tables, text)


def search(project: Project, text: str, limit: int = 20) -> list[tuple[str, str]]:
    """(id, name) of companies whose id begins with `text` or whose name contains it."""
    found = _companies(in_force(project)).filter(Q(key__istartswith=text) | Q(label__icontains=text)).order_by("label", "key")
    return list(dict(found.values_list("key", "label")[: limit * 2]).items())[:limit]


def labels(project: Project, keys: Collection[str]) -> dict[str, str]:
    """{id: name} of those of `keys` that the rows in force hold. Two queries."""
    if not keys:
        return {}
    return {key: row.label or key for key, row in rows.by_key(in_force(project), keys).items()}


def in_force(project: Project) -> list[SourceTable]:
    return rows.tables_in_force(project).get(COMPANIES, [])


def _by_name(project: Project, tables: list[SourceTable], text: str) -> Parent:
    shown = text[:LABEL_LENGTH]
    found = dict(_companies(tables).filter(Q(label=shown) | Q(label__iexact=shown)).order_by("pk").values_list("key", "label")[:50])
    if not found:
        raise CannotAnswer(f"No company of the export has the id or the name “{text}”; for a new one write new:{text}")
    merged = decisions.merge_roots(project, COMPANIES)
    roots = {merged.get(key, key) for key in found}
    if len(roots) > 1:
        some = ", ".join(sorted(found)[:5])
        raise CannotAnswer(f"“{text}” fits {len(found)} companies ({some}{', …' if len(found) > 5 else ''}): name one by its id.")
    [key] = roots
    return Parent({"source": key}, found.get(key, text))


def _companies(tables: list[SourceTable]) -> Any:
    return StagedRecord.objects.filter(table__in=tables)
