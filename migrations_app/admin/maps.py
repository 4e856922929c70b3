"""Versions of the map."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, ReadOnlyInline, link, list_of, person
from migrations_app.models import FieldRule, Mapping, ScopeRule, ValueRule
from migrations_app.services.proposing import SURE

MAP_LABELS = {"proposed": "info", "approved": "success", "replaced by a later version": "warning"}


class ValueRuleInline(ReadOnlyInline):
    model = ValueRule
    fields = ("kind", "scope", "source", "target")
    readonly_fields = fields


class ScopeRuleInline(ReadOnlyInline):
    model = ScopeRule
    fields = ("name", "object", "enabled", "reason")
    readonly_fields = fields


@admin.register(Mapping)
class MappingAdmin(ProjectScopedAdmin):
    nothing_here = "No map was proposed yet. That is done on the project page, once an export is there."
    list_display = ("version_of", "project", "status", "rules_in_it", "unsure", "not_carried_over", "who", "approved_at")
    list_select_related = ("project", "approved_by")
    list_filter = (ProjectFilter, "state")
    inlines = (ValueRuleInline, ScopeRuleInline)
    fieldsets = ((None, {"fields": (("project", "version"), ("status", "rules_in_it"), ("who", "approved_at"), "created_at")}),)
    readonly_fields = ("status", "rules_in_it", "who")
    who = person("approved_by", "Approved by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mapping]:
        unsure = Count("rules", filter=Q(rules__confidence__lt=SURE) & ~Q(rules__field=""))
        return (
            super()
            .get_queryset(request)
            .annotate(all_rules=Count("rules"), unsure_rules=unsure, ignored=Count("rules", Q(rules__field="")))
        )

    @display(description="Map", ordering="version")
    def version_of(self, mapping: Mapping) -> str:
        return f"Map {mapping.version}"

    @display(description="Status", label=MAP_LABELS, ordering="state")
    def status(self, mapping: Mapping) -> str:
        return mapping.get_state_display()

    @display(description="Rules")
    def rules_in_it(self, mapping: Mapping) -> str:
        return link(list_of(FieldRule, mapping__id__exact=mapping.pk), f"{mapping.all_rules} rules")  # type: ignore[attr-defined]

    @display(description="To look at")
    def unsure(self, mapping: Mapping) -> int:
        return mapping.unsure_rules  # type: ignore[attr-defined, no-any-return]

    @display(description="Not carried over")
    def not_carried_over(self, mapping: Mapping) -> int:
        return mapping.ignored  # type: ignore[attr-defined, no-any-return]
