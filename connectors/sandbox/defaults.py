"""What a new account finds in place: built-in fields with their options, a pipeline, activity types."""

from typing import Any

LABEL_OPTIONS = {
    "dealFields": (("Hot", "red"), ("Warm", "yellow"), ("Cold", "blue")),
    "personFields": (("Customer", "green"), ("Hot lead", "red"), ("Warm lead", "yellow"), ("Cold lead", "blue")),
    "organizationFields": (("Customer", "green"), ("Hot lead", "red"), ("Warm lead", "yellow"), ("Cold lead", "blue")),
}

_OPTIONS = {
    "industry": (
        "Agriculture",
        "Construction",
        "Education",
        "Energy",
        "Finance",
        "Health care",
        "IT services",
        "Manufacturing",
        "Retail",
        "Transport",
    ),
    "category": ("Goods", "Services", "Licences"),
    "priority": ("Low", "Medium", "High"),
    "outcome": ("Connected", "No answer", "Left voicemail"),
}

# code, name, type, and the feature that the account must have for the field to exist
_FIELDS = {
    "organizationFields": """
name|Name|varchar
label_ids|Labels|set
address|Address|address
owner_id|Owner|user
visible_to|Visible to|visible_to
website|Website|varchar|organization_details
linkedin|LinkedIn profile|varchar|organization_details
industry|Industry|enum|organization_details
annual_revenue|Annual revenue|double|organization_details
employee_count|Number of employees|double|organization_details
add_time|Organization created|date
update_time|Update time|date
""",
    "personFields": """
name|Name|varchar
first_name|First name|varchar
last_name|Last name|varchar
emails|Email|varchar
phones|Phone|phone
label_ids|Labels|set
org_id|Organization|org
owner_id|Owner|user
visible_to|Visible to|visible_to
postal_address|Postal address|address|contact_sync
notes|Notes|text|contact_sync
im|Instant messenger|varchar|contact_sync
birthday|Birthday|date|contact_sync
job_title|Job title|varchar|contact_sync
marketing_status|Marketing status|enum|campaigns
add_time|Person created|date
update_time|Update time|date
""",
    "dealFields": """
title|Title|varchar
value|Value|monetary
currency|Currency|varchar
pipeline_id|Pipeline|double
stage_id|Stage|stage
status|Status|enum
probability|Probability|double
expected_close_date|Expected close date|date
won_time|Won time|date
lost_time|Lost time|date
close_time|Deal closed on|date
lost_reason|Lost reason|varchar
label_ids|Labels|set
owner_id|Owner|user
org_id|Organization|org
person_id|Contact person|people
visible_to|Visible to|visible_to
is_archived|Archive status|enum
archive_time|Archive time|date
add_time|Deal created|date
update_time|Update time|date
stage_change_time|Last stage change|date
""",
    "productFields": """
name|Name|varchar
code|Product code|varchar
description|Description|text
unit|Unit|varchar
tax|Tax|double
category|Category|enum
is_linkable|Active|enum
prices|Unit prices|monetary
owner_id|Owner|user
visible_to|Visible to|visible_to
billing_frequency|Billing frequency|enum|recurring_billing
billing_frequency_cycles|Billing cycles|double|recurring_billing
add_time|Created at|date
update_time|Update time|date
""",
    "activityFields": """
subject|Subject|varchar
type|Type|enum
due_date|Due date|date
due_time|Due time|time
duration|Duration|time
done|Done|enum
owner_id|Assigned to user|user
deal_id|Deal|double
org_id|Organization|org
person_id|Contact person|people
location|Location|address
busy|Free/busy|enum
priority|Priority|enum
outcome|Outcome|enum|activity_outcomes
note|Note|text
public_description|Public description|text
add_time|Add time|date
update_time|Update time|date
marked_as_done_time|Marked as done time|date
""",
}

FEATURES = {
    "organization_details": True,
    "contact_sync": False,
    "campaigns": False,
    "activity_outcomes": False,
    "pipeline_default_stages": False,
    "parents_touched": False,
}
STAGES = (("Qualified", 100), ("Contact Made", 100), ("Demo Scheduled", 100), ("Proposal Made", 100), ("Negotiations Started", 100))
ACTIVITY_TYPES = ("Call", "Meeting", "Task", "Deadline", "Email", "Lunch")


def built_in_fields() -> list[tuple[str, dict[str, Any]]]:
    """(kind, definition) of every built-in field; options carry labels, their ids are given out on creation."""
    return [(kind, _definition(kind, line)) for kind, lines in _FIELDS.items() for line in lines.strip().splitlines()]


def _definition(kind: str, line: str) -> dict[str, Any]:
    code, name, field_type, feature, *_ = (*line.split("|"), "")
    options: list[dict[str, Any]] | None = None
    if code == "label_ids":
        options = [{"label": label, "color": color} for label, color in LABEL_OPTIONS[kind]]
    elif code in _OPTIONS:
        options = [{"label": label} for label in _OPTIONS[code]]
    return {
        "field_name": name,
        "field_code": code,
        "field_type": field_type,
        "options": options,
        "is_custom_field": False,
        "feature": feature,
    }
