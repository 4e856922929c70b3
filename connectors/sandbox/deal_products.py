"""Lines of deals. The deal's value follows them."""

from typing import Any

from .bodies import BODIES
from .call import Answer, Call
from .errors import bad_request, invalid, limit_reached, not_allowed
from .facts import SORTS
from .listing import id_list, records_page
from .store import Record
from .validation import Scope, problems_of, validate

MOST_AT_ONCE = 100
MOST_RECURRING = 20
_DEFAULTS: Record = {
    "tax": 0,
    "comments": "",
    "discount": 0,
    "is_enabled": True,
    "tax_method": "inclusive",
    "discount_type": "percentage",
    "product_variation_id": None,
    "billing_frequency": "one-time",
    "billing_frequency_cycles": None,
    "billing_start_date": None,
}


def add(call: Call) -> Any:
    deal = _open_deal(call)
    validate(call.body, BODIES["deal_product"], Scope(call.account), creating=True)
    line = _insert(call, deal, call.body)
    _follow(call, deal)
    return line


def add_many(call: Call) -> Any:
    """All or none."""
    deal = _open_deal(call)
    validate(call.body, BODIES["deal_products"], Scope(call.account), creating=True)
    bodies = call.body["data"]
    if not 1 <= len(bodies) <= MOST_AT_ONCE:
        raise invalid(f"data: must contain between 1 and {MOST_AT_ONCE} items")
    scope, problems = Scope(call.account), []
    for index, body in enumerate(bodies):
        if not isinstance(body, dict):
            raise invalid(f"data.{index}: must be an object")
        problems += problems_of(body, BODIES["deal_product"], scope, creating=True, prefix=f"data.{index}.")
    if problems:
        raise invalid(*problems)
    lines = [_insert(call, deal, body) for body in bodies]
    _follow(call, deal)
    return lines


def change(call: Call) -> Any:
    deal = _open_deal(call)
    line = _line(call, deal)
    validate(call.body, BODIES["deal_product"], Scope(call.account), creating=False)
    _check(call, {**line, **call.body}, call.body)
    changed = _with_sum({**line, **call.body, "update_time": call.now})
    call.store.update(changed)
    _one_tax_method(call, deal, call.body)
    _follow(call, deal)
    return _present(call, changed)


def remove(call: Call) -> Any:
    deal = _open_deal(call)
    line = _line(call, deal)
    call.store.update({**line, "is_deleted": True, "update_time": call.now})
    _follow(call, deal)
    return {"id": line["id"]}


def remove_many(call: Call) -> Answer:
    deal = _open_deal(call)
    lines = _lines(call, deal["id"])
    if "ids" in call.query:
        wanted = id_list(call.query["ids"], "ids")
        lines = [line for line in lines if line["id"] in wanted]
    for line in lines[:MOST_AT_ONCE]:
        call.store.update({**line, "is_deleted": True, "update_time": call.now})
    _follow(call, deal)
    return Answer({"ids": [line["id"] for line in lines[:MOST_AT_ONCE]]}, {"more_items_in_collection": len(lines) > MOST_AT_ONCE})


def of_deal(call: Call) -> Answer:
    return _page(call, [call.record("deal")["id"]])


def of_deals(call: Call) -> Answer:
    if "deal_ids" not in call.query:
        raise invalid("deal_ids: 'deal_ids' is required")
    return _page(call, id_list(call.query["deal_ids"], "deal_ids"))


def _page(call: Call, deal_ids: list[int]) -> Answer:
    where = [(f"deal_id IN ({', '.join(map(str, deal_ids))})", None), ("is_deleted = 0", None)]
    lines, cursor = records_page(call, "deal_product", SORTS["deals/products"], where)
    return Answer([_present(call, line) for line in lines], {"next_cursor": cursor})


def _open_deal(call: Call) -> Record:
    deal = call.record("deal")
    if deal.get("is_archived"):
        raise bad_request("Archived deals cannot be edited.")
    return deal


def _line(call: Call, deal: Record) -> Record:
    line = call.record("deal_product", "product_attachment_id")
    if line["deal_id"] != deal["id"]:
        raise bad_request("The product is not attached to this deal.")
    return line


def _lines(call: Call, deal_id: int) -> list[Record]:
    return call.store.select(call.company, "deal_product", "deal_id = ? AND is_deleted = 0", (deal_id,))


def _insert(call: Call, deal: Record, body: Record) -> Record:
    count = call.store.count(call.company, "deal_product", "deal_id = ? AND is_deleted = 0", (deal["id"],))
    if count >= call.account.limit("lines_per_deal"):
        raise limit_reached("Couldn't add the product. You've reached the products per deal limit.")
    line = {**_DEFAULTS, **body, "deal_id": deal["id"], "order_nr": count + 1, "add_time": call.now, "update_time": call.now}
    _check(call, line, body)
    stored = call.store.insert(call.company, "deal_product", _with_sum(line))
    _one_tax_method(call, deal, body)
    return _present(call, stored)


def _check(call: Call, line: Record, body: Record) -> None:
    product = call.existing("product", line["product_id"])
    if not product.get("is_linkable", True):
        raise bad_request(f"Product {product['id']} cannot be added to deals.")
    check_billing(call, body, line)
    if line["billing_frequency"] != "one-time":
        recurring = [one for one in _lines(call, line["deal_id"]) if one["billing_frequency"] != "one-time" and one["id"] != line.get("id")]
        if len(recurring) >= MOST_RECURRING:
            raise limit_reached(f"A deal can have at most {MOST_RECURRING} recurring products.")


def check_billing(call: Call, body: Record, values: Record) -> None:
    """Frequencies come with Growth; one-time has no cycles, weekly must have them."""
    if ("billing_frequency" in body or "billing_frequency_cycles" in body) and not call.account.plan.recurring:
        raise invalid(*(not_allowed(name) for name in ("billing_frequency", "billing_frequency_cycles") if name in body))
    frequency, cycles = values.get("billing_frequency", "one-time"), values.get("billing_frequency_cycles")
    if (frequency == "one-time" and cycles is not None) or (frequency == "weekly" and cycles is None):
        raise invalid(f"billing_frequency_cycles: does not fit billing_frequency {frequency}")


def _with_sum(line: Record) -> Record:
    whole = line["item_price"] * line["quantity"]
    discount = whole * line["discount"] / 100 if line["discount_type"] == "percentage" else line["discount"]
    return {**line, "sum": round(whole - discount, 4)}


def _one_tax_method(call: Call, deal: Record, body: Record) -> None:
    """Changed on one line, it changes on all lines of the deal."""
    if "tax_method" not in body:
        return
    for line in _lines(call, deal["id"]):
        if line["tax_method"] != body["tax_method"]:
            call.store.update({**line, "tax_method": body["tax_method"], "update_time": call.now})


def _follow(call: Call, deal: Record) -> None:
    lines = [line for line in _lines(call, deal["id"]) if line["is_enabled"]]
    call.store.update({**deal, "value": round(sum(line["sum"] for line in lines), 4), "update_time": call.now})


def _present(call: Call, line: Record) -> Record:
    product = call.store.get(call.company, "product", line["product_id"]) or {}
    deal = call.store.get(call.company, "deal", line["deal_id"]) or {}
    return {**line, "name": product.get("name", ""), "currency": deal.get("currency"), "sum": line["sum"]}
