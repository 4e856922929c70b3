"""Records that live in Pipedrive already, as a workbook: out, filled in elsewhere, and back with a preview."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import Counterpart, Project, visible_to
from migrations_app.services import counterparts
from reconciliation.services import existing
from reconciliation.services.answers import Refusal, chunks, digest
from reconciliation.sheets import CHANGED, DropDownXLSX, RowRefused, SheetResource, as_text

COLUMNS = tuple(
    "project account object source_id record name_in_pipedrive id_in_pipedrive how_sure why filled suggestion answer version".split()
)
ANSWERS = (*Counterpart.Answer.values, existing.LINK)


class CounterpartXLSX(DropDownXLSX):
    choices: ClassVar = {"answer": ANSWERS}


class CounterpartResource(SheetResource):
    """One line for each row of the export; people fill in `answer`."""

    project = Field("project__slug", "project")
    account = Field("account__role", "account")
    source_id = Field("source_key", "source_id")
    record = Field("label", "record")
    name_in_pipedrive = Field("there", "name_in_pipedrive")
    id_in_pipedrive = Field("pipedrive_id", "id_in_pipedrive")
    how_sure = Field("strength", "how_sure")
    why = Field("reason", "why")
    filled = Field(column_name="filled")
    version = Field(column_name="version")
    shown = ("source_id", "record", "name_in_pipedrive", "answer")

    class Meta:
        model = Counterpart
        import_id_fields = ("source_id", "answer")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.picks: dict[Project, list[tuple[Counterpart, str]]] = defaultdict(list)
        self.refused: list[Refusal] = []
        self._rows: dict[tuple[str, ...], Counterpart] = {}

    def dehydrate_filled(self, row: Counterpart) -> str:
        return ", ".join(existing.filled(row))

    def dehydrate_version(self, row: Counterpart) -> str:
        return _version(row)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        keys = [as_text(key) for key in dataset["source_id"]] if "source_id" in (dataset.headers or []) else []
        seen = visible_to(kwargs["user"], self._present()).select_related("project", "account")
        for part in chunks(dict.fromkeys(keys)):
            for row in seen.filter(source_key__in=part):
                self._rows[row.project.slug, row.account.role, row.object, row.source_key] = row

    def judge(self, cells: Mapping[str, str]) -> str:
        try:
            row, how = self._read(cells)
        except RowRefused as reason:
            if cells.get("answer"):
                self.refused.append(Refusal(cells.get("source_id", ""), cells.get("record", ""), str(reason)))
            raise
        if how == row.answer:
            raise RowRefused("is answered so already")
        self.picks[row.project].append((row, how))
        return Counterpart.Answer(how).label

    def apply(self, user: Any) -> None:
        for project, picks in self.picks.items():
            existing.answer_each(project, picks, user=user)

    @property
    def answered(self) -> int:
        return sum(map(len, self.picks.values()))

    def _present(self) -> QuerySet[Counterpart]:
        return counterparts.present(self.only) if self.only else Counterpart.objects.filter(present=True)

    def _read(self, cells: Mapping[str, str]) -> tuple[Counterpart, str]:
        slug = cells.get("project") or (self.only.slug if self.only else "")
        row = self._rows.get((slug, cells.get("account", ""), cells.get("object", ""), cells.get("source_id", "")))
        how = cells.get("answer", "").casefold()
        if not how:
            raise RowRefused("no answer filled in")
        if how not in ANSWERS:
            raise RowRefused(f"“{how}” is no answer; these are: {', '.join(ANSWERS)}")
        if row is None:
            raise RowRefused("no such record waits in a project of yours")
        how = existing.linking(row.project) if how == existing.LINK else how
        if cells.get("version", "") != _version(row) and how != row.answer:
            raise RowRefused(CHANGED)
        return row, how


def _version(row: Counterpart) -> str:
    return digest(row.pipedrive_id, row.answer, row.answered_at)
