"""What differs between the account of the test run and the live one: a map that works in one may meet something else in the other."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from migrations_app.models import PipedriveAccount, Project
from migrations_app.rules.kinds_of_record import WITH_FIELDS
from migrations_app.services import needs, proposing
from migrations_app.services.schema import fields_of, fold

NOTHING = "not there"
Things = dict[tuple[str, str, str], tuple[str, str]]  # (kind, parent, folded name): (name as it stands, what is said of it)


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that both accounts have otherwise, or only one has. `needed` says that the map in use relies on it."""

    kind: str  # field | option | pipeline | stage | user | currency | plan
    parent: str
    name: str
    staging: str
    production: str
    needed: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        where = f" of {self.parent}" if self.parent else ""
        return f"{self.kind} “{self.name}”{where}: {self.staging} in staging, {self.production} in production"


def drift(project: Project) -> list[Drift]:
    """Every difference, what the map needs first; empty while one of the accounts has not been read. No request is sent."""
    accounts = {account.role: account for account in project.accounts.all()}
    pair = [accounts.get(role) for role in (PipedriveAccount.Role.STAGING, PipedriveAccount.Role.PRODUCTION)]
    staging, production = pair
    if staging is None or production is None or not (staging.schema and production.schema):
        return []
    wanted = _needed(project)
    there, live = dict(_things(staging)), dict(_things(production))
    found = [
        _drift(key, there.get(key), live.get(key), wanted) for key in there.keys() | live.keys() if _said(there, key) != _said(live, key)
    ]
    return sorted(found, key=lambda each: (not each.needed, each.kind, each.parent, each.name))


def _drift(key: tuple[str, str, str], there: tuple[str, str] | None, live: tuple[str, str] | None, wanted: set[tuple[str, str]]) -> Drift:
    kind, parent, folded = key
    name = (there or live or (folded, ""))[0]
    texts = [each[1] if each else NOTHING for each in (there, live)]
    return Drift(
        kind, parent, name, texts[0], texts[1], (kind, folded) in wanted or (kind == "option" and ("field", fold(parent)) in wanted)
    )


def _said(things: Things, key: tuple[str, str, str]) -> str:
    return things.get(key, ("", NOTHING))[1]


def _needed(project: Project) -> set[tuple[str, str]]:
    mapping = proposing.approved(project)
    found = needs.wanted(project, mapping) if mapping else []
    return {(need.kind, fold(need.label)) for need in found}


def _things(account: PipedriveAccount) -> Iterator[tuple[tuple[str, str, str], tuple[str, str]]]:
    schema: Mapping[str, Any] = account.schema
    yield ("plan", "", "plan"), ("plan", account.get_plan_display())
    for entity in WITH_FIELDS:
        for each in fields_of(schema, entity):
            yield ("field", entity, fold(each["name"])), (each["name"], f"{'custom' if each['custom'] else 'built-in'}, {each['type']}")
            for _, label in each["options"] if each["custom"] else ():
                yield ("option", each["name"], fold(str(label))), (str(label), "there")
    pipelines = {each["id"]: each["name"] for each in schema.get("pipelines", [])}
    for name in pipelines.values():
        yield ("pipeline", "", fold(name)), (name, "there")
    for each in schema.get("stages", []):
        yield ("stage", pipelines.get(each["pipeline_id"], ""), fold(each["name"])), (each["name"], "there")
    for each in schema.get("users", []):
        if each.get("active"):
            yield ("user", "", str(each["email"]).casefold()), (str(each["email"]), "active")
    for code in schema.get("currencies", []):
        yield ("currency", "", code), (code, "switched on")
