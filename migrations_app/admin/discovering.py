"""The page about both sides before anything moves: what arrived beside what people's screens say, what the account holds already."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from migrations_app import jobs
from migrations_app.admin.actions import ACTIONS, ALREADY, STARTED, DeskAction, address
from migrations_app.admin.base import allowed
from migrations_app.models import Forbidden, PipedriveAccount, Project, visible_to
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import arrivals, holdings


def urls(site: AdminSite) -> list[URLPattern]:
    view: Callable[..., Any] = site.admin_view(lambda request, **kwargs: discovery_page(site, request, **kwargs))
    return [path("<int:project_pk>/discovery/", view, name="crossdock_discovery")]


def discovery_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = get_object_or_404(visible_to(request.user, Project.objects.filter(pk=project_pk)))
    if request.method == "POST":
        return _told(request, project)
    context = {
        **site.each_context(request),
        "title": "Both sides",
        "subtitle": project.name,
        "opts": Project._meta,
        "original": project,
        "project": project,
        "lists": arrivals.compared(project),
        "may_tell": allowed(request, "answer", project.pk),
        "accounts": [_account(account) for account in project.accounts.order_by("role")],
        "may_look": allowed(request, "verify", project.pk),
    }
    return TemplateResponse(request, "crossdock/discovery.html", context)


def _account(account: PipedriveAccount) -> dict[str, Any]:
    found = holdings.shown(account)
    records = [(many(entity).capitalize(), count) for entity, count in found["records"].items()]
    custom = [(many(entity).capitalize(), count) for entity, count in found["custom_fields"].items() if count]
    return {**found, "name": str(account), "look": address("look", account), "counted": records, "custom": custom}


def _told(request: HttpRequest, project: Project) -> HttpResponse:
    typed = {name.removeprefix("screen-"): str(text) for name, text in request.POST.items() if name.startswith("screen-")}
    try:
        counts = {name: arrivals.number(text) for name, text in typed.items()}
        arrivals.tell(project, counts, user=request.user)
        short = [each for each in arrivals.compared(project) if each.missing > 0]
        if short:
            messages.warning(request, "; ".join(f"{each.label}: {each.in_words}" for each in short))
        else:
            messages.success(request, "Kept. Nothing is missing of what was told.")
    except (Forbidden, arrivals.UnknownList) as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(reverse("admin:crossdock_discovery", args=[project.pk]))


def _about(account: PipedriveAccount) -> list[str]:
    return [
        f"Reads {account}: its users, fields, stages, and how many organizations, persons and deals it holds. Nothing is sent.",
        "It costs about 110 tokens, and 10 for each 500 records.",
    ]


def _look(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_look, f"look-{account.pk}", account.pk, user.pk) else ALREADY


ACTIONS["look"] = DeskAction("look", "Look at the account", "search", "verify", "account", _about, _look)
