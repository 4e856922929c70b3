"""Products that no row of a price list stands for: those that lines name, and one for lines that name none.

Pipedrive takes no line without a product (API.md 5.8); people say what such lines get.
"""

from migrations_app.rules.answers import SKIP, product_subject
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.spec import DEAL, PRODUCT
from migrations_app.services import rows
from migrations_app.services.linking import Wanted
from migrations_app.services.planners.children import ROLES, hung
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.states import LinkState

UNKNOWN, MAKE, GENERIC = "unknown_product", "make", "generic"
GENERIC_KEY = "generic:product"
LINE = KINDS["deal_product"]


def line_with_product(plan: Plan, row: rows.SourceRow) -> Wanted:
    """The line of a row; one whose product is not in the price list gets what people said of that name."""
    wanted = hung(plan, LINE, row)
    if wanted.reason != f"unknown_{PRODUCT}":
        return wanted
    text = _said(row)
    choice = plan.questions.get(UNKNOWN, {}).get((LINE.object, product_subject(text)), "")
    if choice in (MAKE, GENERIC):
        deal = f"{DEAL}:{plan.find('deals', [cell(row, role) for role in ROLES[DEAL]])}"
        wanted.state, wanted.reason = LinkState.PLANNED, ""
        wanted.parents = [(DEAL, deal), (PRODUCT, _named(plan, row, text) if choice == MAKE and text else generic(plan))]
    elif choice == SKIP:
        wanted.reason = f"{UNKNOWN}: left out by decision"
    elif not plan.provisional:
        wanted.state = LinkState.WAITING
    return wanted


def generic(plan: Plan) -> str:
    """The key of the product of lines that have none; it is made with the first of them."""
    name = f"Other items from {plan.project.get_source_label()}"
    plan.add(PRODUCT, Wanted(GENERIC_KEY, None, 0, name, derived=True, facts={"name": name}))
    return GENERIC_KEY


def _named(plan: Plan, row: rows.SourceRow, text: str) -> str:
    """One product for all lines that call it so; the first spelling is its name."""
    key = f"named:{product_subject(text)}"
    if key not in plan.extra.get(PRODUCT, {}):
        plan.add(PRODUCT, Wanted(key, None, row.line, text[:120], derived=True, facts={"name": text}))
    return key


def _said(row: rows.SourceRow) -> str:
    return next(filter(None, (cell(row, role) for role in ROLES[PRODUCT])), "")
