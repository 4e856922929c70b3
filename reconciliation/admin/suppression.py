from typing import Any

from django.contrib import admin
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.models import SuppressionConflict
from reconciliation.services import suppressed
from reconciliation.services.answers import Outcome


def _opt_out(project: Project, rows: list[SuppressionConflict], form: None, user: Any) -> Outcome:
    return suppressed.answer(project, rows, mailable=False, user=user)


def _keep(project: Project, rows: list[SuppressionConflict], form: None, user: Any) -> Outcome:
    return suppressed.answer(project, rows, mailable=True, user=user)


def _take_back(project: Project, rows: list[SuppressionConflict], form: None, user: Any) -> Outcome:
    return Outcome(suppressed.take_back(project, rows, user=user))


def _unanswered(row: SuppressionConflict) -> str:
    return "" if row.version else "it has no answer yet"


@admin.register(SuppressionConflict)
class SuppressionConflictAdmin(QueueAdmin):
    nothing_here = "Nobody whom the source suppresses has said yes since."
    steps = (
        Step("opt_out", "Must not be written to", _opt_out, icon="unsubscribe"),
        Step("keep", "The later yes counts", _keep, icon="mark_email_read"),
        Step("take_back", "Take the answer back", _take_back, _unanswered, icon="undo"),
    )
    list_display = ("email", "suppressed", "since", "reason", "account", "answered")
    list_filter = (OpenFilter, ProjectFilter)
    search_fields = ("email", "pipedrive_id")
    fieldsets = (
        ("In the source", {"fields": (("email", "project"), ("suppressed", "since"))}),
        ("In Pipedrive", {"fields": (("account", "pipedrive_id"), "reason")}),
        ("Your answer", {"fields": ("answered",)}),
    )
    readonly_fields = ("email", "project", "suppressed", "since", "account", "pipedrive_id", "reason", "answered")

    @display(description="May be written to")
    def answered(self, row: SuppressionConflict) -> str:
        if row.mailable is None:
            return "no, until you answer"
        return f"{'yes' if row.mailable else 'no'} ({row.answered_by or '-'})"
