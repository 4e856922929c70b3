"""Persons, and the organization that each belongs to."""

from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.plan import Plan, beside_quickbooks, cell, undecided


def plan_person(plan: Plan, row: rows.SourceRow) -> Wanted:
    wanted = beside_quickbooks(plan, KINDS["person"], row)
    if company := plan.contact_company.get(row.key):
        wanted.parents.append(("organization", company))
    elif (cell(row, "company_ref")) and not _unknown_company_answered(plan, row):
        wanted.state, wanted.reason = undecided(plan, "unknown_company")
    if others := plan.also_at.get(row.key):
        wanted.facts["also_at"] = others
    return wanted


def _unknown_company_answered(plan: Plan, row: rows.SourceRow) -> bool:
    return plan.provisional or ("contacts", row.key) in plan.questions.get("unknown_company", {})
