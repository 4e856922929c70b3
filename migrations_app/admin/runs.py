"""Runs with their phases and batches: what is planned, approved, loaded and compared."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, ReadOnlyInline, link, list_of, person, to_confirm
from migrations_app.admin.progress import bars, refreshes, table
from migrations_app.admin.records import PhaseFilter
from migrations_app.models import Batch, Difference, Phase, RecordLink, Run
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import spending

RUN_LABELS = {
    "being planned": "info",
    "running": "info",
    "pausing": "warning",
    "paused": "warning",
    "finished": "success",
    "cancelled": "warning",
    "stopped": "danger",
}
PHASE_LABELS = {"not started": "info", "loading": "info", "being compared": "warning", "balanced": "success"}
BATCH_LABELS = {"waits for approval": "warning", "approved": "info", "queued": "info", "being loaded": "info", "done": "success"}


class PhaseInline(ReadOnlyInline):
    model = Phase
    fields = ("entity", "state", "source", "derived", "reason", "verified_at", "differences_found")
    readonly_fields = fields

    @display(description="differences")
    def differences_found(self, phase: Phase) -> str:
        found = phase.report.get("differences", 0) + phase.report.get("edited", 0) + phase.report.get("gone", 0)
        return link(list_of(Difference, phase__id__exact=phase.pk), found) if found else "0"


@admin.register(Run)
class RunAdmin(ProjectScopedAdmin):
    nothing_here = "Nothing was loaded yet. A load is planned on the project page, once the account is prepared."
    list_display = ("name", "project", "into", "status", "reason", "resume_at", "tokens", "who", "started_at")
    list_select_related = ("project", "account", "started_by")
    list_filter = (ProjectFilter, "state", ("account__role", admin.ChoicesFieldListFilter))
    inlines = (PhaseInline,)
    change_form_outer_before_template = "crossdock/run_head.html"
    fieldsets = (
        (None, {"fields": (("project", "into"), ("status", "kind"), ("reason", "resume_at"), ("map_used", "records"))}),
        ("Figures", {"fields": (("tokens", "expected_tokens"), ("who", "started_at"), ("finished_at", "batches"))}),
    )
    who = person("started_by", "Started by")
    readonly_fields = ("who", "into", "status", "map_used", "records", "expected_tokens", "batches")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        run = self.get_object(request, object_id)
        shown = shown_of(run) if isinstance(run, Run) else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    @display(description="Run", ordering="pk")
    def name(self, run: Run) -> str:
        return f"Run {run.pk}"

    @display(description="Into", ordering="account")
    def into(self, run: Run) -> str:
        return str(run.account)

    @display(description="Status", label=RUN_LABELS, ordering="state")
    def status(self, run: Run) -> str:
        return run.get_state_display()

    @display(description="Map")
    def map_used(self, run: Run) -> str:
        return f"version {run.mapping.version}"

    @display(description="Records")
    def records(self, run: Run) -> str:
        return link(list_of(RecordLink, run__id__exact=run.pk), "all records of this run")

    @display(description="Expected tokens")
    def expected_tokens(self, run: Run) -> str:
        return f"{run.forecast.get('tokens', 0):,}"

    @display(description="Batches")
    def batches(self, run: Run) -> str:
        return link(list_of(Batch, phase__run__id__exact=run.pk), "all batches of this run")


def shown_of(run: Run) -> dict[str, Any]:
    """What the templates of a run need."""
    return {"run": run, "bars": bars(run), "table": table(run), "live": refreshes(run), "cost": spending.lines(run)}


@admin.register(Batch)
class BatchAdmin(ProjectScopedAdmin):
    nothing_here = "No load was planned yet. That is done on the project page, once the account is prepared."
    list_display = ("name", "records", "size", "status", "attempt", "who", "approved_at", "not_before")
    list_select_related = ("phase__run__project", "approved_by")
    list_filter = (ProjectFilter, "state", PhaseFilter)
    ordering = ("-phase", "number")
    fieldsets = (
        (None, {"fields": (("name", "records"), ("size", "status"), ("attempt", "not_before"), ("who", "approved_at"))}),
        ("Who works on it", {"fields": (("lease_owner", "lease_until", "heartbeat_at"),)}),
    )
    who = person("approved_by", "Approved by")
    readonly_fields = ("who", "name", "records", "status")
    actions_detail = ("rerun", "foresee", "undo")

    def has_load_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        batch = Batch.objects.select_related("phase__run").filter(pk=object_id).first() if object_id else None
        return batch is not None and self._may(request, "load", batch)

    @action(description="Run batch again", url_path="rerun", permissions=["load"], icon="replay")
    def rerun(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_confirm("rerun-batch", Batch, object_id)

    @action(description="What would undoing do?", url_path="foresee-undo", permissions=["load"], icon="preview")
    def foresee(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_confirm("foresee-undo-batch", Batch, object_id)

    @action(description="Undo batch", url_path="undo", permissions=["load"], icon="undo")
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_confirm("undo-batch", Batch, object_id)

    @display(description="Batch", ordering="number")
    def name(self, batch: Batch) -> str:
        return f"Run {batch.phase.run_id}, {many(batch.phase.entity)}, batch {batch.number}"

    @display(description="Records")
    def records(self, batch: Batch) -> str:
        return link(list_of(RecordLink, batch__id__exact=batch.pk), "records")

    @display(description="Status", label=BATCH_LABELS, ordering="state")
    def status(self, batch: Batch) -> str:
        return batch.get_state_display()
