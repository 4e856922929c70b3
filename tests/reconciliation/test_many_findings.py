"""Thousands of findings answered at once: at the desk, by the command, by workbook, and taken back. Nothing grows but by handfuls."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from migrations_app.models import Audit, Finding, FindingAnswer, FindingRow, Mapping, Project, SourceTable, StagedRecord
from migrations_app.verbs import Call
from reconciliation import finding_sheets, finding_verb
from reconciliation.services import findings
from reconciliation.services.answers import AT_ONCE
from reconciliation.sheets import Streamed

LIST = "admin:migrations_app_findingrow_changelist"
EACH = 28  # statements for 500 answers, whichever way they come
Many = Callable[[int], None]


@pytest.fixture
def many(project: Project, companies: SourceTable) -> Many:
    """So many companies whose names are overlong."""
    Mapping.objects.create(project=project, version=1)
    audit = Audit.objects.create(project=project)
    Project.objects.filter(pk=project.pk).update(audit=audit)
    project.audit = audit
    finding = Finding.objects.create(audit=audit, object="companies", code="overlong", severity="warn", count=0)

    def make(count: int) -> None:
        project.decisions.all().delete()
        FindingRow.objects.all().delete()
        StagedRecord.objects.filter(table=companies).delete()
        keys = [f"CO-{number}" for number in range(count)]
        cells = [json.dumps([key, f"A very long name of {key}"]) for key in keys]
        rows = zip(keys, cells, strict=True)
        StagedRecord.objects.bulk_create(
            StagedRecord(table=companies, object="companies", line=at, key=key, content_hash=key, cells=cell, label=key)
            for at, (key, cell) in enumerate(rows, start=2)
        )
        told = {"finding": finding, "table": companies, "field": "name", "message": "Look."}
        FindingRow.objects.bulk_create(FindingRow(key=key, line=at, value="A very", **told) for at, key in enumerate(keys, start=2))

    return make


def at_the_desk(project: Project, user: Any, folder: Path) -> None:
    client = Client()
    client.force_login(user)
    chosen = {"action": "bulk_accept", "select_across": "1", "_selected_action": [FindingRow.objects.values_list("pk", flat=True)[0]]}
    client.post(reverse(LIST, query={"answer": "open"}), chosen | {"confirmed": "yes"})


def by_command(project: Project, user: Any, folder: Path) -> None:
    call(project, user, object="companies", code="overlong", answer="accept")


def by_workbook(project: Project, user: Any, folder: Path) -> None:
    finding_sheets.import_workbook(project, filled(project, folder), user=user)


def taken_back(project: Project, user: Any, folder: Path) -> None:
    call(project, user, object="companies", take_back=True)


def call(project: Project, user: Any, **options: Any) -> None:
    finding_verb.run(Call({"project": project.slug, **options}, user, lambda text: None))


def filled(project: Project, folder: Path) -> Path:
    """The workbook as people send it back; made once."""
    path = folder / f"{FindingRow.objects.count()}.xlsx"
    if not path.exists():
        finding_sheets.export_workbook(findings.newest(project), path)
        book = load_workbook(path)
        sheet = book.worksheets[0]
        for line in range(2, sheet.max_row + 1):
            sheet.cell(line, finding_sheets.COLUMNS.index("answer") + 1, "accept")
        book.save(path)
    return path


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


@pytest.mark.parametrize("way", [at_the_desk, by_command, by_workbook])
def test_a_thousand_more_answers_cost_as_many_statements_as_two_handfuls(
    way: Callable[..., None], many: Many, project: Project, admin_of: Any, tmp_path: Path
) -> None:
    spent = {}
    for count in (AT_ONCE, 3 * AT_ONCE):
        many(count)
        if way is by_workbook:
            filled(project, tmp_path)
        spent[count] = statements(lambda: way(project, admin_of, tmp_path))
        assert FindingAnswer.objects.filter(how="accept").count() == count
    assert 0 < spent[3 * AT_ONCE] - spent[AT_ONCE] <= 2 * EACH
    back = statements(lambda: taken_back(project, admin_of, tmp_path))
    assert (FindingAnswer.objects.count(), back <= 3 * EACH) == (0, True)


def test_a_workbook_is_written_while_it_is_read(many: Many, project: Project, tmp_path: Path) -> None:
    many(AT_ONCE)
    waiting: list[Streamed] = []
    assert statements(lambda: waiting.append(finding_sheets.FindingResource().export(findings.newest(project)))) == 0
    assert 0 < statements(lambda: next(iter(waiting[0]))) <= 2
