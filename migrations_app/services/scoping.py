"""Rules that people write beside the proposed ones: which records move, and what a value becomes."""

from typing import Any

from migrations_app.models import ScopeRule, ValueRule, require
from migrations_app.rules.scope import left_out_by
from migrations_app.services import rows
from migrations_app.services.approving import ApprovedCannotChange
from migrations_app.states import MappingState


def keep(rule: ScopeRule | ValueRule, *, user: Any) -> None:
    """Save a new or changed rule of a draft. Raises Forbidden and ApprovedCannotChange."""
    _require_draft(rule, user)
    if isinstance(rule, ValueRule):
        rule.edited_by = user
    rule.save()


def remove(rule: ScopeRule, *, user: Any) -> None:
    """Raises Forbidden and ApprovedCannotChange."""
    _require_draft(rule, user)
    rule.delete()


def left_out(rule: ScopeRule) -> int:
    """How many rows in force the rule would leave out if it were switched on. Reads them all."""
    tables = rows.tables_in_force(rule.mapping.project).get(rule.object, [])
    column = rule.condition.get("column", "")
    fitting = [table for table in tables if column in table.headers]
    return sum(1 for row in rows.stream(fitting) if left_out_by([rule], row.table.headers, row.cells))


def _require_draft(rule: ScopeRule | ValueRule, user: Any) -> None:
    require(user, "map", rule.mapping.project)
    if rule.mapping.state != MappingState.DRAFT:
        raise ApprovedCannotChange("This version is approved. Propose the map again, then edit the new version.")
