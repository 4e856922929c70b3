"""The objects of Results, what they hold and what points where (sources/RESULTS.md 2, 3).

Spellings come from `connectors.sources.synonyms`; what only Results prints is among the English ones there.
"""

from dataclasses import replace

from connectors.sources.describing import COMPANY, PLACE, TIMES, custom_fields, describe_object, fields, kept_by, users, words_for
from connectors.sources.results import quirks
from connectors.sources.results.quickbooks import CUSTOMERS, LIST_ID
from connectors.sources.spec import Declarations, FieldSpec, SourceSystem

_YES_NO = quirks.YES_WORDS | quirks.NO_WORDS
_STATUSES = frozenset(quirks.STATUS_WORDS)
_PARENTS = words_for("companies", "contacts", "deals", "activities", "products")


def _quickbooks(name_role: str) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("qb_list_id", "text", twin_of="id", looks=LIST_ID),
        FieldSpec("qb_name", "text", twin_of=name_role),
        FieldSpec("qb_balance", "money", twin_of="balance"),
        FieldSpec("qb_address", "text", twin_of="address"),
        FieldSpec("qb_phone", "phone", twin_of="phone"),
        FieldSpec("qb_email", "email", twin_of="email"),
        FieldSpec("qb_transactions", "text", twin_of="transactions"),
        FieldSpec("qb_last_sync", "datetime", twin_of="modified_at"),
    )


_KEPT_BY = kept_by("users")
_SORTING = (
    FieldSpec("type", "enum", optional=True),
    FieldSpec("source", "enum", optional=True),
    FieldSpec("territory", "enum", optional=True),
    FieldSpec("groups", "multi", optional=True),
    FieldSpec("inactive", "bool", examples=_YES_NO, optional=True),
    FieldSpec("notes", "long", optional=True),
)
_CONTACT = (FieldSpec("contact_ref", "ref", refers="contacts"), FieldSpec("contact_name", "text", refers="contacts"))
_ABOUT = (
    FieldSpec("company_ref", "ref", refers="companies"),
    FieldSpec("contact_ref", "ref", refers="contacts"),
    FieldSpec("deal_ref", "ref", refers="deals"),
)
_PARENT = (FieldSpec("parent_type", "enum", examples=_PARENTS), FieldSpec("parent_id", "ref"))

USERS = users("users", "Users", _YES_NO)
CUSTOM_FIELDS = custom_fields(_YES_NO, "companies", "contacts", "deals", "products", "activities")

COMPANIES = describe_object(
    "companies",
    "Companies",
    (
        *fields(id="id", name="text", website="url", industry="enum", phone="phone", email="email"),
        *fields(employees="int", balance="money"),
        FieldSpec("fax", "phone", optional=True),
        *PLACE,
        *_KEPT_BY,
        *TIMES,
        *_SORTING,
        FieldSpec("parent_ref", "ref", refers="companies"),
        *_quickbooks("name"),
    ),
    needs=[("name",)],
    labels=["name"],
    identity=["name", "website", "postal_code", "address"],
)

CONTACTS = describe_object(
    "contacts",
    "Contacts",
    (
        *fields(id="id", first_name="text", last_name="text", full_name="text", salutation="text"),
        FieldSpec("email", "email"),
        FieldSpec("email2", "email", second_of="email"),
        *fields(phone="phone", phone_ext="text", mobile="phone"),
        FieldSpec("home_phone", "phone", second_of="phone"),
        FieldSpec("fax", "phone", optional=True),
        FieldSpec("title", "text"),
        *COMPANY,
        FieldSpec("website", "url", optional=True),
        *PLACE,
        *_KEPT_BY,
        FieldSpec("birthday", "date"),
        *TIMES,
        FieldSpec("do_not_email", "bool", examples=_YES_NO),
        *_SORTING,
        FieldSpec("mailing_code", "text", optional=True),
        FieldSpec("parent_ref", "ref", refers="contacts"),
        *_quickbooks("full_name"),
    ),
    needs=[("first_name", "last_name", "full_name", "email")],
    labels=["full_name", "last_name", "email"],
    identity=["first_name", "last_name", "full_name", "email", "phone", "company_ref"],
)

PIPELINES = describe_object(
    "pipelines",
    "Pipelines and stages",
    fields(pipeline="text", stage="text", order="int", probability="percent"),
    needs=[("stage",), ("pipeline", "order", "probability")],
    labels=["stage"],
    identity=["pipeline", "stage"],
)

DEALS = describe_object(
    "deals",
    "Opportunities",
    (
        *fields(id="id", title="text"),
        *COMPANY,
        *_CONTACT,
        FieldSpec("contact_email", "email"),
        FieldSpec("pipeline", "text", refers="pipelines"),
        FieldSpec("stage", "text", refers="pipelines"),
        FieldSpec("status", "enum", examples=_STATUSES),
        *fields(value="money", currency="currency"),
        *_KEPT_BY,
        *fields(probability="percent", close_date="date", won_date="date", lost_date="date", lost_reason="text"),
        FieldSpec("is_opportunity", "bool", examples=_YES_NO | frozenset({"opportunity", "project"})),
        *TIMES,
        FieldSpec("type", "enum", optional=True),
        FieldSpec("source", "enum", optional=True),
        FieldSpec("description", "long", optional=True),
        FieldSpec("qb_list_id", "text", twin_of="id", looks=LIST_ID),
    ),
    needs=[("title", "id"), ("stage", "status", "value", "probability", "close_date", "is_opportunity", "pipeline")],
    labels=["title"],
    identity=["title", "company_ref", "contact_ref", "created_at"],
)

PRODUCTS = describe_object(
    "products",
    "Products",
    (
        *fields(
            id="id",
            sku="text",
            name="text",
            description="long",
            price="money",
            cost="money",
            currency="currency",
            unit="text",
            category="enum",
        ),
        FieldSpec("active", "bool", examples=_YES_NO),
        FieldSpec("qb_item_id", "text", twin_of="id"),
        FieldSpec("qb_price", "money", twin_of="price"),
    ),
    needs=[("name", "sku"), ("sku", "price", "unit", "category")],
    labels=["name", "sku"],
    identity=["sku", "name"],
)

LINE_ITEMS = describe_object(
    "line_items",
    "Line items",
    (
        FieldSpec("id", "id"),
        FieldSpec("deal_ref", "ref", refers="deals"),
        FieldSpec("product_ref", "ref", refers="products"),
        FieldSpec("product_name", "text", refers="products"),
        *fields(quantity="number", unit_price="money", discount="percent", total="money", currency="currency", description="long"),
    ),
    needs=[("deal_ref",), ("product_ref", "product_name"), ("quantity", "unit_price", "total")],
    labels=["id"],
    identity=["deal_ref", "product_ref", "quantity", "unit_price"],
    may_repeat=True,
)

_ACTIVITIES = describe_object(
    "activities",
    "Activities",
    (
        *fields(id="id", type="enum", subject="text", body="long"),
        *_KEPT_BY,
        *fields(start="datetime", time="text", end="datetime", duration="number", disposition="text", outcome="text"),
        FieldSpec("done", "bool", examples=_YES_NO),
        *_ABOUT,
        *TIMES,
    ),
    needs=[("subject", "type", "body"), ("start", "end", "duration", "done")],
    labels=["subject"],
    identity=["type", "subject", "start", "company_ref", "contact_ref", "deal_ref"],
)
ACTIVITIES = replace(_ACTIVITIES, file_spellings=(*_ACTIVITIES.file_spellings, *quirks.KIND_OF_FILE))  # also a file for each kind

NOTES = describe_object(
    "notes",
    "Notes",
    (*fields(id="id", subject="text", body="long"), *_PARENT, *_ABOUT, FieldSpec("author", "owner", refers="users"), *TIMES),
    needs=[("body",), ("parent_id", "company_ref", "contact_ref", "deal_ref", "author", "created_at")],
    labels=["body"],
    identity=["parent_id", "company_ref", "contact_ref", "deal_ref", "created_at", "body"],
)

ATTACHMENTS = describe_object(
    "attachments",
    "Attachments",
    (
        *fields(id="id", file_name="text", path="text", kind="text", mime="text", size="int"),
        *_PARENT,
        *_ABOUT,
        FieldSpec("author", "owner", refers="users"),
        FieldSpec("created_at", "datetime"),
    ),
    needs=[("path", "file_name"), ("path", "size", "mime", "kind")],
    labels=["file_name"],
    identity=["path", "file_name", "parent_id"],
)

RESULTS = SourceSystem(
    name="results",
    label="Results",
    objects=(USERS, CUSTOM_FIELDS, COMPANIES, CUSTOMERS, CONTACTS, PIPELINES, DEALS, PRODUCTS, LINE_ITEMS, ACTIVITIES, NOTES, ATTACHMENTS),
    not_taken=quirks.NOT_TAKEN,
    twin_words=("QB", "QBI", "QuickBooks", "Quick Books"),
    declarations=Declarations("custom_fields", "object", "label", quirks.object_name),
    constants=quirks.constants,
)
