"""Planners: for each kind of record, what one row wants to become."""

from collections.abc import Callable, Iterable, Mapping

from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners import calls, children, deals, lines, mailings, organizations, persons
from migrations_app.services.planners.plan import Plan

PLANNERS: Mapping[str, Callable[[Plan, rows.SourceRow], Wanted]] = {
    "organization": organizations.plan_organization,
    "person": persons.plan_person,
    "product": children.plan_product,
    "deal": deals.plan_deal,
    "deal_product": lines.plan_line,
    "activity": children.plan_activity,
    "note": children.plan_note,
    "file": children.plan_file,
}

# Kinds whose derived records are gone from the export like rows are; companies that exist only as text are renamed instead.
MADE_OF_MANY = ("activity", "note", "organization_relationship", "call_log")
# Records that no single row is: what they are derived from is said by `facts`.
DERIVED: Mapping[str, Callable[[Plan], Iterable[Wanted]]] = {
    "organization": deals.derived_organizations,
    "activity": mailings.plan_sends,
    "call_log": calls.plan_logs,
    "note": mailings.plan_campaign_notes,
}
