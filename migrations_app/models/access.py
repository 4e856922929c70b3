"""Who sees what and who may do what: one rule behind every admin page and every command."""

from typing import Any, TypeVar

from django.db import models

from migrations_app.states import Role

M = TypeVar("M", bound=models.Model)

SYSTEM_USER = "system"
# What each role of a membership may do in its project (DESIGN.md 1, column "who").
ACTIONS: dict[str, frozenset[str]] = {
    "upload": frozenset({Role.CONSULTANT}),
    "map": frozenset({Role.CONSULTANT}),
    "audit": frozenset({Role.CONSULTANT, Role.STAFF}),
    "approve": frozenset({Role.CONSULTANT, Role.CUSTOMER_ADMIN}),
    "answer": frozenset({Role.CONSULTANT, Role.CUSTOMER_ADMIN}),
    "connect": frozenset({Role.STAFF}),
    "load": frozenset({Role.STAFF}),
    "verify": frozenset({Role.STAFF, Role.CONSULTANT}),
    "sign": frozenset({Role.CUSTOMER_ADMIN}),
    "confirm": frozenset({Role.CUSTOMER_ADMIN, Role.STAFF}),
    "remark": frozenset({Role.CONSULTANT, Role.CUSTOMER_ADMIN}),
    "cutover": frozenset(Role),
    "view": frozenset(Role),
}
ONLY_PEOPLE = frozenset({"approve", "sign", "confirm"})  # never by the program's own user


class Forbidden(Exception):
    """The user may not do this; the text says who may."""


def visible_to(user: Any, rows: "models.QuerySet[M]") -> "models.QuerySet[M]":
    """The rows of projects that `user` is a member of; superusers and the user `system` see all.

    The lookup from a row to its project is the model's PROJECT_PATH ("" for Project itself).
    """
    if user.is_superuser or user.username == SYSTEM_USER:
        return rows
    path: str = rows.model.PROJECT_PATH  # type: ignore[attr-defined]
    lookup = f"{path}__memberships__user" if path else "memberships__user"
    return rows.filter(**{lookup: user})


def may(user: Any, action: str, project: Any) -> bool:
    """Whether `user` may do `action` (a key of ACTIONS) in `project`: one query, none for superusers."""
    if not user.is_active:
        return False
    if user.is_superuser:
        return True
    if user.username == SYSTEM_USER:
        return action not in ONLY_PEOPLE
    return project.memberships.filter(user=user, role__in=ACTIONS[action]).exists()


def require(user: Any, action: str, project: Any) -> None:
    """Raise Forbidden unless `user` may do `action` in `project`."""
    if not may(user, action, project):
        who = " or ".join(sorted(Role(role).label.lower() for role in ACTIONS[action]))
        raise Forbidden(f"{user.username} may not do this in {project}: it takes a {who} of the project (action “{action}”).")
