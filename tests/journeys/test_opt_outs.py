"""Who must not be written to: flagged with the create, again at any time after, only ever stricter; the marketing status last."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Membership, PipedriveAccount, Project
from migrations_app.services import connecting
from migrations_app.states import Role
from tests.journeys.opt_outs import OWNER, address, reasons, write, write_package
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    return write_package(tmp_path / "package")


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def load(walk: Walk, package: Path, domain: str, **company: Any) -> None:
    walk.to_decisions(package, package.parent, "net-results")
    walk.account([OWNER], domain=domain, **company)
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"


def test_a_look_ahead_writes_nothing(walk: Walk, package: Path) -> None:
    load(walk, package, "look-ahead")
    walk.do("intake", "move", str(write(package.parent / "t" / "unsubscribes.csv", ["Email"], [[address(9)]])), "--kind", "delta")
    assert walk.do("suppress", "move", "--role", "staging", "--dry-run")["suppressed"] == 3
    assert address(9) not in reasons(walk, "look-ahead")


def test_who_said_yes_later_is_asked_about_before_persons_load_to_production(walk: Walk, package: Path) -> None:
    walk.to_decisions(package, package.parent, "net-results")
    walk.account([OWNER], domain="said-yes", role="production")
    account = PipedriveAccount.objects.get(role="production")
    connecting.client_for(account).create("person", {"name": "Ann Bell 1", "emails": [{"value": address(1), "primary": True}]})
    walk.do("decide", "move", "--owners", f"fallback={OWNER}", "--duplicates", "merge", "--accept-suggestions")
    walk.do("prepare", "move", "--role", "production")
    shut, status = walk.verb("load", "move", "--role", "production")
    assert status == 3
    assert "suppression" in shut["closed"]
    assert walk.do("status", "move")["open"]["suppression"] == 1
    walk.do("decide", "move", "--suppressed", "opt-out")
    assert walk.do("status", "move")["open"]["suppression"] == 0
    shut, _ = walk.verb("load", "move", "--role", "production")
    assert "suppression" not in shut["closed"]


def test_the_marketing_status_takes_two_people_and_is_set_once(walk: Walk, package: Path) -> None:
    load(walk, package, "campaigns", features={"campaigns": True})
    PipedriveAccount.objects.update(role="production")
    walk.do("suppress", "move", "--role", "production", "--dry-run")
    shut, status = walk.verb("suppress", "move", "--role", "production", "--marketing")
    assert (status, shut["gate"]) == (3, "consent")
    walk.do("confirm", "move", "consent")
    assert walk.verb("suppress", "move", "--role", "production", "--marketing")[1] == 3  # one person alone, whatever the roles
    colleague = User.objects.create_user("customer", is_staff=True)
    Membership.objects.create(project=Project.objects.get(), user=colleague, role=Role.CUSTOMER_ADMIN)
    walk.user = "customer"
    walk.do("confirm", "move", "consent")
    walk.user = "boss"
    done = walk.do("suppress", "move", "--role", "production", "--marketing")
    assert (done["unsubscribed"], done["ignored"]) == (2, 0)
    unsubscribed = {
        record["emails"][0]["value"]
        for record in walk.control.records("campaigns", "person")
        if record.get("marketing_status") == "unsubscribed"
    }
    assert unsubscribed == {address(1), address(2)}
    assert walk.verb("suppress", "move", "--role", "production", "--marketing")[1] == 3  # what was signed is used up
