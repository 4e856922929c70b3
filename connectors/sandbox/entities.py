"""The v2 entities that are created, changed, listed and deleted alike; each brings its own rules as hooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import custom_fields
from .bodies import BODIES
from .call import Answer, Call
from .clock import to_utc
from .errors import bad_request
from .facts import SORTS
from .listing import common_conditions, filtered_page, records_page
from .store import Record
from .touching import touch_parents
from .validation import Scope, validate

MOST_CUSTOM_KEYS = 15
_TIMES = ("add_time", "won_time", "lost_time", "close_time")

# (call, values checked by table, record before or None) -> what to change
Prepare = Callable[[Call, Record, Record | None], Record]


def _nothing_more(call: Call, record: Record) -> None:
    return None


@dataclass(frozen=True)
class Entity:
    """`empty` is the record as read, before anything was said about it; its keys are the keys of every answer."""

    name: str
    path: str
    empty: Mapping[str, Any]
    prepare: Prepare
    fields: str = ""  # the field kind, where it has custom fields
    admin_only: bool = False
    conditions: Callable[[Call], list[tuple[str, Any]]] = common_conditions
    changed: Callable[[Call, Record], None] = _nothing_more  # after a write
    deleted: Callable[[Call, Record], None] = _nothing_more
    counts: Mapping[str, Callable[[Call, Record], Any]] = field(default_factory=dict)  # for include_fields

    @property
    def sorts(self) -> tuple[str, ...]:
        return SORTS[self.path]


def create(entity: Entity, call: Call) -> Any:
    record = new_record(entity, call, call.body)
    return present(entity, call, record)


def new_record(entity: Entity, call: Call, body: Any) -> Record:
    if entity.admin_only:
        call.require_admin()
    values = _checked(entity, call, body, None)
    times = {"add_time": values.pop("add_time", call.now), "update_time": call.now}
    defaults = {key: call.user["id"] for key in ("owner_id", "creator_user_id") if key in entity.empty}
    if "visible_to" in entity.empty:
        defaults["visible_to"] = max(call.account.plan.visibilities)
    record = call.store.insert(call.company, entity.name, {**times, **defaults, **values})
    entity.changed(call, record)
    touch_parents(call, record)
    return record


def change(entity: Entity, call: Call) -> Any:
    if entity.admin_only:
        call.require_admin()
    before = call.record(entity.name)
    values = _checked(entity, call, call.body, before)
    record = call.store.update({**before, **values, "update_time": call.now})
    entity.changed(call, record)
    touch_parents(call, before, record)
    return present(entity, call, record)


def read(entity: Entity, call: Call) -> Any:
    return present(entity, call, call.record(entity.name))


def delete(entity: Entity, call: Call) -> Any:
    if entity.admin_only:
        call.require_admin()
    record = call.record(entity.name)
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    entity.deleted(call, record)
    touch_parents(call, record)
    return {"id": record["id"]}


def listed(entity: Entity, call: Call) -> Answer:
    if "filter_id" in call.query:
        records, cursor = filtered_page(call, entity.name)
    else:
        where = entity.conditions(call)
        if not any("is_deleted" in condition for condition, _ in where):
            where.append(("is_deleted = 0", None))
        records, cursor = records_page(call, entity.name, entity.sorts, where)
    return Answer(present_all(entity, call, records), {"next_cursor": cursor})


def present(entity: Entity, call: Call, record: Record) -> Record:
    return present_all(entity, call, [record])[0]


def present_all(entity: Entity, call: Call, records: list[Record]) -> list[Record]:
    """Records as answers show them: every key there, only the custom fields that still exist, and were asked for."""
    codes = _custom_codes(entity, call) if entity.fields else []
    extra = [name for name in call.query.get("include_fields", "").split(",") if name]
    unknown = [name for name in extra if name not in entity.counts]
    if unknown:
        raise bad_request(f"Parameter 'include_fields' does not know {unknown[0]}")
    shown = []
    for record in records:
        one = {"id": record["id"], **{key: record.get(key, default) for key, default in entity.empty.items()}}
        one |= {name: entity.counts[name](call, record) for name in extra}
        if entity.fields:
            kept = record.get("custom_fields") or {}
            one["custom_fields"] = {code: kept.get(code) for code in codes}
        shown.append(one)
    return _with_labels(entity, call, shown)


def _checked(entity: Entity, call: Call, body: Any, before: Record | None) -> Record:
    """The body's values, valid and completed; nothing is written here."""
    scope = Scope(call.account, entity.fields or f"{entity.name}Fields")
    validate(body, BODIES[entity.name], scope, creating=before is None)
    values = dict(body)
    for name in _TIMES:
        if isinstance(values.get(name), str):
            values[name] = to_utc(values[name])
    if entity.fields:
        given = values.pop("custom_fields", None)
        kept = (before or {}).get("custom_fields") or {}
        if given is not None:
            values["custom_fields"] = custom_fields.merge(
                kept, given, custom_fields.read_values(given, call.account, entity.fields, call.user)
            )
    return entity.prepare(call, values, before)


def _custom_codes(entity: Entity, call: Call) -> list[str]:
    codes = list(call.account.custom_fields(entity.fields))
    if "custom_fields" not in call.query:
        return codes
    wanted = [code for code in call.query["custom_fields"].split(",") if code]
    if len(wanted) > MOST_CUSTOM_KEYS:
        raise bad_request(f"Parameter 'custom_fields' may hold at most {MOST_CUSTOM_KEYS} keys")
    return [code for code in wanted if code in codes]


def _with_labels(entity: Entity, call: Call, shown: list[Record]) -> list[Record]:
    if call.flag("include_option_labels"):
        for record in shown:
            _spell_out(record["custom_fields"], call.account.custom_fields(entity.fields))
    if call.flag("include_labels"):
        options = {one["id"]: one for one in call.account.options(entity.fields, "label_ids")}
        for record in shown:
            record["labels"] = [options[one] for one in record["label_ids"] if one in options]
    return shown


def _spell_out(values: Record, definitions: Mapping[str, Record]) -> None:
    for code, value in values.items():
        if value is None or definitions[code]["field_type"] not in ("enum", "set"):
            continue
        labels = {option["id"]: option["label"] for option in definitions[code]["options"] or []}
        pairs = [{"id": one, "label": labels.get(one)} for one in (value if isinstance(value, list) else [value])]
        values[code] = pairs if isinstance(value, list) else pairs[0]
