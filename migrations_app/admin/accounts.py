"""Pipedrive accounts: connected with a token that is checked at once and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from connectors.errors import ConnectorError
from migrations_app.admin.base import ProjectFilter, ProjectScopedAdmin, allowed, link, list_of
from migrations_app.models import Forbidden, PipedriveAccount, Project, RecordLink, SchemaChange, visible_to
from migrations_app.services import connecting

CHECKED = {"ready": "success", "look": "danger"}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Saving connects: Pipedrive is asked who the token belongs to, and nothing is kept unless it answers."""

    api_token = forms.CharField(
        label="API token",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False),
        help_text="Of an admin who sees every record. It is stored encrypted and never shown. Empty keeps the stored one.",
    )
    # What connecting has answered, before the page's transaction began: the account, or the sentence why not.
    answer: PipedriveAccount | str | None = None

    class Meta:
        model = PipedriveAccount
        fields = ("project", "role", "url", "plan", "seats", "share")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("api_token") or self.instance.token):
            self.add_error("api_token", "An API token is needed to connect the account.")
        if isinstance(self.answer, str):
            self.add_error(None, self.answer)
        elif self.answer is not None:
            self.instance = self.answer  # so that the page shows what Pipedrive said
        elif self.instance.pk is None and self._is_there(given):
            self.add_error("role", "The project has an account of this role already: open that one and change it.")
        return given

    def connect(self, user: Any) -> PipedriveAccount | str:
        """Asks Pipedrive; call it on a valid form, outside of a transaction."""
        given = self.cleaned_data
        known = {name: given.get(name) or getattr(self.instance, name) for name in ("project", "role")}
        token = given.get("api_token") or self.instance.token
        try:
            account = connecting.attach(
                known["project"], role=known["role"], url=given["url"], token=token, plan=given["plan"], seats=given["seats"], user=user
            )
        except (ConnectorError, Forbidden, connecting.OtherCompany) as problem:
            return str(problem)
        account.share = given["share"]
        account.save(update_fields=["share"])
        return account

    def _is_there(self, given: dict[str, Any]) -> bool:
        return PipedriveAccount.objects.filter(project=given.get("project"), role=given.get("role", "")).exists()

    def _post_clean(self) -> None:
        """Nothing to construct: connecting has written the account, or the errors are on the form."""


@admin.register(PipedriveAccount)
class PipedriveAccountAdmin(ProjectScopedAdmin):
    nothing_here = "No Pipedrive account is connected yet. That is for the project's staff."
    add_action = change_action = "connect"
    form = AccountForm
    list_display = ("company", "role", "project", "plan", "seats", "state", "checked_at")
    list_select_related = ("project",)
    list_filter = (ProjectFilter, "role")
    fieldsets = (
        ("The account", {"fields": (("project", "role"), "url", "api_token")}),
        ("What it allows", {"fields": (("plan", "seats"), "share")}),
    )
    known = (
        (
            "Who we are there",
            {"fields": (("company_name", "currency"), ("user_name", "user_email"), ("is_admin", "checked_at"), "trouble")},
        ),
        ("What we made there", {"fields": (("changes", "records"),)}),
    )
    always_readonly = ("company_name", "user_name", "user_email", "is_admin", "currency", "checked_at", "trouble", "changes", "records")

    def get_fieldsets(self, request: HttpRequest, obj: PipedriveAccount | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        if self.has_change_permission(request, obj):
            return (*self.fieldsets, *self.known)
        (title, _), terms = self.fieldsets
        return ((title, {"fields": (("project", "role"), "url")}), terms, *self.known)

    def get_readonly_fields(self, request: HttpRequest, obj: PipedriveAccount | None = None) -> Any:
        return (*self.always_readonly, *(("project", "role") if obj else ()))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.answer = getattr(request, "connected", None)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        project = str(given.get("project", ""))
        accounts = visible_to(request.user, PipedriveAccount.objects.all())
        roles = accounts.filter(project=int(project)).values_list("role", flat=True) if project.isdecimal() else ()
        role = next((role for role in PipedriveAccount.Role.values if role not in roles), PipedriveAccount.Role.PRODUCTION)
        return {"role": role, "seats": 1, "share": 100, **given}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "project":
            seen = visible_to(request.user, Project.objects.all())
            kwargs["queryset"] = seen.filter(pk__in=[each.pk for each in seen if allowed(request, "connect", each.pk)])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Connects first: the page itself is one transaction, and no request is made while the database waits."""
        if request.method == "POST":
            self._connect(request, object_id)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def _connect(self, request: HttpRequest, object_id: Any) -> None:
        account = self.get_object(request, unquote(object_id)) if object_id else None
        permitted = self.has_change_permission(request, account) if account else self.has_add_permission(request)
        if not permitted or (object_id and account is None):
            return  # the page itself says so
        form = self.get_form(request, account, change=account is not None)(request.POST, instance=account)
        if form.is_valid():
            request.connected = form.connect(request.user)  # type: ignore[attr-defined]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> PipedriveAccount:
        account: PipedriveAccount = form.instance
        return account

    def save_model(self, request: HttpRequest, obj: PipedriveAccount, form: Any, change: bool) -> None:
        """It is saved already, by `attach`; what keeps it from loading is said here."""
        for concern in connecting.concerns(obj):
            self.message_user(request, concern, "WARNING")

    def response_post_save_add(self, request: HttpRequest, obj: PipedriveAccount) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:crossdock_project", args=[obj.project_id]))

    response_post_save_change = response_post_save_add

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on the form."""

    @display(description="Company", ordering="company_name", header=True)
    def company(self, account: PipedriveAccount) -> list[str]:
        return [account.company_name or account.url, account.url]

    @display(description="State", label=CHECKED)
    def state(self, account: PipedriveAccount) -> str:
        return "look" if connecting.concerns(account) else "ready"

    @display(description="What keeps it from loading")
    def trouble(self, account: PipedriveAccount) -> str:
        return format_html_join("", "{}<br>", ((each,) for each in connecting.concerns(account))) or "nothing"

    @display(description="Fields, stages, pipelines")
    def changes(self, account: PipedriveAccount) -> str:
        return link(list_of(SchemaChange, account__id__exact=account.pk), "see them")

    @display(description="Records")
    def records(self, account: PipedriveAccount) -> str:
        return link(list_of(RecordLink, account__id__exact=account.pk), "see them")
