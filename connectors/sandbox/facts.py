"""What Pipedrive's two API documents say, as bare facts: operations, costs, query names, body fields.

The table feeds routing, costs and validation; tests/connectors/sandbox/test_facts.py holds it against the documents.

An operation is `method version path cost [status] [body]`. A body field is a type followed by flags:
`required` (on create), `create` (refused on update), `clear` (null on update empties it), `null` (null is always allowed),
`refused` (documented, yet not accepted).
"""

from dataclasses import dataclass
from functools import cached_property

FIELD_KINDS = ("dealFields", "personFields", "organizationFields", "productFields")

_OPERATIONS = """
GET    v1 /users/me                                        2
GET    v1 /users                                           20
GET    v1 /users/{id}                                      2
POST   v1 /users                                           10 200 user
PUT    v1 /users/{id}                                      10 200 user_change
GET    v1 /currencies                                      20
GET    v1 /activityTypes                                   20
POST   v1 /activityTypes                                   10 200 activity_type
PUT    v1 /activityTypes/{id}                              10 200 activity_type_change
DELETE v1 /activityTypes/{id}                              6
GET    v1 /notes                                           20
POST   v1 /notes                                           10 200 note
GET    v1 /notes/{id}                                      2
PUT    v1 /notes/{id}                                      10 200 note
DELETE v1 /notes/{id}                                      6
GET    v1 /files                                           20
POST   v1 /files                                           10 200 file
GET    v1 /files/{id}                                      2
PUT    v1 /files/{id}                                      10 200 file_change
DELETE v1 /files/{id}                                      6
GET    v1 /files/{id}/download                             20
GET    v1 /deals/{id}/files                                20
GET    v1 /persons/{id}/files                              20
GET    v1 /organizations/{id}/files                        20
GET    v1 /organizationRelationships                       20
POST   v1 /organizationRelationships                       10 200 relationship
GET    v1 /organizationRelationships/{id}                  2
DELETE v1 /organizationRelationships/{id}                  6
GET    v1 /callLogs                                        20
POST   v1 /callLogs                                        10 200 call_log
GET    v1 /callLogs/{id}                                   2
DELETE v1 /callLogs/{id}                                   6
GET    v1 /deals/{id}/participants                         10
POST   v1 /deals/{id}/participants                         10 200 participant
DELETE v1 /deals/{id}/participants/{deal_participant_id}   6
PUT    v1 /deals/{id}/merge                                40 200 merge
PUT    v1 /persons/{id}/merge                              40 200 merge
PUT    v1 /organizations/{id}/merge                        40 200 merge
GET    v1 /filters                                         20
POST   v1 /filters                                         10 200 filter
GET    v1 /filters/{id}                                    2
DELETE v1 /filters/{id}                                    6
GET    v1 /leads                                           20
GET    v1 /leads/archived                                  40
POST   v1 /leads                                           10 201 lead
GET    v1 /leads/{id}                                      2
PATCH  v1 /leads/{id}                                      10 200 lead_change
DELETE v1 /leads/{id}                                      6
GET    v1 /dealFields                                      20
GET    v1 /personFields                                    20
GET    v1 /organizationFields                              20
GET    v1 /productFields                                   20
GET    v2 /organizations                                   10
POST   v2 /organizations                                   5  200 organization
GET    v2 /organizations/{id}                              1
PATCH  v2 /organizations/{id}                              5  200 organization
DELETE v2 /organizations/{id}                              3
GET    v2 /persons                                         10
POST   v2 /persons                                         5  200 person
GET    v2 /persons/{id}                                    1
PATCH  v2 /persons/{id}                                    5  200 person
DELETE v2 /persons/{id}                                    3
GET    v2 /deals                                           10
GET    v2 /deals/archived                                  20
POST   v2 /deals                                           5  200 deal
GET    v2 /deals/{id}                                      1
PATCH  v2 /deals/{id}                                      5  200 deal
DELETE v2 /deals/{id}                                      3
GET    v2 /deals/products                                  10
GET    v2 /deals/{id}/products                             10
POST   v2 /deals/{id}/products                             5  201 deal_product
POST   v2 /deals/{id}/products/bulk                        25 201 deal_products
DELETE v2 /deals/{id}/products                             15
PATCH  v2 /deals/{id}/products/{product_attachment_id}     5  200 deal_product
DELETE v2 /deals/{id}/products/{product_attachment_id}     3
GET    v2 /activities                                      10
POST   v2 /activities                                      5  200 activity
GET    v2 /activities/{id}                                 1
PATCH  v2 /activities/{id}                                 5  200 activity
DELETE v2 /activities/{id}                                 3
GET    v2 /activityFields                                  10
GET    v2 /activityFields/{field_code}                     1
GET    v2 /products                                        10
POST   v2 /products                                        5  201 product
GET    v2 /products/{id}                                   1
PATCH  v2 /products/{id}                                   5  200 product
DELETE v2 /products/{id}                                   3
GET    v2 /pipelines                                       5
POST   v2 /pipelines                                       5  200 pipeline
GET    v2 /pipelines/{id}                                  1
PATCH  v2 /pipelines/{id}                                  5  200 pipeline
DELETE v2 /pipelines/{id}                                  3
GET    v2 /stages                                          5
POST   v2 /stages                                          5  200 stage
GET    v2 /stages/{id}                                     1
PATCH  v2 /stages/{id}                                     5  200 stage
DELETE v2 /stages/{id}                                     3
"""

_FIELD_OPERATIONS = """
GET    v2 /KIND                                            10
POST   v2 /KIND                                            5  200 KIND
GET    v2 /KIND/{field_code}                               1
PATCH  v2 /KIND/{field_code}                               5  200 KIND_change
DELETE v2 /KIND/{field_code}                               3
POST   v2 /KIND/{field_code}/options                       5
PATCH  v2 /KIND/{field_code}/options                       5
DELETE v2 /KIND/{field_code}/options                       3
"""

_WALK = "sort_by sort_direction limit cursor"
_V1_WALK = "start limit"
_TIMES = "updated_since updated_until"
_LABELS = "include_option_labels include_labels"
_RECORDS = f"filter_id ids owner_id {_TIMES} include_fields custom_fields {_WALK} {_LABELS}"
_DEALS = f"filter_id ids owner_id person_id org_id pipeline_id stage_id status {_TIMES} include_fields custom_fields {_WALK}"
_ONE = f"include_fields custom_fields {_LABELS}"
_NOTE_PARENTS = "lead_id deal_id person_id org_id project_id task_id"
_PINS = " ".join(f"pinned_to_{parent}_flag" for parent in ("lead", "deal", "organization", "person", "project", "task"))

QUERIES = {
    "GET v1 /currencies": "term",
    "GET v1 /notes": f"user_id {_NOTE_PARENTS} {_V1_WALK} sort start_date end_date updated_since {_PINS}",
    "GET v1 /files": f"{_V1_WALK} sort",
    "GET v1 /deals/{id}/files": f"{_V1_WALK} sort",
    "GET v1 /persons/{id}/files": f"{_V1_WALK} sort",
    "GET v1 /organizations/{id}/files": f"{_V1_WALK} sort",
    "GET v1 /organizationRelationships": "org_id",
    "GET v1 /organizationRelationships/{id}": "org_id",
    "GET v1 /callLogs": _V1_WALK,
    "GET v1 /deals/{id}/participants": _V1_WALK,
    "GET v1 /filters": "type",
    "GET v1 /filters/{id}": "include_field_code",
    "POST v1 /filters": "include_field_code",
    "GET v1 /leads": f"{_V1_WALK} owner_id person_id organization_id filter_id updated_since sort",
    "GET v1 /leads/archived": f"{_V1_WALK} owner_id person_id organization_id filter_id sort",
    "GET v2 /organizations": _RECORDS,
    "GET v2 /organizations/{id}": _ONE,
    "GET v2 /persons": f"{_RECORDS} org_id deal_id",
    "GET v2 /persons/{id}": _ONE,
    "GET v2 /deals": f"{_DEALS} {_LABELS}",
    "GET v2 /deals/archived": _DEALS,
    "GET v2 /deals/{id}": _ONE,
    "GET v2 /deals/products": f"deal_ids {_WALK}",
    "GET v2 /deals/{id}/products": _WALK,
    "DELETE v2 /deals/{id}/products": "ids",
    "GET v2 /activities": f"filter_id ids owner_id deal_id lead_id person_id org_id done {_TIMES} include_fields {_WALK}",
    "GET v2 /activities/{id}": "include_fields",
    "GET v2 /activityFields": "include_fields limit cursor",
    "GET v2 /activityFields/{field_code}": "include_fields",
    "GET v2 /products": f"owner_id ids filter_id updated_since custom_fields {_WALK}",
    "GET v2 /pipelines": _WALK,
    "GET v2 /stages": f"pipeline_id {_WALK}",
    **{f"GET v1 /{kind}": _V1_WALK for kind in FIELD_KINDS},
    **{f"GET v2 /{kind}": "include_fields limit cursor" for kind in FIELD_KINDS},
    **{f"GET v2 /{kind}/{{field_code}}": "include_fields" for kind in FIELD_KINDS},
}

SORTS = {
    "organizations": ("id", "update_time", "add_time"),
    "persons": ("id", "update_time", "add_time"),
    "deals": ("id", "update_time", "add_time"),
    "activities": ("id", "update_time", "add_time", "due_date"),
    "products": ("id", "name", "add_time", "update_time"),
    "pipelines": ("id", "update_time", "add_time"),
    "stages": ("id", "update_time", "add_time", "order_nr"),
    "deals/products": ("id", "deal_id", "add_time", "update_time", "order_nr"),
}


@dataclass(frozen=True)
class Operation:
    method: str
    version: str
    path: str
    cost: int
    status: int = 200
    body: str = ""

    @cached_property
    def key(self) -> str:
        return f"{self.method} {self.version} {self.path}"

    @cached_property
    def queries(self) -> frozenset[str]:
        return frozenset(QUERIES.get(self.key, "").split())


def _parse(line: str) -> Operation:
    method, version, path, cost, *rest = line.split()
    return Operation(method, version, path, int(cost), int(rest[0]) if rest else 200, rest[1] if len(rest) > 1 else "")


def _lines() -> list[str]:
    text = _OPERATIONS + "".join(_FIELD_OPERATIONS.replace("KIND", kind) for kind in FIELD_KINDS)
    return [line for line in text.splitlines() if line]


OPERATIONS = tuple(_parse(line) for line in _lines())
