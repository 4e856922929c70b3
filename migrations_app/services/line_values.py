"""Deals whose value is another one than their lines come to: what an audit sees of them, and what becomes of their lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from migrations_app.models import Decision, Project
from migrations_app.rules import lines as rules
from migrations_app.rules.spec import Draft
from migrations_app.services import decisions, rows
from migrations_app.services.evidence import ValueFacts

# What a person may say of such a deal. Lines go in and the value of the source has a field of its own; lines go in and are the
# value; the value stays and lines stand in a note; a line of its own makes up the difference.
LINES, LINES_WIN, NOTE, BALANCE = "lines", "lines_win", "note", "balance"
OBJECT = "deals"
OPEN = "open"
_TELLING = ("item_price", "quantity", "discount", "discount_type", "tax")


def default_for(status: str, value: Any) -> str:
    """What holds without an answer: Pipedrive lets the value follow the lines, which must not change what was earned."""
    return LINES if status == OPEN or not Decimal(str(value or 0)) else NOTE


def answers(project: Project) -> dict[str, str]:
    """{deal: how} as it counts now."""
    return {key: str(answer["how"]) for key, answer in decisions.active(project, Decision.Kind.VALUE, OBJECT).items()}


def as_text(project: Project) -> dict[str, int]:
    """{deal: lines that stand in its note instead}, as the newest audit saw them and people answered."""
    seen: Mapping[str, Any] = project.audit.derived.get("values", {}) if project.audit else {}
    said = answers(project) if seen else {}
    return {key: count for key, (default, count) in seen.items() if said.get(key, default) == NOTE}


@dataclass(slots=True)
class Collector:
    """Gathers over one audit: deals first, then their lines."""

    _deals: dict[str, tuple[str, str, str, str, int]] = field(default_factory=dict)
    _lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def deal(self, row: rows.SourceRow, draft: Draft) -> None:
        if not draft.skip and (value := draft.values.get("value")) is not None:
            said = (str(draft.values.get("status", OPEN)), str(value), str(draft.values.get("currency", "")), row.label, row.line)
            self._deals[row.key] = said

    def line(self, deal: str, draft: Draft) -> None:
        if deal in self._deals:
            told = {name: draft.values[name] for name in _TELLING if name in draft.values}
            self._lines.setdefault(deal, []).append(told)

    def facts(self) -> Iterator[ValueFacts]:
        for key, lines in self._lines.items():
            status, value, currency, label, line = self._deals[key]
            total = sum(map(rules.total_of, lines), Decimal(0))
            if rules.differ(value, total):
                cause = rules.cause_of(Decimal(value), lines)
                yield ValueFacts(key, label, status, value, str(total), currency, len(lines), cause, line)
