"""Starting a project: its name, its source, and the settings that every transform uses."""

from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django.db import transaction

from migrations_app.models import Membership, Project
from migrations_app.models.access import SYSTEM_USER
from migrations_app.states import Role


class BadSetting(Exception):
    """A setting that no transform could use; the text says what is expected."""


def create(*, name: str, slug: str, source: str, user: Any, timezone: str = "", country: str = "", currency: str = "") -> Project:
    """A new project; whoever starts it becomes its consultant, unless they see everything anyway. Raises BadSetting, IntegrityError."""
    check_settings(timezone, country.upper(), currency.upper())
    with transaction.atomic():
        project = Project.objects.create(
            name=name[:200], slug=slug[:80], source=source, timezone=timezone, country=country.upper(), currency=currency.upper()
        )
        if not user.is_superuser and user.username != SYSTEM_USER:
            Membership.objects.create(project=project, user=user, role=Role.CONSULTANT)
    return project


def check_settings(timezone: str, country: str, currency: str) -> None:
    """Raise BadSetting unless each is empty or known."""
    names = Locale("en")
    if timezone and timezone not in available_timezones():
        raise BadSetting(f"“{timezone}” is no time zone; use an IANA name such as Europe/Berlin.")
    if country and (len(country) != 2 or country not in names.territories):
        raise BadSetting(f"“{country}” is no country; use two letters such as DE.")
    if currency and currency not in names.currencies:
        raise BadSetting(f"“{currency}” is no currency; use three letters such as EUR.")
