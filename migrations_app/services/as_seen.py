"""Values as Pipedrive's screens say them: labels of fields and options, names of users, stages and other records."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from migrations_app.models import PipedriveAccount, RecordLink
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.rules.transforms.markup import as_text
from migrations_app.services import history

POINTING = {"org_id": "organization", "person_id": "person", "deal_id": "deal", "product_id": "product"}


class Names:
    """How Pipedrive's screens say what bodies say in keys and ids."""

    def __init__(self, account: PipedriveAccount, sent: Iterable[history.Written]) -> None:
        fields = account.schema.get("fields", {})
        self.labels = {(entity, each["code"]): str(each["name"]) for entity, known in fields.items() for each in known}
        self.options = {
            (entity, each["code"]): {str(id): str(label) for id, label in each["options"]}
            for entity, known in fields.items()
            for each in known
        }
        self.users = users_of(account)
        self.stages = {str(each["id"]): str(each["name"]) for each in account.schema.get("stages", [])}
        self.pipelines = {str(each["id"]): str(each["name"]) for each in account.schema.get("pipelines", [])}
        self.records = _records(account, sent)

    def label(self, entity: str, code: str) -> str:
        return self.labels.get((entity, code), code.removesuffix("_id").replace("_", " ").capitalize())

    def shown(self, entity: str, code: str, value: Any) -> str:
        if value in (None, "", []):
            return ""
        if isinstance(value, list):
            return ", ".join(self._entry(entity, code, each) for each in value)
        return self._entry(entity, code, value)

    def _entry(self, entity: str, code: str, value: Any) -> str:
        if isinstance(value, Mapping):
            return in_words(value)
        if code in ("owner_id", "user_id"):
            return self.users.get(str(value), str(value))
        if BUILTIN_FIELDS.get(entity, {}).get(code) == "html":
            return as_text(str(value))
        known = {"stage_id": self.stages, "pipeline_id": self.pipelines}.get(code) or self.options.get((entity, code)) or {}
        return known.get(str(value)) or self.records.get((code, str(value))) or str(value)


def in_words(value: Any) -> str:
    """A value as bodies hold it, without its brackets: `12.5 EUR`, `ann@acme.example (work)`."""
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if not isinstance(value, Mapping):
        return "nothing" if value in (None, "") else str(value)
    said = value.get("value", value.get("person_id"))
    if said is None:
        return json.dumps(value, ensure_ascii=False)
    more = value.get("currency") or (f"({value['label']})" if value.get("label") else "")
    return f"{said} {more}".strip()


def users_of(account: PipedriveAccount) -> dict[str, str]:
    return {str(user["id"]): str(user["name"]) for user in account.schema.get("users", [])}


def _records(account: PipedriveAccount, sent: Iterable[history.Written]) -> dict[tuple[str, str], str]:
    """{(field, id): label} of the records that the page's records hang on. A query for each kind."""
    wanted: dict[str, set[str]] = {}
    for each in sent:
        for code in POINTING.keys() & each.values.keys():
            wanted.setdefault(code, set()).add(str(each.values[code]))
    found: dict[tuple[str, str], str] = {}
    for code, ids in wanted.items():
        links = RecordLink.objects.filter(account=account, entity=POINTING[code], pipedrive_id__in=ids)
        found |= {(code, pipedrive_id): str(label) for pipedrive_id, label in links.values_list("pipedrive_id", "label")}
    return found
