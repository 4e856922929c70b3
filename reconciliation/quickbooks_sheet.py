"""Differences to QuickBooks as a workbook: out, filled in elsewhere, and back with a preview."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import Project, visible_to
from reconciliation.models import QuickBooksDifference, Take
from reconciliation.services import quickbooks
from reconciliation.services.answers import Refusal, chunks
from reconciliation.sheets import CHANGED, DropDownXLSX, RowRefused, SheetResource, as_text

COLUMNS = tuple("project object source_id record field in_crm in_quickbooks how list_id suggestion confidence take version".split())

Place = tuple[str, str, str, str]  # project, object, source id, field


class QuickBooksXLSX(DropDownXLSX):
    choices: ClassVar = {"take": Take.values}


class QuickBooksResource(SheetResource):
    """One line for each difference; people fill in `take`."""

    project = Field("project__slug", "project")
    source_id = Field("source_key", "source_id")
    record = Field("label", "record")
    in_crm = Field("crm", "in_crm")
    in_quickbooks = Field("quickbooks", "in_quickbooks")
    how = Field("get_kind_display", "how")
    version = Field("version", "version")
    shown = ("source_id", "field", "in_crm", "in_quickbooks", "take")

    class Meta:
        model = QuickBooksDifference
        import_id_fields = ("source_id", "field", "take")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.picks: dict[Project, list[tuple[QuickBooksDifference, str]]] = defaultdict(list)
        self.refused: list[Refusal] = []
        self._rows: dict[Place, QuickBooksDifference] = {}

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        keys = [as_text(key) for key in dataset["source_id"]] if "source_id" in (dataset.headers or []) else []
        seen = visible_to(kwargs["user"], QuickBooksDifference.objects.filter(present=True)).select_related("project")
        if self.only:
            seen = seen.filter(project=self.only)
        for part in chunks(dict.fromkeys(keys)):
            for row in seen.filter(source_key__in=part):
                self._rows[row.project.slug, row.object, row.source_key, row.field] = row

    def judge(self, cells: Mapping[str, str]) -> str:
        try:
            row, take = self._read(cells)
        except RowRefused as reason:
            if cells.get("take"):
                self.refused.append(Refusal(cells.get("source_id", ""), cells.get("record", ""), str(reason)))
            raise
        if take == row.take:
            raise RowRefused("is answered so already")
        self.picks[row.project].append((row, take))
        return f"loads what {Take(take).label} says"

    def apply(self, user: Any) -> None:
        for project, picks in self.picks.items():
            quickbooks.answer_each(project, picks, user=user)

    @property
    def answered(self) -> int:
        return sum(map(len, self.picks.values()))

    def _read(self, cells: Mapping[str, str]) -> tuple[QuickBooksDifference, str]:
        slug = cells.get("project") or (self.only.slug if self.only else "")
        row = self._rows.get((slug, cells.get("object", ""), cells.get("source_id", ""), cells.get("field", "")))
        words = {each.label.casefold(): each.value for each in Take} | {value: value for value in Take.values}
        take = words.get(cells.get("take", "").casefold(), "")
        if not cells.get("take"):
            raise RowRefused("no answer filled in")
        if not take:
            raise RowRefused(f"“{cells['take']}” is no answer; these are: {', '.join(Take.values)}")
        if row is None:
            raise RowRefused("no such difference waits in a project of yours")
        if cells.get("version", "") != str(row.version) and take != row.take:
            raise RowRefused(CHANGED)
        return row, take
