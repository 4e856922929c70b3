"""The audit looks at every row once, and keeps none of them longer than it has to."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from migrations_app.models import FindingRow, Project
from migrations_app.services import audit, examining, intake, proposing

pytestmark = pytest.mark.django_db


def test_rows_that_repeat_an_id_are_told_once_each_however_many_there_are(tmp_path: Path) -> None:
    root = User.objects.create_superuser("root")
    project = Project.objects.create(name="A", slug="a", source="results", timezone="UTC", country="DE", currency="EUR")
    again = [f"C-{number % 2},Company {number // 700},\n" for number in range(2 * examining.AT_ONCE + 2 * 7)]
    (tmp_path / "companies.csv").write_text("Company ID,Company Name,Website\n" + "".join(again), encoding="utf-8")
    intake.take_in(project, tmp_path, kind="full", user=root)
    proposing.propose_map(project, user=root)
    found = audit.run_audit(project, user=root)
    told = FindingRow.objects.filter(finding__audit=found, finding__code__startswith="duplicate_id").values_list("line", flat=True)
    assert sorted(told) == list(range(4, len(again) + 2))
    assert audit.counts(found)["duplicate_id_conflict"] == len(again) - 700
