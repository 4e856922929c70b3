"""Lists with search and paging, and one page per record with its fields and what hangs on it."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from .accounts import Account
from .board import money
from .markup import Markup, joined, link, table, tag
from .store import Record

PER_PAGE = 50
LINKED_ROWS = 50
_ENTITIES = {"organizations": "organization", "persons": "person", "deals": "deal"}
_PLURALS = {entity: path for path, entity in _ENTITIES.items()}
_LINKS = {"org_id": "organization", "person_id": "person", "deal_id": "deal"}
_OWN_LINK = {"organization": "org_id", "person": "person_id", "deal": "deal_id"}
_HIDDEN = ("id", "custom_fields", "is_deleted", "code", "marketing_settled")


def list_page(account: Account, path: str, query: dict[str, str]) -> tuple[str, Markup]:
    entity, search = _ENTITIES[path], query.get("q", "").strip()
    page = int(query["page"]) if query.get("page", "").isdecimal() and len(query["page"]) < 9 else 1
    where: list[str] = ["is_deleted = 0"]
    values: list[Any] = []
    if search:
        where.append("instr(lower(name), lower(?)) > 0")
        values.append(search)
    if query.get("stage", "").isdecimal() and entity == "deal":
        where.append("stage_id = ?")
        values.append(int(query["stage"]))
    condition = " AND ".join(where)
    count = account.store.count(account.id, entity, condition, values)
    start = max(0, page - 1) * PER_PAGE
    records = account.store.select(account.id, entity, condition, values, f"ORDER BY id LIMIT {PER_PAGE} OFFSET {start}")
    form = tag(
        "form", tag("input", name="q", value=search, placeholder="Search by name"), tag("button", "Search"), class_="search", method="get"
    )
    parts = [tag("h1", path.capitalize()), tag("p", f"{count:,} found", class_="sub"), form, _rows(account, entity, records)]
    return path.capitalize(), joined([*parts, _pager(page, count, query)])


def record_page(account: Account, path: str, record_id: int) -> tuple[str, Markup] | None:
    entity = _ENTITIES[path]
    record = account.store.get(account.id, entity, record_id)
    if record is None:
        return None
    title = _name(record)
    gone = [tag("p", "This record was deleted.", class_="empty")] if record.get("is_deleted") else []
    facts = [(_label(account, entity, key), _shown(account, key, value)) for key, value in _ordered(account, entity, record)]
    parts = [tag("h1", title), tag("p", f"{entity.capitalize()} {record_id}", class_="sub"), *gone]
    parts += [table(["Field", "Value"], [one for one in facts if one[1] != ""], class_="facts")]
    customs = _custom_rows(account, entity, record)
    if customs:
        parts += [tag("h2", "Custom fields"), table(["Field", "Value"], customs, class_="facts")]
    return title, joined([*parts, *_linked(account, entity, record_id)])


def _rows(account: Account, entity: str, records: list[Record]) -> Markup:
    if not records:
        return tag("p", "Nothing here.", class_="empty")
    if entity == "deal":
        rows = [
            [
                _link(account, entity, one),
                _parent(account, one, "org_id"),
                _stage(account, one),
                money(one.get("value"), one.get("currency")),
                one["status"],
            ]
            for one in records
        ]
        return table(["Deal", "Organization", "Stage", "Value", "Status"], rows)
    if entity == "person":
        rows = [
            [
                _link(account, entity, one),
                _parent(account, one, "org_id"),
                _values(one.get("emails")),
                _values(one.get("phones")),
                _owner(account, one),
            ]
            for one in records
        ]
        return table(["Person", "Organization", "E-mail", "Phone", "Owner"], rows)
    rows = [
        [_link(account, entity, one), (one.get("address") or {}).get("value", ""), _owner(account, one), one["add_time"]] for one in records
    ]
    return table(["Organization", "Address", "Owner", "Created"], rows)


def _pager(page: int, count: int, query: dict[str, str]) -> Markup:
    pages = max(1, -(-count // PER_PAGE))
    parts: list[Any] = [f"Page {page} of {pages}"]
    for label, number in (("Previous", page - 1), ("Next", page + 1)):
        if 1 <= number <= pages:
            parts.append(link("?" + urlencode({**query, "page": number}), label))
    return tag("div", *(tag("span", part) for part in parts), class_="pager")


def _linked(account: Account, entity: str, record_id: int) -> list[Markup]:
    """Everything that points at this record, a table per kind."""
    found: list[Markup] = []
    for kind in ("person", "deal", "activity", "note", "file", "deal_product"):
        where = f"{_OWN_LINK[entity]} = ? AND is_deleted = 0"
        records = account.store.select(account.id, kind, where, (record_id,), f"ORDER BY id LIMIT {LINKED_ROWS}")
        if records:
            count = account.store.count(account.id, kind, where, (record_id,))
            found += [tag("h2", f"{kind.replace('_', ' ').capitalize()} ({count})"), _linked_table(account, kind, records)]
    return found


def _linked_table(account: Account, kind: str, records: list[Record]) -> Markup:
    if kind in _PLURALS:
        return _rows(account, kind, records)
    if kind == "note":
        return table(["Added", "Note"], [(one["add_time"], one["content"]) for one in records])
    if kind == "activity":
        return table(
            ["Due", "Type", "Subject", "Done"],
            [(one.get("due_date"), one["type"], one["subject"], "yes" if one.get("done") else "no") for one in records],
        )
    if kind == "file":
        return table(["File", "Bytes"], [(one["name"], one["file_size"]) for one in records])
    return table(
        ["Product", "Quantity", "Price", "Sum"],
        [(_product(account, one), one["quantity"], one["item_price"], one["sum"]) for one in records],
    )


def _ordered(account: Account, entity: str, record: Record) -> list[tuple[str, Any]]:
    """In the order of the field definitions; labels by their names."""
    order = list(account.fields[f"{entity}Fields"])
    keys = sorted((key for key in record if key not in _HIDDEN), key=lambda key: order.index(key) if key in order else len(order))
    labels = {one["id"]: one["label"] for one in account.options(f"{entity}Fields", "label_ids")}
    named = {**record, "label_ids": ", ".join(str(labels.get(one, one)) for one in record.get("label_ids") or [])}
    return [(key, named[key]) for key in keys]


def _custom_rows(account: Account, entity: str, record: Record) -> list[tuple[Any, Any]]:
    definitions, values = account.custom_fields(f"{entity}Fields"), record.get("custom_fields") or {}
    return [(one["field_name"], _custom(one, values[code])) for code, one in definitions.items() if code in values]


def _custom(definition: Record, value: Any) -> str:
    if definition["field_type"] in ("enum", "set"):
        labels = {option["id"]: option["label"] for option in definition["options"] or []}
        return ", ".join(str(labels.get(one, one)) for one in (value if isinstance(value, list) else [value]))
    if isinstance(value, dict):
        return " ".join(str(part) for key, part in value.items() if part is not None and key != "formatted_address")
    return str(value)


def _label(account: Account, entity: str, key: str) -> str:
    definition = account.fields[f"{entity}Fields"].get(key)
    return str(definition["field_name"]) if definition else key.replace("_", " ").capitalize()


def _shown(account: Account, key: str, value: Any) -> Any:
    if value is None or value == []:
        return ""
    if key in _LINKS:
        record = account.store.get(account.id, _LINKS[key], value)
        return _link(account, _LINKS[key], record) if record else str(value)
    if key in ("owner_id", "creator_user_id"):
        return account.users.get(value, {}).get("name", value)
    if key == "stage_id":
        return account.stages.get(value, {}).get("name", value)
    if key == "pipeline_id":
        return account.pipelines.get(value, {}).get("name", value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _values(value)
    if isinstance(value, dict):
        return value.get("value") or json.dumps(value, ensure_ascii=False)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _values(contacts: list[Record] | None) -> str:
    return ", ".join(f"{one['value']} ({one['label']})" if "label" in one else json.dumps(one) for one in contacts or [])


def _name(record: Record) -> str:
    return str(record.get("name") or record.get("title") or f"#{record['id']}")


def _link(account: Account, entity: str, record: Record) -> Markup:
    return link(f"/board/{quote(account.domain)}/{_PLURALS[entity]}/{record['id']}", _name(record))


def _parent(account: Account, record: Record, key: str) -> Any:
    return _shown(account, key, record.get(key))


def _owner(account: Account, record: Record) -> Any:
    return account.users.get(record.get("owner_id") or 0, {}).get("name", "")


def _stage(account: Account, record: Record) -> Any:
    return account.stages.get(record.get("stage_id") or 0, {}).get("name", "")


def _product(account: Account, line: Record) -> str:
    return _name(account.store.get(account.id, "product", line["product_id"]) or {"id": line["product_id"]})
