"""One customer, spelt in seven ways: whatever language, encoding or format the export has, the audit finds what is true."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from connectors.sources.results.sample import VARIANTS, write_sample

IN_SCOPE = ("companies", "contacts", "deals")

pytestmark = pytest.mark.django_db(transaction=True)


def crossdock(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("crossdock", *words, "--json", "--by", "consultant", stdout=out, stderr=io.StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
def test_every_row_is_staged_and_every_problem_found_however_the_export_is_spelt(variant: int, tmp_path: Path) -> None:
    get_user_model().objects.create_superuser("consultant")
    truth = write_sample(tmp_path / "export", variant=variant)
    project = crossdock("new", "Larkfield", "--source", "results", "--timezone", "Europe/Berlin", "--country", "DE", "--currency", "EUR")[
        "project"
    ]
    staged = crossdock("intake", project, str(tmp_path / "export"))["objects"]
    crossdock("propose", project)
    crossdock("approve", project)
    crossdock("audit", project, "--out", str(tmp_path / "audit"))

    assert {name: found["staged"] for name, found in staged.items()} == {name: counts["rows"] for name, counts in truth["counts"].items()}
    found = Counter(f"{row['object']}.{row['code']}" for row in rows(tmp_path / "audit" / "findings.csv") if row["object"] in IN_SCOPE)
    assert found == {code: count for code, count in truth["problem_counts"].items() if code.partition(".")[0] in IN_SCOPE}
    orphans = Counter(row["kind"] for row in rows(tmp_path / "audit" / "orphans.csv"))
    assert orphans == {kind: len(ids) for kind, ids in truth["orphaned_deals"].items()}
