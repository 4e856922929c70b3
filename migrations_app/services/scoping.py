"""Rules that people write beside the proposed ones: which records move, and what a value becomes."""

from typing import Any

from migrations_app.models import Mapping, ScopeRule, ValueRule, require
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


def left_out_by_each(mapping: Mapping) -> dict[ScopeRule, int]:
    """How many rows in force each switched-on rule leaves out; a row counts for the first rule that fits. Reads their objects once."""
    counts = dict.fromkeys(mapping.scopes.filter(enabled=True).order_by("pk"), 0)
    force = rows.tables_in_force(mapping.project) if counts else {}
    for object in dict.fromkeys(rule.object for rule in counts):
        mine = {rule.name: rule for rule in counts if rule.object == object}
        for row in rows.stream(force.get(object, [])):
            if name := left_out_by(mine.values(), row.table.headers, row.cells):
                counts[mine[name]] += 1
    return counts


def _require_draft(rule: ScopeRule | ValueRule, user: Any) -> None:
    require(user, "map", rule.mapping.project)
    if rule.mapping.state != MappingState.DRAFT:
        raise ApprovedCannotChange("This version is approved. Propose the map again, then edit the new version.")
