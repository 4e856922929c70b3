"""Users and groups, in the forms of the back office. Only superusers come here."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from migrations_app.admin.base import ReadOnlyInline
from migrations_app.models import Membership

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


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, ModelAdmin):  # type: ignore[type-arg]
    """What people of a group may do outside of projects; inside, their role in the project decides."""
