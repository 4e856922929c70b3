"""Many records are read in pages: each once, and each page costs what it holds, however much lies before and behind it."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrations_app.models import Project, SourceTable, StagedRecord, Upload
from migrations_app.services import rows
from migrations_app.services.pages import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> SourceTable:
    """Ten rows, between which stand those of a table that was staged at the same time."""
    project = Project.objects.create(name="A", slug="a")
    upload = Upload.objects.create(project=project, kind="full", state="ready", name="a", uploaded_by=User.objects.create_user("u"))
    told = {"object": "contacts", "headers": ["Name"], "staged": 10}
    mine, other = (SourceTable.objects.create(upload=upload, file=file, **told) for file in ("a", "b"))
    for number in range(10):
        for each in (mine, other):
            StagedRecord.objects.create(table=each, object="contacts", line=number, key=f"{each.file}-{number}", cells=f'["{number}"]')
    return mine


def test_each_record_comes_once_and_in_order_also_where_some_go_meanwhile(table: SourceTable) -> None:
    found = []
    for page in pages(StagedRecord.objects.filter(table=table), StagedRecord.objects.values_list("key", flat=True), 3):
        found.append(page)
        StagedRecord.objects.filter(table=table, key__in=["a-3", "a-4", "a-5", "a-7"]).delete()
    assert found == [["a-0", "a-1", "a-2"], [], ["a-6", "a-8"], ["a-9"]]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by its statistics")
def test_no_page_of_rows_has_the_database_sort_the_whole_table(table: SourceTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "READ_AT_ONCE", 4)
    with CaptureQueriesContext(connection) as captured:
        assert [row.key for row in rows.stream([table])] == [f"a-{number}" for number in range(10)]
    reads = [each["sql"] for each in captured.captured_queries if '"cells"' in each["sql"]]
    assert len(reads) == 3
    for sql in reads:
        with connection.cursor() as cursor:
            plan = [step[3] for step in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
        assert plan == ["SEARCH migrations_app_stagedrecord USING INTEGER PRIMARY KEY (rowid=?)"]
