"""The rules of a map, one for each column."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, allowed, linked, person
from migrations_app.models import FieldRule, Forbidden, Mapping, visible_to
from migrations_app.rules.spec import ENTITY_OF_OBJECT, split_custom
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.services import approving
from migrations_app.services.proposing import SURE
from migrations_app.states import MappingState

SURE_LABELS = {"certain": "success", "to look at": "warning", "not carried over": "info"}
REFUSALS = (approving.ApprovedCannotChange, Forbidden)


class MappingFilter(admin.SimpleListFilter):
    """One version at a time; the newest maps first."""

    title = "map"
    parameter_name = "mapping__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        maps = visible_to(request.user, Mapping.objects.select_related("project")).order_by("project__name", "-version")
        return [(str(each.pk), f"{each.project}: {each}") for each in maps[:100]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(mapping=int(chosen)) if chosen and chosen.isdecimal() else queryset


class SureFilter(admin.SimpleListFilter):
    title = "confidence"
    parameter_name = "sure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unsure", "to look at"), ("sure", "certain"), ("ignored", "not carried over"), ("edited", "edited by a person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FieldRule]) -> QuerySet[FieldRule]:
        views: dict[str | None, QuerySet[FieldRule]] = {
            "unsure": queryset.filter(confidence__lt=SURE).exclude(field=""),
            "sure": queryset.filter(confidence__gte=SURE).exclude(field=""),
            "ignored": queryset.filter(field=""),
            "edited": queryset.filter(edited_by__isnull=False),
        }
        return views.get(self.value(), queryset)


class DraftOnlyAdmin(ProjectScopedAdmin):
    """Rules are edited while their map is a draft; approved versions stay as they are."""

    change_action = "map"
    list_filter: Any = (MappingFilter,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        draft = obj is None or obj.mapping.state == MappingState.DRAFT
        return draft and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        draft = obj is None or obj.mapping.state == MappingState.DRAFT
        return draft and super().has_delete_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "mapping":
            drafts = visible_to(request.user, Mapping.objects.filter(state=MappingState.DRAFT).select_related("project"))
            kwargs["queryset"] = drafts.filter(pk__in=[each.pk for each in drafts if allowed(request, "map", each.project_id)])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class FieldRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    entity = forms.ChoiceField(label="Pipedrive record", required=False, widget=UnfoldAdminSelectWidget)
    field = forms.CharField(
        label="Pipedrive field",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="Pipedrive's own name of the field, or custom:LABEL (type) for a custom field. Empty: the column is not carried over.",
    )
    transform = forms.ChoiceField(label="Read as", required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = FieldRule
        fields = ("entity", "field", "transform", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("entity", {each: each for each in ENTITY_OF_OBJECT.values()})
        self._offer("transform", {key: each.label for key, each in sorted(TRANSFORMS.items())})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        entity, name = given.get("entity", ""), given.get("field", "")
        if name and not entity:
            self.add_error("entity", "Choose the Pipedrive record that the field belongs to.")
        elif name and given.get("transform") != "reference" and not self._exists(entity, name):
            known = ", ".join(BUILTIN_FIELDS.get(entity, {}))
            self.add_error("field", f"“{name}” is no field of a {entity}. These are: {known}; or write custom:LABEL (type).")
        if name and not given.get("transform"):
            self.add_error("transform", "Choose how the column is read.")
        return given

    def _exists(self, entity: str, name: str) -> bool:
        return name in BUILTIN_FIELDS.get(entity, {}) or split_custom(name) is not None

    def _offer(self, name: str, known: dict[str, str]) -> None:
        """What is known, and what the rule says now."""
        current = getattr(self.instance, name)
        if name in self.fields:
            choices = {"": "-", **known, **({current: known.get(current, current)} if current else {})}
            self.fields[name].choices = list(choices.items())  # type: ignore[attr-defined]


@admin.register(FieldRule)
class FieldRuleAdmin(DraftOnlyAdmin):
    nothing_here = "No map was proposed yet. That is done on the project page, once an export is there."
    form = FieldRuleForm
    list_display = ("column", "object", "becomes", "transform", "sure", "reason", "who")
    list_select_related = ("mapping__project", "edited_by")
    list_filter = (MappingFilter, ProjectFilter, SureFilter, "object")
    search_fields = ("column", "field")
    list_per_page = 100
    ordering = ("-mapping", Case(When(field="", then=1), default=0), "object", "pk")
    fieldsets = (
        ("The column", {"fields": (("column", "object"), ("sure", "map_of"))}),
        ("Becomes", {"fields": (("entity", "field"), "transform", "reason")}),
    )
    readonly_fields = ("column", "object", "sure", "map_of")
    map_of = linked("mapping", "Map")
    who = person("edited_by", "Edited by")

    def onwards(self, request: HttpRequest, project_id: int) -> tuple[str, str] | None:
        mapping = Mapping.objects.filter(project=project_id).order_by("-version").first()
        waits = mapping is not None and mapping.state == MappingState.DRAFT and allowed(request, "approve", project_id)
        return ("Approve map", reverse("admin:crossdock_action", args=[project_id, "approve", project_id])) if waits else None

    def save_model(self, request: HttpRequest, obj: FieldRule, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            approving.edit_rule(obj, user=request.user, **changes)
        except REFUSALS as problem:
            self.message_user(request, str(problem), messages.ERROR)

    @display(description="Becomes", ordering="field")
    def becomes(self, rule: FieldRule) -> str:
        return f"{rule.entity}: {rule.field}" if rule.field else "-"

    @display(description="Confidence", ordering="confidence", label=SURE_LABELS)
    def sure(self, rule: FieldRule) -> str:
        if not rule.field:
            return "not carried over"
        return "certain" if rule.confidence >= SURE else "to look at"
