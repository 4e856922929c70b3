"""The values that rules are made of: settings, definitions, rules, drafts and issues. Everything here can be stored as JSON."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ORGANIZATION, PERSON, DEAL = "organization", "person", "deal"
PRODUCT, DEAL_PRODUCT, ACTIVITY, NOTE, FILE = "product", "deal_product", "activity", "note", "file"
ORGANIZATION_RELATIONSHIP, CALL_LOG = "organization_relationship", "call_log"
ENTITY_OF_OBJECT = {
    "companies": ORGANIZATION, "contacts": PERSON, "deals": DEAL, "products": PRODUCT, "line_items": DEAL_PRODUCT,
    "activities": ACTIVITY, "notes": NOTE, "attachments": FILE,
}  # fmt: skip
FIELD_NAME_LIMIT = 255

_CUSTOM = re.compile(r"custom:(?P<label>.*) \((?P<type>[a-z_]+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project fixes once for all transforms. `country` is ISO 3166 (two letters), `currency` ISO 4217; empty is unset."""

    timezone: str = "UTC"
    country: str = ""
    currency: str = ""
    number_format: str = ""  # "" | 1,234.56 | 1.234,56 | 1 234,56 | 1'234.56
    email_label: str = "work"
    phone_label: str = "work"
    date_only_time: str = "12:00"
    outcomes: str = "note"  # where the disposition of an activity goes: note | type | outcome
    projects: str = "deal"  # what a row among the deals becomes that is a project: deal | note | skip
    projects_pipeline: str = "Projects"


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A custom field as the source declares it. `type` is neutral: text, long, enum, multi, money, url, number, bool, date, ..."""

    label: str
    type: str
    options: tuple[str, ...] = ()
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one column. An empty `field` means ignored; `position` counts from 0 in the table it was proposed from."""

    object: str
    column: str
    role: str
    entity: str
    field: str
    transform: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    confidence: float = 0.0
    reason: str = ""
    position: int = -1


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing a person should know about one row. `severity` is reject (never loads), decide (a person must choose) or warn."""

    code: str
    severity: str
    field: str
    value: str
    message: str


@dataclass(slots=True)
class Draft:
    """One row in neutral values, before anything about an account is known.

    `references` holds the raw texts, by role, of what the row points to; `skip` names why the row is no record at all;
    `continued` the values of further records of the same kind that go on where this one ends (a note too long for one);
    `is_project` says that the source calls this row of the deals no opportunity.
    """

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    issues: list[Issue] = dataclasses.field(default_factory=list)
    references: dict[str, str] = dataclasses.field(default_factory=dict)
    skip: str = ""
    continued: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    is_project: bool = False


def custom_field(label: str, pipedrive_type: str) -> str:
    """The name of a custom field in a rule: ``custom:Customer Tier (enum)``."""
    return f"custom:{label[:FIELD_NAME_LIMIT]} ({pipedrive_type})"


def split_custom(name: str) -> tuple[str, str] | None:
    """Label and Pipedrive type of a custom field's name, or None for a built-in field."""
    match = _CUSTOM.fullmatch(name)
    return (match["label"], match["type"]) if match else None
