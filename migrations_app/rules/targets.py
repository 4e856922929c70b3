"""Where a column of known meaning goes in Pipedrive: the built-in fields, and the home of each role."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from migrations_app.rules.spec import (
    ACTIVITY,
    CALL_LOG,
    DEAL,
    DEAL_PRODUCT,
    FILE,
    NOTE,
    ORGANIZATION,
    ORGANIZATION_RELATIONSHIP,
    PERSON,
    PRODUCT,
)

# Built-in fields that a load may write, by the type in which their values travel (pipedrive/API.md 5.1 to 5.10).
BUILTIN_FIELDS: Mapping[str, Mapping[str, str]] = {
    ORGANIZATION: {
        "name": "name", "owner_id": "id", "add_time": "datetime", "visible_to": "int", "label_ids": "set", "address": "address",
        "website": "varchar", "linkedin": "varchar", "annual_revenue": "int", "employee_count": "int",
    },
    PERSON: {
        "name": "name", "owner_id": "id", "org_id": "id", "add_time": "datetime", "visible_to": "int", "label_ids": "set",
        "emails": "emails", "phones": "phones",
    },
    DEAL: {
        "title": "varchar", "owner_id": "id", "person_id": "id", "org_id": "id", "pipeline_id": "id", "stage_id": "id", "value": "double",
        "currency": "varchar", "status": "varchar", "won_time": "datetime", "lost_time": "datetime", "close_time": "datetime",
        "lost_reason": "varchar", "expected_close_date": "date", "probability": "double", "visible_to": "int", "label_ids": "set",
    },
    PRODUCT: {
        "name": "name", "code": "varchar", "description": "varchar", "unit": "varchar", "tax": "double", "category": "option",
        "owner_id": "id", "is_linkable": "bool", "visible_to": "int", "prices": "prices",
    },
    DEAL_PRODUCT: {
        "product_id": "id", "item_price": "double", "quantity": "double", "discount": "double", "discount_type": "varchar", "tax": "double",
        "tax_method": "varchar", "comments": "varchar", "is_enabled": "bool",
    },
    ACTIVITY: {
        "subject": "varchar", "type": "activity_type", "owner_id": "id", "deal_id": "id", "org_id": "id", "participants": "participants",
        "due_date": "date", "due_time": "time", "duration": "time", "done": "bool", "note": "html", "public_description": "varchar",
        "outcome": "offered",
    },
    CALL_LOG: {
        "subject": "varchar", "outcome": "varchar", "to_phone_number": "phone", "start_time": "datetime", "end_time": "datetime",
        "duration": "varchar", "note": "html", "deal_id": "id", "org_id": "id", "person_id": "id",
    },
    NOTE: {"content": "html", "add_time": "datetime", "user_id": "id", "deal_id": "id", "org_id": "id", "person_id": "id"},
    ORGANIZATION_RELATIONSHIP: {"type": "varchar", "rel_owner_org_id": "id", "rel_linked_org_id": "id"},
    FILE: {
        "name": "varchar", "path": "varchar", "deal_id": "id", "org_id": "id", "person_id": "id", "product_id": "id", "activity_id": "id",
    },
}  # fmt: skip

# Built-in fields that only some accounts have, and the custom field that stands in elsewhere.
STAND_INS: Mapping[tuple[str, str], str] = {
    (ORGANIZATION, "website"): "custom:Website (varchar)",
    (ORGANIZATION, "linkedin"): "custom:LinkedIn (varchar)",
    (ORGANIZATION, "annual_revenue"): "custom:Annual revenue (double)",
    (ORGANIZATION, "employee_count"): "custom:Employees (double)",
}

# The transform that fills a custom field of each Pipedrive type.
TRANSFORM_OF_TYPE: Mapping[str, str] = {
    "varchar": "text", "varchar_auto": "text", "text": "long_text", "double": "number", "monetary": "money", "date": "date",
    "enum": "option",
    "set": "options", "phone": "phone", "address": "address_part",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Home:
    """What becomes of a role: a built-in `field`, a custom field, or nothing for the reason in `note`.

    A custom field without `label` takes the header, without `type` the type that the column's values suggest.
    """

    field: str = ""
    transform: str = ""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_custom: bool = False
    label: str = ""
    type: str = ""
    note: str = ""


def _custom(label: str, type: str = "", transform: str = "", **options: str) -> Home:
    return Home(is_custom=True, label=label, type=type, transform=transform, options=options)


def _ignored(note: str) -> Home:
    return Home(note=note)


def _address(part: str, target: str) -> Home:
    if target == ORGANIZATION:
        return Home("address", "address_part", {"part": part})
    return Home(transform="address_part", options={"part": part}, is_custom=True, label="Address", type="address")


def _place(entity: str) -> dict[str, Home]:
    parts = {
        "address": "street", "address2": "street2", "city": "locality",
        "state": "admin_area_level_1",
        "postal_code": "postal_code", "country": "country",
    }  # fmt: skip
    return {role: _address(part, entity) for role, part in parts.items()}


_KEY = Home("source_id", "text", note="the key of the row; it goes to the source-id field")
_OWNER = Home("owner_id", "reference")
_MODIFIED = _ignored("Pipedrive sets the time of change itself and takes no other")
_FAX = _custom("Fax", "phone", "phone")

# QuickBooks keeps its own name, address and balance of a record; both sides stay, so that people can choose.
_QUICKBOOKS = {
    "qb_list_id": _custom("", "varchar", "text"), "qb_name": _custom("", "varchar", "text"), "qb_address": _custom("", "varchar", "text"),
    "qb_balance": _custom("", "monetary", "money"), "qb_last_sync": _custom("", "date", "date"),
    "qb_phone": _custom("", "phone", "phone"), "qb_email": _custom("", "varchar", "text"),
}  # fmt: skip
_OWNERS = {"owner": _OWNER, "owner_email": _OWNER}

HOMES: Mapping[str, Mapping[str, Home]] = {
    "companies": _place(ORGANIZATION)
    | _QUICKBOOKS
    | _OWNERS
    | {
        "id": _KEY,
        "name": Home("name", "name"),
        "created_at": Home("add_time", "datetime"),
        "modified_at": _MODIFIED,
        "website": Home("website", "url"),
        "phone": _custom("Phone", "phone", "phone"),
        "fax": _FAX,
        "email": _custom("Email", "varchar", "text"),
        "industry": _custom("Industry"),
        "employees": _custom("Employees", "double", "number"),
        "type": _custom("Company type"),
        "balance": _custom("", "monetary", "money"),
        "notes": _custom("Notes", "text", "long_text"),
        "description": _custom("Description", "text", "long_text"),
        "parent_ref": _custom("Parent company", "varchar", "text"),
        "inactive": _custom("Inactive", "enum", "yes_no"),
    },
    "contacts": _place(PERSON)
    | _QUICKBOOKS
    | _OWNERS
    | {
        "id": _KEY,
        "created_at": Home("add_time", "datetime"),
        "modified_at": _MODIFIED,
        "first_name": Home("name", "name_part", {"part": "first"}),
        "middle_name": Home("name", "name_part", {"part": "middle"}),
        "last_name": Home("name", "name_part", {"part": "last"}),
        "full_name": Home("name", "full_name"),
        "salutation": _custom("Salutation", "varchar", "text"),
        "title": _custom("Job title", "varchar", "text"),
        "email": Home("emails", "emails"),
        "email2": Home("emails", "emails", {"label": "other"}),
        "phone": Home("phones", "phones"),
        "mobile": Home("phones", "phones", {"label": "mobile"}),
        "home_phone": Home("phones", "phones", {"label": "home"}),
        "fax": Home("phones", "phones", {"label": "fax"}),
        "phone_ext": Home("phones", "text", {"part": "extension"}),
        "company_ref": Home("org_id", "reference"),
        "company_name": Home("org_id", "reference"),
        "birthday": _custom("Birthday", "date", "date"),
        "parent_ref": _custom("Main contact", "varchar", "text"),
        "do_not_email": _custom("Do not email", "enum", "yes_no"),
        "inactive": _custom("Inactive", "enum", "yes_no"),
        "website": _custom("Website", "varchar", "url"),
        "notes": _custom("Notes", "text", "long_text"),
        "type": _custom("Contact type"),
        "groups": _custom("Groups"),
        "source": _custom("Source"),
        "territory": _custom("Territory"),
        "mailing_code": _custom("Mailing code"),
        "lifecycle_stage": _custom("Lead status", "enum", "option"),
        "lead_score": _custom("Lead score", "double", "number"),
        "score_overlay": _custom("Lead score overlay"),
        "opt_in_date": _custom("Opt-in date", "date", "date"),
        "opt_in_source": _custom("Opt-in source"),
        "lists": _custom("Lists", "set", "options"),
        "subscriptions": _custom("Subscriptions", "set", "options"),
        "unsubscribed_from": _custom("Unsubscribed from", "set", "options"),
        "active": _custom("Active", "enum", "yes_no"),
        "last_activity": _custom("Last activity", "date", "date"),
        "twitter": _custom("Twitter", "varchar", "text"),
        "crm_id": _custom("CRM id", "varchar", "text"),
        "role": _custom("Role", "varchar", "text"),
        "campaign_ref": _ignored("every campaign of a person is kept in one field with several options, Campaigns"),
        **dict.fromkeys(("mailable", "bounced", "unsubscribed"), _ignored("read with the suppression list into the suppression fields")),
    },
    "deals": _QUICKBOOKS
    | _OWNERS
    | {
        "id": _KEY,
        "modified_at": _MODIFIED,
        "title": Home("title", "name"),
        "company_ref": Home("org_id", "reference"),
        "company_name": Home("org_id", "reference"),
        "contact_ref": Home("person_id", "reference"),
        "contact_name": Home("person_id", "reference"),
        "contact_email": Home("person_id", "reference"),
        "pipeline": Home("pipeline_id", "reference"),
        "stage": Home("stage_id", "reference"),
        "status": Home("status", "status"),
        "value": Home("value", "amount"),
        "currency": Home("currency", "currency"),
        "probability": Home("probability", "percent"),
        "close_date": Home("expected_close_date", "date"),
        "won_date": Home("won_time", "datetime"),
        "lost_date": Home("lost_time", "datetime"),
        "lost_reason": Home("lost_reason", "text"),
        "created_at": _custom("Created in source", "date", "date"),
        "description": _custom("Description", "text", "long_text"),
        "notes": _custom("Notes", "text", "long_text"),
        "source": _custom("Source"),
        "type": _custom("Deal type"),
        "is_opportunity": _ignored("says whether the row is a deal; what projects become is a setting of the project"),
    },
}
