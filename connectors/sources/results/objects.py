"""The objects of Results, what they hold and what points where (sources/RESULTS.md 2, 3).

Spellings come from `connectors.sources.synonyms`; what only Results prints is among the English ones there.
"""

from collections.abc import Sequence
from dataclasses import replace

from connectors.sources.results import quirks
from connectors.sources.spec import Declarations, FieldSpec, FieldType, ObjectSpec, SourceSystem
from connectors.sources.synonyms import file_words, record_words, spellings
from connectors.sources.wording import fold

_YES_NO = quirks.YES_WORDS | quirks.NO_WORDS
_STATUSES = frozenset(quirks.STATUS_WORDS)
_PARENTS = frozenset(
    fold(word.removeprefix("~")) for name in ("companies", "contacts", "deals", "activities") for word in record_words(name)
)


def _quickbooks(name_role: str) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("qb_list_id", "text", twin_of="id"),
        FieldSpec("qb_name", "text", twin_of=name_role),
        FieldSpec("qb_balance", "money", twin_of="balance"),
        FieldSpec("qb_address", "text", twin_of="address"),
        FieldSpec("qb_last_sync", "datetime", twin_of="modified_at"),
    )


_PLACE = (
    FieldSpec("address", "text"),
    FieldSpec("address2", "text", second_of="address"),
    FieldSpec("city", "text"),
    FieldSpec("state", "text", optional=True),
    FieldSpec("postal_code", "text"),
    FieldSpec("country", "country"),
)
_KEPT_BY = (FieldSpec("owner", "owner", refers="users"), FieldSpec("owner_email", "email", second_of="owner"))
_TIMES = (FieldSpec("created_at", "datetime"), FieldSpec("modified_at", "datetime", optional=True))
_SORTING = (
    FieldSpec("type", "enum", optional=True),
    FieldSpec("source", "enum", optional=True),
    FieldSpec("territory", "enum", optional=True),
    FieldSpec("groups", "multi", optional=True),
    FieldSpec("inactive", "bool", examples=_YES_NO, optional=True),
    FieldSpec("notes", "long", optional=True),
)
_COMPANY = (FieldSpec("company_ref", "ref", refers="companies"), FieldSpec("company_name", "text", refers="companies"))
_CONTACT = (FieldSpec("contact_ref", "ref", refers="contacts"), FieldSpec("contact_name", "text", refers="contacts"))
_ABOUT = (
    FieldSpec("company_ref", "ref", refers="companies"),
    FieldSpec("contact_ref", "ref", refers="contacts"),
    FieldSpec("deal_ref", "ref", refers="deals"),
)
_PARENT = (FieldSpec("parent_type", "enum", examples=_PARENTS), FieldSpec("parent_id", "ref"))


def _object(
    name: str,
    label: str,
    fields: Sequence[FieldSpec],
    *,
    needs: Sequence[Sequence[str]],
    labels: Sequence[str],
    identity: Sequence[str],
    may_repeat: bool = False,
) -> ObjectSpec:
    return ObjectSpec(
        name=name,
        label=label,
        words=record_words(name),
        file_spellings=file_words(name),
        fields=tuple(_spelled(name, spec) for spec in fields),
        identity=tuple(identity),
        label_roles=tuple(labels),
        needs=tuple(tuple(group) for group in needs),
        key_roles=tuple(spec.role for spec in fields if spec.type == "id"),
        may_repeat=may_repeat,
    )


def _spelled(object_name: str, spec: FieldSpec) -> FieldSpec:
    return replace(spec, spellings=spellings(object_name, spec.role))


def _fields(**types: FieldType) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(role, type_) for role, type_ in types.items())


USERS = _object(
    "users",
    "Users",
    (
        *_fields(id="id", name="text", first_name="text", last_name="text", email="email", role="text", initials="text"),
        FieldSpec("active", "bool", examples=_YES_NO),
    ),
    needs=[("name", "email", "initials", "last_name")],
    labels=["name", "email", "initials"],
    identity=["email", "name"],
)

CUSTOM_FIELDS = _object(
    "custom_fields",
    "Custom fields",
    (
        *_fields(object="text", label="text", type="text", options="text", formula="text"),
        FieldSpec("required", "bool", examples=_YES_NO),
    ),
    needs=[("label",), ("type", "options")],
    labels=["label"],
    identity=["object", "label"],
)

COMPANIES = _object(
    "companies",
    "Companies",
    (
        *_fields(id="id", name="text", website="url", industry="enum", phone="phone", email="email"),
        *_fields(employees="int", balance="money"),
        FieldSpec("fax", "phone", optional=True),
        *_PLACE,
        *_KEPT_BY,
        *_TIMES,
        *_SORTING,
        FieldSpec("parent_ref", "ref", refers="companies"),
        *_quickbooks("name"),
    ),
    needs=[("name",)],
    labels=["name"],
    identity=["name", "website", "postal_code", "address"],
)

CONTACTS = _object(
    "contacts",
    "Contacts",
    (
        *_fields(id="id", first_name="text", last_name="text", full_name="text", salutation="text"),
        FieldSpec("email", "email"),
        FieldSpec("email2", "email", second_of="email"),
        *_fields(phone="phone", phone_ext="text", mobile="phone"),
        FieldSpec("home_phone", "phone", second_of="phone"),
        FieldSpec("fax", "phone", optional=True),
        FieldSpec("title", "text"),
        *_COMPANY,
        FieldSpec("website", "url", optional=True),
        *_PLACE,
        *_KEPT_BY,
        FieldSpec("birthday", "date"),
        *_TIMES,
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

PIPELINES = _object(
    "pipelines",
    "Pipelines and stages",
    _fields(pipeline="text", stage="text", order="int", probability="percent"),
    needs=[("stage",), ("pipeline", "order", "probability")],
    labels=["stage"],
    identity=["pipeline", "stage"],
)

DEALS = _object(
    "deals",
    "Opportunities",
    (
        *_fields(id="id", title="text"),
        *_COMPANY,
        *_CONTACT,
        FieldSpec("contact_email", "email"),
        FieldSpec("pipeline", "text", refers="pipelines"),
        FieldSpec("stage", "text", refers="pipelines"),
        FieldSpec("status", "enum", examples=_STATUSES),
        *_fields(value="money", currency="currency"),
        *_KEPT_BY,
        *_fields(probability="percent", close_date="date", won_date="date", lost_date="date", lost_reason="text"),
        FieldSpec("is_opportunity", "bool", examples=_YES_NO | frozenset({"opportunity", "project"})),
        *_TIMES,
        FieldSpec("type", "enum", optional=True),
        FieldSpec("source", "enum", optional=True),
        FieldSpec("description", "long", optional=True),
        FieldSpec("qb_list_id", "text", twin_of="id"),
    ),
    needs=[("title", "id"), ("stage", "status", "value", "probability", "close_date", "is_opportunity", "pipeline")],
    labels=["title"],
    identity=["title", "company_ref", "contact_ref", "created_at"],
)

PRODUCTS = _object(
    "products",
    "Products",
    (
        *_fields(
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

LINE_ITEMS = _object(
    "line_items",
    "Line items",
    (
        FieldSpec("id", "id"),
        FieldSpec("deal_ref", "ref", refers="deals"),
        FieldSpec("product_ref", "ref", refers="products"),
        FieldSpec("product_name", "text", refers="products"),
        *_fields(quantity="number", unit_price="money", discount="percent", total="money", currency="currency", description="long"),
    ),
    needs=[("deal_ref",), ("product_ref", "product_name"), ("quantity", "unit_price", "total")],
    labels=["id"],
    identity=["deal_ref", "product_ref", "quantity", "unit_price"],
    may_repeat=True,
)

ACTIVITIES = _object(
    "activities",
    "Activities",
    (
        *_fields(id="id", type="enum", subject="text", body="long"),
        *_KEPT_BY,
        *_fields(start="datetime", time="text", end="datetime", duration="number", disposition="text", outcome="text"),
        FieldSpec("done", "bool", examples=_YES_NO),
        *_ABOUT,
        *_TIMES,
    ),
    needs=[("subject", "type", "body"), ("start", "end", "duration", "done")],
    labels=["subject"],
    identity=["type", "subject", "start", "company_ref", "contact_ref", "deal_ref"],
)

NOTES = _object(
    "notes",
    "Notes",
    (*_fields(id="id", subject="text", body="long"), *_PARENT, *_ABOUT, FieldSpec("author", "owner", refers="users"), *_TIMES),
    needs=[("body",), ("parent_id", "company_ref", "contact_ref", "deal_ref", "author", "created_at")],
    labels=["body"],
    identity=["parent_id", "company_ref", "contact_ref", "deal_ref", "created_at", "body"],
)

ATTACHMENTS = _object(
    "attachments",
    "Attachments",
    (
        *_fields(id="id", file_name="text", path="text", kind="text", mime="text", size="int"),
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
    objects=(USERS, CUSTOM_FIELDS, COMPANIES, CONTACTS, PIPELINES, DEALS, PRODUCTS, LINE_ITEMS, ACTIVITIES, NOTES, ATTACHMENTS),
    not_taken=quirks.NOT_TAKEN,
    twin_words=("QB", "QBI", "QuickBooks", "Quick Books"),
    declarations=Declarations("custom_fields", "object", "label", quirks.object_name),
)
