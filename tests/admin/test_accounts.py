"""Connecting an account in the back office, against a sandbox over real HTTP."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from migrations_app.models import Membership, PipedriveAccount, Project
from tests.admin import world

Desk = Callable[[str], Client]
ADD = "admin:migrations_app_pipedriveaccount_add"


@pytest.fixture
def empty(people: dict[str, Any]) -> Project:
    project = world.empty_project()
    for name, role in world.ROLES.items():
        Membership.objects.create(project=project, user=people[name], role=role)
    return project


@pytest.fixture
def company(sandbox: Any, settings: Any) -> dict[str, Any]:
    settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(sandbox.url).netloc]
    users = [{"name": "Ada", "email": "ada@harbour.example", "is_admin": True}, {"name": "Bob", "email": "bob@harbour.example"}]
    made: dict[str, Any] = sandbox.control().create_account("Harbour", domain="harbour", plan="premium", seats=2, users=users)
    return {"url": sandbox.url, "admin": made["users"][0]["token"], "other": made["users"][1]["token"]}


def given(project: Project, company: dict[str, Any], **changes: Any) -> dict[str, Any]:
    known = {"project": project.pk, "role": "production", "url": company["url"], "api_token": company["admin"]}
    return known | {"plan": "premium", "seats": 2, "share": 80, **changes}


def errors(response: Any) -> str:
    return str(response.context["adminform"].form.errors)


def test_saving_connects_and_never_shows_the_token_again(at_desk: Desk, empty: Project, company: dict[str, Any]) -> None:
    sam = at_desk("sam")
    response = sam.post(reverse(ADD), given(empty, company))
    assert response.status_code == 302, errors(response)
    account = PipedriveAccount.objects.get()
    assert (account.company_name, account.user_name, account.is_admin) == ("Harbour", "Ada", True)
    assert (account.token, account.plan, account.seats, account.share) == (company["admin"], "premium", 2, 80)
    for path in ("changelist", "change", "history"):
        address = reverse(f"admin:migrations_app_pipedriveaccount_{path}", args=[] if path == "changelist" else [account.pk])
        assert company["admin"] not in sam.get(address).content.decode()


def test_an_empty_token_keeps_the_stored_one(at_desk: Desk, empty: Project, company: dict[str, Any]) -> None:
    sam = at_desk("sam")
    sam.post(reverse(ADD), given(empty, company))
    account = PipedriveAccount.objects.get()
    path = reverse("admin:migrations_app_pipedriveaccount_change", args=[account.pk])
    assert sam.post(path, given(empty, company, api_token="", plan="growth", seats=7)).status_code == 302
    account.refresh_from_db()
    assert (account.token, account.plan, account.seats) == (company["admin"], "growth", 7)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"api_token": "0" * 40}, "token"),
        ({"api_token": ""}, "An API token is needed"),
        ({"url": "https://example.com"}, "example.com"),
    ],
)
def test_what_pipedrive_does_not_accept_is_said_on_the_form_and_not_kept(
    at_desk: Desk, empty: Project, company: dict[str, Any], changes: dict[str, Any], sentence: str
) -> None:
    response = at_desk("sam").post(reverse(ADD), given(empty, company, **changes))
    assert response.status_code == 200
    assert sentence in errors(response)
    assert company["admin"] not in response.content.decode()
    assert not PipedriveAccount.objects.exists()


def test_a_token_that_is_no_admins_is_kept_and_said(at_desk: Desk, empty: Project, company: dict[str, Any]) -> None:
    response = at_desk("sam").post(reverse(ADD), given(empty, company, api_token=company["other"]), follow=True)
    assert "Bob is no admin of Harbour" in response.content.decode()
    assert PipedriveAccount.objects.get().is_admin is False


def test_a_second_account_of_the_same_role_is_refused(at_desk: Desk, empty: Project, company: dict[str, Any]) -> None:
    sam = at_desk("sam")
    sam.post(reverse(ADD), given(empty, company))
    assert "has an account of this role already" in errors(sam.post(reverse(ADD), given(empty, company, plan="lite")))
    assert PipedriveAccount.objects.get().plan == "premium"


@pytest.mark.parametrize("who", ["anna", "carl", "stan"])
def test_only_staff_connects(at_desk: Desk, empty: Project, company: dict[str, Any], who: str) -> None:
    assert at_desk(who).post(reverse(ADD), given(empty, company)).status_code == 403
    assert not PipedriveAccount.objects.exists()


def test_staff_of_one_project_does_not_connect_another(at_desk: Desk, empty: Project, company: dict[str, Any]) -> None:
    other = world.empty_project(2)
    response = at_desk("sam").post(reverse(ADD), given(other, company))
    assert "Select a valid choice" in errors(response)
    assert not PipedriveAccount.objects.exists()
