"""Every test of the ledger has a sandbox of its own, a prepared account and a clock that it moves on itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.ledger.ground import Clock, Ground


@pytest.fixture
def ledger_clock(monkeypatch: Any) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def bare(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Ground:
    """Nothing is staged, no account is connected."""
    return Ground(sandbox, settings, ledger_clock, tmp_path / "export")


@pytest.fixture
def ground(bare: Ground) -> Ground:
    """Six companies, ready to load."""
    return bare.stage().connect()
