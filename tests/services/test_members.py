"""Who takes part in a project is said by superusers, from the command line as in the back office."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command

from migrations_app.models import Project
from migrations_app.models.access import may
from tests.admin import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    User.objects.create_superuser("root")
    return world.empty_project()


def people(project: Project, *words: str, by: str = "root") -> tuple[dict[str, Any], int]:
    out, status = StringIO(), 0
    try:
        call_command("crossdock", "people", project.slug, *words, "--by", by, "--json", stdout=out, stderr=StringIO())
    except SystemExit as stop:
        status = int(stop.code or 0)
    return json.loads(out.getvalue()), status


def test_a_new_person_is_made_invited_and_may_do_what_the_role_may(project: Project, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        told, status = people(project, "--add", "anna", "--email", "anna@acme.example")
    assert (status, told["people"]) == (0, [{"user": "anna", "role": "customer_admin", "email": "anna@acme.example"}])
    assert [letter.to for letter in mail.outbox] == [["anna@acme.example"]]
    anna = User.objects.get(username="anna")
    assert (may(anna, "sign", project), may(anna, "load", project), anna.has_usable_password()) == (True, False, False)
    assert people(project, "--add", "anna", "--role", "staff")[0]["people"][0]["role"] == "staff"
    assert people(project, "--drop", "anna")[0]["people"] == []
    assert people(project, "--drop", "anna")[1] == 1


def test_nobody_gives_a_role_to_themselves(project: Project) -> None:
    people(project, "--add", "carl", "--role", "consultant")
    told, status = people(project, "--add", "carl", "--role", "staff", by="carl")
    assert (status, told) == (1, {"error": "carl may not say who takes part: that is for a superuser."})
    assert people(project, "--add", "carl", by="system")[1] == 1
