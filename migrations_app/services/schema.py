"""The target account as it was last read: its fields, options, pipelines, stages, users and currencies, and how names resolve there."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import PipedriveAccount, SchemaChange
from migrations_app.rules import resolve
from migrations_app.rules.kinds_of_record import WITH_FIELDS as ENTITIES
from migrations_app.rules.spec import ACTIVITY, DEAL, DEAL_PRODUCT, ORGANIZATION, PERSON, custom_field
from migrations_app.rules.targets import STAND_INS
from migrations_app.services import clock
from migrations_app.states import SchemaState


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of the loader's own on `entities`, needed where the map has rules for these, and where there are `beside`, if named."""

    name: str
    entities: tuple[str, ...]
    beside: str = ""


# By the name under which code asks for them.
SOURCE_ID, ORIGINAL_OWNER, MATCHED_DOMAIN, SOURCE_VALUE = "source_id", "original_owner", "matched_domain", "source_value"
ALSO_AT, OUTCOME = "also_at", "outcome"
TORN_PERSONS = "persons of several companies"
OWN_FIELDS: Mapping[str, OwnField] = {
    SOURCE_ID: OwnField(custom_field("Source ID (Crossdock)", "varchar"), ENTITIES),
    ORIGINAL_OWNER: OwnField(custom_field("Original owner", "varchar"), (ORGANIZATION, PERSON, DEAL)),
    MATCHED_DOMAIN: OwnField(custom_field("Matched domain", "varchar"), (ORGANIZATION,)),
    SOURCE_VALUE: OwnField(custom_field("Value in source", "monetary"), (DEAL,), beside=DEAL_PRODUCT),
    ALSO_AT: OwnField(custom_field("Also at", "varchar"), (PERSON,), beside=TORN_PERSONS),
}


@dataclass(frozen=True, slots=True)
class Target(resolve.AccountSchema):
    """AccountSchema with the codes of the loader's own fields, by (entity, SOURCE_ID) and so on."""

    own: Mapping[tuple[str, str], str] = field(default_factory=dict)


def fold(name: str) -> str:
    """How names and labels of the account compare: case and blanks around do not count."""
    return " ".join(name.replace("\0", "").split()).casefold()


# --- reading -----------------------------------------------------------------------------------------------------------


def read_schema(account: PipedriveAccount, client: Pipedrive) -> dict[str, Any]:
    """Read everything once (110 tokens in an account of usual size) and keep it on the account.

    The outcomes of activities are read (10 more) only where the project wants them.
    """
    schema: dict[str, Any] = {
        "fields": {entity: _read_fields(client, entity) for entity in ENTITIES},
        **_read_stages(client),
        "users": _read_users(client),
        "currencies": [currency.code for currency in client.currencies() if currency.active],
        "activity_types": [{"id": each.id, "name": each.name, "key": each.key} for each in client.activity_types() if each.active],
    }
    if account.project.setting("outcomes") == OUTCOME:
        schema["outcomes"] = next((each["options"] for each in _read_fields(client, ACTIVITY) if each["code"] == OUTCOME), [])
    _keep(account, schema)
    return schema


def read_stages(account: PipedriveAccount, client: Pipedrive) -> dict[str, Any]:
    """Read pipelines and stages alone (10 tokens): a new pipeline may come with stages of its own."""
    schema = {**account.schema, **_read_stages(client)}
    _keep(account, schema)
    return schema


def read_part(client: Pipedrive, entity: str, *, users: bool) -> dict[str, Any]:
    """What records of one entity rest on, as it is now: 10 tokens, with stages 20, with users 20 more. Nothing is kept."""
    part: dict[str, Any] = {"fields": {entity: _read_fields(client, entity)} if entity in ENTITIES else {}}
    if entity == DEAL:
        part |= _read_stages(client)
    return part | {"users": _read_users(client)} if users else part


def keep_part(account: PipedriveAccount, part: Mapping[str, Any]) -> None:
    """What was read of it takes the place of what was known."""
    schema = account.schema | {**part, "fields": account.schema["fields"] | part["fields"]}
    if schema != account.schema:
        _keep(account, schema)


def _read_fields(client: Pipedrive, entity: str) -> list[dict[str, Any]]:
    return [_field(each) for each in client.fields(entity)]


def _read_users(client: Pipedrive) -> list[dict[str, Any]]:
    return [
        {"id": user.id, "name": user.name, "email": user.email, "active": user.active, "admin": user.is_admin} for user in client.users()
    ]


def _read_stages(client: Pipedrive) -> dict[str, Any]:
    pipelines = [{"id": each.id, "name": each.name, "probability": each.probability} for each in client.pipelines()]
    stages = [
        {"id": each.id, "name": each.name, "pipeline_id": each.pipeline_id, "order": each.order, "probability": each.probability}
        for each in client.stages()
    ]
    return {"pipelines": pipelines, "stages": stages}


def _field(each: Any) -> dict[str, Any]:
    options = [[option.id, option.label] for option in each.options]
    return {"code": each.code, "name": each.name, "type": each.type, "custom": each.is_custom, "options": options}


def _keep(account: PipedriveAccount, schema: dict[str, Any]) -> None:
    account.schema, account.schema_read_at = schema, clock.db_now()
    account.save(update_fields=["schema", "schema_read_at"])


# --- using -------------------------------------------------------------------------------------------------------------


def fields_of(schema: Mapping[str, Any], entity: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = schema.get("fields", {}).get(entity, [])
    return found


def field_names(schema: Mapping[str, Any], entity: str) -> dict[str, str]:
    """{code in this account: name as the map calls it}: `title`, `custom:LABEL (type)`."""
    fields = fields_of(schema, entity)
    return {each["code"]: custom_field(each["name"], each["type"]) if each["custom"] else each["code"] for each in fields}


def builtins(schema: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Those optional built-in fields that the account has."""
    codes = {(entity, each["code"]) for entity in ENTITIES for each in fields_of(schema, entity) if not each["custom"]}
    return frozenset(codes & set(STAND_INS))


def account_schema(account: PipedriveAccount) -> Target:
    """How the names of the map and of the source resolve in this account, as prepared. One query."""
    codes = _exact_codes(account.schema)
    stages: dict[tuple[str, str], int] = {}
    for change in SchemaChange.objects.filter(account=account, state=SchemaState.DONE, kind__in=("field", "stage")):
        if change.kind == "field":
            codes[change.parent, change.detail["field"]] = change.pipedrive_id
        else:
            stages[change.parent.strip().casefold(), change.name.strip().casefold()] = int(change.pipedrive_id)
    own = {
        (entity, plain): code for plain, each in OWN_FIELDS.items() for entity in each.entities if (code := codes.get((entity, each.name)))
    }
    return Target(
        fields=codes | own,
        options=_options(account.schema, codes),
        builtins=builtins(account.schema),
        stages=stages,
        activity_types=_type_keys(account.schema),
        visible_to=resolve.visible_to(account.plan, account.project.setting("visibility")),
        own=own,
    )


def _type_keys(schema: Mapping[str, Any]) -> dict[str, str]:
    """Keys of activity types by name; those that Pipedrive brings may be renamed or translated, and are told by their key."""
    types = schema.get("activity_types", [])
    return {each["key"]: each["key"] for each in types} | {fold(each["name"]): each["key"] for each in types}


def _exact_codes(schema: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Custom fields by their own name and type; of two that are equal, neither."""
    codes: dict[tuple[str, str], list[str]] = {}
    for entity in ENTITIES:
        for each in fields_of(schema, entity):
            if each["custom"]:
                codes.setdefault((entity, custom_field(each["name"], each["type"])), []).append(each["code"])
    return {name: found[0] for name, found in codes.items() if len(found) == 1}


def _options(schema: Mapping[str, Any], codes: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], dict[str, int]]:
    by_code = {(entity, each["code"]): each["options"] for entity in ENTITIES for each in fields_of(schema, entity)}
    labels: dict[tuple[str, str], dict[str, int]] = {
        (entity, each["code"]): {label.strip().casefold(): id for id, label in each["options"]}
        for entity in ENTITIES
        for each in fields_of(schema, entity)
        if not each["custom"]
    }
    for (entity, name), code in codes.items():
        for id, label in reversed(by_code.get((entity, code), [])):
            labels.setdefault((entity, name), {})[label.strip().casefold()] = id
    return labels | {(ACTIVITY, OUTCOME): {label.strip().casefold(): id for id, label in schema.get("outcomes", [])}}


def digest(schema: Mapping[str, Any]) -> str:
    """Changes when something does that records rest on: a field, its type or options, a pipeline, a stage, a user, a currency."""
    parts = {
        "fields": {
            entity: sorted([each["code"], each["type"], sorted(map(str, each["options"]))] for each in fields_of(schema, entity))
            for entity in ENTITIES
        },
        "pipelines": sorted([each["id"], each["name"]] for each in schema.get("pipelines", [])),
        "stages": sorted([each["id"], each["name"], each["pipeline_id"]] for each in schema.get("stages", [])),
        "users": sorted(each["id"] for each in schema.get("users", []) if each["active"]),
        "currencies": sorted(schema.get("currencies", [])),
        "activity_types": sorted([each["key"], each["name"]] for each in schema.get("activity_types", [])),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
