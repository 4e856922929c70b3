"""What other files say about the records of a batch, put into their drafts under the fields that the map gives it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from migrations_app.models import FieldRule, Gathered
from migrations_app.models import Mapping as Map
from migrations_app.rules.mailing import columns
from migrations_app.rules.spec import Draft


class Sayings:
    """Of one object and one version of the map. `read` costs one query for a batch, none where the map gathers nothing."""

    def __init__(self, mapping: Map, object: str) -> None:
        self._project, self._object = mapping.project, object
        stored = FieldRule.objects.filter(mapping=mapping, object=object, transform=columns.TRANSFORM).exclude(field="")
        named = ((columns.BY_COLUMN.get((object, rule.column)), rule.field) for rule in stored)
        self._fields = {each.name: field for each, field in named if each}
        self._said: Mapping[str, Any] = {}

    def read(self, keys: Collection[str]) -> None:
        if self._fields:
            found = Gathered.objects.filter(project=self._project, object=self._object, key__in=list(keys))
            self._said = dict(found.values_list("key", "values"))

    def add(self, draft: Draft, keys: Sequence[str]) -> None:
        """`keys` are all rows of one record, the surviving one first."""
        together = columns.together(self._object, [self._said[key] for key in keys if key in self._said])
        for name, value in together.items():
            if name in self._fields and value not in ("", None):
                columns.add(draft.values, self._fields[name], value)
