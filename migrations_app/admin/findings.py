"""What the newest audit found, and in which rows."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, link, linked, list_of
from migrations_app.models import Finding, FindingRow, StagedRecord
from migrations_app.services.wording import counted, plain

SEVERITY_LABELS = {"never loads": "danger", "a person decides": "warning", "loads, but look": "info"}


class NewestAuditAdmin(ProjectScopedAdmin):
    """Findings of older audits are on their way out; nobody looks at them."""

    audit_path = "audit"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(**{f"{self.audit_path}__project__audit": F(self.audit_path)})


@admin.register(Finding)
class FindingAdmin(NewestAuditAdmin):
    nothing_here = "The newest audit found nothing here, or none has run yet. It is started on the project page."
    list_display = ("what", "object", "how_bad", "see_rows", "project")
    list_select_related = ("audit__project",)
    list_filter = (ProjectFilter, "severity", "object")
    search_fields = ("code",)
    fieldsets = ((None, {"fields": (("what", "object"), ("how_bad", "see_rows"), "seen")}),)
    readonly_fields = ("what", "how_bad", "see_rows", "seen")

    @display(description="Finding", ordering="code")
    def what(self, finding: Finding) -> str:
        return plain(finding.code)

    @display(description="What happens", ordering="severity", label=SEVERITY_LABELS)
    def how_bad(self, finding: Finding) -> str:
        return finding.get_severity_display()

    @display(description="Rows", ordering="count")
    def see_rows(self, finding: Finding) -> str:
        return link(list_of(FindingRow, finding__id__exact=finding.pk), counted(finding.count, "row"))

    @display(description="Project")
    def project(self, finding: Finding) -> str:
        return finding.audit.project.name

    @display(description="Examples")
    def seen(self, finding: Finding) -> str:
        return " · ".join(str(each) for each in finding.examples) or "-"


class FindingFilter(admin.SimpleListFilter):
    title = "finding"
    parameter_name = "finding__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = admin.site.get_model_admin(Finding).get_queryset(request)
        return [(str(each.pk), f"{each.object}: {plain(each.code)}") for each in found[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FindingRow]) -> QuerySet[FindingRow]:
        chosen = self.value()
        return queryset.filter(finding=int(chosen)) if chosen and chosen.isdecimal() else queryset


@admin.register(FindingRow)
class FindingRowAdmin(NewestAuditAdmin):
    nothing_here = "The newest audit found nothing here, or none has run yet. It is started on the project page."
    audit_path = "finding__audit"
    list_display: Any = ("source_row", "what", "field", "value", "message", "file", "line")
    list_select_related = ("finding__audit__project", "table")
    list_filter: Any = (FindingFilter,)
    search_fields = ("key__exact",)
    search_help_text = "The whole id as it stands in the file"
    ordering = ("pk",)
    fieldsets: Any = ((None, {"fields": (("source_row", "what"), ("file", "line"), ("field", "value"), "message")}),)
    readonly_fields: Any = ("source_row", "what", "file")
    file = linked("table", "File")

    @display(description="Source row")
    def source_row(self, row: FindingRow) -> str:
        return link(list_of(StagedRecord, table__id__exact=row.table_id, q=row.key), row.key)

    @display(description="Finding")
    def what(self, row: FindingRow) -> str:
        return plain(row.finding.code)
