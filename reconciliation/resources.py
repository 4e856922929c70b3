"""Deals without a company, and field rules, as workbooks: out, filled in elsewhere, and back with a preview."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

from django.db import transaction
from import_export.exceptions import FieldError
from import_export.fields import Field
from openpyxl.utils.exceptions import InvalidFileException
from tablib import Dataset

from migrations_app.models import FieldRule, Project, visible_to
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services import approving
from migrations_app.services.map_sheets import version_of
from migrations_app.states import MappingState
from reconciliation.counterparts_sheet import CounterpartResource
from reconciliation.models import How, OrphanedDeal
from reconciliation.quickbooks_sheet import QuickBooksResource
from reconciliation.services import orphans, parents
from reconciliation.services.answers import CannotAnswer, Outcome, Refusal, chunks
from reconciliation.services.orphans import Pick
from reconciliation.sheets import CHANGED, DropDownXLSX, RowRefused, SheetResource, as_text
from reconciliation.value_sheet import ValueDifferenceResource

ORPHAN_COLUMNS = tuple(
    "project source_id deal status value currency pipeline owner_text why company_in_deal contact contact_company "
    "similar_company suggestion confidence answer parent version".split()
)
RULE_COLUMNS = tuple("project map rule object column record field transform confidence reason version".split())


class OrphanXLSX(DropDownXLSX):
    choices: ClassVar = {"answer": How.values}


class OrphanedDealResource(SheetResource):
    """One line for each deal; people fill in `answer` (and `parent`: an id, a name, pipedrive:ID or new:NAME)."""

    project = Field("project__slug", "project")
    source_id = Field("source_key", "source_id")
    deal = Field("label", "deal")
    why = Field("get_kind_display", "why")
    company_in_deal = Field("company_text", "company_in_deal")
    contact = Field("contact_label", "contact")
    contact_company = Field("contact_company_label", "contact_company")
    similar_company = Field("similar_label", "similar_company")
    answer = Field("how", "answer")
    parent = Field(column_name="parent")
    version = Field("version", "version")
    shown = ("source_id", "deal", "answer", "parent")

    class Meta:
        model = OrphanedDeal
        import_id_fields = ("source_id", "answer")
        fields = export_order = ORPHAN_COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.picks: dict[Project, list[tuple[OrphanedDeal, Pick]]] = defaultdict(list)
        self.refused: list[Refusal] = []
        self._deals: dict[tuple[str, str], OrphanedDeal] = {}
        self._parents: dict[tuple[int, str], Pick | str] = {}

    def dehydrate_value(self, deal: OrphanedDeal) -> str:
        return f"{deal.value.normalize():f}" if deal.value is not None else ""

    def dehydrate_parent(self, deal: OrphanedDeal) -> str:
        return parent_text(deal.parent)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        keys = [as_text(key) for key in dataset["source_id"]] if "source_id" in (dataset.headers or []) else []
        seen = visible_to(kwargs["user"], OrphanedDeal.objects.filter(present=True)).select_related("project")
        if self.only:
            seen = seen.filter(project=self.only)
        for part in chunks(keys):
            found = {(deal.project.slug, deal.source_key): deal for deal in seen.filter(source_key__in=part)}
            self._deals |= found

    def judge(self, cells: Mapping[str, str]) -> str:
        try:
            deal, pick = self._read(cells)
        except (RowRefused, CannotAnswer) as reason:
            if cells.get("answer"):
                self.refused.append(Refusal(cells.get("source_id", ""), cells.get("deal", ""), str(reason)))
            raise RowRefused(str(reason)) from reason
        if pick.as_json() == Pick(deal.how, deal.parent).as_json():
            raise RowRefused("is answered so already")
        self.picks[deal.project].append((deal, pick))
        return f"becomes: {How(pick.how).label}"

    def apply(self, user: Any) -> None:
        for project, picks in self.picks.items():
            orphans.answer_each(project, picks, user=user)

    @property
    def answered(self) -> int:
        return sum(map(len, self.picks.values()))

    def _read(self, cells: Mapping[str, str]) -> tuple[OrphanedDeal, Pick]:
        slug = cells.get("project") or (self.only.slug if self.only else "")
        deal = self._deals.get((slug, cells.get("source_id", "")))
        how = _how(cells.get("answer", ""))
        if deal is None:
            raise RowRefused("no such deal waits in a project of yours")
        pick = self._with_parent(deal, cells.get("parent", "")) if how == How.PARENT else Pick(how)
        unchanged = pick.as_json() == Pick(deal.how, deal.parent).as_json()
        if cells.get("version", "") != str(deal.version) and not unchanged:
            raise RowRefused(CHANGED)
        if why := deal.why_not(how):
            raise RowRefused(f"{How(how).label}: {why}")
        return deal, pick

    def _with_parent(self, deal: OrphanedDeal, text: str) -> Pick:
        name = (deal.project_id, text)
        if name not in self._parents:
            try:
                self._parents[name] = Pick(How.PARENT, parents.resolve(deal.project, text).answer)
            except CannotAnswer as problem:
                self._parents[name] = str(problem)
        found = self._parents[name]
        if isinstance(found, str):
            raise RowRefused(found)
        return found


class FieldRuleXLSX(DropDownXLSX):
    choices: ClassVar = {"transform": sorted(TRANSFORMS)}


class FieldRuleResource(SheetResource):
    """One line for each column of a proposed map; people change `record`, `field` and `transform`."""

    rule = Field("pk", "rule")
    project = Field("mapping__project__slug", "project")
    map = Field("mapping__version", "map")
    record = Field("entity", "record")
    version = Field(column_name="version")
    shown = ("object", "column", "record", "field", "transform")

    class Meta:
        model = FieldRule
        import_id_fields = ("rule",)
        fields = export_order = RULE_COLUMNS

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.changes: list[tuple[FieldRule, dict[str, str]]] = []
        self._rules: dict[str, FieldRule] = {}

    def dehydrate_version(self, rule: FieldRule) -> str:
        return version_of(rule)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        pks = [text for text in map(as_text, dataset["rule"]) if text.isdecimal()] if "rule" in (dataset.headers or []) else []
        rules = visible_to(kwargs["user"], FieldRule.objects.all()).select_related("mapping__project")
        for part in chunks(pks):
            self._rules |= {str(rule.pk): rule for rule in rules.filter(pk__in=part)}

    def judge(self, cells: Mapping[str, str]) -> str:
        rule = self._rules.get(cells.get("rule", ""))
        if rule is None:
            raise RowRefused("no such rule in a project of yours")
        wanted = {"entity": cells.get("record", ""), "field": cells.get("field", ""), "transform": cells.get("transform", "")}
        changes = {name: value for name, value in wanted.items() if getattr(rule, name) != value}
        if not changes:
            raise RowRefused("unchanged")
        if cells.get("version", "") != version_of(rule):
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


def import_workbook(project: Project, path: Path, *, user: Any) -> tuple[str, Outcome]:
    """Answer one queue of `project` as a workbook exported from its page says: the queue, and what became of the rows.

    Rows that changed meanwhile or do not fit are refused. Raises CannotAnswer where the file is no such workbook, and Forbidden.
    """
    try:
        dataset = OrphanXLSX().create_dataset(path.read_bytes())
    except (BadZipFile, InvalidFileException, KeyError, ValueError, StopIteration) as problem:
        raise CannotAnswer(f"{path.name} is no xlsx workbook that can be read.") from problem
    columns = set(dataset.headers or ())
    queue, kind = next((each for each in _BY_COLUMN if each[2] in columns), _BY_COLUMN[-1])[:2]
    resource = kind(project=project)
    with transaction.atomic():
        result = resource.import_data(dataset, use_transactions=False, user=user)
        if result.base_errors:
            raise _for_people(result.base_errors[0].error)
    return queue, Outcome(resource.answered, tuple(resource.refused))


# Each queue's workbook by a column that only it has.
_BY_COLUMN: tuple[tuple[str, Any, str], ...] = (
    ("quickbooks", QuickBooksResource, "in_quickbooks"),
    ("existing", CounterpartResource, "id_in_pipedrive"),
    ("values", ValueDifferenceResource, "without_answer"),
    ("orphans", OrphanedDealResource, "company_in_deal"),
)


def _for_people(problem: Exception) -> Exception:
    """A workbook of another kind lacks our columns."""
    return CannotAnswer(str(problem)) if isinstance(problem, FieldError) else problem


def parent_text(parent: Mapping[str, Any]) -> str:
    """A designated company as people type it; `parents.resolve` reads it back."""
    if "source" in parent:
        return str(parent["source"])
    if number := parent.get("pipedrive_id"):
        return f"pipedrive:{number}"
    return f"new:{parent['name']}" if parent.get("name") else ""


def _how(text: str) -> str:
    words = {label.casefold(): value for value, label in How.choices} | {value: value for value in How.values}
    if not text:
        raise RowRefused("no answer filled in")
    if text.casefold() not in words:
        raise RowRefused(f"“{text}” is no answer; these are: {', '.join(How.values)}")
    return words[text.casefold()]
