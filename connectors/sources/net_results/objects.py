"""The objects of Net-Results, what they hold and what points where (sources/NET_RESULTS.md 2, 3).

Spellings come from `connectors.sources.synonyms`; what only Net-Results prints is among the English ones there.
"""

from connectors.sources.describing import COMPANY, PLACE, TIMES, custom_fields, describe_object, fields, kept_by, users
from connectors.sources.net_results import naming, quirks
from connectors.sources.spec import Declarations, FieldSpec, SourceSystem

_YES_NO = quirks.YES_WORDS | quirks.NO_WORDS
_KEPT_BY = kept_by("owners")
_CAMPAIGN = (FieldSpec("campaign_ref", "ref", refers="campaigns"), FieldSpec("campaign_name", "text", refers="campaigns"))
_CONTACT = FieldSpec("contact_ref", "ref", refers="contacts")
_ROLE = FieldSpec("role", "text", optional=True)  # a team, never an owner (NET_RESULTS.md 4)

OWNERS = users("owners", "Owners", _YES_NO)
CUSTOM_FIELDS = custom_fields(_YES_NO, "companies", "contacts")

COMPANIES = describe_object(
    "companies",
    "Companies",
    (
        FieldSpec("id", "id"),
        FieldSpec("name", "text", blanks=quirks.NO_COMPANY),
        *fields(website="url", industry="enum", phone="phone", email="email", employees="int"),
        FieldSpec("fax", "phone", optional=True),
        *PLACE,
        *_KEPT_BY,
        *TIMES,
        FieldSpec("type", "enum", optional=True),
        FieldSpec("source", "enum", optional=True),
        FieldSpec("notes", "long", optional=True),
    ),
    needs=[("name", "website")],
    labels=["name", "website"],
    identity=["name", "website", "postal_code", "address"],
)

CONTACTS = describe_object(
    "contacts",
    "Contacts",
    (
        *fields(id="id", first_name="text", last_name="text", full_name="text", salutation="text"),
        FieldSpec("email", "email"),
        FieldSpec("email2", "email", second_of="email"),
        *fields(phone="phone", mobile="phone"),
        FieldSpec("home_phone", "phone", second_of="phone"),
        FieldSpec("fax", "phone", optional=True),
        FieldSpec("title", "text"),
        *(FieldSpec(each.role, each.type, refers=each.refers, blanks=quirks.NO_COMPANY) for each in COMPANY),
        FieldSpec("website", "url", optional=True),
        *PLACE,
        *_KEPT_BY,
        *TIMES,
        *fields(lifecycle_stage="enum", lead_score="number", score_overlay="enum", opt_in_date="date", opt_in_source="enum"),
        FieldSpec("source", "enum"),
        *_CAMPAIGN[:1],
        *fields(lists="multi", subscriptions="multi", unsubscribed_from="multi"),
        FieldSpec("mailable", "text", examples=_YES_NO | quirks.MAILABLE_WORDS, reads=quirks.is_state),
        FieldSpec("bounced", "bool", examples=_YES_NO),
        FieldSpec("unsubscribed", "bool", examples=_YES_NO),
        FieldSpec("active", "bool", examples=_YES_NO, optional=True),
        FieldSpec("last_activity", "datetime"),
        *fields(twitter="text", crm_id="text"),
        FieldSpec("notes", "long", optional=True),
        _ROLE,
    ),
    needs=[("first_name", "last_name", "full_name", "email")],
    labels=["full_name", "last_name", "email"],
    identity=["email", "first_name", "last_name", "full_name", "phone", "company_ref"],
)

CAMPAIGNS = describe_object(
    "campaigns",
    "Campaigns",
    (
        *fields(id="id", name="text", type="enum", status="enum", start="date", end="date"),
        *_KEPT_BY,
        *fields(budget="money", description="long", tags="multi", utm="text"),
        FieldSpec("created_at", "datetime"),
        _ROLE,
    ),
    needs=[("name",), ("type", "status", "start", "end", "budget", "description", "tags", "id")],
    labels=["name"],
    identity=["name", "start"],
)

CAMPAIGN_MEMBERS = describe_object(
    "campaign_members",
    "Campaign members",
    (*_CAMPAIGN, _CONTACT, *fields(email="email", status="enum", joined="datetime")),
    needs=[("campaign_ref", "campaign_name"), ("contact_ref", "email")],
    labels=["campaign_ref", "contact_ref"],
    identity=["campaign_ref", "campaign_name", "contact_ref", "email", "joined"],
    may_repeat=True,
)

LISTS = describe_object(
    "lists",
    "Lists",
    fields(id="id", name="text", kind="enum", description="long"),
    needs=[("name",), ("id", "kind", "description")],
    labels=["name"],
    identity=["name"],
)

LIST_MEMBERS = describe_object(
    "list_members",
    "List members",
    (FieldSpec("list_ref", "ref", refers="lists"), _CONTACT, *fields(email="email", joined="datetime")),
    needs=[("list_ref",), ("contact_ref", "email")],
    labels=["list_ref", "contact_ref"],
    identity=["list_ref", "contact_ref", "email"],
)

TEMPLATES = describe_object(
    "templates",
    "Templates",
    fields(id="id", name="text", subject="text", path="text", updated_at="datetime", html="long", text="long", reply_to="text"),
    needs=[("name",), ("subject", "path", "html")],
    labels=["name"],
    identity=["name", "path"],
)

WORKFLOWS = describe_object(
    "workflows",
    "Workflows",
    (
        *fields(id="id", name="text", type="enum", trigger="text", conditions="long", steps="long", step_count="int", enrolments="int"),
        FieldSpec("active", "bool", examples=_YES_NO),
        *fields(updated_at="datetime"),
    ),
    needs=[("name",), ("trigger", "steps", "step_count", "enrolments")],
    labels=["name"],
    identity=["name"],
)

ENROLMENTS = describe_object(
    "enrolments",
    "Workflow enrolments",
    (
        FieldSpec("workflow_ref", "ref", refers="workflows"),
        FieldSpec("workflow_name", "text", refers="workflows"),
        _CONTACT,
        *fields(email="email", step="text", status="enum", entered="datetime"),
    ),
    needs=[("workflow_ref", "workflow_name"), ("contact_ref", "email"), ("step", "entered")],
    labels=["workflow_name", "contact_ref"],
    identity=["workflow_ref", "workflow_name", "contact_ref", "email", "step", "entered"],
)

SUPPRESSION = describe_object(
    "suppression",
    "Suppression list",
    (FieldSpec("email", "email"), FieldSpec("reason", "enum", reads=quirks.reason), *fields(date="date", category="text"), _CONTACT),
    needs=[("email", "contact_ref"), ("reason",)],
    labels=["email"],
    identity=["email", "contact_ref", "reason", "date"],
)

_HAPPENED = ("sent_at", "opened_at", "open_count", "clicked_at", "click_count")
_WHICH = (
    "campaign_ref",
    "campaign_name",
    "template_ref",
    "subject",
    "email_name",
    "send_ref",
)  # something happened to no mail and at no time?
EMAIL_SENDS = describe_object(
    "email_sends",
    "E-mail sends",
    (
        FieldSpec("id", "id"),
        _CONTACT,
        FieldSpec("email", "email"),
        *_CAMPAIGN,
        FieldSpec("template_ref", "ref", refers="templates"),
        *fields(subject="text", email_name="text"),
        FieldSpec("event", "enum", reads=quirks.event),
        *fields(at="datetime", detail="text", url="url", bounce_type="text"),
        FieldSpec("send_ref", "text"),
        *fields(sent_at="datetime", delivered_at="datetime", opened_at="datetime", open_count="int", clicked_at="datetime"),
        *fields(click_count="int", bounced_at="datetime", unsubscribed_at="datetime"),
    ),
    needs=[("contact_ref", "email"), ("event", *_HAPPENED), (*_WHICH, "at", *_HAPPENED)],
    labels=["subject"],
    identity=["contact_ref", "email", "campaign_ref", "event", "at", "url"],
)

NET_RESULTS = SourceSystem(
    name="net-results",
    label="Net-Results",
    objects=(
        *(CUSTOM_FIELDS, CONTACTS, COMPANIES, OWNERS, CAMPAIGNS, CAMPAIGN_MEMBERS, LISTS, LIST_MEMBERS),
        *(TEMPLATES, WORKFLOWS, ENROLMENTS, SUPPRESSION, EMAIL_SENDS),
    ),
    not_taken=quirks.NOT_TAKEN,
    declarations=Declarations("custom_fields", "object", "label", quirks.object_name),
    constants=naming.constants,
)
