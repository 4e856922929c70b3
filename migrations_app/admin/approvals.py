"""What named persons said: sign-offs with all they froze, ticks, and remarks that are work to do."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, link, page_of, person
from migrations_app.admin.records import pretty
from migrations_app.admin.review import address_of
from migrations_app.models import Approval, Confirmation, Remark
from migrations_app.services import reviewing
from migrations_app.services.confirming import TICKS
from migrations_app.services.wording import plain

VERDICT_LABELS = {"signed off": "success", "rejected with remarks": "danger"}
REMARK_LABELS = {"said": "info", "to be done": "warning", "done": "success"}


@admin.register(Approval)
class ApprovalAdmin(ProjectScopedAdmin):
    nothing_here = "Nothing is signed off yet. A test run is planned on the project page; its review leads to the sign-off."
    list_display = ("verdict_shown", "kind", "review", "map_used", "who", "on_behalf_of", "at", "project")
    list_select_related = ("project", "run", "mapping", "by")
    list_filter = (ProjectFilter, "verdict")
    fieldsets = (
        (None, {"fields": (("project", "review"), ("verdict_shown", "kind"), ("who", "on_behalf_of"), ("at", "map_used"), "remark")}),
        ("Known losses, ticked line by line", {"fields": ("ticked",)}),
        ("What was seen", {"fields": ("changed", "frozen")}),
    )
    who = person("by", "Signed by")
    readonly_fields = ("verdict_shown", "review", "who", "map_used", "at", "ticked", "changed", "frozen")

    @display(description="Verdict", label=VERDICT_LABELS, ordering="verdict")
    def verdict_shown(self, approval: Approval) -> str:
        return approval.get_verdict_display()

    @display(description="Test run", ordering="run")
    def review(self, approval: Approval) -> str:
        approval.run.project = approval.project
        return link(address_of(approval.run), f"Run {approval.run_id}")

    @display(description="Map", ordering="mapping")
    def map_used(self, approval: Approval) -> str:
        return f"version {approval.mapping.version}"

    @display(description="Losses")
    def ticked(self, approval: Approval) -> str:
        lines = ((plain(each["object"] or "everything").capitalize(), each["what"], each["instead"]) for each in approval.losses)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}: {}</li>", lines)) if approval.losses else "none were known"

    @display(description="Changed since the test run")
    def changed(self, approval: Approval) -> str:
        return pretty(approval.difference) if approval.difference else "-"

    @display(description="Frozen")
    def frozen(self, approval: Approval) -> str:
        return pretty(approval.seen)


@admin.register(Confirmation)
class ConfirmationAdmin(ProjectScopedAdmin):
    nothing_here = "Nobody has ticked anything yet. That is done on the project page, beside the live account."
    list_display = ("what_for", "account", "who", "at", "withdrawn_at", "project")
    list_select_related = ("project", "account", "by", "withdrawn_by")
    list_filter = (ProjectFilter,)
    fieldsets = ((None, {"fields": (("what_for", "account"), ("who", "at"), ("taken_back_by", "withdrawn_at"), "lines")}),)
    who, taken_back_by = person("by", "Ticked by"), person("withdrawn_by", "Taken back by")
    readonly_fields = ("what_for", "who", "taken_back_by", "at", "lines")

    @display(description="What", ordering="what")
    def what_for(self, tick: Confirmation) -> str:
        return TICKS[tick.what].title if tick.what in TICKS else tick.what

    @display(description="Ticked")
    def lines(self, tick: Confirmation) -> str:
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in tick.items)))


@admin.register(Remark)
class RemarkAdmin(ProjectScopedAdmin):
    nothing_here = "Nobody has remarked anything. Remarks are made on the review of a test run."
    list_display = ("text", "status", "about", "field", "who", "at", "review")
    list_select_related = ("run__project", "link", "rule", "by")
    list_filter = (ProjectFilter, "state", ("run", admin.RelatedOnlyFieldListFilter))
    actions = ("done",)
    fieldsets = ((None, {"fields": ("text", ("status", "review"), ("about", "field"), ("who", "at"), ("done_who", "done_at"))}),)
    who, done_who = person("by", "Said by"), person("done_by", "Done by")
    readonly_fields = ("status", "about", "review", "who", "at", "done_who", "done_at")

    @display(description="Status", label=REMARK_LABELS, ordering="state")
    def status(self, remark: Remark) -> str:
        return remark.get_state_display()

    @display(description="To do at")
    def about(self, remark: Remark) -> str:
        """The rule, where the field comes from one column; else the record."""
        target = remark.rule or remark.link
        return link(page_of(target), target) if target is not None else "the test run as a whole"

    @display(description="Review")
    def review(self, remark: Remark) -> str:
        return link(address_of(remark.run), f"Run {remark.run_id}")

    @admin.action(description="Done")
    def done(self, request: HttpRequest, remarks: QuerySet[Any]) -> None:
        count = reviewing.settle(remarks, user=request.user)
        messages.success(request, f"{count} remarks are done.")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
