"""Field rules as a workbook: out, changed elsewhere, and back with a preview."""

from collections.abc import Mapping
from typing import Any, ClassVar

from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import FieldRule, Project, visible_to
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services import approving
from migrations_app.services.map_sheets import version_of
from migrations_app.states import MappingState
from reconciliation import sheets
from reconciliation.services.answers import chunks
from reconciliation.sheet_rows import CHANGED, RowRefused, SheetResource, Unchanged

COLUMNS = tuple("project map rule object column record field transform confidence reason version".split())


class FieldRuleResource(SheetResource):
    """One line for each column of a proposed map; people change `record`, `field` and `transform`."""

    rule = Field("pk", "rule")
    project = Field("mapping__project__slug", "project")
    map = Field("mapping__version", "map")
    record = Field("entity", "record")
    choices: ClassVar = {"transform": sorted(TRANSFORMS)}
    shown = ("object", "column", "record", "field", "transform")
    named, label = "rule", "column"

    class Meta:
        model = FieldRule
        import_id_fields = ("rule",)
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        self.changes: list[tuple[FieldRule, dict[str, str]]] = []
        self._rules: dict[str, FieldRule] = {}

    def dehydrate_version(self, rule: FieldRule) -> str:
        return version_of(rule)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        cells = map(sheets.as_text, dataset["rule"]) if "rule" in (dataset.headers or []) else ()
        rules = visible_to(kwargs["user"], FieldRule.objects.all()).select_related("mapping__project")
        for part in chunks(text for text in cells if text.isdecimal()):
            self._rules |= {str(rule.pk): rule for rule in rules.filter(pk__in=part)}

    def judge(self, cells: Mapping[str, str]) -> str:
        rule = self._rules.get(cells.get("rule", ""))
        if rule is None:
            raise RowRefused("no such rule in a project of yours")
        wanted = {"entity": cells.get("record", ""), "field": cells.get("field", ""), "transform": cells.get("transform", "")}
        changes = {name: value for name, value in wanted.items() if getattr(rule, name) != value}
        if not changes:
            raise Unchanged("unchanged")
        if cells.get(sheets.VERSION, "") != version_of(rule):
            raise RowRefused(CHANGED)
        if rule.mapping.state != MappingState.DRAFT:
            raise RowRefused("this version of the map is approved: propose again and edit the new version")
        if changes.get("transform") and changes["transform"] not in TRANSFORMS:
            raise RowRefused(f"there is no transform called {changes['transform']}")
        self.changes.append((rule, changes))
        return ", ".join(f"{name}: {getattr(rule, name) or '(none)'} → {value or '(none)'}" for name, value in changes.items())

    def apply(self, user: Any) -> None:
        for rule, changes in self.changes:
            approving.edit_rule(rule, user=user, **changes)
        self.answered = len(self.changes)
