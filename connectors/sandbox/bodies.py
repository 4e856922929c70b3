"""Request bodies, field by field, in the notation that facts.py explains."""

from .facts import FIELD_KINDS

_CONTACT_SYNC = {
    "postal_address": "address clear",
    "notes": "text:10000 clear",
    "im": "contacts",
    "birthday": "date clear",
    "job_title": "text:255 clear",
}

_BILLING = {
    "billing_frequency": "word:one-time|annually|semi-annually|quarterly|monthly|weekly",
    "billing_frequency_cycles": "cycles null",
}

_PINS = {f"pinned_to_{parent}_flag": "flag" for parent in ("lead", "deal", "organization", "person", "project", "task")}

_ICONS = (
    "task|email|meeting|deadline|call|lunch|calendar|downarrow|document|smartphone|camera|scissors|cogs|bubble|uparrow|checkbox|"
    "signpost|shuffle|addressbook|linegraph|picture|car|world|search|clip|sound|brush|key|padlock|pricetag|suitcase|finish|plane|"
    "loop|wifi|truck|cart|bulb|bell|presentation"
)

_FIELD_TYPES = "varchar|text|double|phone|date|daterange|time|timerange|set|enum|varchar_auto|address|monetary|org|people|user"

_LEAD = {
    "title": "text:255 required",
    "owner_id": "id:user",
    "label_ids": "uuids",
    "person_id": "id:person",
    "organization_id": "id:organization",
    "value": "amount null",
    "expected_close_date": "date",
    "visible_to": "visible_text",
    "was_seen": "bool",
    "origin_id": "text:255 null",
    "channel": "int null",
    "channel_id": "text:255 null",
}

BODIES: dict[str, dict[str, str]] = {
    "organization": {
        "name": "name required",
        "owner_id": "id:user",
        "add_time": "time create",
        "visible_to": "visible",
        "label_ids": "labels",
        "address": "address clear",
        "website": "text:255 null",
        "linkedin": "text:255 null",
        "industry": "option:industry null",
        "annual_revenue": "int null",
        "employee_count": "int null",
        "custom_fields": "custom",
    },
    "person": {
        "name": "name required",
        "owner_id": "id:user",
        "org_id": "id:organization clear",
        "add_time": "time create",
        "emails": "contacts",
        "phones": "contacts",
        "visible_to": "visible",
        "label_ids": "labels",
        **_CONTACT_SYNC,
        "marketing_status": "word:no_consent|unsubscribed|subscribed|archived",
        "custom_fields": "custom",
    },
    "deal": {
        "title": "name required",
        "owner_id": "id:user",
        "person_id": "id:person clear",
        "org_id": "id:organization clear",
        "pipeline_id": "id:pipeline",
        "stage_id": "id:stage",
        "value": "num",
        "currency": "currency",
        "is_deleted": "bool refused",
        "is_archived": "bool",
        "archive_time": "stamp",
        "status": "word:open|won|lost",
        "probability": "percent null",
        "lost_reason": "text:255 null",
        "visible_to": "visible",
        "close_time": "time null",
        "won_time": "time clear",
        "lost_time": "time clear",
        "expected_close_date": "date clear",
        "label_ids": "labels",
        "custom_fields": "custom",
    },
    "activity": {
        "subject": "text:255",
        "type": "activity_type",
        "owner_id": "id:user",
        "deal_id": "id:deal clear",
        "lead_id": "id:lead clear",
        "person_id": "int refused",
        "org_id": "id:organization clear",
        "project_id": "int refused",
        "due_date": "date clear",
        "due_time": "clock clear",
        "duration": "clock clear",
        "busy": "bool",
        "done": "bool",
        "location": "address clear",
        "participants": "participants",
        "attendees": "attendees",
        "public_description": "text:65535 clear",
        "priority": "option:priority clear",
        "note": "html:100000 clear",
        "outcome": "option:outcome null",
    },
    "product": {
        "name": "name required",
        "code": "text:255 clear",
        "description": "text:65535 clear",
        "unit": "text:255 clear",
        "tax": "num",
        "category": "option:category clear",
        "owner_id": "id:user",
        "is_linkable": "bool",
        "visible_to": "visible",
        "prices": "prices",
        "custom_fields": "custom",
        **_BILLING,
    },
    "deal_product": {
        "product_id": "id:product required",
        "item_price": "num required",
        "quantity": "num required",
        "tax": "num",
        "comments": "text:65535",
        "discount": "num",
        "is_enabled": "bool",
        "tax_method": "word:exclusive|inclusive|none",
        "discount_type": "word:percentage|amount",
        "product_variation_id": "int null",
        **_BILLING,
        "billing_start_date": "date null",
    },
    "deal_products": {"data": "lines required"},
    "pipeline": {"name": "name required", "is_deal_probability_enabled": "bool"},
    "stage": {
        "name": "name required",
        "pipeline_id": "id:pipeline required",
        "deal_probability": "whole_percent",
        "is_deal_rot_enabled": "bool",
        "days_to_rotten": "int clear",
    },
    "user": {"email": "text:255 required", "access": "list", "active_flag": "bool"},
    "user_change": {"active_flag": "bool required"},
    "activity_type": {"name": "name required", "icon_key": f"word:{_ICONS} required", "color": "text:6"},
    "activity_type_change": {"name": "name", "icon_key": f"word:{_ICONS}", "color": "text:6", "order_nr": "int"},
    "note": {
        "content": "html:100000 required",
        "lead_id": "id:lead clear",
        "deal_id": "id:deal clear",
        "person_id": "id:person clear",
        "org_id": "id:organization clear",
        "project_id": "int refused",
        "task_id": "int refused",
        "user_id": "id:user",
        "add_time": "stamp",
        **_PINS,
    },
    "file": {
        "file": "binary required",
        "deal_id": "id:deal",
        "person_id": "id:person",
        "org_id": "id:organization",
        "product_id": "id:product",
        "activity_id": "id:activity",
        "lead_id": "id:lead",
        "project_id": "int refused",
    },
    "file_change": {"name": "text:255", "description": "text:65535"},
    "relationship": {
        "org_id": "id:organization",
        "type": "word:parent|related required",
        "rel_owner_org_id": "id:organization required",
        "rel_linked_org_id": "id:organization required",
    },
    "call_log": {
        "user_id": "id:user",
        "activity_id": "id:activity",
        "subject": "text:255",
        "duration": "text:20",
        "outcome": "word:connected|no_answer|left_message|left_voicemail|wrong_number|busy required",
        "from_phone_number": "text:255",
        "to_phone_number": "text:255 required",
        "start_time": "stamp required",
        "end_time": "stamp required",
        "person_id": "id:person",
        "org_id": "id:organization",
        "deal_id": "id:deal",
        "lead_id": "id:lead",
        "note": "html:100000",
    },
    "participant": {"person_id": "id:person required"},
    "merge": {"merge_with_id": "int required"},
    "filter": {
        "name": "name required",
        "conditions": "object required",
        "type": "word:deals|leads|org|people|products|activity|projects required",
    },
    "lead": _LEAD,
    "lead_change": {
        **{name: kind for name, kind in _LEAD.items() if name != "origin_id"},
        "title": "text:255",
        "person_id": "id:person null",
        "organization_id": "id:organization null",
        "expected_close_date": "date null",
        "is_archived": "bool",
    },
}

for _kind in FIELD_KINDS:
    _settings = {"ui_visibility": "object"}
    if _kind != "productFields":
        _settings |= {"important_fields": "object", "required_fields": "object"}
    if _kind == "dealFields":
        _settings |= {"description": "text:65535 null"}
    BODIES[_kind] = {"field_name": "name required", "field_type": f"word:{_FIELD_TYPES} required", "options": "options", **_settings}
    BODIES[f"{_kind}_change"] = {"field_name": "name", **_settings}

ADDRESS_PARTS = (
    "value",
    "country",
    "admin_area_level_1",
    "admin_area_level_2",
    "locality",
    "sublocality",
    "route",
    "street_number",
    "subpremise",
    "postal_code",
)
