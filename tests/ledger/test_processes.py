"""Whole processes killed and frozen in the middle of a phase; nothing is patched, time is real (at the short scale)."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from migrations_app.models import Run
from tests.ledger.ground import Ground
from tests.servers import worker_environment

ROOT = Path(__file__).resolve().parents[2]
MANY = [f"Company {number}" for number in range(60)]
SCALE = 0.02
LOAD = ("load", "move", "--role", "staging", "--inline", "--json", "--by", "boss")

pytestmark = pytest.mark.slow


@pytest.fixture
def ground(bare: Ground) -> Ground:
    """Sixty companies, and a Pipedrive that takes its time."""
    ground = bare.stage(companies=MANY).connect()
    ground.control.faults({"kind": "slow", "methods": ["POST"], "seconds": 0.5})
    return ground


class Command:
    """`manage.py crossdock ...` in a process of its own."""

    def __init__(self, ground: Ground) -> None:
        hosts = urlsplit(ground.sandbox.url).netloc
        settings = {"DJANGO_SETTINGS_MODULE": "tests.ledger.process_settings", "LEDGER_TIME_SCALE": str(SCALE)}
        self._environment = worker_environment(PIPEDRIVE_EXTRA_HOSTS=hosts, **settings)
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "crossdock", *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        self._started.append(process)
        return process

    def run(self, *words: str) -> dict[str, Any]:
        out, _ = self.start(*words).communicate(timeout=300)
        answer: dict[str, Any] = json.loads(out)
        return answer

    def stop(self) -> None:
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def command(ground: Ground) -> Iterator[Command]:
    commands = Command(ground)
    yield commands
    commands.stop()


def in_the_middle(ground: Ground, process: "subprocess.Popen[str]") -> None:
    """Waits until some of the records are there, and a handful is on its way."""
    while len(ground.control.records("harbour", "organization")) < 10:
        assert process.poll() is None, "it ended before it could be disturbed"
        time.sleep(0.02)


def test_a_killed_load_goes_on_and_its_figures_are_those_of_an_undisturbed_one(ground: Ground, command: Command) -> None:
    process = command.start(*LOAD)
    in_the_middle(ground, process)
    process.kill()
    process.wait()
    ground.control.faults()
    assert 10 <= len(ground.live()) < len(MANY)
    answer = command.run(*LOAD)
    phase = answer["phases"][0]
    assert (answer["run"], answer["state"]) == (Run.objects.get().pk, "finished")
    assert {name: phase[name] for name in ("source", "created", "refused", "unknown", "verified", "differences")} == {
        "source": len(MANY),
        "created": len(MANY),
        "refused": 0,
        "unknown": 0,
        "verified": len(MANY),
        "differences": 0,
    }
    assert (len(ground.live()), ground.posts()) == (len(MANY), len(MANY))


def test_a_delta_that_is_killed_doubles_nothing_and_goes_on_with_what_is_left(ground: Ground, command: Command) -> None:
    ground.control.faults()
    ground.load()
    renamed, added = [f"{name} Ltd" for name in MANY], [f"New {number}" for number in range(40)]
    ground.stage(companies=[*renamed, *added])
    slow = [{"kind": "slow", "methods": [method], "seconds": 0.5} for method in ("PATCH", "POST")]
    ground.control.faults(*slow)
    process = command.start(*LOAD)
    while sum(record["name"].endswith("Ltd") for record in ground.live().values()) < 10:
        assert process.poll() is None, "it ended before it could be disturbed"
        time.sleep(0.02)
    process.kill()
    process.wait()
    ground.control.faults()
    answer = command.run(*LOAD)
    phase = answer["phases"][0]
    assert (answer["state"], phase["created"], phase["updated"], phase["differences"]) == ("finished", len(added), len(MANY), 0)
    assert sorted(record["name"] for record in ground.live().values()) == sorted([*renamed, *added])
    assert ground.posts() == len(MANY) + len(added)
    again = command.run(*LOAD)["phases"][0]
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, len(MANY) + len(added))


def test_a_load_frozen_past_its_lease_does_no_harm_when_it_wakes(ground: Ground, command: Command) -> None:
    frozen = command.start(*LOAD)
    in_the_middle(ground, frozen)
    os.kill(frozen.pid, signal.SIGSTOP)
    ground.control.faults()
    answer = command.run(*LOAD)
    assert answer["state"] == "finished"
    os.kill(frozen.pid, signal.SIGCONT)
    out, _ = frozen.communicate(timeout=300)
    assert json.loads(out)["state"] == "finished"
    assert (len(ground.live()), ground.posts()) == (len(MANY), len(MANY))
    assert ground.states() == {"created": len(MANY)}
