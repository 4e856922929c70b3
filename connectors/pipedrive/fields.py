"""What an account is set up with, as values: its user, users, currencies, fields with options, pipelines, stages, activity types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
ADMIN_APPS = {"global", "sales"}


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    email: str
    active: bool
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Me:
    """The token's user and company."""

    user_id: int
    name: str
    email: str
    is_admin: bool
    company_id: int
    company_name: str
    company_domain: str
    company_country: str
    timezone: str
    currency: str
    language: str


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    name: str
    decimals: int
    active: bool


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """`code` is the key in request bodies: a 40-character hash, different in every account, where `is_custom`."""

    code: str
    name: str
    type: str
    is_custom: bool
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    id: int
    name: str
    order: int
    probability: bool  # whether deals show one


@dataclass(frozen=True, slots=True)
class Stage:
    id: int
    name: str
    pipeline_id: int
    order: int
    probability: int | None


@dataclass(frozen=True, slots=True)
class ActivityType:
    """`key` is what an activity's `type` holds; Pipedrive makes it from the name and never changes it."""

    id: int
    name: str
    key: str
    active: bool


def me_from(data: Data) -> Me:
    language = data.get("language")
    return Me(
        user_id=data["id"],
        name=_text(data.get("name")),
        email=_text(data.get("email")),
        is_admin=_is_admin(data),
        company_id=data["company_id"],
        company_name=_text(data.get("company_name")),
        company_domain=_text(data.get("company_domain")),
        company_country=_text(data.get("company_country")),
        timezone=_text(data.get("timezone_name")),
        currency=_text(data.get("default_currency")),
        language=_text(language.get("language_code") if isinstance(language, Mapping) else language),
    )


def user_from(data: Data) -> User:
    active = bool(data.get("active_flag", True)) and not data.get("is_deleted")
    return User(data["id"], _text(data.get("name")), _text(data.get("email")), active, _is_admin(data))


def currency_from(data: Data) -> Currency:
    return Currency(data["code"], _text(data.get("name")), data.get("decimal_points", 2), bool(data.get("active_flag", True)))


def option_from(data: Data) -> Option:
    return Option(data["id"], _text(data.get("label")))


def field_from(data: Data) -> Field:
    options = tuple(map(option_from, data.get("options") or ()))
    return Field(
        data["field_code"], _text(data.get("field_name")), _text(data.get("field_type")), bool(data.get("is_custom_field")), options
    )


def pipeline_from(data: Data) -> Pipeline:
    return Pipeline(data["id"], _text(data.get("name")), data.get("order_nr") or 0, bool(data.get("is_deal_probability_enabled")))


def stage_from(data: Data) -> Stage:
    return Stage(data["id"], _text(data.get("name")), data["pipeline_id"], data.get("order_nr") or 0, data.get("deal_probability"))


def activity_type_from(data: Data) -> ActivityType:
    return ActivityType(data["id"], _text(data.get("name")), _text(data.get("key_string")), bool(data.get("active_flag", True)))


def _is_admin(data: Data) -> bool:
    """Older answers carry a flag, newer ones a list of apps; admin of the deals app or of everything sees all records."""
    if "is_admin" in data:
        return bool(data["is_admin"])
    return any(entry.get("admin") and entry.get("app") in ADMIN_APPS for entry in data.get("access") or ())


def _text(value: Any) -> str:
    return "" if value is None else str(value)
