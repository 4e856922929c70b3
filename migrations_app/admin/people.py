"""Users and groups, in the forms of the back office. Only superusers come here."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from migrations_app.admin.base import ReadOnlyInline
from migrations_app.models import Membership
from migrations_app.services import telling

admin.site.unregister(User)
admin.site.unregister(Group)


class TakesPartInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("project", "role")
    verbose_name_plural = "takes part in"


@admin.register(User)
class UserAdmin(StockUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (TakesPartInline,)
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_superuser", "last_login")
    actions = ("invite",)

    @admin.action(description="Send a mail with a link to choose a password")
    def invite(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        sent = [user.username for user in queryset if telling.invite(user)]
        left = [user.username for user in queryset if user.username not in sent]
        if sent:
            self.message_user(request, f"Invited: {', '.join(sent)}.", messages.SUCCESS)
        if left:
            self.message_user(request, f"No mail address is known of {', '.join(left)}.", messages.WARNING)


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, ModelAdmin):  # type: ignore[type-arg]
    """What people of a group may do outside of projects; inside, their role in the project decides."""
