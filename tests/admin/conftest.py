from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.admin.actions import address
from migrations_app.models import Project
from tests.admin import world


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One of each role, somebody who takes part in nothing, and a superuser."""
    found = {name: world.user(name) for name in (*world.ROLES, "stan")}
    return found | {"root": world.user("root", is_superuser=True)}


@pytest.fixture
def project(people: dict[str, User]) -> Project:
    return world.whole_project(members=[people[name] for name in world.ROLES])


@pytest.fixture
def at_desk(people: dict[str, User]) -> Callable[[str], Client]:
    """`at_desk("carl")` is the browser of somebody who is logged in."""

    def browser(name: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(people[name])
        return client

    return browser


def action(name: str, target: object) -> str:
    return address(name, target)


def page(project: Project) -> str:
    return reverse("admin:crossdock_project", args=[project.pk])


def said(response: object) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in response.context["messages"]]  # type: ignore[attr-defined]
