"""The project page, the parts of it that load by themselves, and the page on which every action is confirmed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from redis.exceptions import RedisError

from connectors.errors import ConnectorError
from migrations_app.admin.actions import ACTIONS, DeskAction
from migrations_app.admin.base import allowed, who_may
from migrations_app.admin.desk import Desk
from migrations_app.admin.review import review
from migrations_app.admin.settling import gate_title, settling_link
from migrations_app.gates import GateClosed
from migrations_app.models import Batch, Forbidden, Project, RecordLink, visible_to
from migrations_app.services import approving, audit, confirming, intake, journey, lifecycle, map_sheets, proposing, signing
from migrations_app.services.loading import Stop
from migrations_app.states import RunState, UploadState
from migrations_app.verbs import open_counts

REFUSALS = (
    ConnectorError,
    Forbidden,
    Stop,
    approving.ApprovedCannotChange,
    audit.NothingToAudit,
    confirming.NothingToConfirm,
    intake.IntakeFailed,
    lifecycle.RunRefused,
    map_sheets.NoMapWorkbook,
    proposing.NothingToPropose,
    signing.CannotSign,
)


def urls(site: AdminSite) -> list[URLPattern]:
    def wrap(view: Callable[..., HttpResponse]) -> Any:
        return site.admin_view(lambda request, **kwargs: view(site, request, **kwargs))

    return [
        path("<int:project_pk>/", wrap(project_page), name="crossdock_project"),
        path("<int:project_pk>/tile/", wrap(tile), name="crossdock_tile"),
        path("<int:project_pk>/live/", wrap(live), name="crossdock_live"),
        path("<int:project_pk>/outlook/", wrap(outlook), name="crossdock_outlook"),
        path("<int:project_pk>/review/<int:run_pk>/", wrap(review), name="crossdock_review"),
        path("<int:project_pk>/do/<slug:name>/<int:target_pk>/", wrap(take_action), name="crossdock_action"),
    ]


def project_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    desk = _desk(request, project_pk)
    context = {
        **site.each_context(request),
        **desk.page(),
        "title": desk.project.name,
        "subtitle": "Project",
        "opts": Project._meta,
        "original": desk.project,
        "settings_url": reverse("admin:migrations_app_project_change", args=[project_pk]),
    }
    return TemplateResponse(request, "crossdock/project.html", context)


def tile(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    """One project on the first page."""
    project = _desk(request, project_pk).project
    steps = journey.steps(project)
    shown = {
        "project": project,
        "steps": steps,
        "now": next((step for step in steps if step.state == "now"), None),
        "loaded": project.runs.filter(state=RunState.FINISHED).values_list("account__role", flat=True).order_by("-pk").first(),
        "open": sum(open_counts(project).values()),
    }
    return render(request, "crossdock/tile.html", shown)


def live(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    """The part that asks for itself two seconds after each answer; once all is quiet the whole page is read anew.

    Were it asked again meanwhile, a page that takes longer than that would be read anew over and over and never shown.
    """
    context = _desk(request, project_pk).live()
    response = render(request, "crossdock/live.html", context)
    if not context["live"]:
        response["HX-Refresh"] = "true"
    return response


def outlook(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    return render(request, "crossdock/outlook.html", _desk(request, project_pk).outlook())


def take_action(site: AdminSite, request: HttpRequest, project_pk: int, name: str, target_pk: int) -> HttpResponse:
    """GET says what will happen, POST does it."""
    project = _desk(request, project_pk).project
    action = ACTIONS.get(name)
    if action is None:
        raise Http404("There is no such action.")
    if not allowed(request, action.right, project.pk):
        raise PermissionDenied(f"“{action.label}” is for {who_may(action.right)}.")
    target = _target(project, action.on, target_pk)
    posted = request.method == "POST"
    form = action.form(request.POST if posted else None, request.FILES if posted else None, target=target) if action.form else None
    if posted and (form is None or form.is_valid()):
        return _carry_out(request, project, action, target, form)
    context = {
        **site.each_context(request),
        "title": action.label,
        "subtitle": project.name,
        "opts": Project._meta,
        "original": project,
        "explained": action.explain(target),
        "form": form,
        "label": action.label,
        "destructive": action.destructive,
        "back": _page(project),
    }
    return TemplateResponse(request, "crossdock/confirm.html", context)


def _carry_out(request: HttpRequest, project: Project, action: DeskAction, target: Any, form: Any) -> HttpResponse:
    try:
        messages.success(request, action.do(target, request.user, form))
    except GateClosed as closed:
        messages.error(request, closed_in_words(closed, request, project))
    except REFUSALS as problem:
        messages.error(request, str(problem))
    except RedisError:
        messages.error(request, "The queue cannot be reached, so nothing was started. Is Redis running?")
    return HttpResponseRedirect(_page(project))


def closed_in_words(closed: GateClosed, request: HttpRequest, project: Project) -> str:
    """All that is missing, each with where it is settled."""
    accounts, may = list(project.accounts.all()), partial(_may, request, project)
    found = [(gate_title(gate), settling_link(each, project, accounts, may), each) for gate in closed.gates for each in gate.missing]
    lines = ((title, f"{each.count:,} {each.what}" if each.count > 1 else each.what, settle) for title, settle, each in found)
    return format_html("Not yet. {}", format_html_join("", "<br>{}: {} {}", lines))


def _may(request: HttpRequest, project: Project, right: str) -> bool:
    return allowed(request, right, project.pk)


def _desk(request: HttpRequest, project_pk: int) -> Desk:
    projects = visible_to(request.user, Project.objects.filter(pk=project_pk)).select_related("audit")
    return Desk(request, get_object_or_404(projects))


def _target(project: Project, on: str, pk: int) -> Any:
    if on == "project":
        if pk != project.pk:
            raise Http404("The action belongs to another project.")
        return project
    found: Any = {
        "account": project.accounts.all(),
        "run": project.runs.select_related("account"),
        "upload": project.uploads.filter(state=UploadState.HELD),
        "batch": Batch.objects.filter(phase__run__project=project).select_related("phase__run__account", "phase__run__project"),
        "record": RecordLink.objects.filter(account__project=project).select_related("account__project", "run__account", "written_run"),
    }[on]
    target: Any = get_object_or_404(found, pk=pk)
    if on in ("account", "run"):
        target.project = project
    return target


def _page(project: Project) -> str:
    return reverse("admin:crossdock_project", args=[project.pk])
