"""What all pages share: people see the projects they are members of, and change what their role there allows."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from unfold.admin import ModelAdmin, TabularInline

from migrations_app.models import Project, visible_to
from migrations_app.models.access import ACTIONS, ONLY_PEOPLE, SYSTEM_USER
from migrations_app.states import Role

COUNTED_AT_MOST = 100_000


def roles_of(request: HttpRequest) -> dict[int, set[str]]:
    """{project: roles} of the user, asked once for each request."""
    if not hasattr(request, "crossdock_roles"):
        roles: dict[int, set[str]] = {}
        for project, role in request.user.memberships.values_list("project_id", "role"):  # type: ignore[union-attr]
            roles.setdefault(project, set()).add(role)
        request.crossdock_roles = roles  # type: ignore[attr-defined]
    found: dict[int, set[str]] = request.crossdock_roles  # type: ignore[attr-defined]
    return found


def allowed(request: HttpRequest, action: str, project_id: int | None = None) -> bool:
    """What models.access.may answers, without a query for each question; without a project: in any."""
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        return False
    if user.is_superuser:
        return True
    if user.username == SYSTEM_USER:
        return action not in ONLY_PEOPLE
    roles = roles_of(request)
    here = [roles.get(project_id, set())] if project_id is not None else roles.values()
    return any(each & ACTIONS[action] for each in here)


def project_id_of(row: Any) -> int | None:
    """The project that `row` belongs to, along its PROJECT_PATH; the queryset has fetched what lies between."""
    if not row.PROJECT_PATH:
        pk: int | None = row.pk
        return pk
    *between, last = row.PROJECT_PATH.split("__")
    for name in between:
        row = getattr(row, name)
    found: int | None = getattr(row, f"{last}_id")
    return found


class ScopedMixin:
    """Permissions by membership instead of Django's model permissions. Without `change_action` nothing can be changed."""

    change_action = ""
    add_action = ""
    delete_action = ""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request) if obj is None else self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.add_action) and allowed(request, self.add_action)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_action, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.delete_action, obj)

    def _may(self, request: HttpRequest, action: str, obj: Any) -> bool:
        if not action:
            return False
        return allowed(request, action, project_id_of(obj) if obj is not None else None)


class CheapPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than COUNTED_AT_MOST: a table of millions of rows is leafed through, not counted."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED_AT_MOST + 1].count())


class ProjectScopedAdmin(ScopedMixin, ModelAdmin):  # type: ignore[type-arg]
    """Lists rows of the user's projects; `nothing_here` says what an empty list means and what comes next."""

    nothing_here = ""
    list_before_template = "crossdock/list_head.html"

    list_per_page = 50
    show_full_result_count = False
    paginator = CheapPaginator
    compressed_fields = True
    actions: Any = None

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        chosen = request.GET.get(ProjectFilter.parameter_name, "")
        shown.project_page = reverse("admin:crossdock_project", args=[chosen]) if chosen.isascii() and chosen.isdecimal() else ""
        shown.onwards = self.onwards(request, int(chosen)) if shown.project_page else None
        return shown

    def onwards(self, request: HttpRequest, project_id: int) -> tuple[str, str] | None:
        """(label, address) of what comes after looking through the list of one project."""
        return None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        path = self.model.PROJECT_PATH  # type: ignore[attr-defined]
        rows = visible_to(request.user, super().get_queryset(request))
        # Django looks at list_select_related only where nothing is selected yet.
        related = [*([path] if path else []), *(self.list_select_related or ())]  # type: ignore[misc]
        return rows.select_related(*related) if related else rows


class ReadOnlyInline(ScopedMixin, TabularInline):  # type: ignore[type-arg]
    extra = 0
    max_num = 0
    hide_title = True
    can_delete = False
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_to(request.user, super().get_queryset(request))


class ProjectFilter(admin.SimpleListFilter):
    """The user's own projects; one query, and hidden where there is only one."""

    title = "project"
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in visible_to(request.user, Project.objects.all()).values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen or not chosen.isdecimal():
            return queryset
        return queryset.filter(Q(**{queryset.model.PROJECT_PATH: int(chosen)}))


class FixedFilter(admin.SimpleListFilter):
    """Choices that are known beforehand: looking for them in a table of millions would take longer than the page."""

    field = ""
    known: dict[str, str] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.known.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(**{self.field: chosen}) if chosen in self.known else queryset


def link(address: str, text: Any) -> str:
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)


def page_of(row: Any) -> str:
    """The address of a row's own page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_of(model: Any, **query: Any) -> str:
    """The address of a model's list, narrowed down."""
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{path}?{urlencode(query)}" if query else path


def linked(name: str, description: str) -> Callable[[Any, Any], str]:
    """A column that leads to the page of a related row (which list_select_related has fetched)."""

    def column(self: Any, row: Any) -> str:
        related = getattr(row, name)
        return link(page_of(related), related) if related is not None else "-"

    column.short_description = description  # type: ignore[attr-defined]
    column.admin_order_field = name  # type: ignore[attr-defined]
    return column


def person(name: str, description: str) -> Callable[[Any, Any], str]:
    """Who did something; users' own pages are for superusers only, so it is no link."""

    def column(self: Any, row: Any) -> str:
        user = getattr(row, name)
        return (user.get_full_name() or user.username) if user is not None else "-"

    column.short_description = description  # type: ignore[attr-defined]
    column.admin_order_field = name  # type: ignore[attr-defined]
    return column


def to_confirm(action: str, model: Any, object_id: str) -> HttpResponse:
    """On to the page that says what the action will do, and asks."""
    target = model.objects.get(pk=object_id)
    return HttpResponseRedirect(reverse("admin:crossdock_action", args=[project_id_of(target), action, target.pk]))


@cache
def who_may(right: str) -> str:
    """`the project's customer admin or consultant`."""
    names = sorted(Role(role).label.lower() for role in ACTIONS[right])
    return f"the project's {' or '.join(names)}"
