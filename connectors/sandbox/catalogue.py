"""Products, pipelines and stages."""

from typing import Any

from .call import Call
from .deal_products import check_billing
from .entities import Entity
from .store import Record


def _prepare_product(call: Call, values: Record, before: Record | None) -> Record:
    check_billing(call, values, {**(before or {}), **values})
    if before is None and "prices" not in values:
        values["prices"] = [{"currency": call.account.default_currency(call.user), "price": 0}]
    if "prices" in values:
        values["prices"] = [{"cost": 0, "direct_cost": None, "notes": "", **price} for price in values["prices"]]
    if values.get("category") is not None:
        values["category"] = str(values["category"])
    return values


def _prepare_pipeline(call: Call, values: Record, before: Record | None) -> Record:
    if before is None:
        order = max((one["order_nr"] for one in call.account.pipelines.values()), default=0) + 1
        values = {"is_deal_probability_enabled": False, **values, "order_nr": order}
    return values


def _prepare_stage(call: Call, values: Record, before: Record | None) -> Record:
    if before is None:
        siblings = [one["order_nr"] for one in call.account.stages.values() if one["pipeline_id"] == values["pipeline_id"]]
        values = {"deal_probability": 100, "is_deal_rot_enabled": False, "days_to_rotten": None, **values}
        values["order_nr"] = max(siblings, default=0) + 1
    return values


def _schema_changed(call: Call, record: Record) -> None:
    call.schema_changed()


def _pipeline_added(call: Call, record: Record) -> None:
    if call.operation.method == "POST" and call.account.feature("pipeline_default_stages"):
        call.accounts.add_stages(call.company, record["id"])
    call.schema_changed()


def _pipeline_gone(call: Call, record: Record) -> None:
    """Its stages go with it; deals keep pointing there."""
    for stage in call.store.select(call.company, "stage", "pipeline_id = ? AND is_deleted = 0", (record["id"],)):
        call.store.update({**stage, "is_deleted": True, "update_time": call.now})
    call.schema_changed()


_PLACE: dict[str, Any] = {"name": "", "order_nr": 0, "is_deleted": False}
_TIMES: dict[str, Any] = {"add_time": None, "update_time": None}

PRODUCTS = Entity(
    name="product",
    path="products",
    fields="productFields",
    prepare=_prepare_product,
    empty={
        "name": "",
        "code": None,
        "description": None,
        "unit": None,
        "tax": 0,
        "category": None,
        "is_linkable": True,
        "is_deleted": False,
        "visible_to": 3,
        "owner_id": None,
        **_TIMES,
        "billing_frequency": "one-time",
        "billing_frequency_cycles": None,
        "prices": [],
    },
)

PIPELINES = Entity(
    name="pipeline",
    path="pipelines",
    prepare=_prepare_pipeline,
    admin_only=True,
    changed=_pipeline_added,
    deleted=_pipeline_gone,
    empty={**_PLACE, "is_deal_probability_enabled": False, **_TIMES},
)

STAGES = Entity(
    name="stage",
    path="stages",
    prepare=_prepare_stage,
    admin_only=True,
    changed=_schema_changed,
    deleted=_schema_changed,
    empty={**_PLACE, "deal_probability": 100, "pipeline_id": None, "is_deal_rot_enabled": False, "days_to_rotten": None, **_TIMES},
)
