"""Tokens that each operation takes from the company's day (API.md 4.2). Facts only, held against the official documents by a test."""

from collections.abc import Mapping
from functools import cache

Prices = Mapping[str, int]  # method -> tokens

_LIST: Prices = {"GET": 10, "POST": 5}
_ONE: Prices = {"GET": 1, "PATCH": 5, "DELETE": 3}
_LIST_V1: Prices = {"GET": 20, "POST": 10}
_ONE_V1: Prices = {"GET": 2, "PUT": 10, "DELETE": 6}

_RECORDS = ("organizations", "persons", "deals", "activities", "products")
_FIELDS = ("organizationFields", "personFields", "dealFields", "productFields")

COSTS: dict[str, Prices] = {
    **{f"/api/v2/{name}": _LIST for name in _RECORDS},
    **{f"/api/v2/{name}/{{id}}": _ONE for name in _RECORDS},
    **{f"/api/v2/{name}": {"GET": 5, "POST": 5} for name in ("pipelines", "stages")},
    **{f"/api/v2/{name}/{{id}}": _ONE for name in ("pipelines", "stages")},
    **{f"/api/v2/{name}": _LIST for name in _FIELDS},
    **{f"/api/v2/{name}/{{field_code}}": _ONE for name in _FIELDS},
    **{f"/api/v2/{name}/{{field_code}}/options": {"POST": 5, "PATCH": 5, "DELETE": 3} for name in _FIELDS},
    "/api/v2/activityFields": {"GET": 10},
    "/api/v2/deals/archived": {"GET": 20},
    "/api/v2/deals/products": {"GET": 10},
    "/api/v2/deals/{id}/products": {"GET": 10, "POST": 5, "DELETE": 15},
    "/api/v2/deals/{id}/products/bulk": {"POST": 25},
    "/api/v2/deals/{id}/products/{product_attachment_id}": {"PATCH": 5, "DELETE": 3},
    "/api/v1/activityTypes": _LIST_V1,
    "/api/v1/activityTypes/{id}": {"PUT": 10, "DELETE": 6},
    "/api/v1/callLogs": _LIST_V1,
    "/api/v1/callLogs/{id}": {"GET": 2, "DELETE": 6},
    "/api/v1/currencies": {"GET": 20},
    "/api/v1/dealFields": {"GET": 20},
    "/api/v1/deals/{id}/participants": {"GET": 10, "POST": 10},
    "/api/v1/deals/{id}/participants/{deal_participant_id}": {"DELETE": 6},
    "/api/v1/files": _LIST_V1,
    "/api/v1/files/{id}": _ONE_V1,
    "/api/v1/filters": _LIST_V1,
    "/api/v1/files/{id}/download": {"GET": 20},
    "/api/v1/notes": _LIST_V1,
    "/api/v1/notes/{id}": _ONE_V1,
    "/api/v1/organizationRelationships": _LIST_V1,
    "/api/v1/organizationRelationships/{id}": _ONE_V1,
    "/api/v1/users": {"GET": 20},
    "/api/v1/users/me": {"GET": 2},
}


def cost_of(method: str, path: str) -> int:
    """Tokens of one request. `path` is a real one (/api/v2/deals/17); LookupError where the table has no price for it."""
    segments = path.strip("/").split("/")
    for template, prices in _by_length().get(len(segments), ()):
        if method in prices and all(name is None or name == given for name, given in zip(template, segments, strict=True)):
            return prices[method]
    raise LookupError(f"No price is known for {method} {path}")


@cache
def _by_length() -> dict[int, list[tuple[tuple[str | None, ...], Prices]]]:
    """Templates by number of segments, a variable one as None; those with fewer variables first, so that /deals/products is no deal."""
    found: dict[int, list[tuple[tuple[str | None, ...], Prices]]] = {}
    for path, prices in COSTS.items():
        template = tuple(None if segment.startswith("{") else segment for segment in path.strip("/").split("/"))
        found.setdefault(len(template), []).append((template, prices))
    for templates in found.values():
        templates.sort(key=lambda entry: entry[0].count(None))
    return found
