"""Events of sends forbid nothing; whoever refused mail there only is told, and handed out as a list that can come back."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Gathered, Project
from migrations_app.services import intake, losses, proposing, reporting, rows
from migrations_app.services.mailing import gathering, refusals

pytestmark = pytest.mark.django_db
CONTACTS = """Contact ID,Last Name,Email Address,Unsubscribed
C1,Bell,c1@firm.example,no
C2,Ray,c2@firm.example,no
C3,Fox,c3@firm.example,no
C4,Lee,c4@firm.example,no
C5,Orr,c5@firm.example,yes
"""
EVENTS = """Email,Campaign ID,Event,Date
c1@firm.example,CM-1,Sent,2024-05-01 08:00:00
c1@firm.example,CM-1,Unsubscribed,2024-05-03 09:00:00
c1@firm.example,CM-2,Clicked,2024-06-01 09:00:00
c2@firm.example,CM-1,Hard Bounce,2024-05-01 08:00:00
c2@firm.example,CM-1,Complained,2024-05-02 08:00:00
c3@firm.example,CM-1,Soft Bounce,2024-05-01 08:00:00
c4@firm.example,CM-1,Unsubscribed,2024-05-01 08:00:00
c5@firm.example,CM-1,Unsubscribed,2024-05-01 08:00:00
"""
LISTED = "Email,Reason,Date\nc4@firm.example,Manual,2024-01-01\n"
ONLY_IN_EVENTS = [["c1@firm.example", "Unsubscribed", "2024-05-03", "C1"], ["c2@firm.example", "Spam complaint", "2024-05-02", "C2"]]


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def project(tmp_path: Path, root: User) -> Project:
    package = tmp_path / "package"
    package.mkdir()
    for name, text in {"contacts.csv": CONTACTS, "email_sends.csv": EVENTS, "suppression.csv": LISTED}.items():
        (package / name).write_text(text, encoding="utf-8")
    made = Project.objects.create(name="Letters", slug="letters", source="net-results", timezone="UTC")
    take_in(made, package, root)
    return made


def take_in(project: Project, files: Path, root: User, **how: Any) -> None:
    intake.take_in(project, files, user=root, **({"kind": "full"} | how))
    gathering.gather(project, rows.tables_in_force(project))


def suppressed(project: Project) -> set[str]:
    found = Gathered.objects.filter(project=project, object="contacts", values__has_key="suppression_status")
    return set(found.values_list("key", flat=True))


def test_those_whom_only_an_event_names_are_told_and_nobody_else(project: Project, tmp_path: Path) -> None:
    assert suppressed(project) == {"C4", "C5"}
    assert refusals.count(project) == 2
    reporting.write_report(project, tmp_path / "out")
    with (tmp_path / "out" / "opt_outs_in_events.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [list(refusals.HEADS), *ONLY_IN_EVENTS]


def test_the_customer_signs_that_events_forbid_nothing(project: Project, root: User) -> None:
    proposing.propose_map(project, user=root)
    found = {loss.subject: loss for loss in losses.known_losses(project)}
    assert found["opt-outs in events"].count == 2
    assert "events forbid nothing" in found["opt-outs in events"].instead


def test_what_was_handed_out_comes_back_as_a_suppression_list(project: Project, root: User, tmp_path: Path) -> None:
    path = tmp_path / "opt_outs_in_events.csv"
    assert reporting.write_csv(path, refusals.HEADS, refusals.table(project)) == 2
    take_in(project, path, root, kind="add")
    assert suppressed(project) == {"C1", "C2", "C4", "C5"}
    assert refusals.count(project) == 0
    assert list(refusals.table(project)) == []
