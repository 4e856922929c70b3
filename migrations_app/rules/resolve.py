"""From neutral values to the body of a v2 request for one account: names become hash keys, labels become option ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from migrations_app.rules.spec import Issue, split_custom
from migrations_app.rules.targets import BUILTIN_FIELDS, STAND_INS

LABELS = "label_ids"


@dataclass(frozen=True, slots=True)
class AccountSchema:
    """What is known of one account's fields. Nothing here is carried from one account to another.

    `fields` maps (entity, ``custom:LABEL (type)``) to the hash key; the loader's own fields stand there under their plain names
    (`source_id`, `original_owner`, ...). `options` maps (entity, field name) to {case-folded label: id}, `builtins` names the optional
    built-in fields that exist, `stages` maps case-folded (pipeline, stage) to an id, `activity_types` a case-folded name to its key.
    """

    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    builtins: frozenset[tuple[str, str]] = frozenset()
    stages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    activity_types: Mapping[str, str] = field(default_factory=dict)
    visible_to: int | None = None

    def stage_id(self, pipeline: str, stage: str) -> int | None:
        return self.stages.get((pipeline.strip().casefold(), stage.strip().casefold()))


class MissingInAccount(LookupError):
    """The account lacks fields or options that it was prepared with: what it has must be looked at before anything more is sent."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{issue.field}: {issue.message}" for issue in issues))
        self.issues = issues


def body(entity: str, values: Mapping[str, Any], schema: AccountSchema) -> dict[str, Any]:
    """The body of a create. Raises MissingInAccount rather than leave anything out."""
    found, issues = resolve(entity, values, schema)
    if issues:
        raise MissingInAccount(issues)
    return found


def resolve(entity: str, values: Mapping[str, Any], schema: AccountSchema) -> tuple[dict[str, Any], list[Issue]]:
    """The body for a create, and what the account lacks for it. An unknown option or field is an issue, never a guess.

    `values` are neutral values by field name, ids of other records (`owner_id`, `org_id`, ...) and the loader's own fields included.
    """
    found: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, value in values.items():
        if value is None:
            continue
        target = target_field(entity, name, schema)
        if target in BUILTIN_FIELDS[entity]:
            if (taken := _builtin(entity, target, value, schema, issues)) is not None:
                found[target] = taken
        elif (code := schema.fields.get((entity, target))) is None:
            issues.append(Issue("unknown_field", "decide", target, str(value), "the account has no such custom field; prepare it again"))
        elif (resolved := _custom_value(entity, target, value, schema, issues)) is not None:
            custom[code] = resolved
    if schema.visible_to is not None and "visible_to" in BUILTIN_FIELDS[entity]:
        found.setdefault("visible_to", schema.visible_to)
    if custom:
        found["custom_fields"] = custom
    return found, issues


def target_field(entity: str, name: str, schema: AccountSchema) -> str:
    """The field itself, or its stand-in where the account does not have the built-in one."""
    stand_in = STAND_INS.get((entity, name))
    return stand_in if stand_in and (entity, name) not in schema.builtins else name


def field_type(entity: str, name: str) -> str:
    """The type in which a field's value travels: `canon.same` takes it too. The loader's own fields are text."""
    split = split_custom(name)
    return split[1] if split else BUILTIN_FIELDS[entity].get(name, "varchar")


def json_number(value: Any) -> int | float:
    """A JSON number without a needless fraction."""
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else float(number)


def _builtin(entity: str, name: str, value: Any, schema: AccountSchema, issues: list[Issue]) -> Any:
    type = BUILTIN_FIELDS[entity][name]
    if type == "option":
        return _option_id(str(value), schema.options.get((entity, name), {}), name, issues)
    if type == "offered":
        return schema.options.get((entity, name), {}).get(str(value).casefold())
    if name == LABELS:
        return _label_ids(entity, value, schema, issues)
    if type == "activity_type" and (key := schema.activity_types.get(str(value).casefold())) is None:
        issues.append(Issue("unknown_option", "decide", name, str(value), "the account has no such activity type; prepare it again"))
        return None
    return key if type == "activity_type" else _json(type, value)


def _label_ids(entity: str, value: str | Sequence[str], schema: AccountSchema, issues: list[Issue]) -> list[int] | None:
    """Labels are the account's own: people add them, Pipedrive's API does not (pipedrive/API.md 6.3)."""
    known = schema.options.get((entity, LABELS), {})
    labels = [value] if isinstance(value, str) else value
    for label in labels:
        if label.casefold() not in known:
            told = f"the account has no label “{label}”: add it in Pipedrive and prepare again, or let the map leave it out"
            issues.append(Issue("unknown_option", "decide", LABELS, label, told))
    return [known[label.casefold()] for label in labels if label.casefold() in known] or None


def _json(type: str, value: Any) -> Any:
    if type == "int":
        return int(Decimal(str(value)).to_integral_value())  # Pipedrive refuses fractions there
    if type == "prices":
        return [{name: part if name == "currency" else json_number(part) for name, part in price.items()} for price in value]
    return json_number(value) if type == "double" else value


def _custom_value(entity: str, name: str, value: Any, schema: AccountSchema, issues: list[Issue]) -> Any:
    type = field_type(entity, name)
    if type in ("enum", "set"):
        known = schema.options.get((entity, name), {})
        ids = [_option_id(label, known, name, issues) for label in (value if type == "set" else [value])]
        found = [id for id in ids if id is not None]
        return (found or None) if type == "set" else next(iter(found), None)
    if type == "monetary":
        currency = {"currency": value["currency"]} if value.get("currency") else {}
        return {"value": json_number(value["value"])} | currency
    if type == "address" and isinstance(value, str):
        return {"value": value}
    return json_number(value) if type == "double" else value


def _option_id(label: str, known: Mapping[str, int], field_name: str, issues: list[Issue]) -> int | None:
    id = known.get(label.casefold())
    if id is None:
        issues.append(Issue("unknown_option", "decide", field_name, label, "the account's field has no such option; prepare it again"))
    return id


COMPANY, GROUP, OWNER = "company", "group", "owner"


def visible_to(plan: str, who: str = COMPANY) -> int:
    """The value of `visible_to`: what 3 means flips with the plan (pipedrive/API.md 6.4). Plans without groups keep a group's records
    with their owners and followers: nobody sees more than was meant.
    """
    groups = plan.casefold() in ("premium", "ultimate", "power", "enterprise", "professional")
    return {COMPANY: 7 if groups else 3, GROUP: 3 if groups else 1}.get(who, 1)
