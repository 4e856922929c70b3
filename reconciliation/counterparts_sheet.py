"""Records that live in Pipedrive already, as a workbook: out, filled in elsewhere, and back with a preview."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field

from migrations_app.models import Counterpart
from reconciliation.services import existing
from reconciliation.services.answers import digest
from reconciliation.sheet_rows import AnswerResource, RowRefused, present

COLUMNS = tuple(
    "project account object source_id record name_in_pipedrive id_in_pipedrive how_sure why filled suggestion answer version".split()
)
ANSWERS = (*Counterpart.Answer.values, existing.LINK)


class CounterpartResource(AnswerResource):
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
    choices: ClassVar = {"answer": ANSWERS}
    shown = ("source_id", "record", "name_in_pipedrive", "answer")
    label = "record"
    named_by = ("project", "account", "object", "source_id")
    answer_each = staticmethod(existing.answer_each)

    class Meta:
        model = Counterpart
        import_id_fields = ("source_id", "answer")
        fields = export_order = COLUMNS

    def dehydrate_filled(self, row: Counterpart) -> str:
        return ", ".join(existing.filled(row))

    def dehydrate_version(self, row: Counterpart) -> str:
        return digest(row.pipedrive_id, row.answer, row.answered_at)

    def items(self, user: Any) -> QuerySet[Counterpart]:
        return present(Counterpart.objects.all(), user, self.only).select_related("project", "account")

    def said(self, item: Counterpart, cells: Mapping[str, str]) -> str:
        how = cells["answer"].casefold()
        if how not in ANSWERS:
            raise RowRefused(f"“{how}” is no answer; these are: {', '.join(ANSWERS)}")
        return existing.linking(item.project) if how == existing.LINK else how

    def stands(self, item: Counterpart) -> str:
        return item.answer

    def becomes(self, said: str) -> str:
        return Counterpart.Answer(said).label
