"""Which organizations stand above others: by a column of parents, by QuickBooks' names of sub-customers, by answers about duplicates."""

from collections.abc import Iterator

from migrations_app.models import Decision
from migrations_app.rules.keys import fit
from migrations_app.rules.quickbooks import SUB
from migrations_app.rules.spec import ORGANIZATION_RELATIONSHIP
from migrations_app.services import decisions, rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.references import fold

PARENT, FULL_NAME = "parent_ref", "qb_name"


def relate_organizations(plan: Plan) -> None:
    """Plan a relationship for every pair, each once; who was merged with its own parent has none."""
    tables = plan.tables.get("companies", ())
    if not tables or plan.project.setting("relationships") == "no":
        return
    roots = plan.merges["companies"]
    for line, above, below in _pairs(plan):
        parent, child = roots.get(above, above), roots.get(below, below)
        if parent == child:
            continue
        key = fit(f"{ORGANIZATION_RELATIONSHIP}:{parent}>{child}")
        ends = [("organization", f"organization:{parent}"), ("linked", f"organization:{child}")]
        told = Wanted(key, None, line, f"{parent} > {child}"[:120], derived=True, facts={"type": "parent"}, parents=ends)
        plan.add(ORGANIZATION_RELATIONSHIP, told)


def _pairs(plan: Plan) -> Iterator[tuple[int, str, str]]:
    """(line, key of the parent, key of the child)."""
    tables = plan.tables["companies"]
    if plan.customers.beside or any(table.position_of(role) is not None for table in tables for role in (PARENT, FULL_NAME)):
        full_names = {fold(text): row.key for row in rows.stream(tables) if (text := _full_name(plan, row))}
        for row in rows.stream(tables):
            if not plan.no_record(row) and (parent := _parent_of(plan, row, full_names)):
                yield row.line, parent, row.key
    for key, answer in decisions.active(plan.project, Decision.Kind.DUPLICATE, "companies").items():
        if parent := answer.get("parent", ""):
            yield 0, parent, key


def _parent_of(plan: Plan, row: rows.SourceRow, full_names: dict[str, str]) -> str:
    if text := cell(row, PARENT):
        return plan.find("companies", [text])
    above = _full_name(plan, row).rpartition(SUB)[0].strip()
    return (full_names.get(fold(above)) or plan.find("companies", [above.rpartition(SUB)[2].strip()])) if above else ""


def _full_name(plan: Plan, row: rows.SourceRow) -> str:
    """As QuickBooks' own list has it, else as the row itself says it."""
    return plan.customers.said("companies", row.key).get(FULL_NAME) or cell(row, FULL_NAME)
