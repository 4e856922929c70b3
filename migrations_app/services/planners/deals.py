"""Deals, and where those go that have no company of their own."""

from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.orphans import orphan_parents
from migrations_app.services.planners.organizations import company_of, company_text, name_of
from migrations_app.services.planners.plan import Plan, cell, wanted_of
from migrations_app.services.references import CONTACT_ROLES, fold
from migrations_app.states import LinkState


def plan_deal(plan: Plan, row: rows.SourceRow) -> Wanted:
    wanted = wanted_of(KINDS["deal"], row)
    if wanted.key in plan.line_totals:
        wanted.facts["lines_total"] = str(plan.line_totals[wanted.key])
    if wanted.key in plan.values:
        wanted.facts["value"] = str(plan.values[wanted.key])
    contact = plan.find("contacts", (cell(row, role) for role in CONTACT_ROLES))
    if contact:
        wanted.parents.append(("person", f"person:{contact}"))
    if company := company_of(plan, row):
        wanted.parents.append(("organization", company))
        return wanted
    return _place_orphan(plan, row, wanted, contact)


def _place_orphan(plan: Plan, row: rows.SourceRow, wanted: Wanted, contact: str) -> Wanted:
    contact_company = plan.contact_company.get(contact, "")
    answer = plan.orphans.get(row.key)
    if answer is None and plan.provisional:
        answer = {"how": "contact" if contact_company else "person" if contact else "placeholder"}
        wanted.facts["provisional"] = True
    if answer is None:
        wanted.state, wanted.reason = LinkState.WAITING, "deal without a company"
        return wanted
    text = company_text(plan, row)
    named = plan.named.setdefault(fold(text), f"org-of-deal:{row.key}") if text else ""
    placement = orphan_parents(answer, named, contact_company)
    wanted.facts |= {"orphan": answer["how"]} | placement.facts
    wanted.parents += placement.parents
    if placement.skip:
        wanted.state, wanted.reason, wanted.parents = LinkState.SKIPPED, placement.skip, []
    return wanted


def derived_organizations(plan: Plan) -> list[Wanted]:
    """Companies that exist only as text, and those that answers call for."""
    return [*plan.derived.values(), *decided_organizations(plan)]


def decided_organizations(plan: Plan) -> list[Wanted]:
    """Organizations that answers about deals call for: the placeholder, a new parent by name, the company that a deal names."""
    wanted: dict[str, Wanted] = {}
    there = {each.key for each in plan.derived.values()}
    for row in rows.stream(plan.tables.get("deals", ())):
        if plan.no_record(row):
            continue
        deal = plan_deal(plan, row)
        if deal.state == LinkState.SKIPPED:
            continue
        for role, key in deal.parents:
            if role != "organization" or key.startswith("organization:") or key in there or key in wanted:
                continue
            name = name_of(plan.project, key, plan.orphans.get(row.key, {}), company_text(plan, row))
            wanted[key] = Wanted(key, None, row.line, name[:120], derived=True, facts={"name": name, "owner": cell(row, "owner")})
    return list(wanted.values())
