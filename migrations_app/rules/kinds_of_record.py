"""Every kind of record that a load can make: what it is made of, what it hangs on, and by what it is known again in Pipedrive."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

# How a record of ours is recognised in the target (LEDGER.md 1): by the source-id field, or by a reference in its own text.
# A record that is nothing but a link is known by what it joins.
BY_FIELD, IN_HTML, IN_TEXT, IN_NAME, BY_PAIR = "field", "html", "text", "name", "pair"


@dataclass(frozen=True, slots=True)
class Parent:
    """A link to another record: the field of the body that holds its id; without one it stands in the request's path."""

    field: str = ""
    needed: bool = False  # without it the record makes no sense
    entity: str = ""  # what it is, where its role has another name


@dataclass(frozen=True, slots=True)
class Kind:
    """`parents` by the entity that they are, a second one of the same by its role; `marked` is the field that carries the reference
    where there is no source-id field.

    `lone` says that the record may stand by itself; others need at least one of their parents.
    """

    entity: str
    object: str
    many: str
    parents: Mapping[str, Parent] = field(default_factory=dict)
    known_by: str = BY_FIELD
    marked: str = ""
    owner: str = "owner_id"  # the field of its owner or author
    owner_needed: bool = True
    lone: bool = True
    of_rows: bool = False  # each is one row's, though not the row itself: it stays where one of several parents never comes
    basic: bool = False  # part of every run; the others join it when the map has rules for them

    @property
    def one(self) -> str:
        return self.entity.replace("_", " ")

    @property
    def listed_under(self) -> str:
        """The parent without which its list cannot be read, if any."""
        return "organization" if self.known_by == BY_PAIR else self.path_parent

    @property
    def path_parent(self) -> str:
        """The parent that stands in the path of every request about it, if any."""
        return next((role for role, parent in self.parents.items() if not parent.field), "")


# In the order in which they load: nothing comes before what it hangs on.
KINDS: Mapping[str, Kind] = {
    kind.entity: kind
    for kind in (
        Kind("organization", "companies", "organizations", basic=True),
        Kind(
            "organization_relationship",
            "relationships",
            "organization relationships",
            {
                "organization": Parent("rel_owner_org_id", needed=True),
                "linked": Parent("rel_linked_org_id", needed=True, entity="organization"),
            },
            known_by=BY_PAIR,
            owner="",
            owner_needed=False,
        ),
        Kind("person", "contacts", "persons", {"organization": Parent("org_id")}, basic=True),
        Kind("product", "products", "products", owner_needed=False),
        Kind("deal", "deals", "deals", {"organization": Parent("org_id"), "person": Parent("person_id")}, basic=True),
        Kind(
            "deal_product",
            "line_items",
            "deal products",
            {"deal": Parent(needed=True), "product": Parent("product_id", needed=True)},
            known_by=IN_TEXT,
            marked="comments",
            owner="",
            owner_needed=False,
        ),
        Kind(
            "activity",
            "activities",
            "activities",
            {"deal": Parent("deal_id"), "organization": Parent("org_id"), "person": Parent("participants")},
            known_by=IN_HTML,
            marked="note",
        ),
        Kind(
            "call_log",
            "call_logs",
            "call logs",
            {"deal": Parent("deal_id"), "organization": Parent("org_id"), "person": Parent("person_id")},
            known_by=IN_HTML,
            marked="note",
            owner="",
            owner_needed=False,
            of_rows=True,
        ),
        Kind(
            "note",
            "notes",
            "notes",
            {"deal": Parent("deal_id"), "organization": Parent("org_id"), "person": Parent("person_id")},
            known_by=IN_HTML,
            marked="content",
            owner="user_id",
            owner_needed=False,
            lone=False,
        ),
        Kind(
            "file",
            "attachments",
            "files",
            {
                "deal": Parent("deal_id"),
                "organization": Parent("org_id"),
                "person": Parent("person_id"),
                "product": Parent("product_id"),
                "activity": Parent("activity_id"),
            },
            known_by=IN_NAME,
            marked="name",
            owner="",
            owner_needed=False,
            lone=False,
        ),
    )
}
KIND_OF_OBJECT: Mapping[str, Kind] = {kind.object: kind for kind in KINDS.values()}
# Those that have definitions of their own fields, and with them a source id.
WITH_FIELDS = tuple(entity for entity, kind in KINDS.items() if kind.known_by == BY_FIELD)


def many(entity: str) -> str:
    """What people call several of them: `deal products`."""
    known = KINDS.get(entity)
    return known.many if known else f"{entity}s"


def in_order(entities: Collection[str]) -> list[Kind]:
    """The kinds that a run has phases for: the basic ones, and those of `entities`."""
    return [kind for kind in KINDS.values() if kind.basic or kind.entity in entities]
