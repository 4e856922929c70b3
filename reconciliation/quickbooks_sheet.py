"""Differences to QuickBooks as a workbook: out, filled in elsewhere, and back with a preview."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field

from reconciliation.models import QuickBooksDifference, Take
from reconciliation.services import quickbooks
from reconciliation.sheet_rows import AnswerResource, present, word_of

COLUMNS = tuple("project object source_id record field in_crm in_quickbooks how list_id suggestion confidence take version".split())


class QuickBooksResource(AnswerResource):
    """One line for each difference; people fill in `take`."""

    project = Field("project__slug", "project")
    source_id = Field("source_key", "source_id")
    record = Field("label", "record")
    in_crm = Field("crm", "in_crm")
    in_quickbooks = Field("quickbooks", "in_quickbooks")
    how = Field("get_kind_display", "how")
    version = Field("version", "version")
    choices: ClassVar = {"take": Take.values}
    shown = ("source_id", "field", "in_crm", "in_quickbooks", "take")
    label, answer_column = "record", "take"
    nobody = "no such difference waits in a project of yours"
    named_by = ("project", "object", "source_id", "field")
    answer_each = staticmethod(quickbooks.answer_each)

    class Meta:
        model = QuickBooksDifference
        import_id_fields = ("source_id", "field", "take")
        fields = export_order = COLUMNS

    def items(self, user: Any) -> QuerySet[QuickBooksDifference]:
        return present(QuickBooksDifference.objects.all(), user, self.only)

    def said(self, item: QuickBooksDifference, cells: Mapping[str, str]) -> str:
        return word_of(cells["take"], Take)

    def stands(self, item: QuickBooksDifference) -> str:
        return item.take

    def becomes(self, said: str) -> str:
        return f"loads what {Take(said).label} says"
