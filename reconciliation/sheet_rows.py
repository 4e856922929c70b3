"""What the lines of a workbook do, judged one by one and applied together by the services that the screens use."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Choices, QuerySet
from import_export.exceptions import FieldError
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import RowResult
from tablib import Dataset

from migrations_app.models import Project, visible_to
from reconciliation import sheets
from reconciliation.services.answers import CannotAnswer, Outcome, Refusal, chunks
from reconciliation.sheets import LINE, Streamed, as_text

CHANGED = "changed since your export"


class RowRefused(Exception):
    """This line of the workbook changes nothing; the text says why."""


class Unchanged(RowRefused):
    """It says what is so already: nothing to tell anybody."""


class SheetResource(ModelResource):
    """Subclasses answer `judge(cells)` with what a line would do (in words), or raise RowRefused, and do it in `apply`.

    `refused` lists the lines that people filled in and that change nothing, and why.
    """

    choices: ClassVar[Mapping[str, Sequence[str]]] = {}  # columns that offer a list
    shown: ClassVar[tuple[str, ...]] = ()
    label: ClassVar[str] = ""  # the column that calls the record by its name
    named: ClassVar[str] = "source_id"  # the one that identifies it

    version = Field(column_name=sheets.VERSION)

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = project
        self.refused: list[Refusal] = []
        self.answered = 0

    def judge(self, cells: Mapping[str, str]) -> str:
        raise NotImplementedError

    def apply(self, user: Any) -> None:
        raise NotImplementedError

    def says_something(self, cells: Mapping[str, str]) -> bool:
        """Whether anybody expects this line to do something."""
        return True

    def export(self, queryset: Any = None, **kwargs: Any) -> Streamed:
        chosen = kwargs.get("export_fields")
        found = self.filter_export(self.get_queryset() if queryset is None else queryset, **kwargs)
        rows = (self.export_resource(each, selected_fields=chosen, **kwargs) for each in self.iter_queryset(found))
        return Streamed(self.get_export_headers(selected_fields=chosen), rows, self.choices)

    def import_row(self, row: Mapping[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        cells = {str(name): as_text(value) for name, value in row.items() if name is not None}
        result = RowResult()
        try:
            note = self.judge(cells)
            result.import_type = RowResult.IMPORT_TYPE_UPDATE
        except (RowRefused, CannotAnswer) as reason:
            note = str(reason)
            result.import_type = RowResult.IMPORT_TYPE_SKIP
            if not isinstance(reason, Unchanged) and self.says_something(cells):
                self.refused.append(Refusal(cells.get(self.named, ""), cells.get(self.label, ""), note, cells.get(LINE, "")))
        result.diff = [cells.get(LINE, ""), *(cells.get(name, "") for name in self.shown), note]
        return result

    def after_import(self, dataset: Dataset, result: Any, **kwargs: Any) -> None:
        self.apply(kwargs["user"])

    def get_diff_headers(self) -> list[str]:
        return ["line", *(name.replace("_", " ") for name in self.shown), "what happens"]

    def version_of(self, row: Any) -> str:
        return as_text(self.export_field(self.fields["version"], row))

    def slug(self, cells: Mapping[str, str]) -> str:
        return cells.get("project") or (self.only.slug if self.only else "")


class AnswerResource(SheetResource):
    """One line for each item of a queue; people fill in the column `answer`, and others where it takes them.

    Subclasses say which items wait (`items`), what a line says of one (`said`), how it stands, what speaks against it, what it
    becomes in words, and which service answers (`answer_each`).
    """

    answer_column: ClassVar[str] = "answer"
    named_by: ClassVar[tuple[str, ...]] = ("project", "source_id")  # columns that tell one item from all others
    key: ClassVar[str] = "source_key"  # of the model
    nobody: ClassVar[str] = "no such record waits in a project of yours"

    def __init__(self, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(project, **kwargs)
        self.picks: dict[Project, list[tuple[Any, Any]]] = defaultdict(list)
        self._items: dict[tuple[str, ...], Any] = {}

    def items(self, user: Any) -> QuerySet[Any]:
        """Those that the user may see, with their project."""
        raise NotImplementedError

    def said(self, item: Any, cells: Mapping[str, str]) -> Any:
        raise NotImplementedError

    def stands(self, item: Any) -> Any:
        """As `said` has it."""
        raise NotImplementedError

    def why_not(self, item: Any, said: Any) -> str:
        return ""

    def becomes(self, said: Any) -> str:
        raise NotImplementedError

    def answer_each(self, project: Project, picks: Sequence[tuple[Any, Any]], *, user: Any) -> Outcome:
        raise NotImplementedError

    def get_to_know(self, some: Sequence[Any]) -> None:
        """Read what belongs to these items and stands in other tables."""

    def says_something(self, cells: Mapping[str, str]) -> bool:
        return bool(cells.get(self.answer_column))

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Reads the items of those lines that hold an answer, 500 at a time."""
        columns = dataset.headers or []
        if "source_id" not in columns or self.answer_column not in columns:
            return
        pairs = zip(dataset["source_id"], dataset[self.answer_column], strict=True)
        keys = dict.fromkeys(as_text(key) for key, answer in pairs if as_text(answer))
        found = self.items(kwargs["user"])
        for part in chunks(keys):
            some = list(found.filter(**{f"{self.key}__in": part}))
            self.get_to_know(some)
            self._items |= {self._place_of(item): item for item in some}

    def judge(self, cells: Mapping[str, str]) -> str:
        if not self.says_something(cells):
            raise RowRefused("no answer filled in")
        item = self._items.get((self.slug(cells), *(cells.get(name, "") for name in self.named_by[1:])))
        if item is None:
            raise RowRefused(self.nobody)
        said = self.said(item, cells)
        if said == self.stands(item):
            raise Unchanged("is answered so already")
        if cells.get(sheets.VERSION, "") != self.version_of(item):
            raise RowRefused(CHANGED)
        if why := self.why_not(item, said):
            raise RowRefused(why)
        self.picks[item.project].append((item, said))
        return self.becomes(said)

    def apply(self, user: Any) -> None:
        for project, picks in self.picks.items():
            outcome = self.answer_each(project, picks, user=user)
            self.answered += outcome.answered
            self.refused += outcome.refused

    def _place_of(self, item: Any) -> tuple[str, ...]:
        return tuple(as_text(self.export_field(self.fields[name], item)) for name in self.named_by)


def present(rows: QuerySet[Any], user: Any, only: Project | None) -> QuerySet[Any]:
    """What waits in the one project, or in those that the user may see."""
    seen = visible_to(user, rows.filter(present=True)).select_related("project")
    return seen.filter(project=only) if only else seen


def word_of(text: str, choices: type[Choices]) -> str:
    """A choice by its value or its label, in any case. Raises RowRefused."""
    words = {str(label).casefold(): value for value, label in choices.choices} | {str(value).casefold(): value for value in choices.values}
    if text.casefold() not in words:
        raise RowRefused(f"“{text}” is no answer; these are: {', '.join(map(str, choices.values))}")
    return str(words[text.casefold()])


def bring_in(resource: SheetResource, dataset: Dataset, *, user: Any) -> Outcome:
    """Do what the lines say. Raises CannotAnswer where the workbook is one of another kind, and what `apply` raises."""
    with transaction.atomic():
        result = resource.import_data(dataset, use_transactions=False, user=user)
        if result.base_errors:
            lacking = result.base_errors[0].error
            raise CannotAnswer(str(lacking)) if isinstance(lacking, FieldError) else lacking
    return Outcome(resource.answered, tuple(resource.refused))


def bring_in_file(resource: SheetResource, path: Path, *, user: Any) -> Outcome:
    return bring_in(resource, sheets.read(path, path.name), user=user)
