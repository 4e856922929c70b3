"""Files (v1): one upload with parents of several kinds; bytes come back as they were sent."""

from typing import Any

from . import storage
from .bodies import BODIES
from .call import Answer, Call, Download
from .clock import to_stamp
from .errors import Refusal, bad_request
from .listing import v1_page
from .store import Record
from .touching import touch_parents
from .validation import Scope, validate

MOST_PER_PAGE = 100
PARENTS = ("deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id")


def upload(call: Call) -> Any:
    parts = call.uploads.get("file", [])
    if len(parts) != 1:
        raise bad_request("Exactly one file must be given.")
    fields = _numbers(call.body or {})
    validate({**fields, "file": True}, BODIES["file"], Scope(call.account), creating=True)
    part = parts[0]
    if len(part.data) > call.account.limit("file_bytes"):
        raise Refusal(413, {"error": "Request Entity Too Large"})
    record = {
        "user_id": call.user["id"],
        "name": part.name,
        "file_type": part.name.rpartition(".")[2].lower() if "." in part.name else "",
        "file_size": len(part.data),
        "description": "",
        "add_time": call.now,
        "update_time": call.now,
        **fields,
    }
    stored = call.store.insert(call.company, "file", record)
    call.store.put_content(stored["id"], part.data)
    touch_parents(call, stored)
    return _present(call, stored)


def change(call: Call) -> Any:
    record = call.record("file")
    validate(call.body, BODIES["file_change"], Scope(call.account), creating=False)
    return _present(call, call.store.update({**record, **call.body, "update_time": call.now}))


def read(call: Call) -> Any:
    return _present(call, call.record("file"))


def delete(call: Call) -> Any:
    record = call.record("file")
    call.store.update({**record, "is_deleted": True, "update_time": call.now})
    touch_parents(call, record)
    return {"id": record["id"]}


def download(call: Call) -> Download:
    record = call.record("file")
    content, host = call.store.content(record["id"]), call.account.settings.get("file_host")
    return Download(content, record["name"], storage.link(host, record["id"], content) if host else "")


def listed(call: Call) -> Answer:
    return _page(call, call.store.select(call.company, "file"))


def of_parent(call: Call) -> Answer:
    entity, link = {
        "deals": ("deal", "deal_id"),
        "persons": ("person", "person_id"),
        "organizations": ("organization", "org_id"),
    }[call.operation.path.split("/")[1]]
    parent = call.record(entity)
    return _page(call, call.store.select(call.company, "file", f"{link} = ? AND is_deleted = 0", (parent["id"],)))


def _page(call: Call, records: list[Record]) -> Answer:
    sort = call.query.get("sort", "").strip().lower()
    if sort.endswith(" desc"):
        records = records[::-1]
    page, additional = v1_page(call, records, most=MOST_PER_PAGE)
    return Answer([_present(call, record) for record in page], additional)


def _numbers(fields: Record) -> Record:
    """Forms carry text only: ids become numbers here."""
    return {key: int(text) if key != "lead_id" and text.isascii() and text.isdigit() else text for key, text in fields.items()}


def _present(call: Call, record: Record) -> Record:
    return {
        "id": record["id"],
        "user_id": record["user_id"],
        **{parent: record.get(parent) for parent in PARENTS},
        "project_id": None,
        "log_id": None,
        "name": record["name"],
        "file_name": record["name"],
        "file_type": record["file_type"],
        "file_size": record["file_size"],
        "description": record["description"],
        "active_flag": not record.get("is_deleted", False),
        "inline_flag": False,
        "remote_location": None,
        "remote_id": None,
        "add_time": to_stamp(record["add_time"]),
        "update_time": to_stamp(record["update_time"]),
        "url": f"/v1/files/{record['id']}/download",
    }
