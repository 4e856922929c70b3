"""Deals without a company as a workbook: out, filled in elsewhere, and back with a preview."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field

from migrations_app.models import Project
from reconciliation.models import How, OrphanedDeal
from reconciliation.services import orphans, parents
from reconciliation.services.answers import CannotAnswer
from reconciliation.services.orphans import Pick
from reconciliation.sheet_rows import AnswerResource, RowRefused, present, word_of

COLUMNS = tuple(
    "project source_id deal status value currency pipeline owner_text why company_in_deal contact contact_company "
    "similar_company suggestion confidence answer parent version".split()
)


class OrphanedDealResource(AnswerResource):
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
    choices: ClassVar = {"answer": How.values}
    shown = ("source_id", "deal", "answer", "parent")
    label = "deal"
    nobody = "no such deal waits in a project of yours"
    answer_each = staticmethod(orphans.answer_each)

    class Meta:
        model = OrphanedDeal
        import_id_fields = ("source_id", "answer")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        self._parents: dict[tuple[int, str], Pick | str] = {}

    def dehydrate_value(self, deal: OrphanedDeal) -> str:
        return f"{deal.value.normalize():f}" if deal.value is not None else ""

    def dehydrate_parent(self, deal: OrphanedDeal) -> str:
        return parent_text(deal.parent)

    def items(self, user: Any) -> QuerySet[OrphanedDeal]:
        return present(OrphanedDeal.objects.all(), user, self.only)

    def said(self, item: OrphanedDeal, cells: Mapping[str, str]) -> Pick:
        how = word_of(cells["answer"], How)
        return self._with_parent(item, cells.get("parent", "")) if how == How.PARENT else Pick(how)

    def stands(self, item: OrphanedDeal) -> Pick:
        return Pick(item.how, item.parent)

    def why_not(self, item: OrphanedDeal, said: Pick) -> str:
        why = item.why_not(said.how)
        return f"{How(said.how).label}: {why}" if why else ""

    def becomes(self, said: Pick) -> str:
        return f"becomes: {How(said.how).label}"

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


def parent_text(parent: Mapping[str, Any]) -> str:
    """A designated company as people type it; `parents.resolve` reads it back."""
    if "source" in parent:
        return str(parent["source"])
    if number := parent.get("pipedrive_id"):
        return f"pipedrive:{number}"
    return f"new:{parent['name']}" if parent.get("name") else ""
