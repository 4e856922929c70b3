"""Story 11: a preloaded account, and the export of Friday: new, changed, vanished, and edited on both sides. Saturday finds nothing."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.models import LinkEvent, Project
from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

HEADS = ("Contact ID", "First Name", "Last Name", "Email", "Job Title")
ALL, NEW, CHANGED, GONE, BOTH = 700, 212, 640, 9, 5


def person(number: int) -> list[str]:
    return [f"CT-{number}", f"First{number}", f"Last{number}", f"p{number}@example.com", "Buyer"]


def friday(lines: list[list[str]]) -> list[list[str]]:
    """640 have another job, five of them another name, the last 9 are gone, 212 are new."""
    changed = [[*line[:4], "Head of Buying"] for line in lines[:CHANGED]]
    changed[:BOTH] = [[line[0], f"Ours{line[0]}", *line[2:]] for line in changed[:BOTH]]
    return [*changed, *lines[CHANGED:-GONE], *(person(number) for number in range(ALL + 1, ALL + NEW + 1))]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    """Preloaded; then people rename five in Pipedrive whom the source renames too."""
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = walk.package(tmp_path / "package")
    (walk.folder / "opportunities.csv").unlink()
    write(walk.folder / "contacts.csv", HEADS, [person(number) for number in range(1, ALL + 1)])
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.role = "production"
    walk.account([], role=walk.role)
    walk.to_prepared(walk.role)
    walk.account([], domain="rehearsal", name="Rehearsal")
    walk.do("prepare", "move", "--role", "staging")
    walk.sign(walk.do("load", "move", "--role", "staging", "--test-run", "20"))
    walk.do("confirm", "move", "quiet")
    walk.loaded()
    walk.control.set_clock(3600)
    for number in range(1, BOTH + 1):
        walk.by_hand("PATCH", f"v2/persons/{walk.id_of(f'person:CT-{number}')}", {"name": f"Theirs {number}"})
    walk.change("contacts.csv", friday)
    return walk


def _turning_back_has_a_last_moment(walk: Later) -> None:
    """In the figures of the command, and in words on the page."""
    clock = walk.do("cutover", "move")["clock"]
    assert clock["records"] == 3 + ALL + NEW
    assert datetime.fromisoformat(clock["until"]) < datetime.fromisoformat(clock["deadline"])
    browser = Client()
    browser.force_login(User.objects.get(username=walk.user))
    shown = browser.get(reverse("admin:crossdock_cutover", args=[Project.objects.get().pk])).content.decode()
    assert f"undoing must begin by {datetime.fromisoformat(clock['until']):%a %d %b %H:%M}" in shown


def rows_of(out: Path, name: str) -> list[dict[str, str]]:
    with (out / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_weekend(walk: Later, tmp_path: Path) -> None:
    posts = walk.sent("POST")
    answer = walk.again()
    assert made(answer) == {"person": (NEW, CHANGED)}
    assert counts(answer, "vanished", "conflicts")["person"] == (GONE, BOTH)
    assert (walk.sent("POST") - posts, walk.sent("PATCH"), walk.sent("DELETE")) == (NEW, CHANGED, 0)
    changes = [event.sent for event in LinkEvent.objects.filter(verb="update")]
    assert {(*sent, *sent["custom_fields"].values()) for sent in changes} == {("custom_fields", "Head of Buying")}  # the job alone
    _turning_back_has_a_last_moment(walk)

    walk.do("report", "move", "--out", str(tmp_path / "out"))
    assert {row["source_id"] for row in rows_of(tmp_path / "out", "vanished.csv")} == {f"CT-{n}" for n in range(ALL - GONE + 1, ALL + 1)}
    both = rows_of(tmp_path / "out", "conflicts.csv")
    assert [(row["object"], row["source_id"], row["field"], row["live"]) for row in both] == [
        ("contacts", f"CT-{n}", "name", f"Theirs {n}") for n in range(1, BOTH + 1)
    ]
    assert walk.live("person")["person:CT-1"]["name"] == "Theirs 1"

    walk.change("contacts.csv", lambda lines: list(reversed(lines)))
    before = (walk.sent("POST"), walk.sent("PATCH"), walk.sent("DELETE"))
    assert (made(walk.again()), (walk.sent("POST"), walk.sent("PATCH"), walk.sent("DELETE"))) == ({}, before)
    assert walk.do("status", "move")["open"]["conflicts"] == BOTH
