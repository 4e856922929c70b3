"""What became of each record, what reads back otherwise, and what the account itself was given."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from migrations_app.admin.base import FixedFilter, ProjectFilter, ProjectScopedAdmin, ReadOnlyInline, link, linked, list_of, to_confirm
from migrations_app.models import (
    Difference,
    LinkEvent,
    LinkParent,
    PipedriveAccount,
    RecordLink,
    RecordSource,
    SchemaChange,
    StagedRecord,
    visible_to,
)
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT, KINDS
from migrations_app.services import rows
from migrations_app.services.wording import plain

LINK_LABELS = {
    "planned": "info",
    "on its way": "info",
    "answer lost, being looked for": "warning",
    "in Pipedrive": "success",
    "was there already": "success",
    "merged into another record": "success",
    "left out": "warning",
    "refused by Pipedrive": "danger",
    "waits for an answer": "warning",
    "removed again": "warning",
}
SCHEMA_LABELS = {"done": "success", "refused by Pipedrive": "danger", "waits for an answer": "warning"}


def in_pipedrive(account: PipedriveAccount, entity: str, pipedrive_id: str) -> str:
    """The record's own page, where the host is Pipedrive's; elsewhere its number."""
    if not pipedrive_id:
        return "-"
    if not (urlsplit(account.url).hostname or "").endswith(".pipedrive.com"):
        return pipedrive_id
    return link(f"{account.url.rstrip('/')}/{entity}/{pipedrive_id}", f"{entity} {pipedrive_id}")


def pretty(value: Any) -> str:
    if value is None:
        return "-"
    return format_html('<pre class="cd-json">{}</pre>', json.dumps(value, indent=1, ensure_ascii=False))


class EntityFilter(FixedFilter):
    title = "kind of record"
    parameter_name = field = "entity"
    known = {entity: kind.many for entity, kind in KINDS.items()}


class PhaseFilter(EntityFilter):
    field = "phase__entity"


class KindFilter(FixedFilter):
    title = "what"
    parameter_name = field = "kind"
    known = {
        "value": "reads back otherwise",
        "edited": "edited by people since",
        "gone": "deleted or merged by people since",
        "stray": "nobody's",
    }


class LinkEventInline(ReadOnlyInline):
    model = LinkEvent
    fields = ("at", "verb", "run", "was_sent", "stood_there", "request_id")
    readonly_fields = fields
    verbose_name_plural = "what happened to it"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("run")

    @display(description="sent")
    def was_sent(self, event: LinkEvent) -> str:
        return pretty(event.sent)

    @display(description="stood there before")
    def stood_there(self, event: LinkEvent) -> str:
        return pretty(event.previous)


class LinkParentInline(ReadOnlyInline):
    model = LinkParent
    fk_name = "link"
    fields = ("role", "hangs_on", "needed")
    readonly_fields = fields
    verbose_name_plural = "hangs on"
    hangs_on = linked("parent", "Record")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("parent")


@admin.register(RecordLink)
class RecordLinkAdmin(ProjectScopedAdmin):
    nothing_here = "No load was planned yet. That is done on the project page, once the account is prepared."
    list_display = ("record", "entity", "status", "why", "message", "there", "account")
    list_select_related = ("account__project",)
    list_filter = (ProjectFilter, EntityFilter, "state", "vanished", ("account__role", admin.ChoicesFieldListFilter))
    search_fields = ("key__exact",)  # see get_search_results
    search_help_text = "A whole id: of the source row, or of the record in Pipedrive"
    ordering = ("-pk",)
    inlines = (LinkParentInline, LinkEventInline)
    actions_detail = ("retry", "foresee", "undo")
    fieldsets = (
        (None, {"fields": (("record", "entity"), ("status", "there"), ("why", "message"), ("account", "run"), "survived_by")}),
        ("Source rows", {"fields": ("source_rows",)}),
    )
    readonly_fields = ("record", "status", "why", "there", "source_rows", "survived_by")
    survived_by = linked("survivor", "Merged into")

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        record = RecordLink.objects.select_related("account").filter(pk=object_id).first() if object_id else None
        return record is not None and record.state == "refused" and self._may(request, "load", record)

    @action(description="Retry refused", url_path="retry", permissions=["retry"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On to the page that says what a retry does and asks."""
        from migrations_app.admin.actions import address

        record = RecordLink.objects.select_related("account").get(pk=object_id)
        return HttpResponseRedirect(address("retry", record.account))

    def has_undo_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        record = RecordLink.objects.select_related("account").filter(pk=object_id).first() if object_id else None
        return record is not None and record.state == "created" and self._may(request, "load", record)

    @action(description="What would undoing do?", url_path="foresee-undo", permissions=["undo"], icon="preview")
    def foresee(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_confirm("foresee-undo-record", RecordLink, object_id)

    @action(description="Undo record", url_path="undo", permissions=["undo"], icon="undo")
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_confirm("undo-record", RecordLink, object_id)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """One look into each of three indexes; an "or" over all records would read them all."""
        term = search_term.strip()
        if not term:
            return queryset, False
        accounts = list(visible_to(request.user, PipedriveAccount.objects.all()).values_list("pk", flat=True))
        mine = RecordLink.objects.filter(account__in=accounts, entity__in=list(KINDS))
        found = set(mine.filter(key__in=[term, *(f"{entity}:{term}" for entity in KINDS)]).values_list("pk", flat=True))
        found |= set(mine.filter(pipedrive_id=term).values_list("pk", flat=True))
        rows = RecordSource.objects.filter(object__in=list(KIND_OF_OBJECT), source_key=term, link__account__in=accounts)
        return queryset.filter(pk__in=found | set(rows.values_list("link", flat=True))), False

    @display(description="Record", ordering="key")
    def record(self, record: RecordLink) -> str:
        return f"{record.label} ({record.key})" if record.label else record.key

    @display(description="Status", label=LINK_LABELS, ordering="state")
    def status(self, record: RecordLink) -> str:
        return record.get_state_display()

    @display(description="Reason", ordering="reason")
    def why(self, record: RecordLink) -> str:
        return plain(record.reason) or "-"

    @display(description="In Pipedrive", ordering="pipedrive_id")
    def there(self, record: RecordLink) -> str:
        return in_pipedrive(record.account, record.entity, record.pipedrive_id)

    @display(description="As they came")
    def source_rows(self, record: RecordLink) -> str:
        force = rows.tables_in_force(record.account.project)
        sources = list(RecordSource.objects.filter(link=record))
        return format_html_join("", "{}", ((self._source(source, force),) for source in sources)) or "-"

    def _source(self, source: RecordSource, force: Any) -> str:
        found = rows.by_key(force.get(source.object, []), [source.source_key]).get(source.source_key)
        if found is None:
            return format_html("<p>{} {} is not in the newest export.</p>", source.object, source.source_key)
        lines = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", zip(found.table.headers, found.cells, strict=False))
        path = list_of(StagedRecord, table__id__exact=found.table.pk, q=source.source_key)
        head = link(path, f"{found.table}, line {found.line}")
        return format_html('<p>{}</p><table class="cd-cells">{}</table>', head, lines)


@admin.register(Difference)
class DifferenceAdmin(ProjectScopedAdmin):
    nothing_here = "Nothing reads back otherwise than it was written."
    list_display = ("record", "kind", "field", "was_sent", "is_there", "ours", "there")
    list_select_related = ("link", "phase__run__account", "phase__run__project")
    list_filter = (ProjectFilter, KindFilter, "ours", PhaseFilter)
    search_fields = ("pipedrive_id__exact",)
    search_help_text = "A whole id of a record in Pipedrive"
    fieldsets = ((None, {"fields": (("record", "there"), ("kind", "field", "ours"), ("was_sent", "is_there"))}),)
    readonly_fields = ("record", "there", "was_sent", "is_there")
    record = linked("link", "Record")

    @display(description="We wrote")
    def was_sent(self, difference: Difference) -> str:
        return pretty(difference.sent)

    @display(description="Stands there")
    def is_there(self, difference: Difference) -> str:
        return pretty(difference.live)

    @display(description="In Pipedrive")
    def there(self, difference: Difference) -> str:
        return in_pipedrive(difference.phase.run.account, difference.phase.entity, difference.pipedrive_id)


@admin.register(SchemaChange)
class SchemaChangeAdmin(ProjectScopedAdmin):
    nothing_here = "No account was prepared yet. That is done on the project page, once a map is approved."
    list_display = ("label", "kind", "parent", "status", "was_there", "message", "account")
    list_select_related = ("account__project",)
    list_filter = (ProjectFilter, ("kind", admin.AllValuesFieldListFilter), "state", ("account__role", admin.ChoicesFieldListFilter))
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": (("label", "kind", "parent"), ("status", "was_there"), ("pipedrive_id", "done_at"), "message", "details")}),
    )
    readonly_fields = ("label", "status", "was_there", "details")

    @display(description="What", ordering="name")
    def label(self, change: SchemaChange) -> str:
        return str(change.detail.get("label") or change.name)

    @display(description="Status", label=SCHEMA_LABELS, ordering="state")
    def status(self, change: SchemaChange) -> str:
        return change.get_state_display()

    @display(description="Stood there already", boolean=True)
    def was_there(self, change: SchemaChange) -> bool:
        return change.found

    @display(description="Details")
    def details(self, change: SchemaChange) -> str:
        return pretty(change.detail)
