"""People who work in the target while it is being loaded: they edit, delete and merge what they find there."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sandbox.launch import Control, ControlError

NAME = {"organization": "name", "person": "name", "deal": "title"}
EDITED, GONE = "edited", "gone"
SETTLED = timedelta(seconds=2)  # an edit in the second of the creation could not be told from it: times have no fractions


@dataclass
class People:
    """`touched` is what they did, by entity and source id; who inherits from a merged record counts as edited."""

    control: Control
    domain: str
    codes: dict[str, str]  # source-id field by entity
    lot: random.Random
    most: int
    touched: dict[str, dict[str, str]] = field(default_factory=lambda: {entity: {} for entity in NAME})
    did: Counter[str] = field(default_factory=Counter)

    def visit(self) -> None:
        if sum(self.did.values()) >= self.most:
            return
        entity = self.lot.choice(list(NAME))
        free = self._untouched(entity)
        self.lot.shuffle(free)
        what = self.lot.choice(("edit", "edit", "delete", "merge"))
        if len(free) < 2:
            return
        try:
            self._do(what, entity, *free[:2])
        except ControlError:
            return  # it went while they looked
        self.did[what] += 1

    def _do(self, what: str, entity: str, one: dict[str, Any], other: dict[str, Any]) -> None:
        path = f"{entity}s/{one['id']}"
        if what == "edit":
            self.control.act(self.domain, "PATCH", f"/api/v2/{path}", {NAME[entity]: f"By hand {self.lot.randrange(1000)}"})
        elif what == "delete":
            self.control.act(self.domain, "DELETE", f"/api/v2/{path}")
        else:
            self.control.act(self.domain, "PUT", f"/api/v1/{path}/merge", {"merge_with_id": other["id"]})
            self.touched[entity][self._source(entity, other)] = EDITED
        self.touched[entity][self._source(entity, one)] = EDITED if what == "edit" else GONE

    def _untouched(self, entity: str) -> list[dict[str, Any]]:
        before = datetime.now(UTC) - SETTLED
        return [
            record
            for record in self.control.records(self.domain, entity)
            if not record.get("is_deleted")
            and self._source(entity, record) not in self.touched[entity]
            and datetime.fromisoformat(str(record["add_time"])) < before
        ]

    def _source(self, entity: str, record: dict[str, Any]) -> str:
        return str((record.get("custom_fields") or {}).get(self.codes[entity])).rsplit(":", 1)[-1]
