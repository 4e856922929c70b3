"""Records that live in Pipedrive and may be what rows of the export are: linked or made anew, one by one or in bulk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Counterpart, Project
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import counterparts
from migrations_app.services.changing import price
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.counterparts_sheet import CounterpartResource
from reconciliation.services import existing
from reconciliation.services.answers import Outcome

Answer = Counterpart.Answer


def _answering(how: str) -> Any:
    def apply(project: Project, rows: list[Counterpart], form: None, user: Any) -> Outcome:
        return existing.answer(project, rows, how, user=user)

    return apply


def _take_back(project: Project, rows: list[Counterpart], form: None, user: Any) -> Outcome:
    return existing.take_back(project, rows, user=user)


def _unanswered(row: Counterpart) -> str:
    return "" if row.answer else "it has no answer yet"


class CounterpartFilter(OpenFilter):
    views = {
        "open": {},
        "answered": {"present": True, "answer__gt": ""},
        "meanwhile": {"meanwhile": True},
        "gone": {"present": False},
        "all": {},
    }
    labels = {**OpenFilter.labels, "meanwhile": "made in Pipedrive meanwhile", "gone": "no longer there"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self._chosen() == "open":
            return counterparts.still_open(queryset)
        return super().queryset(request, queryset)


@admin.register(Counterpart)
class CounterpartAdmin(QueueAdmin, WorkbookAdmin):
    nothing_here = "No row of the export waits here: nothing in Pipedrive looks like one, or it is decided."
    steps = (
        Step("fill", "The same: link, fill what is empty", _answering(Answer.FILL), icon="link"),
        Step("overwrite", "The same: link, take the export's values", _answering(Answer.OVERWRITE), icon="upload"),
        Step("leave", "The same: link, leave its values", _answering(Answer.LEAVE), icon="lock"),
        Step("create", "Another one: make a new record", _answering(Answer.CREATE), icon="add"),
        Step("take_back", "Take the answer back", _take_back, _unanswered, icon="undo"),
    )
    resource_classes = [CounterpartResource]
    list_display = ("label", "object", "in_pipedrive", "why", "suggested", "answered", "account")
    list_select_related = ("project", "account__project", "answered_by")
    list_filter = (CounterpartFilter, ProjectFilter, "object", "strength", "account__role")
    search_fields = ("label", "there", "source_key", "pipedrive_id")
    fieldsets = (
        (
            "The two records",
            {"fields": ("side_by_side", ("object", "source_key", "in_pipedrive"), ("reason", "others"), ("account", "project"))},
        ),
        ("Your answer", {"fields": ("suggested", "answered", "consequences")}),
    )
    readonly_fields = (
        "side_by_side", "object", "source_key", "in_pipedrive", "reason", "others", "account", "project", "suggested", "answered",
        "consequences",
    )  # fmt: skip

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def only_open(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return counterparts.still_open(rows)

    def consequence(self, rows: Any) -> str:
        tokens = sum(price(row.entity, "PATCH") for row in rows)
        kinds = {row.entity for row in rows}
        named = many(kinds.pop()) if len(kinds) == 1 else "records"
        return f"{len(rows):,} {named}; linking them costs {tokens:,} tokens, as making them would"

    @display(description="In Pipedrive", ordering="there")
    def in_pipedrive(self, row: Counterpart) -> str:
        path = f"{row.account.url}/{row.entity}/{row.pipedrive_id}"
        return format_html('{} (<a href="{}" target="_blank" rel="noopener">{}</a>)', row.there or "-", path, row.pipedrive_id)

    @display(description="Why", ordering="strength")
    def why(self, row: Counterpart) -> str:
        return format_html("{}<br>{}{}", row.get_strength_display(), row.reason, "; made there meanwhile" if row.meanwhile else "")

    @display(description="Suggestion", ordering="confidence")
    def suggested(self, row: Counterpart) -> str:
        return f"{row.get_suggestion_display()}, {row.confidence:.0%} sure"

    @display(description="Answer", ordering="answer")
    def answered(self, row: Counterpart) -> str:
        return format_html("{}<br>{}", row.get_answer_display() or existing.without_answer(row), row.answered_by or "")

    @display(description="Others that fit")
    def others(self, row: Counterpart) -> str:
        return ", ".join(row.facts.get("others", ())) or "-"

    @display(description="What linking does")
    def consequences(self, row: Counterpart) -> str:
        return existing.consequence(row)

    @display(description="Side by side")
    def side_by_side(self, row: Counterpart) -> str:
        return render_to_string("reconciliation/counterpart.html", {"row": row, "lines": row.facts.get("lines", ())})
