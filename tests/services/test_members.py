"""Who takes part in a project is said by superusers, from the command line as in the back office."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
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


def groups_of(username: str) -> list[str]:
    return list(User.objects.get(username=username).groups.order_by("name").values_list("name", flat=True))


def test_the_group_of_a_role_goes_with_the_last_project_that_gave_it(project: Project) -> None:
    other = Project.objects.create(name="Other", slug="other", source="results")
    for each in (project, other):
        people(each, "--add", "carl", "--role", "consultant")
    User.objects.get(username="carl").groups.add(Group.objects.create(name="accounting"))
    people(project, "--drop", "carl")
    assert groups_of("carl") == ["accounting", "consultant"]
    people(other, "--drop", "carl")
    assert groups_of("carl") == ["accounting"]


def test_another_role_brings_another_group(project: Project) -> None:
    people(project, "--add", "carl", "--role", "consultant")
    people(project, "--add", "carl", "--role", "customer_admin")
    assert groups_of("carl") == ["customer admin"]


def test_superusers_and_people_who_only_have_the_group_by_hand_keep_it(project: Project) -> None:
    by_hand = User.objects.create(username="stan", is_staff=True)
    by_hand.groups.add(Group.objects.get_or_create(name="staff")[0])
    people(project, "--add", "stan", "--role", "consultant")
    people(project, "--add", "root", "--role", "staff")
    people(project, "--drop", "stan")
    people(project, "--drop", "root")
    assert (groups_of("stan"), groups_of("root")) == (["staff"], ["staff"])
