"""Organizations and persons."""

from collections.abc import Callable
from typing import Any

from . import reshape
from .call import Call
from .entities import Entity
from .errors import Refusal, bad_request, invalid, not_allowed
from .listing import Where, common_conditions
from .store import Record

ORGANIZATION_DETAILS = ("website", "linkedin", "industry", "annual_revenue", "employee_count")
CONTACT_SYNC = ("postal_address", "notes", "im", "birthday", "job_title")


def _prepare_organization(call: Call, values: Record, before: Record | None) -> Record:
    _refuse_switched_off(call, values, ORGANIZATION_DETAILS, "organization_details")
    if "address" in values:
        values["address"] = reshape.address(values["address"])
    return values


def _prepare_person(call: Call, values: Record, before: Record | None) -> Record:
    _refuse_contact_sync(call, values)
    if "name" in values:
        values["first_name"], values["last_name"] = reshape.split_name(values["name"])
    for name in ("emails", "phones", "im"):
        if name in values:
            values[name] = reshape.contacts(values[name])
    if "postal_address" in values:
        values["postal_address"] = reshape.address(values["postal_address"])
    if "marketing_status" in values:
        _settle_marketing(call, values, before)
    return values


def _refuse_switched_off(call: Call, values: Record, names: tuple[str, ...], feature: str) -> None:
    given = [name for name in names if name in values]
    if given and not call.account.feature(feature):
        raise invalid(*(not_allowed(name) for name in given))


def _refuse_contact_sync(call: Call, values: Record) -> None:
    if any(name in values for name in CONTACT_SYNC) and not call.account.feature("contact_sync"):
        raise Refusal(403, {"error": "Contact Sync fields are not available for this company.", "data": None, "additional_data": None})


def _settle_marketing(call: Call, values: Record, before: Record | None) -> None:
    """A forbidden change is passed over in silence: no Campaigns, no e-mail, or changed once already (API.md 8)."""
    wanted = values.pop("marketing_status")
    old = (before or {}).get("marketing_status", "no_consent")
    emails = values.get("emails", (before or {}).get("emails")) or []
    if not call.account.feature("campaigns") or not emails or wanted == old or (before or {}).get("marketing_settled"):
        return
    values["marketing_status"], values["marketing_settled"] = wanted, True


def _person_conditions(call: Call) -> Where:
    where = [(condition, value) for condition, value in common_conditions(call) if not condition.startswith("deal_id")]
    if "deal_id" in call.query:
        where.append(("id = (SELECT d.person_id FROM record d WHERE d.id = ?)", call.number("deal_id")))
    return where


def counter(entity: str, link: str, condition: str = "is_deleted = 0") -> Callable[[Call, Record], int]:
    def count(call: Call, record: Record) -> int:
        return call.store.count(call.company, entity, f"{link} = ? AND {condition}", (record["id"],))

    return count


def _marketing(call: Call, record: Record) -> Any:
    if not call.account.feature("campaigns"):
        raise bad_request("Parameter 'include_fields' needs the Campaigns product for marketing_status")
    return record.get("marketing_status", "no_consent")


def link_counts(link: str) -> dict[str, Callable[[Call, Record], Any]]:
    """The counts of include_fields that can be told from links."""
    closed = "is_deleted = 0 AND status IN ('won', 'lost')"
    return {
        "open_deals_count": counter("deal", link, "is_deleted = 0 AND status = 'open'"),
        "closed_deals_count": counter("deal", link, closed),
        "won_deals_count": counter("deal", link, "is_deleted = 0 AND status = 'won'"),
        "lost_deals_count": counter("deal", link, "is_deleted = 0 AND status = 'lost'"),
        **activity_counts(link),
    }


def activity_counts(link: str) -> dict[str, Callable[[Call, Record], Any]]:
    return {
        "activities_count": counter("activity", link),
        "done_activities_count": counter("activity", link, "is_deleted = 0 AND status = 'done'"),
        "undone_activities_count": counter("activity", link, "is_deleted = 0 AND status = 'undone'"),
        "notes_count": counter("note", link),
        "files_count": counter("file", link),
        "email_messages_count": lambda call, record: 0,
        "followers_count": lambda call, record: 1,
    }


ORGANIZATIONS = Entity(
    name="organization",
    path="organizations",
    fields="organizationFields",
    prepare=_prepare_organization,
    counts={**link_counts("org_id"), "people_count": counter("person", "org_id")},
    empty={
        "name": "",
        "owner_id": None,
        "add_time": None,
        "update_time": None,
        "is_deleted": False,
        "visible_to": 3,
        "label_ids": [],
        "address": None,
        "website": None,
        "linkedin": None,
        "industry": None,
        "annual_revenue": None,
        "employee_count": None,
    },
)

PERSONS = Entity(
    name="person",
    path="persons",
    fields="personFields",
    prepare=_prepare_person,
    conditions=_person_conditions,
    counts={**link_counts("person_id"), "marketing_status": _marketing, "doi_status": lambda call, record: None},
    empty={
        "name": "",
        "first_name": None,
        "last_name": None,
        "owner_id": None,
        "org_id": None,
        "add_time": None,
        "update_time": None,
        "emails": [],
        "phones": [],
        "is_deleted": False,
        "visible_to": 3,
        "label_ids": [],
        "picture_id": None,
        "postal_address": None,
        "notes": None,
        "im": [],
        "birthday": None,
        "job_title": None,
    },
)
