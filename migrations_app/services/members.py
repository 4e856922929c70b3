"""Who takes part in a project, and as what."""

from typing import Any

from django.contrib.auth import get_user_model

from migrations_app.models import Forbidden, Membership, Project
from migrations_app.services import access_groups, telling
from migrations_app.states import Role


def admit(project: Project, username: str, role: Role, *, user: Any, email: str = "") -> Membership:
    """The person takes part in this role from now on; who is not known yet is made, and invited where there is an address.

    Raises Forbidden: only superusers do it, so nobody gives a role to themselves.
    """
    _require_superuser(user)
    with access_groups.following(project):
        person, made = get_user_model().objects.get_or_create(username=username, defaults={"email": email, "is_staff": True})
        if made:
            person.set_unusable_password()
            person.save(update_fields=["password"])
            telling.invite(person)
        membership, _ = Membership.objects.update_or_create(project=project, user=person, defaults={"role": role})
    return membership


def dismiss(project: Project, username: str, *, user: Any) -> int:
    """The person takes no part any more and loses the group that only this brought; what they did keeps their name. Raises Forbidden."""
    _require_superuser(user)
    with access_groups.following(project):
        return Membership.objects.filter(project=project, user__username=username).delete()[0]


def _require_superuser(user: Any) -> None:
    if not user.is_superuser:
        raise Forbidden(f"{user.username} may not say who takes part: that is for a superuser.")
