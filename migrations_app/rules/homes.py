"""Where the columns of every object go: companies, contacts and deals, and what hangs on them."""

from collections.abc import Mapping

from migrations_app.rules import targets
from migrations_app.rules.targets import Home

_KEY = Home("source_id", "text", note="the key of the row; it tells the record again later")
_REFERENCE = Home("parent", "reference", note="it hangs on this record")
_OWNER = {"owner": Home("owner_id", "reference"), "owner_email": Home("owner_id", "reference")}
_ABOUT = {
    "company_ref": Home("org_id", "reference"), "company_name": Home("org_id", "reference"),
    "contact_ref": Home("person_id", "reference"), "contact_name": Home("person_id", "reference"),
    "contact_email": Home("person_id", "reference"), "deal_ref": Home("deal_id", "reference"),
}  # fmt: skip
_PARENT = {"parent_type": _REFERENCE, "parent_id": _REFERENCE}


def _ignored(note: str) -> Home:
    return Home(note=note)


def _custom(label: str, type: str, transform: str) -> Home:
    return Home(is_custom=True, label=label, type=type, transform=transform)


HOMES: Mapping[str, Mapping[str, Home]] = {
    **targets.HOMES,
    "products": _OWNER
    | {
        "id": _KEY,
        "name": Home("name", "name"),
        "sku": Home("code", "text"),
        "description": Home("description", "long_text"),
        "price": Home("prices", "price"),
        "cost": Home("prices", "cost"),
        "currency": Home("prices", "currency"),
        "tax": Home("tax", "percent"),
        "unit": Home("unit", "text"),
        "category": _custom("Product category", "", ""),  # the built-in one takes options from people only
        "active": _custom("Active", "enum", "yes_no"),
        "qb_item_id": _custom("", "varchar", "text"),
        "qb_price": _custom("", "monetary", "money"),
        "created_at": _ignored("Pipedrive dates a product by the day on which it is made"),
        "modified_at": _ignored("Pipedrive sets the time of change itself and takes no other"),
    },
    "line_items": {
        "id": _KEY,
        "deal_ref": Home("deal_id", "reference"),
        "product_ref": Home("product_id", "reference"),
        "product_name": Home("product_id", "reference"),
        "quantity": Home("quantity", "number"),
        "unit_price": Home("item_price", "amount"),
        "discount": Home("discount", "discount"),
        "tax": Home("tax", "percent"),
        "description": Home("comments", "long_text"),
        "total": Home("", "line_total", note="Pipedrive works the total out from price, quantity and discount; it is compared"),
        "currency": _ignored("a line has the currency of its deal"),
    },
    "activities": _OWNER
    | _ABOUT
    | {
        "id": _KEY,
        "type": Home("type", "activity_type"),
        "subject": Home("subject", "name"),
        "body": Home("note", "html"),
        "start": Home("due_date", "start"),
        "time": Home("due_time", "time_of_day"),
        "end": Home("duration", "end"),
        "duration": Home("duration", "duration"),
        "done": Home("done", "done"),
        "disposition": Home("note", "labelled"),
        "outcome": Home("note", "labelled"),
        "created_at": _ignored("Pipedrive dates an activity by its due time and takes no other"),
        "modified_at": _ignored("Pipedrive sets the time of change itself and takes no other"),
    },
    "notes": _ABOUT
    | _PARENT
    | {
        "id": _KEY,
        "subject": Home("content", "heading"),
        "body": Home("content", "html"),
        "author": Home("user_id", "reference"),
        "created_at": Home("add_time", "stamp"),
        "modified_at": _ignored("Pipedrive sets the time of change itself and takes no other"),
    },
    "attachments": _ABOUT
    | _PARENT
    | {
        "id": _KEY,
        "file_name": Home("name", "text"),
        "path": Home("path", "text"),
        "kind": _ignored("Pipedrive has no kinds of files"),
        "mime": _ignored("compared with what the file holds"),
        "size": _ignored("compared with the file"),
        "author": _ignored("Pipedrive takes whoever uploads a file as its author"),
        "created_at": _ignored("Pipedrive dates a file by its upload"),
    },
}

# Records without custom fields (API.md 5.6, 5.8, 5.9), and the text in which a line can stand for a column nobody knows.
NO_PLACE: Mapping[str, str] = {
    "line_items": "lines of deals have no custom fields: it stands in the comment",
    "activities": "activities have no custom fields: it stands as a line in the note",
    "notes": "notes have no custom fields: it is left out",
    "attachments": "files have no custom fields: it is left out",
}
LINES: Mapping[str, str] = {"line_items": "comments", "activities": "note"}
