"""PRACTICE.md, story 6: a test run in which everything occurs, with decisions still open, while production stays shut."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from migrations_app.admin.review import address_of
from migrations_app.models import PinnedRecord, Project, RecordLink, Run
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)
OWNERS = ("Ann Bell", "Bo Carr", "Cy Dunn")
REGIONS = ("North", "South", "East", "West", "Overseas")
BIG = "C-7"


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, request: Any) -> Walk:
    """A staging account with one user; 30 deals without a company and three owners nobody has answered."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    companies = [(f"C-{n}", f"Works {n}", "Overseas" if n == 57 else REGIONS[n % 4], OWNERS[n % 3]) for n in range(60)]
    contacts = [(f"P-{n}", "Ann", f"No{n}", f"a{n}@w{n}.example", BIG if n > 70 else f"C-{n % 60}") for n in range(100)]
    deals = [(f"D-{n}", f"Deal {n}", "" if n < 30 else f"C-{n}", "" if n < 15 else f"P-{n}", "100", "EUR") for n in range(60)]
    _write(package / "companies.csv", ("Company ID", "Company Name", "Region", "Owner"), companies)
    _write(package / "contacts.csv", ("Contact ID", "First Name", "Last Name", "Email", "Company ID"), contacts)
    _write(package / "opportunities.csv", ("Opportunity ID", "Title", "Company ID", "Primary Contact ID", "Amount", "Currency"), deals)
    walk.to_decisions(package, tmp_path / "out")
    walk.account([], domain=request.node.name.replace("_", "-")[:60], name="Rehearsal")
    walk.do("prepare", "move", "--role", "staging")
    return walk


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def rehearse(walk: Walk, size: int) -> dict[str, Any]:
    loaded = walk.do("load", "move", "--role", "staging", "--test-run", str(size))
    assert (loaded["state"], loaded["kind"], loaded["balanced"]) == ("finished", "test", True)
    return loaded


def test_a_test_run_loads_with_decisions_open_and_production_still_refuses(walk: Walk) -> None:
    loaded = rehearse(walk, 100)
    assert walk.do("status", "move")["open"]["orphans"] == 30
    assert sum(phase["created"] for phase in loaded["phases"]) == loaded["sample"]["records"] == 100
    _everything_occurs(Run.objects.get())
    _the_review_page_lists_what_was_taken_for_now(Run.objects.get())
    walk.sign(loaded)
    walk.account([], role="production", domain="story-six-production")
    walk.do("prepare", "move", "--role", "production")
    walk.do("confirm", "move", "quiet")
    shut, status = walk.verb("load", "move", "--role", "production")
    assert (status, shut["closed"]) == (3, ["owners", "orphans"])


def _the_review_page_lists_what_was_taken_for_now(run: Run) -> None:
    """Who is meant to have the records, though the account has one user; and what stands in for answers."""
    client = Client()
    client.force_login(User.objects.get(username="boss"))
    shown = client.get(address_of(run)).context
    assert {(meant, has) for meant, has, _ in shown["owners"]} == {(owner, "Admin") for owner in OWNERS}
    assert sum(count for _, _, count in shown["owners"]) > len(OWNERS)
    deals = RecordLink.objects.filter(chosen__run=run, entity="deal", facts__has_key="orphan").count()
    assert sum(count for _, count in shown["provisional"]) >= deals > 0


def _everything_occurs(run: Run) -> None:
    """Each region, each owner, each kind of deal without a company; and nobody is there without whom they hang on."""
    made = RecordLink.objects.filter(chosen__run=run)
    companies = {link.key for link in made.filter(entity="organization")}
    numbers = {int(key.split("-")[1]) for key in companies if key.startswith("organization:C-")}
    assert {"Overseas" if n == 57 else REGIONS[n % 4] for n in numbers} == set(REGIONS)
    assert {OWNERS[n % 3] for n in numbers} == set(OWNERS)
    assert {link.facts.get("orphan") for link in made.filter(entity="deal")} >= {None, "contact", "placeholder"}
    assert not made.filter(parents__parent__state="skipped").exists()


def test_pinned_records_bring_some_of_what_hangs_on_them_and_say_how_much_was_left(walk: Walk) -> None:
    PinnedRecord.objects.create(project=Project.objects.get(), object="companies", source_key=BIG, by=User.objects.get(username="boss"))
    loaded = rehearse(walk, 40)
    there = RecordLink.objects.filter(parents__parent__key=f"organization:{BIG}", entity="person")
    assert there.filter(state="created").count() == 5
    assert loaded["sample"]["capped"] == [{"record": f"Works {BIG[2:]}", "kind": "persons", "there": there.count(), "taken": 5}]


def test_a_size_that_cannot_show_everything_is_exceeded_and_said(walk: Walk) -> None:
    sample = rehearse(walk, 1)["sample"]
    assert sample["records"] == sample["needed"] > sample["sample"] == 1
    _everything_occurs(Run.objects.get())


def test_a_test_run_in_the_live_account_is_kept_and_nothing_is_made_twice(walk: Walk) -> None:
    walk.account([], role="production", domain="story-six-live")
    walk.do("prepare", "move", "--role", "production")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--orphans", "placeholder")
    shut, status = walk.verb("load", "move", "--role", "production", "--test-run", "20")
    assert (status, shut["closed"]) == (3, ["quiet"])
    walk.do("confirm", "move", "quiet")
    first = walk.do("load", "move", "--role", "production", "--test-run", "20")
    tried, status = walk.verb("load", "move", "--role", "production")
    assert (status, tried["closed"]) == (3, ["test_run"])
    walk.sign(first)
    rest = walk.do("load", "move", "--role", "production")
    made, kept = (sum(phase[name] for phase in rest["phases"]) for name in ("created", "unchanged"))
    assert (kept, made + kept) == (first["sample"]["records"], len(RecordLink.objects.filter(account__role="production", state="created")))
    assert len(walk.live("organization", "story-six-live")) == 61


def test_a_test_run_can_be_taken_out_of_the_live_account_and_stays_signed(walk: Walk) -> None:
    loaded = rehearse(walk, 20)
    walk.sign(loaded)
    removed = walk.do("rollback", "move", "--run", str(loaded["run"]))
    assert sum(phase["removed"] for phase in removed["phases"]) == loaded["sample"]["records"]
    again, status = walk.verb("signoff", "move", "--run", str(loaded["run"]))
    assert (status, again["error"]) == (1, f"Run {loaded['run']} is signed off already, and nothing has changed since.")


def test_an_unfinished_test_run_is_taken_up_under_its_number(walk: Walk) -> None:
    planned = walk.do("load", "move", "--role", "staging", "--test-run", "20", "--plan-only")
    refused, status = walk.verb("signoff", "move", "--run", str(planned["run"]))
    assert (status, "Load a test run to its end first" in refused["error"]) == (1, True)
    assert walk.do("load", "move", "--role", "staging", "--test-run", "20")["run"] == planned["run"]
