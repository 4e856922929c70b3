"""Notes (v1): html, one or more parents, author and time can be set."""

from typing import Any

from . import reshape
from .bodies import BODIES
from .call import Answer, Call
from .clock import from_stamp, to_stamp
from .errors import bad_request, limit_reached, no_permission
from .listing import Where, updated_since, v1_page
from .store import Record
from .touching import touch_parents
from .validation import Scope, validate

PARENTS = ("lead_id", "deal_id", "person_id", "org_id")
_PINS = ("lead", "deal", "person", "organization")


def add(call: Call) -> Any:
    validate(call.body, BODIES["note"], Scope(call.account), creating=True, extra_keys=True)
    values = _values(call, call.body)
    if not any(values.get(parent) for parent in PARENTS):
        raise bad_request("Note must be associated with at least one organization, person, deal, lead or project.")
    _refuse_too_many(call, values.get("deal_id"))
    times = {"add_time": call.now, "update_time": call.now}
    note = {"user_id": call.user["id"], "last_update_user_id": None, **times, **values}
    touch_parents(call, note)
    return _present(call, call.store.insert(call.company, "note", note))


def change(call: Call) -> Any:
    note = call.record("note")
    validate(call.body, BODIES["note"], Scope(call.account), creating=False, extra_keys=True)
    values = _values(call, call.body)
    if values.get("content", note["content"]) != note["content"]:
        values["update_time"] = call.now
    changed = {**note, **values, "last_update_user_id": call.user["id"]}
    if not any(changed.get(parent) for parent in PARENTS):
        raise bad_request("Note must be associated with at least one organization, person, deal, lead or project.")
    touch_parents(call, note, changed)
    return _present(call, call.store.update(changed))


def read(call: Call) -> Any:
    return _present(call, call.record("note"))


def delete(call: Call) -> Any:
    note = call.record("note")
    call.store.update({**note, "is_deleted": True, "update_time": call.now})
    touch_parents(call, note)
    return True


def listed(call: Call) -> Answer:
    where: Where = [("is_deleted = 0", None)]
    for name in ("deal_id", "person_id", "org_id"):
        if name in call.query:
            where.append((f"{name} = ?", call.number(name)))
    for name in ("user_id", "lead_id"):
        if name in call.query:
            value = call.number(name) if name == "user_id" else call.query[name]
            where.append((f"json_extract(body, '$.{name}') = ?", value))
    since = updated_since(call)
    if since:
        where.append(("update_time >= ?", since))
    for name, sign in (("start_date", ">="), ("end_date", "<=")):
        if name in call.query:
            where.append((f"substr(add_time, 1, 10) {sign} ?", call.query[name]))
    values = [value for _, value in where if value is not None]
    notes = call.store.select(call.company, "note", " AND ".join(condition for condition, _ in where), values, _order(call))
    page, additional = v1_page(call, notes)
    return Answer([_present(call, note) for note in page], additional)


def _order(call: Call) -> str:
    """`sort=add_time DESC, id ASC` and the like."""
    terms = []
    for term in filter(None, call.query.get("sort", "").split(",")):
        name, _, direction = term.strip().partition(" ")
        if name not in ("id", "add_time", "update_time", "deal_id", "person_id", "org_id") or direction.upper() not in ("", "ASC", "DESC"):
            raise bad_request(f"Cannot sort by {term.strip()}")
        terms.append(f"{name} {direction or 'ASC'}")
    return "ORDER BY " + ", ".join([*terms, "id"])


def _values(call: Call, body: Record) -> Record:
    """Only what the table knows is kept; other keys are passed over, as the documents allow here."""
    values = {key: value for key, value in body.items() if key in BODIES["note"]}
    if values.get("user_id", call.user["id"]) != call.user["id"] and not call.user["is_admin"]:
        raise no_permission()
    if "add_time" in values:
        values["add_time"] = from_stamp(values["add_time"])
    if "content" in values:
        values["content"] = reshape.tame(values["content"])
        if not values["content"].strip():
            raise bad_request("Note content must be given.")
    return values


def _refuse_too_many(call: Call, deal_id: int | None) -> None:
    most = call.account.limit("notes_per_deal")
    if deal_id and most and call.store.count(call.company, "note", "deal_id = ? AND is_deleted = 0", (deal_id,)) >= most:
        raise limit_reached("Couldn't add the note. You've reached the notes per deal limit.")


def _present(call: Call, note: Record) -> Record:
    author = call.account.users.get(note["user_id"], {})
    names = {"deal": ("deal_id", "title"), "person": ("person_id", "name"), "organization": ("org_id", "name")}
    parents: Record = {}
    for entity, (link, title) in names.items():
        parent = call.store.get(call.company, entity, note[link]) if note.get(link) else None
        parents[entity] = {title: parent[title]} if parent else None
    return {
        "id": note["id"],
        "active_flag": not note.get("is_deleted", False),
        "content": note["content"],
        "add_time": to_stamp(note["add_time"]),
        "update_time": to_stamp(note["update_time"]),
        **{parent: note.get(parent) for parent in PARENTS},
        "project_id": None,
        **parents,
        **{f"pinned_to_{pin}_flag": bool(note.get(f"pinned_to_{pin}_flag")) for pin in _PINS},
        "user_id": note["user_id"],
        "user": {"name": author.get("name"), "email": author.get("email"), "is_you": note["user_id"] == call.user["id"], "icon_url": None},
        "last_update_user_id": note.get("last_update_user_id"),
    }
