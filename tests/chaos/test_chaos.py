"""The short form of `make chaos`: the same storm, for a minute."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_IT = ("CROSSDOCK_TEST_DATA", "CROSSDOCK_DATA", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LEDGER_TIME_SCALE")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children of processes are found through /proc"),
]


def test_a_storm_leaves_every_record_there_once() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_IT}
    command = [sys.executable, "-m", "tests.chaos.run", "--basic", "--seed", "20260920", "--kills", "10", "--minutes", "1", "--size", "40"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=420)
    assert done.returncode == 0, done.stdout
    assert "lost 0, doubled 0" in done.stdout
