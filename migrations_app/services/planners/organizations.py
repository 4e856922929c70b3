"""Organizations: the rows of a company file, the companies that exist only as text, and those that answers call for."""

from collections.abc import Mapping
from typing import Any

from migrations_app.models import Project, RecordLink
from migrations_app.rules.keys import fit
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import customers, policies, rows
from migrations_app.services.completing import FILL
from migrations_app.services.counterparts import Standing
from migrations_app.services.decisions import ON_ITS_WAY
from migrations_app.services.linking import Wanted
from migrations_app.services.planners import renames
from migrations_app.services.planners.plan import Plan, beside_quickbooks, cell
from migrations_app.services.references import COMPANY_ROLES, fold
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET, LinkState


def plan_organization(plan: Plan, row: rows.SourceRow) -> Wanted:
    return beside_quickbooks(plan, KINDS["organization"], row)


def add_customers(plan: Plan) -> None:
    """Rows of QuickBooks' list that stand beside no record: left out by name, unless the project makes organizations of them."""
    load = policies.value(plan.project, customers.POLICY) == customers.LOAD
    for listed, code in plan.customers.left:
        row, customer = listed.row, listed.customer
        wanted = Wanted(_key_of_customer(row), (customers.OBJECT, row.key, row.occurrence), row.line, customer.name[:120], derived=True)
        wanted.facts = {"name": customer.name, "owner": ""}
        if address := customer.said.get("qb_address"):
            wanted.facts["address"] = {"value": address}
        if code != customers.ONLY_THERE or not load or not customer.name:
            wanted.state, wanted.reason = LinkState.SKIPPED, code
        plan.add("organization", wanted)


def _key_of_customer(row: rows.SourceRow) -> str:
    return fit(f"org-of-quickbooks:{row.key}" + (f"#{row.occurrence + 1}" if row.occurrence else ""))


def customers_there(plan: Plan) -> dict[str, Standing]:
    """{link key of a company: the organization that stands in Pipedrive for it since only QuickBooks' list knew it}. One query for 500.

    Of several companies that the list means by one customer the first has it; that which others are merged into, for them.
    """
    of_customer: dict[str, str] = {}
    for (object, key), listed in plan.customers.beside.items():
        if object == "companies":
            of_customer.setdefault(_key_of_customer(listed.row), f"organization:{plan.merges[object].get(key, key)}")
    found: dict[str, Standing] = {}
    for some in chunks(of_customer, 500):
        made = RecordLink.objects.filter(account=plan.account, entity="organization", key__in=some, state__in=LINK_IN_TARGET)
        found |= {of_customer[key]: Standing(id, FILL) for key, id in made.values_list("key", "pipedrive_id")}
    there = RecordLink.objects.filter(account=plan.account, entity="organization", key__in=list(found), state__in=ON_ITS_WAY)
    sent = set(there.values_list("key", flat=True))
    return {key: standing for key, standing in found.items() if key not in sent}


def company_of(plan: Plan, row: rows.SourceRow) -> str:
    """The link key of the organization that a row names: one of the company file, or one that exists only as text."""
    if key := plan.find("companies", (cell(row, role) for role in COMPANY_ROLES)):
        return f"organization:{key}"
    text = company_text(plan, row)
    derived = plan.derived.get(fold(text)) if text else None
    return derived.key if derived else ""


def company_text(plan: Plan, row: rows.SourceRow) -> str:
    return plan.called.learn(cell(row, "company_ref"), cell(row, "company_name"))


def derive_organizations(plan: Plan) -> None:
    """Remember each contact's company; without a company file, the texts become organizations, one per folded name."""
    known = renames.recognise(plan)
    derive = "companies" not in plan.tables
    for object in ("contacts", "deals"):
        for row in rows.stream(plan.tables.get(object, ())):
            if plan.no_record(row):
                continue
            company = _company_link(plan, known, object, row, derive)
            if company and object == "contacts":
                plan.contact_company[row.key] = company


def _company_link(plan: Plan, known: renames.Known, object: str, row: rows.SourceRow, derive: bool) -> str:
    if key := plan.find("companies", (cell(row, role) for role in COMPANY_ROLES)):
        return f"organization:{key}"
    create = plan.questions.get("unknown_company", {}).get((object, row.key)) == "create"
    text = company_text(plan, row)
    if not text or not (derive or create):
        return ""
    folded = fold(text)
    if folded not in plan.derived:
        key = plan.named.get(folded) or plan.named.setdefault(folded, known.new_key(object, row))
        facts = known.as_before(key, text, cell(row, "owner"))
        plan.derived[folded] = Wanted(key, None, row.line, facts["name"][:120], derived=True, facts=facts)
    return plan.derived[folded].key


def name_of(project: Project, key: str, answer: Mapping[str, Any], text: str) -> str:
    """What an organization is called that an answer calls for: the placeholder, a new parent, the company that the deal names."""
    if key.startswith("placeholder:"):
        return project.setting("placeholder_name") or f"(No company) from {project.get_source_label()}"
    if key.startswith("parent:"):
        return str(answer["parent"]["name"])
    return text
