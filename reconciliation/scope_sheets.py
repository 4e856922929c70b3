"""Rules that leave rows out, as a workbook: out with what each leaves out, and back with a preview."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import Project, ScopeRule, visible_to
from migrations_app.rules import scopes
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT
from migrations_app.services import proposing, scope_rules, scoping
from reconciliation import sheets
from reconciliation.services.answers import Outcome, digest
from reconciliation.sheet_rows import CHANGED, RowRefused, SheetResource, Unchanged, bring_in_file

YES, NO = "yes", "no"
TYPED = {YES: True, NO: False, "true": True, "false": False}
COLUMNS = tuple("project rule object where keep_open_deals on reason records version".split())


class ScopeRuleResource(SheetResource):
    """One line for each rule of the newest map; people change them and add lines."""

    project = Field("mapping__project__slug", "project")
    rule = Field("name", "rule")
    object = Field("object", "object")
    where = Field(column_name="where")
    keep_open_deals = Field(column_name="keep_open_deals")
    on = Field(column_name="on")
    records = Field(column_name="records")
    choices: ClassVar = {"object": list(KIND_OF_OBJECT), "keep_open_deals": [YES, NO], "on": [YES, NO]}
    shown = ("rule", "object", "where", "on")
    named = "rule"

    class Meta:
        model = ScopeRule
        import_id_fields = ("rule", "object")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        self.changes: list[tuple[Project, dict[str, Any]]] = []
        self._projects: dict[str, Project] = {}
        self._rules: dict[tuple[str, str], ScopeRule] = {}

    def dehydrate_where(self, rule: ScopeRule) -> str:
        return scopes.in_words(rule.condition)

    def dehydrate_keep_open_deals(self, rule: ScopeRule) -> str:
        return YES if scopes.keeps_open_deals(rule.condition) else NO

    def dehydrate_on(self, rule: ScopeRule) -> str:
        return YES if rule.enabled else NO

    def dehydrate_records(self, rule: ScopeRule) -> int:
        return scoping.records(rule.mapping, rule.object, rule.condition)

    def dehydrate_version(self, rule: ScopeRule) -> str:
        return digest(rule.object, rule.enabled, rule.reason, sorted(rule.condition.items()))

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        projects = [self.only] if self.only else visible_to(kwargs["user"], Project.objects.all())
        for project in projects:
            self._projects[project.slug] = project
            for rule in newest_rules(project):
                self._rules[project.slug, rule.name] = rule

    def judge(self, cells: Mapping[str, str]) -> str:
        project, name = self._projects.get(self.slug(cells)), cells.get("rule", "")
        if project is None or not name:
            raise RowRefused("no project of yours, or no name for the rule")
        keep, enabled = _yes_or_no(cells, "keep_open_deals", unsaid=YES), _yes_or_no(cells, "on")
        try:
            condition = scope_rules.condition_of(project, cells.get("object", ""), cells.get("where", ""), keep_open_deals=keep)
        except scopes.BadCondition as problem:
            raise RowRefused(str(problem)) from problem
        written = {"name": name, "object": cells["object"], "condition": condition, "enabled": enabled, "reason": cells.get("reason", "")}
        rule = self._rules.get((project.slug, name))
        if rule is not None and all(getattr(rule, each) == value for each, value in written.items()):
            raise Unchanged("unchanged")
        if cells.get(sheets.VERSION, "") != (self.version_of(rule) if rule else ""):
            raise RowRefused(CHANGED)
        self.changes.append((project, written))
        mapping = proposing.newest(project)
        count = scoping.records(mapping, cells["object"], condition) if mapping else 0
        return f"{'leaves out' if enabled else 'would leave out'} {count:,} records"

    def apply(self, user: Any) -> None:
        for project, written in self.changes:
            scope_rules.write(project, user=user, **written)
        self.answered = len(self.changes)


def newest_rules(project: Project) -> Any:
    mapping = proposing.newest(project)
    rules = ScopeRule.objects.filter(mapping=mapping) if mapping else ScopeRule.objects.none()
    return rules.select_related("mapping__project").order_by("pk")


def export_workbook(project: Project, path: Path) -> None:
    sheets.write(ScopeRuleResource().export(newest_rules(project)), path)


def import_workbook(project: Project, path: Path, *, user: Any) -> Outcome:
    """Write rules as a workbook says. Raises CannotAnswer where the file is no such workbook, Forbidden and NothingToPropose."""
    return bring_in_file(ScopeRuleResource(project=project), path, user=user)


def _yes_or_no(cells: Mapping[str, str], column: str, unsaid: str = "") -> bool:
    """Guessing at another word would leave rows out, or open deals with them, that nobody meant to lose."""
    said = cells.get(column, "") or unsaid
    if said.casefold() not in TYPED:
        raise RowRefused(f"{column} says “{said}”: write {YES} or {NO}")
    return TYPED[said.casefold()]
