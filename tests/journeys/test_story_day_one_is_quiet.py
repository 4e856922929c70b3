"""PRACTICE.md, story 8: nothing glows red, nothing moves to another day, nobody is written to, and quiet comes first."""

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Project
from migrations_app.services import losses
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=20)
OLD = 25
LIVE = "story-eight-live"


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """Tasks of past years that nobody did, one of midnight in Berlin to come, one for this week, and a deal won on 31 March."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    tasks = [(f"A-{n}", "Task", f"Old {n}", f"{2015 + n % 8}-03-04 09:30:00", "No") for n in range(OLD)]
    tasks += [("A-90", "Task", "Midnight", f"{LATER} 12:00:00 AM", "No"), ("A-91", "Call", "This week", f"{TODAY} 10:00:00 AM", "No")]
    people = [("P-1", "Ann", "Bell", "ann@works.example", "C-1")]
    deals = [("D-1", "Won in March", "C-1", "P-1", "Won", "2024-03-31", "100", "EUR")]
    tables = {
        "companies": (("Company ID", "Company Name"), [("C-1", "Works")]),
        "contacts": (("Contact ID", "First Name", "Last Name", "Email", "Company ID"), people),
        "opportunities": (
            ("Opportunity ID", "Title", "Company ID", "Primary Contact ID", "Status", "Won Date", "Amount", "Currency"),
            deals,
        ),
        "activities": (
            ("Activity ID", "Type", "Subject", "Start", "Completed", "Company ID", "Contact ID"),
            [(*task, "C-1", "P-1") for task in tasks],
        ),
    }
    for name, (header, rows) in tables.items():
        with (package / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
    walk.to_decisions(package, tmp_path / "out")
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}", "--accept-suggestions")
    return walk


def test_day_one_is_quiet(walk: Walk) -> None:
    walk.account([], role="production", domain=LIVE)
    walk.do("prepare", "move", "--role", "production")
    walk.to_production("story-eight-rehearsal")
    walk.do("confirm", "move", "quiet", "--withdraw")
    shut, status = walk.verb("load", "move", "--role", "production")
    assert (status, shut["gate"], walk.control.records(LIVE, "activity")) == (3, "quiet", [])
    walk.do("confirm", "move", "quiet")
    loaded = walk.do("load", "move", "--role", "production")
    assert loaded["state"] == "finished"
    _march_everywhere(walk)
    _seen_by_everybody(walk)
    _tasks_are_calm({task["subject"]: task for task in walk.control.records(LIVE, "activity")})


def test_tasks_of_past_years_are_counted_before_anybody_signs(walk: Walk) -> None:
    assert walk.do("audit", "move")["late_activities"] == OLD
    [loss] = [each for each in losses.known_losses(Project.objects.get()) if each.subject == "old_tasks"]
    assert (loss.count, loss.instead) == (OLD, "done, and the note says that they were open in Results")
    walk.do("settings", "move", "--set", "old_tasks=open")
    assert not [each for each in losses.known_losses(Project.objects.get()) if each.subject == "old_tasks"]


def _tasks_are_calm(tasks: dict[str, dict[str, Any]]) -> None:
    assert len(tasks) == OLD + 2
    _nothing_glows_red(tasks)
    _midnight_keeps_its_day(tasks["Midnight"])
    assert not any(task.get("attendees") for task in tasks.values())
    assert all(task["participants"] for task in tasks.values())


def _nothing_glows_red(tasks: dict[str, dict[str, Any]]) -> None:
    undone = {subject for subject, task in tasks.items() if not task["done"]}
    assert undone == {"Midnight", "This week"}
    assert all(date.fromisoformat(tasks[subject]["due_date"]) >= TODAY - timedelta(days=60) for subject in undone)
    assert "was open in Results" in tasks["Old 7"]["note"]


def _midnight_keeps_its_day(task: dict[str, Any]) -> None:
    assert (task["due_date"], task.get("due_time") or "") == (str(LATER), "")


def _march_everywhere(walk: Walk) -> None:
    """From Honolulu to Auckland."""
    [deal] = walk.live("deal", LIVE).values()
    won = datetime.fromisoformat(deal["won_time"].replace("Z", "+00:00"))
    won = won if won.tzinfo else won.replace(tzinfo=UTC)
    months = {won.astimezone(timezone(timedelta(hours=hours))).strftime("%Y-%m") for hours in range(-10, 14)}
    assert months == {"2024-03"}


def _seen_by_everybody(walk: Walk) -> None:
    """Whole-company visibility, as the plan names it."""
    for entity in ("organization", "person", "deal"):
        assert {record["visible_to"] for record in walk.live(entity, LIVE).values()} == {3}
