"""Findings as a workbook: out with a column for the answer, and back with a preview."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from django.db.models import QuerySet
from import_export.fields import Field
from tablib import Dataset

from migrations_app.models import FindingAnswer, FindingRow, Membership, Project, visible_to
from reconciliation import sheets
from reconciliation.services import findings
from reconciliation.services.answers import Outcome, chunks
from reconciliation.services.findings import How, Say
from reconciliation.sheet_rows import AnswerResource, RowRefused, bring_in_file, word_of

COLUMNS = tuple("project object source_id file sheet line finding what field value answer new_value why due assignee version".split())


class FindingResource(AnswerResource):
    """One line for each finding in a row; people fill in `answer`, and `new_value`, `why`, `due` or `assignee` where it takes them."""

    project = Field("finding__audit__project__slug", "project")
    object = Field("finding__object", "object")
    source_id = Field("key", "source_id")
    file = Field("table__file", "file")
    sheet = Field("table__sheet", "sheet")
    finding = Field("finding__code", "finding")
    what = Field("message", "what")
    answer = Field(column_name="answer")
    new_value = Field(column_name="new_value")
    why = Field(column_name="why")
    due = Field(column_name="due")
    assignee = Field(column_name="assignee")
    choices: ClassVar = {"answer": How.values}
    shown = ("source_id", "finding", "answer", "new_value")
    nobody = "the newest audit has no such finding in a project of yours"
    named_by = ("project", "object", "source_id", "finding", "field")
    key = "key"
    answer_each = staticmethod(findings.answer)

    class Meta:
        model = FindingRow
        import_id_fields = ("source_id", "finding", "answer")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        self._answers: dict[int, FindingAnswer] = {}
        self._users: dict[tuple[str, str], int] = {}  # project, name

    def dehydrate_answer(self, row: FindingRow) -> str:
        return self._given(row, "how")

    def dehydrate_new_value(self, row: FindingRow) -> str:
        return self._given(row, "new")

    def dehydrate_why(self, row: FindingRow) -> str:
        return self._given(row, "why")

    def dehydrate_due(self, row: FindingRow) -> str:
        return self._given(row, "due")

    def dehydrate_assignee(self, row: FindingRow) -> str:
        return self._given(row, "assignee")

    def dehydrate_version(self, row: FindingRow) -> str:
        return self._given(row, "decision_id") or "0"

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        members = Membership.objects.filter(project__in=self._projects(kwargs["user"]))
        self._users = {(slug, name): pk for slug, name, pk in members.values_list("project__slug", "user__username", "user")}

    def iter_queryset(self, queryset: Any) -> Iterator[FindingRow]:
        for some in chunks(super().iter_queryset(queryset)):
            self._answers = findings.answers_to(some)
            yield from some

    def items(self, user: Any) -> QuerySet[FindingRow]:
        return findings.newest(*self._projects(user))

    def get_to_know(self, some: Sequence[FindingRow]) -> None:
        self._answers |= findings.answers_to(some)

    def said(self, item: FindingRow, cells: Mapping[str, str]) -> Say:
        how, due = word_of(cells["answer"], How), day_of(cells.get("due", ""))
        assignee = self._user(self.slug(cells), cells.get("assignee", ""))
        return Say(how, cells.get("new_value", ""), cells.get("why", ""), due, assignee)

    def stands(self, item: FindingRow) -> Say | None:
        now = self._answers.get(item.pk)
        return Say(now.how, now.new, now.why, now.due, now.assignee_id) if now else None

    def why_not(self, item: FindingRow, said: Say) -> str:
        return findings.why_not(item, said.how)

    def becomes(self, said: Say) -> str:
        return f"becomes: {How(said.how).label}"

    def _projects(self, user: Any) -> Sequence[Project]:
        return [self.only] if self.only else list(visible_to(user, Project.objects.all()))

    def _user(self, slug: str, name: str) -> int | None:
        if name and (slug, name) not in self._users:
            raise RowRefused(f"nobody in the project is called “{name}”")
        return self._users.get((slug, name))

    def _given(self, row: FindingRow, name: str) -> str:
        answer = self._answers.get(row.pk)
        value = getattr(answer, name) if answer else ""
        return str(value or "")


def import_workbook(project: Project, path: Path, *, user: Any) -> Outcome:
    """Answer findings as an exported workbook says. Raises CannotAnswer where the file is no such workbook, and Forbidden."""
    return bring_in_file(FindingResource(project=project), path, user=user)


def export_workbook(rows: QuerySet[FindingRow], path: Path) -> None:
    sheets.write(FindingResource().export(rows), path)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise RowRefused(f"“{text}” is no day: write it as 2025-12-31") from None
