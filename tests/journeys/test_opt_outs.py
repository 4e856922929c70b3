"""Who must not be written to: flagged with the create, again at any time after, only ever stricter; the marketing status last."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Membership, PipedriveAccount, Project
from migrations_app.services import connecting
from migrations_app.states import Role
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = range(1, 61)
OWNER = "rep@seller.example"


def address(number: int) -> str:
    return f"person{number}@firm{number}.example"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    write(folder / "owners.csv", ["Owner ID", "Owner Name", "Owner Email"], [["U1", "Rep One", OWNER]])
    heads = ["Contact ID", "First Name", "Last Name", "Email Address", "Owner", "Opt-in Date"]
    write(folder / "contacts.csv", heads, [[f"C{n}", "Ann", f"Bell {n}", address(n), OWNER, "2023-01-15"] for n in PEOPLE])
    entries = [[address(1), "Spam complaint", "2022-01-01"], [address(2), "Manual", "2022-02-01"], [address(2).upper(), "Unsubscribed", ""]]
    write(
        folder / "suppression_list.csv",
        ["Email", "Reason", "Date Suppressed"],
        [*entries, ["gone@nowhere.example", "Manual", "2020-05-05"]],
    )
    return folder


def write(path: Path, heads: list[str], lines: list[list[str]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *lines])
    return path


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def load(walk: Walk, package: Path, domain: str, **company: Any) -> None:
    walk.to_decisions(package, package.parent, "net-results")
    walk.account([OWNER], domain=domain, **company)
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"


def reasons(walk: Walk, domain: str) -> dict[str, str]:
    """{address: reason} of everybody in the account who is flagged."""
    project = Project.objects.get(slug="move")
    fields = PipedriveAccount.objects.get(project=project).schema["fields"]["person"]
    labels = {id: label for field in fields for id, label in field["options"]}
    found = {}
    for record in walk.control.records(domain, "person"):
        if value := walk.custom(record, "Suppression reason", "person"):
            assert walk.custom(record, "Suppression status", "person")
            found[record["emails"][0]["value"]] = labels[value]
    return found


def test_the_unsubscribe_tail_flags_exactly_the_persons_found_and_loosens_nobody(walk: Walk, package: Path, tmp_path: Path) -> None:
    load(walk, package, "tail")
    before = {address(1): "Spam complaint", address(2): "Unsubscribed"}
    assert reasons(walk, "tail") == before
    tail = [[address(n), "Unsubscribed", "2025-06-01"] for n in range(11, 41)]
    tail += [[address(1), "Manual", "2025-06-01"], *([f"stranger{n}@else.example", "Unsubscribed", "2025-06-01"] for n in range(6))]
    path = write(tmp_path / "tail" / "suppression tail.csv", ["Email", "Reason", "Date"], tail)
    walk.do("intake", "move", str(path), "--kind", "delta")
    done = walk.do("suppress", "move", "--role", "staging", "--out", str(tmp_path / "out"))
    assert (done["flagged"], done["unmatched"]) == (30, 7)
    assert reasons(walk, "tail") == before | {address(n): "Unsubscribed" for n in range(11, 41)}
    with (tmp_path / "out" / "unmatched.csv").open(encoding="utf-8") as file:
        assert {row["email"] for row in csv.DictReader(file)} == {"gone@nowhere.example", *(f"stranger{n}@else.example" for n in range(6))}
    again = walk.do("suppress", "move", "--role", "staging")
    assert again["flagged"] == 0
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"


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
