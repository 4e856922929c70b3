"""However much a run made, undoing it takes the same memory."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.rollback_ground import Move

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
BATCH = 500


def peak_of_undoing(move: Move, run: int, *words: str) -> int:
    tracemalloc.start()
    move.undo(run, *words)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_run(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> None:
    settings.PIPEDRIVE_LIMITS = False
    move = Move(sandbox, settings, monkeypatch)
    move.to_decisions(move.package(tmp_path / "package", companies=5 * BATCH), tmp_path / "audit")
    move.account([], limits={"window": False, "budget": False})
    move.to_prepared()
    run = move.load()
    move.undo(run, "--phase", "deal")
    move.undo(run, "--phase", "person")
    one = peak_of_undoing(move, run, "--phase", "organization", "--batch", "1")
    four = peak_of_undoing(move, run)
    assert sum(move.there().values()) == 0
    assert four < one * 1.25, f"{one / 1e6:.1f} MB for a batch, {four / 1e6:.1f} MB for four of them"
