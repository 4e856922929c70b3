from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.admin.workbooks import WorkbookAdmin
from reconciliation.models import ItemState, QuickBooksDifference, Take
from reconciliation.quickbooks_sheet import QuickBooksResource
from reconciliation.services import quickbooks
from reconciliation.services.answers import Outcome


def _crm(project: Project, rows: list[QuickBooksDifference], form: None, user: Any) -> Outcome:
    return quickbooks.answer(project, rows, Take.CRM, user=user)


def _quickbooks(project: Project, rows: list[QuickBooksDifference], form: None, user: Any) -> Outcome:
    return quickbooks.answer(project, rows, Take.QUICKBOOKS, user=user)


def _as_suggested(project: Project, rows: list[QuickBooksDifference], form: None, user: Any) -> Outcome:
    return quickbooks.answer_each(project, [(row, row.suggestion) for row in rows], user=user)


def _take_back(project: Project, rows: list[QuickBooksDifference], form: None, user: Any) -> Outcome:
    return Outcome(quickbooks.take_back(project, rows, user=user))


def _unanswered(row: QuickBooksDifference) -> str:
    return "" if row.version else "it has no answer yet"


class DifferenceFilter(OpenFilter):
    views = {**OpenFilter.views, "matched": {"present": True, "state": ItemState.MATCHED}}


@admin.register(QuickBooksDifference)
class QuickBooksDifferenceAdmin(QueueAdmin, WorkbookAdmin):
    nothing_here = "No difference to QuickBooks waits for an answer: there is none, or the rules of the project say who wins."
    steps = (
        Step("as_suggested", "As suggested", _as_suggested, icon="auto_awesome"),
        Step("crm", "The CRM is right", _crm, icon="contacts"),
        Step("quickbooks", "QuickBooks is right", _quickbooks, icon="account_balance"),
        Step("take_back", "Take the answer back", _take_back, _unanswered, icon="undo"),
    )
    resource_classes = [QuickBooksResource]
    list_display = ("record", "field", "crm", "quickbooks", "kind", "suggested", "answered")
    list_filter = (DifferenceFilter, ProjectFilter, "object", "field", "kind")
    search_fields = ("label", "source_key", "crm", "quickbooks", "list_id")
    fieldsets = (
        ("The record", {"fields": (("label", "source_key", "list_id"), ("object", "project"))}),
        ("The two", {"fields": (("field", "kind"), "crm", "quickbooks", ("transactions", "reason"))}),
        ("Your answer", {"fields": ("suggested", "answered")}),
    )
    readonly_fields = "label source_key list_id object project field kind crm quickbooks transactions reason suggested answered".split()

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @display(description="Record", ordering="label", header=True)
    def record(self, row: QuickBooksDifference) -> list[str]:
        return [row.label or row.source_key, row.source_key]

    @display(description="Suggestion", ordering="confidence")
    def suggested(self, row: QuickBooksDifference) -> str:
        return f"{row.get_suggestion_display()}, {row.confidence:.0%} sure"

    @display(description="What loads", ordering="take")
    def answered(self, row: QuickBooksDifference) -> str:
        said = f"answered by {row.answered_by or '-'}" if row.take else "by the project's rule"
        note = "; it has changed since, please look again" if row.changed else ""
        return f"{Take(quickbooks.loads(row)).label} ({said}{note})"
