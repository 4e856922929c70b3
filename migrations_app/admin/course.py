"""The pages of the days around the go-live: the cutover, what is reported afterwards, and the life of a record."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from connectors.errors import ConnectorError
from migrations_app.admin.actions import ACTIONS, address
from migrations_app.admin.base import allowed
from migrations_app.gates import GateClosed
from migrations_app.models import Forbidden, HypercareItem, Project, Run, visible_to
from migrations_app.rules import calendar
from migrations_app.services import confirming, corrections, cutover, hypercare, lifecycle, lineage, policies, turning_back
from migrations_app.services.mailing import consent

REFUSALS = (
    ConnectorError,
    Forbidden,
    GateClosed,
    confirming.NothingToConfirm,
    cutover.StepRefused,
    hypercare.CannotClose,
    hypercare.NothingToFix,
    lifecycle.RunRefused,
    lineage.NotOurs,
)
# What a step of the cutover is done with: actions of the project, of the live account, or of the newest load there.
WORK: Mapping[str, tuple[str, ...]] = {
    "last_export": ("upload",),
    "loaded": ("plan",),
    "verified": ("verify",),
    "go": ("foresee-undo", "undo"),
    "opt_outs": ("suppress", consent.CONSENT, "marketing"),
    "automations_on": (confirming.SWITCHED_ON,),
}
AFTER_THE_DECISION = ("opt_outs", "automations_on")
View = Callable[..., HttpResponse]


def urls(site: AdminSite) -> list[URLPattern]:
    def wrap(view: View) -> Any:
        return site.admin_view(lambda request, **kwargs: view(site, request, **kwargs))

    return [
        path("<int:project_pk>/cutover/", wrap(cutover_page), name="crossdock_cutover"),
        path("<int:project_pk>/life/", wrap(life_page), name="crossdock_life"),
        path("<int:project_pk>/hypercare/", wrap(hypercare_page), name="crossdock_hypercare"),
        path("<int:project_pk>/hypercare/<int:item_pk>/", wrap(item_page), name="crossdock_item"),
    ]


class ReportForm(forms.Form):
    title = forms.CharField(label="What was reported", max_length=300, widget=UnfoldAdminTextInputWidget)
    about = forms.CharField(
        label="Which record",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Its address in Pipedrive, or the id of its source row",
    )
    due = forms.DateField(label="Answer by", required=False, widget=UnfoldAdminDateWidget)


class PatchForm(forms.Form):
    field = forms.CharField(label="Field", widget=UnfoldAdminTextInputWidget, help_text="As Pipedrive calls it, such as title or Industry")
    value = forms.CharField(label="New value", required=False, widget=UnfoldAdminTextInputWidget, help_text="Empty clears it")


class CloseForm(forms.Form):
    cause = forms.ChoiceField(label="What caused it", widget=UnfoldAdminSelectWidget)
    fix = forms.ChoiceField(label="What was done", widget=UnfoldAdminSelectWidget)
    answer = forms.CharField(label="Answer for the customer", widget=UnfoldAdminTextareaWidget)

    def __init__(self, *args: Any, item: HypercareItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [each for each in HypercareItem.Cause.choices if each[0]]  # type: ignore[attr-defined]
        done = {item.fix, HypercareItem.Fix.NOTHING}
        self.fields["fix"].choices = [each for each in HypercareItem.Fix.choices if each[0] and each[0] in done]  # type: ignore[attr-defined]


# --- the cutover -----------------------------------------------------------------------------------------------------


def cutover_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    if request.method == "POST":
        return _carried_out(request, _cutover_change, project, "admin:crossdock_cutover", project.pk)
    account = cutover.production(project)
    shown, dates = cutover.shown(project), cutover.dates(project)
    targets = {"project": project, "account": account, "run": cutover.newest_run(project)}
    members = project.memberships.select_related("user").order_by("user__username")
    context = {
        "steps": shown,
        "next": next((each for each in shown if not each.done), None),
        "dates": dates,
        "late": not cutover.has_begun(project) and calendar.late(dates, timezone.now().date()),
        "clock": turning_back.go_clock(account) if account else None,
        "account": account,
        "people": [member.user for member in members],
        "may": allowed(request, "cutover", project.pk),
        "may_declare": allowed(request, "confirm", project.pk),
        "rows": [(each, _work(request, each, targets, project)) for each in shown],
        "declared": cutover.DECLARED,
    }
    return _page(site, request, project, "crossdock/cutover.html", "Cutover", context)


def _work(request: HttpRequest, shown: cutover.StepShown, targets: Mapping[str, Any], project: Project) -> list[dict[str, str]]:
    """The buttons of what has to be done first; none where it is done, or somebody else's."""
    too_early = shown.blocked and shown.step.name in AFTER_THE_DECISION
    actions = [ACTIONS[name] for name in WORK.get(shown.step.name, ()) if not shown.seen and not too_early]
    may = [each for each in actions if targets[each.on] is not None and allowed(request, each.right, project.pk)]
    return [{"label": _label(each.label, targets[each.on]), "address": address(each.name, targets[each.on])} for each in may]


def _label(label: str, target: Any) -> str:
    return f"{label} ({target})" if isinstance(target, Run) else label


def _cutover_change(project: Project, request: HttpRequest) -> str:
    given = request.POST
    name = given.get("step", "")
    if given.get("do") == "untick":
        cutover.untick(project, name, user=request.user)
        return "Taken back: the step is open again."
    if given.get("do") == "plan":
        moment = forms.DateTimeField(required=False).clean(given.get("planned_at", ""))
        cutover.plan(project, name, user=request.user, owner=given.get("owner", ""), planned_at=moment)
        return "Planned."
    cutover.tick(project, name, user=request.user, evidence=given.get("evidence", ""))
    return f"“{cutover.STEPS[name].title}” is ticked in your name."


# --- after the go-live -----------------------------------------------------------------------------------------------


def life_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    asked = request.GET.get("record", "")
    context: dict[str, Any] = {"asked": asked, "life": None, "problem": ""}
    if asked:
        try:
            context["life"] = lineage.life(lineage.find(project, asked))
        except lineage.NotOurs as problem:
            context["problem"] = str(problem)
    return _page(site, request, project, "crossdock/life.html", "Life of a record", context)


def hypercare_page(site: AdminSite, request: HttpRequest, project_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    form = ReportForm(request.POST or None, initial={"about": request.GET.get("about", "")})
    if request.method == "POST" and ("do" in request.POST or form.is_valid()):
        return _carried_out(request, _hypercare_change, project, "admin:crossdock_hypercare", project.pk)
    items = HypercareItem.objects.filter(project=project).select_related("link", "reported_by", "closed_by")
    context = {
        "form": form,
        "open": [item for item in items if item.closed_at is None],
        "closed": [item for item in items if item.closed_at is not None],
        "by_cause": hypercare.counts_by_cause(project),
        "went_live": cutover.went_live(project),
        "ends_at": hypercare.ends_at(project),
        "delete_after": hypercare.delete_after(project),
        "keep_days": policies.value(project, policies.KEEP_DAYS),
        "may_set": allowed(request, "map", project.pk),
        "may_close": allowed(request, "confirm", project.pk),
        "today": timezone.now().date(),
    }
    return _page(site, request, project, "crossdock/hypercare.html", "After the go-live", context)


def _hypercare_change(project: Project, request: HttpRequest) -> str:
    if request.POST.get("do") == "close":
        hypercare.close_project(project, user=request.user)
        return f"{project} is closed. Its data here is due to be deleted on {hypercare.delete_after(project)}."
    if request.POST.get("do") == "reopen":
        hypercare.reopen_project(project, user=request.user)
        return f"{project} is open again."
    form = ReportForm(request.POST)
    form.is_valid()
    item = hypercare.report(project, form.cleaned_data["title"], user=request.user, **_given(form, "about", "due"))
    return f"Written down as number {item.pk}, to be answered by {item.due}."


def item_page(site: AdminSite, request: HttpRequest, project_pk: int, item_pk: int) -> HttpResponse:
    project = _project(request, project_pk)
    item = get_object_or_404(HypercareItem.objects.select_related("link__account__project", "project"), pk=item_pk, project=project)
    if request.method == "POST":
        return _carried_out(request, lambda _, asked: _item_change(item, asked), project, "admin:crossdock_item", project.pk, item.pk)
    may_fix = allowed(request, "load", project.pk) and item.closed_at is None
    context = {
        "item": item,
        "life": lineage.life(item.link) if item.link else None,
        "patch": PatchForm() if may_fix and item.link else None,
        "correction": _foreseen(item, request) if may_fix else "",
        "close": CloseForm(item=item) if allowed(request, "verify", project.pk) and item.closed_at is None else None,
    }
    return _page(site, request, project, "crossdock/item.html", str(item), context)


def _item_change(item: HypercareItem, request: HttpRequest) -> str:
    do = request.POST.get("do")
    if do == "patch":
        done = hypercare.patch(item, {request.POST.get("field", ""): request.POST.get("value") or None}, user=request.user)
        return "The record was changed." if done["after"] else "The record says so already: nothing was sent."
    if do == "apply":
        return f"Run {hypercare.apply_again(item, user=request.user)['run']} corrects the records; the project's page shows how far it is."
    form = CloseForm(request.POST, item=item)
    if not form.is_valid():
        raise hypercare.NothingToFix(" ".join(str(error) for errors in form.errors.values() for error in errors))
    hypercare.close_item(item, user=request.user, **_given(form, "cause", "fix", "answer"))
    return "Closed; the customer gets a mail."


def _foreseen(item: HypercareItem, request: HttpRequest) -> str:
    """What applying map and answers again would change, with its price; empty where it would change nothing."""
    account = item.link.account if item.link else cutover.production(item.project)
    if account is None:
        return ""
    try:
        outlook = corrections.look_ahead(account, user=request.user)
    except REFUSALS:
        return ""
    return outlook.in_words() if outlook.records else ""


# --- shared ------------------------------------------------------------------------------------------------------------


def _project(request: HttpRequest, pk: int) -> Project:
    found: Project = get_object_or_404(visible_to(request.user, Project.objects.filter(pk=pk)))
    return found


def _given(form: forms.Form, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _carried_out(
    request: HttpRequest, change: Callable[[Project, HttpRequest], str], project: Project, back: str, *args: int
) -> HttpResponse:
    if not request.user.is_active:
        raise PermissionDenied
    try:
        messages.success(request, change(project, request))
    except REFUSALS as problem:
        messages.error(request, str(problem))
    except forms.ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return HttpResponseRedirect(reverse(back, args=args))


def _page(
    site: AdminSite, request: HttpRequest, project: Project, template: str, title: str, context: Mapping[str, Any]
) -> TemplateResponse:
    shared = {"title": title, "subtitle": project.name, "project": project, "opts": Project._meta, "original": project}
    return TemplateResponse(request, template, {**site.each_context(request), **shared, **context})
