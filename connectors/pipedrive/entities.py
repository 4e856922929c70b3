"""Where each kind of record lives in Pipedrive's API, and how its list is read (API.md 3.2, 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

V1_ORDER = {"sort": "id ASC"}
V2_ORDER = {"sort_by": "id", "sort_direction": "asc"}


@dataclass(frozen=True, slots=True)
class Entity:
    """`path` may name a {parent}; `listed` is the list's path where it differs. `changed_by` is the verb of an update."""

    path: str
    listed: str = ""
    page: int = 500
    order: Mapping[str, str] = field(default_factory=lambda: V2_ORDER)
    changed_by: str = "PATCH"
    fields: str = ""  # its field definitions
    custom_fields: bool = False  # its list takes custom_fields=
    changes: bool = True  # its list takes updated_since=
    numbered: bool = True  # its ids are numbers that grow, and its list can be read in their order

    @property
    def backwards(self) -> Mapping[str, str]:
        """The order from the newest record down."""
        return {"sort_by": "id", "sort_direction": "desc"} if self.by_cursor else {"sort": "id DESC"}

    @property
    def by_cursor(self) -> bool:
        return self.path.startswith("/api/v2/")


def _v1(path: str, *, page: int = 500, order: Mapping[str, str] = V1_ORDER, changes: bool = False, numbered: bool = True) -> Entity:
    return Entity(path, page=page, order=order, changed_by="PUT", changes=changes, numbered=numbered)


ENTITIES: dict[str, Entity] = {
    "organization": Entity("/api/v2/organizations", fields="/api/v2/organizationFields", custom_fields=True),
    "person": Entity("/api/v2/persons", fields="/api/v2/personFields", custom_fields=True),
    "deal": Entity("/api/v2/deals", fields="/api/v2/dealFields", custom_fields=True),
    "activity": Entity("/api/v2/activities", fields="/api/v2/activityFields"),
    "product": Entity("/api/v2/products", fields="/api/v2/productFields", custom_fields=True),
    "deal_product": Entity("/api/v2/deals/{parent}/products", listed="/api/v2/deals/products", changes=False),
    "note": _v1("/api/v1/notes", changes=True),
    "file": _v1("/api/v1/files", page=100),
    "call_log": _v1("/api/v1/callLogs", page=50, order={}, numbered=False),  # the caller's own alone
    "deal_participant": _v1("/api/v1/deals/{parent}/participants", order={}),
    "organization_relationship": _v1("/api/v1/organizationRelationships", order={}),
}


def entity(name: str) -> Entity:
    try:
        return ENTITIES[name]
    except KeyError:
        raise LookupError(f"Pipedrive's {name!r} is not known here; known are {', '.join(ENTITIES)}.") from None
