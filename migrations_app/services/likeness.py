"""When what an account gives back counts as what was written to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from migrations_app.rules import canon
from migrations_app.rules.targets import BUILTIN_FIELDS

CONTENT = "sha256"  # of a file's bytes, beside its body
UNTOLD = (CONTENT, "outcome")  # what lists need not tell: what is in a file, and the outcome, which only requests are known to have


@dataclass(frozen=True, slots=True)
class Likeness:
    """The types of one entity's fields in one account, and what that account is known to keep back."""

    types: Mapping[str, str]
    without_probability: frozenset[Any] = frozenset()  # pipelines that show none, whatever a deal was sent with

    def same(self, name: str, sent: Any, live: Mapping[str, Any]) -> bool:
        """`live` is the whole record as read, custom fields beside the built-in ones."""
        if name == "probability" and live.get(name) is None and live.get("pipeline_id") in self.without_probability:
            return True
        if name in UNTOLD and name not in live:
            return True
        return canon.same(self.type_of(name), sent, live.get(name))

    def type_of(self, name: str) -> str:
        return self.types.get(name, "varchar")


def likeness_in(account_schema: Mapping[str, Any], entity: str) -> Likeness:
    custom = {each["code"]: each["type"] for each in account_schema.get("fields", {}).get(entity, []) if each["custom"]}
    silent = frozenset(each["id"] for each in account_schema.get("pipelines", []) if not each["probability"])
    return Likeness(dict(BUILTIN_FIELDS[entity]) | custom, silent)


def moment(time: Any) -> str:
    """A time of Pipedrive's in one form that sorts: lists and answers to writes may give it with different precision."""
    return str(canon.canonical("datetime", time) or "")
