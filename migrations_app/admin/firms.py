"""The firm: one page for name, logo and rate card, kept by superusers."""

import base64
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from migrations_app.models import Firm, Rate
from migrations_app.models.firm import logo_type


class FirmForm(forms.ModelForm):  # type: ignore[type-arg]
    picture = forms.FileField(label="New logo", required=False, help_text="png, jpeg or gif; stands at the head of every paper")

    class Meta:
        model = Firm
        fields = ("name", "address", "contact", "currency")
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 3}) for name in ("address", "contact")}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_picture(self) -> bytes:
        given: UploadedFile | None = self.cleaned_data["picture"]
        content = given.read() if given else b""
        if content:
            self.instance.logo_type = logo_type(content)
        return content


class RateInline(TabularInline):  # type: ignore[type-arg]
    model = Rate
    extra = 0
    tab = False
    fields = ("label", "unit", "amount", "position")


@admin.register(Firm)
class FirmAdmin(ModelAdmin):  # type: ignore[type-arg]
    form = FirmForm
    inlines = (RateInline,)
    fieldsets = ((None, {"fields": ("name", "address", "contact", "shown_logo", "picture", "currency")}),)
    readonly_fields = ("shown_logo",)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one firm at most, so its page stands in for the list."""
        firm = Firm.ours()
        name = "change" if firm.pk else "add"
        return HttpResponseRedirect(reverse(f"admin:migrations_app_firm_{name}", args=[firm.pk] if firm.pk else []))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request) and not Firm.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Firm, form: Any, change: bool) -> None:
        if form.cleaned_data["picture"]:
            obj.logo = form.cleaned_data["picture"]
        super().save_model(request, obj, form, change)

    @display(description="Logo")
    def shown_logo(self, firm: Firm) -> str:
        if not firm.logo:
            return "none yet"
        return format_html(
            '<img alt="" style="max-height:3rem" src="data:{};base64,{}">', firm.logo_type, base64.b64encode(firm.logo).decode()
        )
