"""The page on which a test run is judged: row and record side by side, remarks, and the way to sign off."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from migrations_app.admin.actions import ACTIONS, address
from migrations_app.admin.base import CheapPaginator, allowed, list_of
from migrations_app.admin.records import in_pipedrive
from migrations_app.models import Project, Remark, Run, visible_to
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import reviewing, signing

ON_A_PAGE = 10
LONGEST_REMARK = 4000


def review(site: AdminSite, request: HttpRequest, project_pk: int, run_pk: int) -> HttpResponse:
    run = _run(request, project_pk, run_pk)
    if request.method == "POST":
        return _remark(request, run)
    entity = request.GET.get("entity", "")
    records = reviewing.pinned_records(run) if entity == "pinned" else reviewing.records(run)
    if entity in KINDS:
        records = records.filter(entity=entity)
    page = CheapPaginator(records.select_related("account"), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **site.each_context(request),
        **_head(request, run),
        "title": f"Review of {run}",
        "subtitle": run.project.name,
        "opts": Project._meta,
        "original": run.project,
        "page": page,
        "records": [(each, in_pipedrive(run.account, each.link.entity, each.link.pipedrive_id)) for each in _shown(run, page)],
        "entity": entity,
        "tabs": _tabs(run, entity),
    }
    return TemplateResponse(request, "crossdock/review.html", context)


def address_of(run: Run) -> str:
    return reverse("admin:crossdock_review", args=[run.project_id, run.pk])


def _run(request: HttpRequest, project_pk: int, run_pk: int) -> Run:
    runs = visible_to(request.user, Run.objects.filter(pk=run_pk, project=project_pk))
    return get_object_or_404(runs.select_related("account__project", "project", "mapping"))


def _shown(run: Run, page: Any) -> list[reviewing.Reviewed]:
    return reviewing.reviewed(run, list(page.object_list))


def _head(request: HttpRequest, run: Run) -> dict[str, Any]:
    last = signing.newest(run.project)
    named = ("sign", "reject") if signing.signable(run.project).filter(pk=run.pk).exists() else ()
    buttons = [_button(name, run) for name in named if allowed(request, ACTIONS[name].right, run.project_id)]
    return {
        "run": run,
        "buttons": buttons,
        "may_remark": allowed(request, "remark", run.project_id),
        "said": last if last is not None and last.run_id == run.pk else None,
        "owners": reviewing.intended_owners(run),
        "provisional": reviewing.provisional_answers(run),
        "capped": run.choice.get("capped", []),
        "remark_count": run.remarks.count(),
        "remarks_address": list_of(Remark, run__id__exact=run.pk),
        "back": reverse("admin:crossdock_project", args=[run.project_id]),
    }


def _button(name: str, run: Run) -> dict[str, Any]:
    action = ACTIONS[name]
    shown = {"label": action.label, "icon": action.icon, "destructive": action.destructive}
    return {**shown, "address": address(name, run), "primary": name == "sign"}


def _tabs(run: Run, chosen: str) -> list[dict[str, Any]]:
    here = set(reviewing.records(run).order_by().values_list("entity", flat=True).distinct())
    tabs = [("", "All"), *((entity, KINDS[entity].many.capitalize()) for entity in KINDS if entity in here)]
    if run.project.pins.exists():
        tabs.insert(1, ("pinned", "Pinned"))
    return [{"entity": entity, "label": label, "now": entity == chosen} for entity, label in tabs]


def _remark(request: HttpRequest, run: Run) -> HttpResponse:
    if not allowed(request, "remark", run.project_id):
        raise PermissionDenied("Remarks are for the project's customer admin and consultants.")
    link = get_object_or_404(
        reviewing.records(run), pk=request.POST.get("record", "0") if request.POST.get("record", "").isdecimal() else 0
    )
    text = request.POST.get("text", "").strip()[:LONGEST_REMARK]
    if text:
        reviewing.remark(run, link, request.POST.get("field", ""), text, user=request.user)
        messages.success(request, f"Your remark about {link} is kept.")
    else:
        messages.error(request, "A remark needs a text.")
    return HttpResponseRedirect(f"{request.get_full_path()}#record-{link.pk}")
