"""What a run did is taken back: completely where nobody touched it, and never what people did since."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import RecordLink
from tests.ledger.rollback_ground import DELETION, EVERYTHING, READING, Move

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Move:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    return Move(sandbox, settings, monkeypatch).ready(tmp_path)


def test_an_untouched_run_is_removed_without_a_trace(move: Move) -> None:
    run = move.load()
    assert move.there() == EVERYTHING
    answer = move.undo(run)
    assert (answer["state"], answer["left"]) == ("rolled_back", [])
    assert move.removed(answer) == EVERYTHING
    assert move.there() == {"organization": 0, "person": 0, "deal": 0}
    assert set(RecordLink.objects.values_list("state", "pipedrive_id")) == {("removed", "")}
