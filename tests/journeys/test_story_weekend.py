"""Story 11: a preloaded account, and the export of Friday: new, changed, vanished, and edited on both sides. Saturday finds nothing."""

import csv
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import LinkEvent
from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("Contact ID", "First Name", "Last Name", "Email", "Job Title")
ALL, NEW, CHANGED, GONE, BOTH = 120, 21, 64, 9, 5


def person(number: int) -> list[str]:
    return [f"CT-{number}", f"First{number}", f"Last{number}", f"p{number}@example.com", "Buyer"]


def friday(lines: list[list[str]]) -> list[list[str]]:
    """The first 64 have another job, five of them another name, the last 9 are gone, 21 are new."""
    changed = [[*line[:4], "Head of Buying"] for line in lines[:CHANGED]]
    changed[:BOTH] = [[line[0], f"Ours{line[0]}", *line[2:]] for line in changed[:BOTH]]
    return [*changed, *lines[CHANGED:-GONE], *(person(number) for number in range(ALL + 1, ALL + NEW + 1))]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    """Preloaded; then people rename five in Pipedrive whom the source renames too."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = walk.package(tmp_path / "package")
    (walk.folder / "opportunities.csv").unlink()
    write(walk.folder / "contacts.csv", HEADS, [person(number) for number in range(1, ALL + 1)])
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    walk.to_prepared()
    walk.load()
    walk.control.set_clock(3600)
    for number in range(1, BOTH + 1):
        walk.by_hand("PATCH", f"v2/persons/{walk.id_of(f'person:CT-{number}')}", {"name": f"Theirs {number}"})
    walk.change("contacts.csv", friday)
    return walk


def rows_of(out: Path, name: str) -> list[dict[str, str]]:
    with (out / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_weekend(walk: Later, tmp_path: Path) -> None:
    posts = walk.sent("POST")
    answer = walk.again()
    assert made(answer) == {"person": (NEW, CHANGED)}
    assert counts(answer, "vanished", "conflicts")["person"] == (GONE, BOTH)
    assert (walk.sent("POST") - posts, walk.sent("PATCH"), walk.sent("DELETE")) == (NEW, CHANGED, 0)
    assert all(set(event.sent) == {"job_title"} or "custom_fields" in event.sent for event in LinkEvent.objects.filter(verb="update"))

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
