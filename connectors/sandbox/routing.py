"""Which function answers which operation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from . import activity_types, call_logs, deal_products, entities, fields, files, leads, merging, notes, relations, saved_filters, users
from .activities import ACTIVITIES
from .call import Call
from .catalogue import PIPELINES, PRODUCTS, STAGES
from .contacts import ORGANIZATIONS, PERSONS
from .deals import DEALS, archived_deals
from .facts import FIELD_KINDS, OPERATIONS, Operation

Handler = Callable[[Call], Any]

HANDLERS: dict[str, Handler] = {
    "GET v1 /users/me": users.me,
    "GET v1 /users": users.list_users,
    "GET v1 /users/{id}": users.read_user,
    "POST v1 /users": users.add_user,
    "PUT v1 /users/{id}": users.change_user,
    "GET v1 /currencies": users.list_currencies,
    "GET v1 /activityTypes": activity_types.list_types,
    "POST v1 /activityTypes": activity_types.add_type,
    "PUT v1 /activityTypes/{id}": activity_types.change_type,
    "DELETE v1 /activityTypes/{id}": activity_types.delete_type,
    "GET v1 /notes": notes.listed,
    "POST v1 /notes": notes.add,
    "GET v1 /notes/{id}": notes.read,
    "PUT v1 /notes/{id}": notes.change,
    "DELETE v1 /notes/{id}": notes.delete,
    "GET v1 /files": files.listed,
    "POST v1 /files": files.upload,
    "GET v1 /files/{id}": files.read,
    "PUT v1 /files/{id}": files.change,
    "DELETE v1 /files/{id}": files.delete,
    "GET v1 /files/{id}/download": files.download,
    "GET v1 /organizationRelationships": relations.list_relationships,
    "POST v1 /organizationRelationships": relations.add_relationship,
    "GET v1 /organizationRelationships/{id}": relations.read_relationship,
    "DELETE v1 /organizationRelationships/{id}": relations.delete_relationship,
    "GET v1 /callLogs": call_logs.listed,
    "POST v1 /callLogs": call_logs.add,
    "GET v1 /callLogs/{id}": call_logs.read,
    "DELETE v1 /callLogs/{id}": call_logs.delete,
    "GET v1 /deals/{id}/participants": relations.list_participants,
    "POST v1 /deals/{id}/participants": relations.add_participant,
    "DELETE v1 /deals/{id}/participants/{deal_participant_id}": relations.remove_participant,
    "GET v1 /filters": saved_filters.listed,
    "POST v1 /filters": saved_filters.add,
    "GET v1 /filters/{id}": saved_filters.read,
    "DELETE v1 /filters/{id}": saved_filters.delete,
    "GET v1 /leads": leads.listed,
    "GET v1 /leads/archived": leads.listed,
    "POST v1 /leads": leads.add,
    "GET v1 /leads/{id}": leads.read,
    "PATCH v1 /leads/{id}": leads.change,
    "DELETE v1 /leads/{id}": leads.delete,
    "GET v2 /deals/archived": archived_deals,
    "GET v2 /deals/products": deal_products.of_deals,
    "GET v2 /deals/{id}/products": deal_products.of_deal,
    "POST v2 /deals/{id}/products": deal_products.add,
    "POST v2 /deals/{id}/products/bulk": deal_products.add_many,
    "DELETE v2 /deals/{id}/products": deal_products.remove_many,
    "PATCH v2 /deals/{id}/products/{product_attachment_id}": deal_products.change,
    "DELETE v2 /deals/{id}/products/{product_attachment_id}": deal_products.remove,
    "GET v2 /activityFields": fields.listed,
    "GET v2 /activityFields/{field_code}": fields.read,
}

for _entity in (ORGANIZATIONS, PERSONS, DEALS, ACTIVITIES, PRODUCTS, PIPELINES, STAGES):
    HANDLERS |= {
        f"GET v2 /{_entity.path}": partial(entities.listed, _entity),
        f"POST v2 /{_entity.path}": partial(entities.create, _entity),
        f"GET v2 /{_entity.path}/{{id}}": partial(entities.read, _entity),
        f"PATCH v2 /{_entity.path}/{{id}}": partial(entities.change, _entity),
        f"DELETE v2 /{_entity.path}/{{id}}": partial(entities.delete, _entity),
    }
for _kind in FIELD_KINDS:
    HANDLERS |= {
        f"GET v1 /{_kind}": fields.listed_v1,
        f"GET v2 /{_kind}": fields.listed,
        f"POST v2 /{_kind}": fields.add,
        f"GET v2 /{_kind}/{{field_code}}": fields.read,
        f"PATCH v2 /{_kind}/{{field_code}}": fields.change,
        f"DELETE v2 /{_kind}/{{field_code}}": fields.delete,
        f"POST v2 /{_kind}/{{field_code}}/options": fields.add_options,
        f"PATCH v2 /{_kind}/{{field_code}}/options": fields.change_options,
        f"DELETE v2 /{_kind}/{{field_code}}/options": fields.delete_options,
    }
for _path in ("deals", "persons", "organizations"):
    HANDLERS |= {f"PUT v1 /{_path}/{{id}}/merge": merging.merge, f"GET v1 /{_path}/{{id}}/files": files.of_parent}

_PREFIXES = (("/api/v2/", "v2"), ("/api/v1/", "v1"), ("/v1/", "v1"))


def version_and_rest(path: str) -> tuple[str, str] | None:
    """v1 answers with and without /api, v2 only with it."""
    for prefix, version in _PREFIXES:
        if path.startswith(prefix):
            return version, path[len(prefix) :]
    return None


class Router:
    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}
        for operation in OPERATIONS:
            node = self._tree.setdefault(operation.version, {})
            names = []
            for segment in operation.path.strip("/").split("/"):
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    segment = "{}"
                node = node.setdefault(segment, {})
            node.setdefault("methods", {})[operation.method] = (operation, HANDLERS[operation.key], tuple(names))

    def find(self, version: str, rest: str, method: str) -> tuple[Operation, Handler, dict[str, str]] | None:
        """None where the path is unknown; LookupError where it is known, but not for this method."""
        node, values = self._tree[version], []
        for segment in rest.strip("/").split("/"):
            if segment in node:
                node = node[segment]
            elif "{}" in node:
                node = node["{}"]
                values.append(segment)
            else:
                return None
        if "methods" not in node:
            return None
        operation, handler, names = node["methods"][method]
        return operation, handler, dict(zip(names, values, strict=True))
