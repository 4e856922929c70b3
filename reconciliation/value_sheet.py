"""Deals whose value and lines differ, as a workbook: out, filled in elsewhere, and back with a preview."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import Project, visible_to
from reconciliation.models import Lines, ValueDifference
from reconciliation.services import values
from reconciliation.services.answers import Refusal, chunks
from reconciliation.sheets import CHANGED, DropDownXLSX, RowRefused, SheetResource, as_text

COLUMNS = tuple("project source_id deal status value total currency lines cause without_answer answer version".split())


class ValueXLSX(DropDownXLSX):
    choices: ClassVar = {"answer": Lines.values}


class ValueDifferenceResource(SheetResource):
    """One line for each deal; people fill in `answer`."""

    project = Field("project__slug", "project")
    source_id = Field("source_key", "source_id")
    deal = Field("label", "deal")
    cause = Field("get_cause_display", "cause")
    without_answer = Field("get_standing_display", "without_answer")
    answer = Field("how", "answer")
    version = Field("version", "version")
    shown = ("source_id", "deal", "answer")

    class Meta:
        model = ValueDifference
        import_id_fields = ("source_id", "answer")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.picks: dict[Project, list[tuple[ValueDifference, str]]] = defaultdict(list)
        self.refused: list[Refusal] = []
        self._deals: dict[tuple[str, str], ValueDifference] = {}

    def dehydrate_value(self, deal: ValueDifference) -> str:
        return f"{deal.value.normalize():f}"

    def dehydrate_total(self, deal: ValueDifference) -> str:
        return f"{deal.total.normalize():f}"

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        keys = [as_text(key) for key in dataset["source_id"]] if "source_id" in (dataset.headers or []) else []
        seen = visible_to(kwargs["user"], ValueDifference.objects.filter(present=True)).select_related("project")
        if self.only:
            seen = seen.filter(project=self.only)
        for part in chunks(keys):
            self._deals |= {(deal.project.slug, deal.source_key): deal for deal in seen.filter(source_key__in=part)}

    def judge(self, cells: Mapping[str, str]) -> str:
        try:
            deal, how = self._read(cells)
        except RowRefused as reason:
            if cells.get("answer"):
                self.refused.append(Refusal(cells.get("source_id", ""), cells.get("deal", ""), str(reason)))
            raise
        if how == deal.how:
            raise RowRefused("is answered so already")
        self.picks[deal.project].append((deal, how))
        return f"becomes: {Lines(how).label}"

    def apply(self, user: Any) -> None:
        for project, picks in self.picks.items():
            values.answer_each(project, picks, user=user)

    @property
    def answered(self) -> int:
        return sum(map(len, self.picks.values()))

    def _read(self, cells: Mapping[str, str]) -> tuple[ValueDifference, str]:
        slug = cells.get("project") or (self.only.slug if self.only else "")
        deal = self._deals.get((slug, cells.get("source_id", "")))
        how = _how(cells.get("answer", ""))
        if deal is None:
            raise RowRefused("no such deal waits in a project of yours")
        if cells.get("version", "") != str(deal.version) and how != deal.how:
            raise RowRefused(CHANGED)
        if why := deal.why_not(how):
            raise RowRefused(f"{Lines(how).label}: {why}")
        return deal, how


def _how(text: str) -> str:
    words = {label.casefold(): value for value, label in Lines.choices} | {value: value for value in Lines.values}
    if not text:
        raise RowRefused("no answer filled in")
    if text.casefold() not in words:
        raise RowRefused(f"“{text}” is no answer; these are: {', '.join(Lines.values)}")
    return words[text.casefold()]
