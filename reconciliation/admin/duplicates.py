from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter
from migrations_app.models import Project
from migrations_app.services import rows
from reconciliation.admin.base import REFUSALS, OpenFilter, QueueAdmin, Step
from reconciliation.admin.forms import DuplicateForm
from reconciliation.models import DuplicateCluster
from reconciliation.services import duplicates
from reconciliation.services.answers import Outcome
from reconciliation.services.merges import MERGE

SHOWN_IN_LIST = 4


def _merge(project: Project, clusters: list[DuplicateCluster], form: None, user: Any) -> Outcome:
    return duplicates.merge(project, clusters, user=user)


def _keep(project: Project, clusters: list[DuplicateCluster], form: None, user: Any) -> Outcome:
    return duplicates.keep(project, clusters, user=user)


def _branches(project: Project, clusters: list[DuplicateCluster], form: None, user: Any) -> Outcome:
    return duplicates.keep(project, [each for each in clusters if not _no_companies(each)], user=user, branches=True)


def _no_companies(cluster: DuplicateCluster) -> str:
    return "" if cluster.object == DuplicateCluster.Object.COMPANIES else "only organizations can stand above others"


def _take_back(project: Project, clusters: list[DuplicateCluster], form: None, user: Any) -> Outcome:
    return Outcome(duplicates.take_back(project, clusters, user=user))


def _doubtful(cluster: DuplicateCluster) -> str:
    doubtful = cluster.strength == DuplicateCluster.Strength.DOUBTFUL
    return "it is doubtful: look at its records and decide it alone" if doubtful else ""


def _unanswered(cluster: DuplicateCluster) -> str:
    return "" if cluster.version else "it has no answer yet"


@admin.register(DuplicateCluster)
class DuplicateClusterAdmin(QueueAdmin):
    nothing_here = "No duplicates wait for an answer: none were found by the newest audit, or all are decided."
    steps = (
        Step("merge", "Merge", _merge, _doubtful, icon="merge"),
        Step("keep", "Keep apart", _keep, icon="call_split"),
        Step("branches", "Keep apart: branches of the first", _branches, _no_companies, icon="account_tree"),
        Step("take_back", "Take the answer back", _take_back, _unanswered, icon="undo"),
    )
    form = DuplicateForm
    list_display = ("records", "object", "why", "suggested", "answered")
    list_filter = (OpenFilter, ProjectFilter, "object", "strength")
    search_fields = ("members__key", "members__label", "reason")
    fieldsets = (
        ("The records", {"fields": ("side_by_side", ("object", "strength"), ("reason", "project"))}),
        ("Your answer", {"fields": ("suggested", "answered", "choice", "stays", "seen")}),
    )
    readonly_fields = ("side_by_side", "object", "strength", "reason", "project", "suggested", "answered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DuplicateCluster]:
        return super().get_queryset(request).prefetch_related("members")

    def get_fieldsets(self, request: HttpRequest, obj: DuplicateCluster | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        known, (title, _) = self.fieldsets
        return known, (title, {"fields": ("suggested", "answered")})

    def save_model(self, request: HttpRequest, obj: DuplicateCluster, form: DuplicateForm, change: bool) -> None:
        given = form.cleaned_data
        try:
            if given["choice"] == MERGE:
                outcome = duplicates.merge(obj.project, [obj], user=request.user, survivor=given["stays"], doubtful=True)
            else:
                outcome = duplicates.keep(obj.project, [obj], user=request.user)
        except REFUSALS as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return
        self.report(request, outcome)

    @display(description="Records")
    def records(self, cluster: DuplicateCluster) -> str:
        members = list(cluster.members.all())
        shown = format_html_join("", "{} ({})<br>", ((str(each), each.key) for each in members[:SHOWN_IN_LIST]))
        more = len(members) - SHOWN_IN_LIST
        return format_html("{}{}", shown, f"and {more} more" if more > 0 else "")

    @display(description="Why", ordering="strength")
    def why(self, cluster: DuplicateCluster) -> str:
        return format_html("{}<br>{}", cluster.get_strength_display(), cluster.reason)

    @display(description="Suggestion", ordering="confidence")
    def suggested(self, cluster: DuplicateCluster) -> str:
        return f"{cluster.get_suggestion_display()}, {cluster.confidence:.0%} sure"

    @display(description="Answer so far", ordering="answer")
    def answered(self, cluster: DuplicateCluster) -> str:
        note = "there is more to decide than when it was answered" if cluster.changed else ""
        return format_html("{}<br>{} {}", cluster.get_answer_display() or "-", cluster.answered_by or "", note)

    @display(description="Side by side")
    def side_by_side(self, cluster: DuplicateCluster) -> str:
        return render_to_string("reconciliation/side_by_side.html", compared(cluster))


def compared(cluster: DuplicateCluster) -> dict[str, Any]:
    """The members as columns, the source's headers as lines; empty lines are left out, lines that differ are marked."""
    members = list(cluster.members.all())
    tables = rows.tables_in_force(cluster.project).get(cluster.object, [])
    found = rows.by_key(tables, [each.key for each in members])
    cells = {key: dict(zip(row.table.headers, row.cells, strict=False)) for key, row in found.items()}
    headers = list(dict.fromkeys(header for row in found.values() for header in row.table.headers))
    lines = [(header, [cells.get(each.key, {}).get(header, "") for each in members]) for header in headers]
    return {"members": members, "lines": [(header, values, len(set(values)) > 1) for header, values in lines if any(values)]}
