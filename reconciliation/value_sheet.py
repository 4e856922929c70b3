"""Deals whose value and lines differ, as a workbook: out, filled in elsewhere, and back with a preview."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field

from reconciliation.models import Lines, ValueDifference
from reconciliation.services import values
from reconciliation.sheet_rows import AnswerResource, present, word_of

COLUMNS = tuple("project source_id deal status value total currency lines cause without_answer answer version".split())


class ValueDifferenceResource(AnswerResource):
    """One line for each deal; people fill in `answer`."""

    project = Field("project__slug", "project")
    source_id = Field("source_key", "source_id")
    deal = Field("label", "deal")
    cause = Field("get_cause_display", "cause")
    without_answer = Field("get_standing_display", "without_answer")
    answer = Field("how", "answer")
    version = Field("version", "version")
    choices: ClassVar = {"answer": Lines.values}
    shown = ("source_id", "deal", "answer")
    label = "deal"
    nobody = "no such deal waits in a project of yours"
    answer_each = staticmethod(values.answer_each)

    class Meta:
        model = ValueDifference
        import_id_fields = ("source_id", "answer")
        fields = export_order = COLUMNS

    def dehydrate_value(self, deal: ValueDifference) -> str:
        return f"{deal.value.normalize():f}"

    def dehydrate_total(self, deal: ValueDifference) -> str:
        return f"{deal.total.normalize():f}"

    def items(self, user: Any) -> QuerySet[ValueDifference]:
        return present(ValueDifference.objects.all(), user, self.only)

    def said(self, item: ValueDifference, cells: Mapping[str, str]) -> str:
        return word_of(cells["answer"], Lines)

    def stands(self, item: ValueDifference) -> str:
        return item.how

    def why_not(self, item: ValueDifference, said: str) -> str:
        why = item.why_not(said)
        return f"{Lines(said).label}: {why}" if why else ""

    def becomes(self, said: str) -> str:
        return f"becomes: {Lines(said).label}"
