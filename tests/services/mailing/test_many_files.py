"""A package with a file for each campaign and event: a thousand of them cost what their rows cost, not what pairs of them would."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import FieldRule, Gathered, Project, SourceTable, StagedRecord, Upload
from migrations_app.services import audit, intake, proposing, rows
from migrations_app.services.mailing import gathering

pytestmark = pytest.mark.django_db
READS = 2  # the audit's, of each row: once to gather, once to look


def package(folder: Path, files: int) -> Path:
    folder.mkdir()
    (folder / "contacts.csv").write_text(
        "Contact ID,First Name,Last Name,Email\n" + "".join(f"C{n},Ann,Bell{n},a{n}@x.example\n" for n in range(9))
    )
    for number in range(files):
        lines = (f"a{n}@x.example,News {number},{n + 13}/02/2025 10:0{n}\n" for n in range(9))
        (folder / f"Mailing {number} - Opened.csv").write_text(f"Email,Subject,Date\n{''.join(lines)}")
    return folder


def taken_in(folder: Path, files: int) -> Project:
    project = Project.objects.create(name=folder.name, slug=folder.name, source="net-results", timezone="UTC")
    intake.take_in(project, package(folder, files), kind="full", user=User.objects.get_or_create(username="root", is_superuser=True)[0])
    return project


def selects(act: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(each["sql"].startswith(("SELECT", "DECLARE")) for each in captured.captured_queries)


def test_more_files_ask_nothing_more_for_the_map_and_one_query_a_read_for_the_audit(tmp_path: Path) -> None:
    few, many = taken_in(tmp_path / "few", 2), taken_in(tmp_path / "many", 12)
    root = User.objects.get(username="root")
    asked = [selects(lambda project=project: proposing.propose_map(project, user=root)) for project in (few, many)]
    assert asked[0] == asked[1]
    read = [selects(lambda project=project: audit.refresh(project, user=root)) for project in (few, many)]
    assert read[1] - read[0] == 10 * READS


def test_the_same_map_comes_of_one_file_and_of_many(tmp_path: Path) -> None:
    rules = []
    for files in (1, 60):
        made = taken_in(tmp_path / f"files{files}", files)
        proposing.propose_map(made, user=User.objects.get(username="root"))
        told = FieldRule.objects.filter(mapping__project=made).order_by("object", "column")
        rules.append(list(told.values_list("object", "column", "role", "field", "transform")))
    assert rules[0] == rules[1]
    assert SourceTable.objects.filter(object="email_sends").count() == 61  # those that get a shorter look are recognised like the others


def test_the_order_of_day_and_month_is_that_of_each_file(tmp_path: Path) -> None:
    folder = package(tmp_path / "orders", 2)
    (folder / "Mailing 1 - Opened.csv").write_text(
        "Email,Subject,Date\n" + "".join(f"a{n}@x.example,News,02/{n + 13}/2025 10:00\n" for n in range(9))
    )
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, folder, kind="full", user=User.objects.create_superuser("root"))
    force = rows.tables_in_force(project)
    with CaptureQueriesContext(connection) as captured:
        gathering.gather(project, force)
    assert sum('"profile"' in each["sql"] for each in captured.captured_queries) == 1
    opened = {each.key: each.values["last_open"][0] for each in Gathered.objects.filter(project=project, object="contacts")}
    assert opened == {f"C{n}": f"2025-02-{n + 13:02}" for n in range(9)}


def test_a_row_keeps_its_number_when_its_file_comes_again_beside_many(tmp_path: Path) -> None:
    folder = package(tmp_path / "again", 3)
    name = folder / "Mailing 1 - Opened.csv"
    twice = "a1@x.example,News 1,2025-02-14 10:01"
    name.write_text(f"Email,Subject,Date,Detail\n{twice},first\n{twice},second\n")
    root = User.objects.create_superuser("root")
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, folder, kind="full", user=root)
    name.write_text(f"Email,Subject,Date,Detail\n{twice},second\n")
    intake.take_in(project, folder, kind="full", user=root)
    keys = [
        {
            row.cells.rpartition("second")[1] or "first": row.key
            for row in StagedRecord.objects.filter(table__upload=upload, table__file=name.name)
        }
        for upload in Upload.objects.order_by("pk")
    ]
    assert len(set(keys[0].values())) == 2
    assert keys[1] == {"second": keys[0]["second"]}
