"""Uploads, the files in them, their columns and rows: all as they came, nothing to change."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, ReadOnlyInline, link, linked, list_of, page_of, person
from migrations_app.models import SourceField, SourceTable, StagedRecord, Upload, visible_to
from migrations_app.services import intake
from migrations_app.services.wording import counted, plain
from migrations_app.states import UploadState

UPLOAD_LABELS = {"being read": "info", "waits for your word": "warning", "in force": "success", "could not be read": "danger"}
EXAMPLES = 5


def reasons(skipped: Mapping[str, int]) -> str:
    """`3 blank, 1 with totals`."""
    return ", ".join(f"{count:,} {plain(reason)}" for reason, count in sorted(skipped.items())) or "-"


class SourceTableInline(ReadOnlyInline):
    model = SourceTable
    fields = ("table", "object", "rows", "staged", "left_out")
    readonly_fields = fields
    verbose_name_plural = "files"
    per_page = 50  # there may be one for each campaign and event
    ordering = ("pk",)

    @display(description="file")
    def table(self, table: SourceTable) -> str:
        return link(page_of(table), table)

    @display(description="skipped")
    def left_out(self, table: SourceTable) -> str:
        return reasons(table.skipped)


@admin.register(Upload)
class UploadAdmin(ProjectScopedAdmin):
    nothing_here = "No export was taken in yet. One is uploaded on the project page."
    list_display = ("name", "project", "kind", "status", "created_at", "who")
    list_select_related = ("project", "uploaded_by")
    list_filter = (ProjectFilter, "kind", "state")
    search_fields = ("name",)
    inlines = (SourceTableInline,)
    fieldsets = (
        (None, {"fields": (("name", "project"), ("kind", "status"), ("who", "created_at"), "message")}),
        ("Not read", {"fields": ("files_nobody_knows", "files_refused")}),
        ("How it was read", {"fields": ("remarks",)}),
    )
    readonly_fields = ("status", "who", "files_nobody_knows", "files_refused", "remarks")
    actions_detail = ("put_in_force",)

    def has_put_in_force_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        upload = Upload.objects.filter(pk=object_id, state=UploadState.HELD).first() if object_id else None
        return upload is not None and self._may(request, "upload", upload)

    @action(description="Put in force", url_path="put-in-force", permissions=["put_in_force"], icon="published_with_changes")
    def put_in_force(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On to the page that says what it does and asks."""
        from migrations_app.admin.actions import address

        return HttpResponseRedirect(address("put-in-force", Upload.objects.get(pk=object_id)))

    who = person("uploaded_by", "Uploaded by")

    @display(description="Status", label=UPLOAD_LABELS, ordering="state")
    def status(self, upload: Upload) -> str:
        return upload.get_state_display()

    @display(description="Files nobody recognised")
    def files_nobody_knows(self, upload: Upload) -> str:
        return format_html_join("", "{}<br>", ((name,) for name in upload.unrecognised)) or "none"

    @display(description="Files refused")
    def files_refused(self, upload: Upload) -> str:
        return format_html_join("", "{}: {}<br>", ((each["file"], each["reason"]) for each in upload.refused)) or "none"

    @display(description="Remarks")
    def remarks(self, upload: Upload) -> str:
        return format_html_join("", "{}: {}<br>", ((each["place"], each["remark"]) for each in intake.remarks(upload))) or "none"


class SourceFieldInline(ReadOnlyInline):
    model = SourceField
    fields = ("header", "role", "type", "filled", "distinct", "examples")
    readonly_fields = fields

    @display(description="examples")
    def examples(self, column: SourceField) -> str:
        return " · ".join(list(column.profile.get("counts", {}))[:EXAMPLES]) or "-"


@admin.register(SourceTable)
class SourceTableAdmin(ProjectScopedAdmin):
    nothing_here = "No export was taken in yet. One is uploaded on the project page."
    list_display = ("__str__", "object", "project", "rows", "staged", "left_out", "see_rows")
    list_select_related = ("upload__project",)
    list_filter = (ProjectFilter, "object")
    search_fields = ("file", "sheet")
    inlines = (SourceFieldInline,)
    fieldsets = (
        (None, {"fields": (("file", "sheet"), ("object", "key_policy"), ("rows", "staged"), "left_out", "see_rows")}),
        ("How it was read", {"fields": (("encoding", "delimiter", "header_row"), ("short_rows", "long_rows"), "remarks")}),
    )
    readonly_fields = ("left_out", "see_rows", "remarks")

    @display(description="Project")
    def project(self, table: SourceTable) -> str:
        return table.upload.project.name

    @display(description="Skipped")
    def left_out(self, table: SourceTable) -> str:
        return reasons(table.skipped)

    @display(description="Source rows")
    def see_rows(self, table: SourceTable) -> str:
        return link(list_of(StagedRecord, table__id__exact=table.pk), counted(table.staged, "row"))

    @display(description="Remarks")
    def remarks(self, table: SourceTable) -> str:
        return format_html_join("", "{}<br>", ((each,) for each in table.notes)) or "none"


class TableFilter(admin.SimpleListFilter):
    """One file at a time: the index of the rows begins with it."""

    title = "file"
    parameter_name = "table__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tables = admin.site.get_model_admin(SourceTable).get_queryset(request).order_by("-upload_id", "pk")
        return [(str(table.pk), f"{table.upload.project}: {table}") for table in tables[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StagedRecord]) -> QuerySet[StagedRecord]:
        chosen = self.value()
        return queryset.filter(table=int(chosen)) if chosen and chosen.isdecimal() else queryset


@admin.register(StagedRecord)
class StagedRecordAdmin(ProjectScopedAdmin):
    nothing_here = "No export was taken in yet. One is uploaded on the project page."
    list_display = ("line", "key", "label", "object", "file")
    list_display_links = ("line", "key")
    list_select_related = ("table__upload__project",)
    list_filter = (TableFilter,)
    search_fields = ("key__exact",)
    search_help_text = "The whole id as it stands in the file"
    ordering = ("pk",)
    fieldsets = ((None, {"fields": (("object", "key"), ("file", "line"), "side_by_side")}),)
    readonly_fields = ("file", "side_by_side")
    file = linked("table", "File")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """The index of the rows begins with the file: without one, all files that the user sees are named."""
        term = search_term.strip()
        if not term:
            return queryset, False
        tables = visible_to(request.user, SourceTable.objects.all()).values_list("pk", flat=True)
        return queryset.filter(table__in=list(tables), key=term), False

    @display(description="As it came")
    def side_by_side(self, record: StagedRecord) -> str:
        headers, cells = record.table.headers, record.values
        headers = [*headers, *("(no header)" for _ in cells[len(headers) :])]
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", zip(headers, cells, strict=False))
        return format_html('<table class="cd-cells">{}</table>', lines)
