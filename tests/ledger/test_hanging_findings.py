"""What the audit says of notes and files before anything is sent: too many on one deal, other spellings, files that no row names."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import FindingRow
from migrations_app.services import audit
from tests.ledger.hanging_ground import ROWS, Hanging

LISTED = [
    ("AT-1", "The plan", "papers/Plan.TXT", "Opportunity", "OP-1"),
    ("AT-2", "photo", "papers/photo.jpeg", "Opportunity", "OP-1"),
    ("AT-3", "The plan as a link", "file:///C:/Users/Ann/papers/pl%61n.txt", "Opportunity", "OP-1"),
    ("AT-4", "The plan in capitals", "PAPERS\\PLAN.TXT", "Opportunity", "OP-1"),
]


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Any, tmp_path: Path) -> Hanging:
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export")


def found(ground: Hanging, code: str) -> set[tuple[str, str]]:
    audit.run_audit(ground.project, user=ground.user)
    return set(FindingRow.objects.filter(finding__audit=ground.project.audit_id, finding__code=code).values_list("key", "value"))


def test_deals_with_more_notes_than_pipedrive_may_take_are_counted(ground: Hanging) -> None:
    notes = [(f"NO-{n}", f"Note {n}", "Opportunity", "OP-1", "2023-08-04 09:46:00") for n in range(101)]
    ground.stage_all(notes=[*notes, ("NO-999", "Other", "Opportunity", "OP-2", "")])
    assert found(ground, "many_notes") == {("OP-1", "101")}


def test_files_of_another_spelling_and_files_that_no_row_names_are_told(ground: Hanging) -> None:
    ground.stage_all(attachments=LISTED)
    assert found(ground, "wrong_name") == {("AT-1", "papers/Plan.TXT"), ("AT-2", "papers/photo.jpeg")}
    assert found(ground, "missing_file") == set()
    ground.stage_all(attachments=ROWS["attachments"][:1])
    assert found(ground, "unindexed_file") == {("", "papers/photo.bin")}
