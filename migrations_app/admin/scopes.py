"""Rules beside those of the columns: what values become, and which records move."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from migrations_app.admin.base import linked
from migrations_app.admin.rules import DraftOnlyAdmin, MappingFilter
from migrations_app.models import Mapping, ScopeRule, ValueRule, visible_to
from migrations_app.rules import scopes
from migrations_app.services import scope_rules, scoping, values
from migrations_app.states import MappingState


class ValueRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(label="What it is", choices=list(values.KINDS.items()), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ValueRule
        fields = ("mapping", "kind", "scope", "source", "target")
        labels = {"scope": "Only in", "source": "Reads in the file", "target": "Becomes"}
        help_texts = {
            "scope": "The field or column that an option is meant for, the pipeline of a stage; empty: everywhere.",
            "target": "Empty: the value is left out.",
        }


@admin.register(ValueRule)
class ValueRuleAdmin(DraftOnlyAdmin):
    form = ValueRuleForm
    nothing_here = "No value needs a rule of its own: all are understood as they stand."
    list_display = ("source", "target", "kind", "scope", "map_of")
    list_select_related = ("mapping__project",)
    list_filter = (MappingFilter, "kind")
    search_fields = ("source", "target")
    fields = (("kind", "scope"), ("source", "target"))
    add_action = "map"
    delete_action = "map"
    map_of = linked("mapping", "Map")

    def get_fields(self, request: HttpRequest, obj: ValueRule | None = None) -> Any:
        return self.fields if obj else ("mapping", *self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: ValueRule | None = None) -> Any:
        return ("kind", "scope", "source") if obj else ()

    def save_model(self, request: HttpRequest, obj: ValueRule, form: Any, change: bool) -> None:
        scoping.keep(obj, user=request.user)

    def delete_model(self, request: HttpRequest, obj: ValueRule) -> None:
        scoping.remove(obj, user=request.user)


class ScopeRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    where = forms.CharField(
        label="Left out where",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=f"A column as it stands in the file, then one of: {', '.join(scopes.WORDS.values())}. Such as “Contact Type is V | "
        "Vendor” or “Last Contact older than 1095 days”. Several lines have to hold together; capital letters do not matter.",
    )
    keep_open_deals = forms.BooleanField(
        label="What has an open deal stays", required=False, initial=True, widget=UnfoldBooleanSwitchWidget, help_text="It is listed then."
    )
    condition: dict[str, Any]

    class Meta:
        model = ScopeRule
        fields = ("mapping", "name", "object", "enabled", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.condition:
            self.initial.setdefault("where", scopes.in_words(self.instance.condition))
            self.initial.setdefault("keep_open_deals", scopes.keeps_open_deals(self.instance.condition))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        mapping = given.get("mapping") or (self.instance.mapping if self.instance.mapping_id else None)
        if mapping and given.get("object") and given.get("where"):
            try:
                self.condition = scope_rules.condition_of(
                    mapping.project, given["object"], given["where"], keep_open_deals=given.get("keep_open_deals", False)
                )
            except scopes.BadCondition as problem:
                self.add_error("where", str(problem))
        return given

    def save(self, commit: bool = True) -> ScopeRule:
        self.instance.condition = self.condition
        return super().save(commit)


@admin.register(ScopeRule)
class ScopeRuleAdmin(DraftOnlyAdmin):
    nothing_here = "No rule leaves rows out: everything that is in scope moves."
    add_action = "map"
    delete_action = "map"
    form = ScopeRuleForm
    list_display = ("name", "object", "left_out_where", "enabled", "map_of")
    list_select_related = ("mapping__project",)
    list_filter = (MappingFilter, "object", "enabled")
    fieldsets = (
        (None, {"fields": ("mapping", ("name", "object"), "where", "keep_open_deals", "enabled", "reason")}),
        ("What it does", {"fields": ("rows_left_out",)}),
    )
    map_of = linked("mapping", "Map")

    def get_fieldsets(self, request: HttpRequest, obj: ScopeRule | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("mapping", ("name", "object"), "left_out_where", "enabled", "reason")}), self.fieldsets[1])
        return self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: ScopeRule | None = None) -> Any:
        return ("left_out_where", "rows_left_out", *(("mapping",) if obj else ()))

    def save_model(self, request: HttpRequest, obj: ScopeRule, form: Any, change: bool) -> None:
        scoping.keep(obj, user=request.user)

    def delete_model(self, request: HttpRequest, obj: ScopeRule) -> None:
        scoping.remove(obj, user=request.user)

    def get_urls(self) -> list[Any]:
        outlook = path("outlook/", self.admin_site.admin_view(self.outlook), name="migrations_app_scoperule_outlook")
        return [outlook, *super().get_urls()]

    def outlook(self, request: HttpRequest) -> HttpResponse:
        """What the rule on the page would leave out, before it is saved."""
        if not (request.GET.get("rule") or request.GET.get("mapping")):
            return HttpResponse("Choose the map that the rule belongs to; what it leaves out is counted here.")
        form = ScopeRuleForm(request.GET, instance=ScopeRule(mapping=self._mapping(request)))
        form.fields.pop("mapping")
        if not form.is_valid():
            problems = [str(problem) for each in ("object", "where") for problem in form.errors.get(each, ())]
            return HttpResponse(escape(" ".join(problems) or "Write a condition; what it leaves out is counted here."))
        told = scoping.outlook(form.instance.mapping, form.cleaned_data["object"], form.condition)
        return HttpResponse(escape(told.in_words()))

    def _mapping(self, request: HttpRequest) -> Mapping:
        """The map that is chosen on the page, else that of the rule."""
        maps = visible_to(request.user, Mapping.objects.select_related("project"))
        rule = request.GET.get("rule", "")
        chosen = request.GET.get("mapping", "")
        found = maps.filter(scopes=int(rule)) if rule.isdecimal() else maps.filter(pk=int(chosen) if chosen.isdecimal() else 0)
        mapping = found.first()
        if mapping is None:
            raise Http404
        return mapping

    @display(description="Left out where")
    def left_out_where(self, rule: ScopeRule) -> str:
        kept = "; what has an open deal stays" if scopes.keeps_open_deals(rule.condition) else ""
        return f"{' and '.join(scopes.in_words(rule.condition).splitlines())}{kept}"

    @display(description="Now")
    def rows_left_out(self, rule: ScopeRule) -> str:
        if rule.pk and rule.mapping.state != MappingState.DRAFT:
            return scoping.outlook(rule.mapping, rule.object, rule.condition).in_words()
        query = {"rule": rule.pk} if rule.pk else {}
        address = f"{reverse('admin:migrations_app_scoperule_outlook')}?{urlencode(query)}"
        return format_html(
            '<div hx-get="{}" hx-include="closest form" hx-trigger="{}">Counting …</div>',
            address,
            "load, input from:closest form delay:400ms, change from:closest form",
        )
