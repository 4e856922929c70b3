"""Findings as a workbook: out with a column for the answer, and back with a preview."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

from django.db import transaction
from django.db.models import QuerySet
from import_export.exceptions import FieldError
from import_export.fields import Field
from openpyxl.utils.exceptions import InvalidFileException
from tablib import Dataset

from migrations_app.models import FindingAnswer, FindingRow, Membership, Project, visible_to
from reconciliation.services import findings
from reconciliation.services.answers import CannotAnswer, Outcome, Refusal, chunks
from reconciliation.services.findings import How, Pick, Say
from reconciliation.sheets import DropDownXLSX, RowRefused, SheetResource, as_text

CHANGED = "changed since your export"
COLUMNS = tuple("project object source_id file sheet line finding what field value answer new_value why due assignee version".split())


class FindingXLSX(DropDownXLSX):
    choices: ClassVar = {"answer": How.values}


class FindingResource(SheetResource):
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
    version = Field(column_name="version")
    shown = ("source_id", "finding", "answer", "new_value")

    class Meta:
        model = FindingRow
        import_id_fields = ("source_id", "finding", "answer")
        fields = export_order = COLUMNS

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.refused: list[Refusal] = []
        self.answered = 0
        self.picks: list[Pick] = []
        self._rows: dict[tuple[str, ...], FindingRow] = {}
        self._answers: dict[int, FindingAnswer] = {}
        self._users: dict[tuple[str, str], int] = {}  # project, name

    def before_export(self, queryset: QuerySet[FindingRow], **kwargs: Any) -> None:
        for some in chunks(queryset):
            self._answers |= findings.answers_to(some)

    def dehydrate_answer(self, row: FindingRow) -> str:
        return self._said(row, "how")

    def dehydrate_new_value(self, row: FindingRow) -> str:
        return self._said(row, "new")

    def dehydrate_why(self, row: FindingRow) -> str:
        return self._said(row, "why")

    def dehydrate_due(self, row: FindingRow) -> str:
        return self._said(row, "due")

    def dehydrate_assignee(self, row: FindingRow) -> str:
        return self._said(row, "assignee")

    def dehydrate_version(self, row: FindingRow) -> str:
        return self._said(row, "decision_id") or "0"

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        keys = [as_text(key) for key in dataset["source_id"]] if "source_id" in (dataset.headers or []) else []
        projects = [self.only] if self.only else visible_to(kwargs["user"], Project.objects.all())
        for project in projects:
            for part in chunks(dict.fromkeys(keys)):
                some = list(findings.newest(project).filter(key__in=part))
                self._answers |= findings.answers_to(some)
                self._rows |= {_name(project.slug, *findings.mark(row)): row for row in some}
        members = Membership.objects.filter(project__in=[each.pk for each in projects])
        self._users = {(slug, name): pk for slug, name, pk in members.values_list("project__slug", "user__username", "user")}

    def judge(self, cells: Mapping[str, str]) -> str:
        try:
            row, say = self._read(cells)
        except RowRefused as reason:
            if cells.get("answer"):
                self.refused.append(Refusal(cells.get("source_id", ""), "", str(reason)))
            raise
        self.picks.append((row, say))
        return f"becomes: {How(say.how).label}"

    def apply(self, user: Any) -> None:
        by_project: dict[Project, list[Pick]] = {}
        for pick in self.picks:
            by_project.setdefault(pick[0].project, []).append(pick)
        for project, picks in by_project.items():
            outcome = findings.answer(project, picks, user=user)
            self.answered += outcome.answered
            self.refused += outcome.refused

    def _read(self, cells: Mapping[str, str]) -> tuple[FindingRow, Say]:
        how = how_of(cells.get("answer", ""))
        slug = cells.get("project") or (self.only.slug if self.only else "")
        mark = (cells.get("object", ""), cells.get("source_id", ""), cells.get("finding", ""), cells.get("field", ""))
        row = self._rows.get(_name(slug, *mark))
        if row is None:
            raise RowRefused("the newest audit has no such finding in a project of yours")
        say = Say(
            how, cells.get("new_value", ""), cells.get("why", ""), day_of(cells.get("due", "")), self._user(slug, cells.get("assignee", ""))
        )
        now = self._answers.get(row.pk)
        if now is not None and _same(now, say):
            raise RowRefused("is answered so already")
        if cells.get("version", "") != (str(now.decision_id) if now else "0"):
            raise RowRefused(CHANGED)
        if why := findings.why_not(row, how):
            raise RowRefused(why)
        return row, say

    def _user(self, slug: str, name: str) -> int | None:
        if name and (slug, name) not in self._users:
            raise RowRefused(f"nobody in the project is called “{name}”")
        return self._users.get((slug, name))

    def _said(self, row: FindingRow, name: str) -> str:
        answer = self._answers.get(row.pk)
        value = getattr(answer, name) if answer else ""
        return str(value or "")


def import_workbook(project: Project, path: Path, *, user: Any) -> Outcome:
    """Answer findings as an exported workbook says. Raises CannotAnswer where the file is no such workbook, and Forbidden."""
    try:
        dataset = FindingXLSX().create_dataset(path.read_bytes())
    except (BadZipFile, InvalidFileException, KeyError, ValueError, StopIteration) as problem:
        raise CannotAnswer(f"{path.name} is no xlsx workbook that can be read.") from problem
    resource = FindingResource(project=project)
    with transaction.atomic():
        result = resource.import_data(dataset, use_transactions=False, user=user)
        if result.base_errors:
            lacking = result.base_errors[0].error
            raise CannotAnswer(str(lacking)) if isinstance(lacking, FieldError) else lacking
    return Outcome(resource.answered, tuple(resource.refused))


def export_workbook(rows: QuerySet[FindingRow], path: Path) -> None:
    path.write_bytes(FindingXLSX().export_data(FindingResource().export(rows)))


def how_of(text: str) -> str:
    words = {label.casefold(): value for value, label in How.choices} | {value: value for value in How.values}
    if not text:
        raise RowRefused("no answer filled in")
    if text.casefold() not in words:
        raise RowRefused(f"“{text}” is no answer; these are: {', '.join(How.values)}")
    return str(words[text.casefold()])


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise RowRefused(f"“{text}” is no day: write it as 2025-12-31") from None


def _same(now: FindingAnswer, say: Say) -> bool:
    return (now.how, now.new, now.why, now.due, now.assignee_id) == (say.how, say.new, say.why, say.due, say.assignee)


def _name(*parts: str) -> tuple[str, ...]:
    return parts
