"""Lost answers and a dead worker at the real pace, nothing shortened: three minutes, so `make chaos` runs it and `make test` does not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migrations_app.models import LinkEvent
from tests.ledger.conftest import bare, ledger_clock
from tests.ledger.ground import Ground
from tests.servers import worker_environment

__all__ = ["bare", "ledger_clock"]

ROOT = Path(__file__).resolve().parents[2]
LOAD = ("load", "move", "--role", "staging", "--inline", "--json", "--by", "boss", "--patience", "240")
MANY = [f"Company {number}" for number in range(40)]
FOUND_AFTER = 20 + 35 + 60  # the time to send, the server's time-out, then some (LEDGER.md 4)
PROVEN_AFTER = FOUND_AFTER + 30  # two readings

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]


def start(ground: Ground) -> "subprocess.Popen[str]":
    hosts = urlsplit(ground.sandbox.url).netloc
    environment = worker_environment(PIPEDRIVE_EXTRA_HOSTS=hosts, LEDGER_TIME_SCALE="1")
    command = [sys.executable, "manage.py", "crossdock", *LOAD]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_what_is_lost_comes_back_by_itself_within_its_real_time(bare: Ground) -> None:
    ground = bare.stage(companies=MANY).connect()
    ground.control.faults(
        {"kind": "slow", "methods": ["POST"], "seconds": 0.2},
        {"kind": "drop_after", "methods": ["POST"], "times": 1},
        {"kind": "drop_before", "methods": ["POST"], "times": 1},
    )
    first = start(ground)
    while len(ground.control.records("harbour", "organization")) < 10:
        assert first.poll() is None, "it ended before it could be disturbed"
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    killed = time.monotonic()
    out, _ = start(ground).communicate(timeout=280)
    took = time.monotonic() - killed
    answer = json.loads(out)
    assert (answer["state"], len(ground.live()), ground.states()) == ("finished", len(MANY), {"created": len(MANY)})
    assert LinkEvent.objects.filter(verb=LinkEvent.Verb.SETTLE).exists(), "what was sent and never recorded was found"
    assert FOUND_AFTER - 5 < took < PROVEN_AFTER + 45
