"""PRACTICE.md, story 7: after the sign-off a small change is signed as a difference, a grave one asks for a new test run."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Approval, FieldRule, Membership, Project
from migrations_app.services import approving, proposing
from migrations_app.states import Role
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 25


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """A project with a signed load into staging, everything decided, production prepared and quiet."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    rows = (f"C-{n},Works {n},https://works{n}.example,{'Hall' if n == 1 else ''}\n" for n in range(1, ROWS + 1))
    (package / "companies.csv").write_text("Company ID,Company Name,Website,Region\n" + "".join(rows))
    walk.to_decisions(package, tmp_path / "out")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    domain = f"sign-{Path(tmp_path).name}".replace("_", "-")[:40]
    walk.account([], role="production", domain=domain)
    walk.do("prepare", "move", "--role", "production")
    walk.to_production(f"{domain}-r")
    return walk


def change(column: str, **to: Any) -> None:
    """A consultant edits one rule of a new version, and it is approved."""
    project, boss = Project.objects.get(), User.objects.get(username="boss")
    draft = proposing.propose_map(project, user=boss)
    approving.edit_rule(FieldRule.objects.get(mapping=draft, column=column), user=boss, **to)
    approving.approve(project, user=boss)


def load(walk: Walk) -> tuple[dict[str, Any], int]:
    return walk.verb("load", "move", "--role", "production")


def test_a_changed_label_is_signed_as_a_difference_with_its_records(walk: Walk) -> None:
    signed = Approval.objects.get()
    change("Region", field="custom:Territory (varchar)", transform="text")
    walk.do("prepare", "move", "--role", "production")
    shut, status = load(walk)
    assert (status, shut["gate"]) == (3, "test_run")
    assert shut["missing"][0]["what"].startswith("1 rule changed, 1 record touched since the sign-off")
    resigned = walk.do("signoff", "move", "--run", str(signed.run_id))
    assert (resigned["kind"], resigned["difference"]["rules"], resigned["difference"]["records"]) == ("difference", 1, 1)
    [example] = resigned["difference"]["examples"]
    assert (example["source_id"], [each["after"] for each in example["changes"] if each["after"]]) == ("C-1", ["Hall"])
    loaded, status = load(walk)
    assert (status, loaded["state"], loaded["phases"][0]["created"]) == (0, "finished", ROWS)


def test_one_label_rule_of_312_records_is_shown_and_one_signature_opens_production_again(
    sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    walk = Walk(sandbox_server, settings, monkeypatch)
    many, touched = 6_300, 312  # less than one in twenty
    rows = (f"C-{n},Works {n},{'Hall' if n <= touched else ''}\n" for n in range(1, many + 1))
    (tmp_path / "companies.csv").write_text("Company ID,Company Name,Region\n" + "".join(rows))
    walk.to_decisions(tmp_path / "companies.csv", tmp_path / "out")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    for role in ("staging", "production"):
        walk.account([], role=role, domain=f"sign-312-{role}")
        walk.do("prepare", "move", "--role", role)
    signed = walk.do("load", "move", "--role", "staging", "--test-run", "20")
    walk.sign(signed)
    walk.do("confirm", "move", "quiet")
    assert closed(walk) == []
    change("Region", field="custom:Territory (varchar)", transform="text")
    walk.do("prepare", "move", "--role", "production")
    shut, status = walk.verb("load", "move", "--role", "production", "--plan-only")
    assert (status, shut["closed"]) == (3, ["test_run"])
    assert shut["missing"][0]["what"].startswith(f"1 rule changed, {touched} records touched since the sign-off")
    assert walk.sign(signed)["difference"]["records"] == touched
    assert closed(walk) == []


def closed(walk: Walk) -> list[str]:
    return [gate["gate"] for gate in walk.do("status", "move")["gates"] if gate["role"] == "production"]


def test_a_rule_that_tells_twins_apart_takes_a_new_test_run(walk: Walk) -> None:
    signed = Approval.objects.get()
    change("Website", field="custom:Address on the web (varchar)", transform="text")
    walk.do("prepare", "move", "--role", "production")
    shut, status = load(walk)
    assert (status, shut["gate"]) == (3, "test_run")
    assert shut["missing"][0]["what"].startswith("a new test run is needed")
    refused, status = walk.verb("signoff", "move", "--run", str(signed.run_id))
    assert (status, refused["gate"]) == (3, "test_run")
    walk.do("prepare", "move", "--role", "staging")
    walk.sign(walk.do("load", "move", "--role", "staging"))
    assert load(walk)[1] == 0


def test_a_change_of_many_records_takes_a_new_test_run(walk: Walk) -> None:
    change("Company Name", transform="text")
    shut, status = load(walk)
    assert (status, shut["missing"][0]["what"].split(",")[0]) == (3, "a new test run is needed")


def test_a_map_that_says_the_same_needs_no_signature(walk: Walk) -> None:
    change("Region")
    assert load(walk)[1] == 0


def test_an_answer_to_what_was_open_needs_no_signature_and_a_changed_one_does(walk: Walk) -> None:
    other = "other@target.example"
    walk.do("decide", "move", "--owners", f"fallback={other}")
    assert [gate["gate"] for gate in walk.do("status", "move")["gates"] if gate["role"] == "production"] == ["owners", "test_run"]


@pytest.mark.parametrize("role", [Role.CONSULTANT, Role.STAFF])
def test_nobody_of_the_firm_signs_in_the_customers_name(walk: Walk, role: Role) -> None:
    run = Approval.objects.get().run
    someone = User.objects.create_user("someone")
    Membership.objects.create(project=run.project, user=someone, role=role)
    walk.user = "someone"
    answer, status = walk.verb("signoff", "move", "--run", str(run.pk))
    assert (status, Approval.objects.count()) == (1, 1)
    assert "customer admin" in answer["error"]


def test_the_programs_own_user_neither_signs_nor_ticks(walk: Walk) -> None:
    run = Approval.objects.get().run
    walk.user = "system"
    assert walk.verb("signoff", "move", "--run", str(run.pk))[1] == 1
    assert walk.verb("confirm", "move", "quiet")[1] == 1


def test_production_waits_for_quiet_again_once_things_are_switched_on(walk: Walk) -> None:
    on_again = walk.do("confirm", "move", "switched-on")
    assert len(on_again["items"]) == 7
    shut, status = load(walk)
    assert (status, shut["gate"], shut["missing"][0]["count"]) == (3, "quiet", 7)


def test_a_sign_off_keeps_what_was_seen(walk: Walk) -> None:
    signed = Approval.objects.get()
    assert str(signed.by) == "boss"
    assert (signed.seen["map"], signed.seen["rows"]["companies"], signed.seen["phases"][0]["created"]) == (1, ROWS, ROWS)
    assert len(signed.seen["decisions"]) == 64
    assert [upload["digest"] for upload in signed.seen["uploads"]] == list(signed.project.uploads.values_list("digest", flat=True))


def test_a_rejected_test_run_keeps_production_shut_and_makes_tasks(walk: Walk) -> None:
    run = Approval.objects.get().run
    rejected = walk.do("signoff", "move", "--run", str(run.pk), "--reject", "Regions are missing")
    assert rejected["verdict"] == "rejected"
    assert list(run.remarks.values_list("text", "state")) == [("Regions are missing", "task")]
    shut, status = load(walk)
    assert (status, shut["gate"], shut["missing"][0]["count"]) == (3, "test_run", 1)


def test_an_unknown_run_cannot_be_signed(walk: Walk) -> None:
    answer, status = walk.verb("signoff", "move", "--run", "999")
    assert (status, answer) == (1, {"error": "Move has no run 999."})
