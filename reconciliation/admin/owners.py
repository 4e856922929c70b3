from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from unfold.decorators import action, display

from migrations_app.admin.base import ProjectFilter, list_of
from migrations_app.models import Project
from reconciliation.admin.base import REFUSALS, OpenFilter, QueueAdmin, Step, answerable
from reconciliation.admin.forms import OwnerForm, RuleForm, UserForm
from reconciliation.models import ItemState, OwnerMatch
from reconciliation.services import owners
from reconciliation.services.answers import Outcome


def _assign(project: Project, rows: list[OwnerMatch], form: UserForm, user: Any) -> Outcome:
    return owners.assign(project, rows, form.cleaned_data["email"], user=user, closed=form.cleaned_data["closed"])


def _take_back(project: Project, rows: list[OwnerMatch], form: None, user: Any) -> Outcome:
    return Outcome(owners.take_back(project, rows, user=user))


def _without_own_answer(owner: OwnerMatch) -> str:
    return "" if owner.answer and not owner.by_fallback else "it has no answer of its own"


class OwnerFilter(OpenFilter):
    views = {**OpenFilter.views, "matched": {"present": True, "state": ItemState.MATCHED}}


@admin.register(OwnerMatch)
class OwnerMatchAdmin(QueueAdmin):
    nothing_here = "No owner waits for an answer: each one of the newest audit has a user."
    steps = (
        Step("assign", "Give to a user", _assign, form=UserForm, icon="person"),
        Step("take_back", "Take the answer back", _take_back, _without_own_answer, icon="undo"),
    )
    form = OwnerForm
    actions_list = ("rule",)
    list_display = ("text", "rows", "open_rows", "closed_rows", "where", "becomes", "reason")
    list_filter = (OwnerFilter, ProjectFilter)
    search_fields = ("text", "email", "answer")
    change_form_after_template = "reconciliation/offered.html"
    fieldsets = (
        (
            "In the export",
            {"fields": (("text", "rows"), ("open_rows", "closed_rows"), ("where", "project"), ("email", "still_there"), "reason", "found")},
        ),
        ("Your answer", {"fields": ("becomes", "chosen", "closed", "seen")}),
    )
    readonly_fields = ("text", "rows", "open_rows", "closed_rows", "where", "project", "email", "still_there", "reason", "found", "becomes")

    def get_fieldsets(self, request: HttpRequest, obj: OwnerMatch | None = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        known, (title, _) = self.fieldsets
        return known, (title, {"fields": ("becomes",)})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        owner = self.get_object(request, object_id)
        offered = [(email, "") for email in owners.known_emails(owner.project, owner)] if owner else []
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), "offered": offered})
        return page

    def save_model(self, request: HttpRequest, obj: OwnerMatch, form: OwnerForm, change: bool) -> None:
        self.report(
            request, owners.assign(obj.project, [obj], form.cleaned_data["chosen"], user=request.user, closed=form.cleaned_data["closed"])
        )

    @action(description="One user for all others", url_path="rule", permissions=["change"], icon="group")
    def rule(self, request: HttpRequest) -> HttpResponse:
        """The rule for owners whom nobody matched: one named user, or none may go to production."""
        confirmed = request.POST if "confirmed" in request.POST else None
        form = RuleForm(confirmed, projects=answerable(request.user), initial={"project": request.GET.get(ProjectFilter.parameter_name)})
        if confirmed is None or not form.is_valid():
            context = {"title": "One user for all others", "opts": self.opts, "form": form, "listing": self.listing()}
            return TemplateResponse(request, "reconciliation/confirm.html", {**self.admin_site.each_context(request), **context})
        try:
            self.report(request, _set_rule(form.cleaned_data, request.user))
        except REFUSALS as problem:
            self.message_user(request, str(problem), messages.ERROR)
        return HttpResponseRedirect(list_of(self.model, project=form.cleaned_data["project"].pk))

    @display(description="Where")
    def where(self, owner: OwnerMatch) -> str:
        return ", ".join(f"{rows} {object}" for object, rows in owner.by_object.items() if rows) or "-"

    @display(description="User is active in the source")
    def still_there(self, owner: OwnerMatch) -> str:
        return ("yes" if owner.active else "no") if owner.email else "-"

    @display(description="Candidates")
    def found(self, owner: OwnerMatch) -> str:
        return ", ".join(owner.candidates) or "-"

    @display(description="Becomes", ordering="answer")
    def becomes(self, owner: OwnerMatch) -> str:
        if owner.by_fallback:
            return format_html("{}<br>{}", owner.answer, "by the rule for all others")
        note = "the source has changed since, please look again" if owner.changed else ""
        closed = f"; what is closed: {owner.answer_closed}" if owner.answer_closed else ""
        return format_html("{}{}<br>{} {}", owner.user_email or "-", closed, owner.answered_by or "", note)


def _set_rule(data: dict[str, Any], user: Any) -> Outcome:
    if data["rule"] == "none":
        return Outcome(owners.take_back_fallback(data["project"], user=user))
    return owners.set_fallback(data["project"], data["email"] if data["rule"] == "user" else None, user=user)
