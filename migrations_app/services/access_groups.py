"""The groups *customer admin*, *consultant* and *staff*: what people may do outside of a project follows from their roles in projects."""

from typing import Any

from django.contrib.auth.models import Group

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


def follow_memberships(project: Project) -> None:
    """Whoever takes part in `project` belongs to the group of the role; groups given by hand stay, one that is missing is made."""
    for role, name in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.user_set.add(*Membership.objects.filter(project=project, role=role).values_list("user", flat=True))
