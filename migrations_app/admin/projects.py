"""The list of projects, a project's settings and people, and the way to its page."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from connectors.sources.registry import SOURCES
from migrations_app.admin import course, discovering, mailings, papers, project_views
from migrations_app.admin.base import ProjectScopedAdmin, ScopedMixin, link
from migrations_app.models import Membership, Project
from migrations_app.services import access_groups, policies, projects

POLICY = "policy_"  # before the names of the policies' fields


class MembershipInline(ScopedMixin, TabularInline):  # type: ignore[type-arg]
    """Who takes part in which role. Only superusers change it: nobody gives a role to themselves."""

    model = Membership
    verbose_name = "person"
    extra = 0
    tab = False
    hide_title = True
    verbose_name_plural = "people"
    readonly_fields = ("who",)

    def _may(self, request: HttpRequest, right: str, obj: Any) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "", obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user" if self._may(request, "", obj) else "who", "role", "mails")

    @display(description="who")
    def who(self, membership: Membership) -> str:
        return membership.user.get_full_name() or membership.user.username


def _policy(name: str) -> forms.Field:
    policy = policies.POLICIES[name]
    if policy.email:
        return forms.EmailField(label=policy.label, widget=UnfoldAdminTextInputWidget, help_text=policy.help, required=False)
    if policy.check:
        return forms.CharField(label=policy.label, widget=UnfoldAdminTextInputWidget, help_text=policy.help, required=False)
    if not policy.choices:
        return forms.IntegerField(
            label=policy.label, min_value=policy.least, widget=UnfoldAdminIntegerFieldWidget, help_text=policy.help, required=False
        )
    choices = [(value, label[:1].upper() + label[1:]) for value, label in policy.choices.items()]
    return forms.ChoiceField(label=policy.label, choices=choices, widget=UnfoldAdminSelectWidget, help_text=policy.help, required=False)


# A field for each policy, whichever there are.
_PolicyFields: Any = type("_PolicyFields", (forms.Form,), {f"{POLICY}{name}": _policy(name) for name in policies.POLICIES})


def _decided(name: str) -> Callable[[Project], str]:
    """A policy as people read it who may not change it."""

    @display(description=policies.POLICIES[name].label)
    def decided(project: Project) -> str:
        said = policies.in_words(project, name)
        return said[:1].upper() + said[1:] or "-"

    return decided


class PoliciesForm(_PolicyFields, forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update({f"{POLICY}{name}": policies.value(self.instance, name) for name in policies.POLICIES})

    def chosen(self) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(f"{POLICY}{name}") for name in policies.POLICIES}
        return {name: value for name, value in given.items() if value not in (None, "") or policies.POLICIES[name].check}


class ProjectForm(PoliciesForm):
    source = forms.ChoiceField(label="System it comes from", widget=UnfoldAdminSelectWidget)
    timezone = forms.CharField(
        label="Time zone of the source",
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "offered"}),
        help_text="IANA name, such as Europe/Berlin",
    )
    offered = [(name, "") for name in sorted(available_timezones())]

    class Meta:
        model = Project
        fields = ("name", "slug", "source", "timezone", "country", "currency")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "source" in self.fields:
            self.fields["source"].choices = [(name, Project(source=name).get_source_label()) for name in SOURCES]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("country", "currency"):
            given[name] = given.get(name, "").upper()
        try:
            projects.check_settings(given.get("timezone", ""), given["country"], given["currency"])
        except projects.BadSetting as problem:
            self.add_error(None, str(problem))
        return given


READ_ONLY = tuple(_decided(name) for name in policies.POLICIES)


@admin.register(Project)
class ProjectAdmin(ProjectScopedAdmin):
    change_action = "map"
    form = ProjectForm
    inlines = (MembershipInline,)
    list_display = ("title", "source_label", "timezone", "country", "currency", "last_run")
    list_display_links = None
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    change_form_after_template = "crossdock/time_zones.html"
    actions_detail = ("open_page",)
    fieldsets = (
        (None, {"fields": (("name", "slug"), "source")}),
        ("What every value is read with", {"fields": ("timezone", ("country", "currency"))}),
        ("Decided once for all records", {"fields": tuple(f"{POLICY}{name}" for name in policies.POLICIES)}),
    )

    def get_urls(self) -> list[Any]:
        pages = (project_views, papers, course, discovering, mailings)
        return [*(url for page in pages for url in page.urls(self.admin_site)), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(newest_run=Max("runs__started_at"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not hasattr(request, "crossdock_may_start"):  # every page asks, for the list of what there is
            request.crossdock_may_start = access_groups.may_start_projects(request.user)  # type: ignore[attr-defined]
        return bool(request.crossdock_may_start)  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> Any:
        return ("slug", "source") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Project | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        *settings, (title, _) = self.fieldsets
        return *settings, (title, {"fields": READ_ONLY})

    def get_prepopulated_fields(self, request: HttpRequest, obj: Project | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_inlines(self, request: HttpRequest, obj: Project | None) -> Any:
        return self.inlines if obj or request.user.is_superuser else ()  # type: ignore[union-attr]

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            policies.change(obj, form.chosen(), user=request.user)
            return
        made = projects.create(user=request.user, **{name: form.cleaned_data[name] for name in ProjectForm.Meta.fields})
        policies.change(made, form.chosen(), user=request.user)
        obj.pk = made.pk
        obj._state.adding = False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with access_groups.following(form.instance):
            super().save_related(request, form, formsets, change)

    def response_add(self, request: HttpRequest, obj: Project, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(page(obj))

    def response_post_save_change(self, request: HttpRequest, obj: Project) -> HttpResponse:
        return HttpResponseRedirect(page(obj))

    @action(description="Project page", url_path="open", icon="dashboard")
    def open_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:crossdock_project", args=[object_id]))

    @display(description="Project", ordering="name")
    def title(self, project: Project) -> str:
        return link(page(project), project.name)

    @display(description="Comes from", ordering="source")
    def source_label(self, project: Project) -> str:
        return project.get_source_label()

    @display(description="Last load", ordering="newest_run")
    def last_run(self, project: Project) -> Any:
        return project.newest_run  # type: ignore[attr-defined]


def page(project: Project) -> str:
    return reverse("admin:crossdock_project", args=[project.pk])
