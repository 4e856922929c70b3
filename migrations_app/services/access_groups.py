"""The groups *customer admin*, *consultant* and *staff*: what people may do outside of a project follows from their roles in projects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from migrations_app.models import Membership, Project
from migrations_app.states import Role

GROUPS = {Role.CUSTOMER_ADMIN: "customer admin", Role.CONSULTANT: "consultant", Role.STAFF: "staff"}
OF_THE_FIRM = (Role.CONSULTANT, Role.STAFF)


def may_start_projects(user: Any) -> bool:
    """People of the firm start projects; a customer's admin only takes part."""
    if not (user.is_active and user.is_staff):
        return False
    if user.is_superuser or user.groups.filter(name__in=[GROUPS[role] for role in OF_THE_FIRM]).exists():
        return True
    return Membership.objects.filter(user=user, role__in=OF_THE_FIRM).exists()


@contextmanager
def following(project: Project) -> Iterator[None]:
    """Groups follow what changes inside: a role brings its group, and whoever has lost a role and has it nowhere else loses it.

    Other groups stay, and so do those of superusers and of people who had no such role in `project`. A group that is missing is made.
    """
    with transaction.atomic():
        before = _people(project)
        yield
        now = _people(project)
        for role, name in GROUPS.items():
            group, _ = Group.objects.get_or_create(name=name)
            elsewhere = Membership.objects.filter(role=role, user__in=before[role])
            lost = get_user_model().objects.filter(pk__in=before[role], is_superuser=False).exclude(pk__in=elsewhere.values("user"))
            group.user_set.add(*now[role])
            group.user_set.remove(*lost)


def _people(project: Project) -> dict[Role, set[int]]:
    found: dict[Role, set[int]] = {role: set() for role in GROUPS}
    for user, role in Membership.objects.filter(project=project).values_list("user", "role"):
        found[Role(role)].add(user)
    return found
