"""`make demo` as a newcomer meets it: from nothing to a balanced move, interrupted on the way, and nothing left running."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROC = Path("/proc")
FOREIGN = ("DATABASE_URL", "REDIS_URL", "CROSSDOCK_TEST_DATA", "CROSSDOCK_DATA", "DJANGO_SETTINGS_MODULE")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (PROC / "self" / "environ").exists(), reason="processes are counted through /proc"),
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the demo is about SQLite"),
]


def start(data: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["CROSSDOCK_DATA"] = str(data)
    command = [sys.executable, "manage.py", "demo", "--contacts", "40", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: "subprocess.Popen[str]", word: str) -> str:
    """What the demo printed up to the first line with the word; fails where that never comes."""
    printed = ""
    assert process.stdout is not None
    for line in process.stdout:
        printed += line
        if word in line:
            return printed
    pytest.fail(f"the demo ended with status {process.wait()} before it said {word!r}:\n{printed}")


def status(address: str) -> int:
    with contextlib.closing(urlopen(address, timeout=60)) as answer:
        return int(answer.status)


def processes_of(data: Path) -> list[str]:
    """Command lines of all living processes that work on this data directory."""
    mark = f"CROSSDOCK_DATA={data}".encode()
    found = []
    for folder in PROC.iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended while we looked, or is not ours to read
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def stopped_in_the_load(data: Path) -> list[str]:
    """A first demo, told to stop as soon as the account is prepared; what it left running."""
    process = start(data)
    read_until(process, "prepare")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=180)
    return processes_of(data)


@pytest.fixture(scope="module")
def finished(data: Path, stopped_in_the_load: list[str]) -> "subprocess.CompletedProcess[str]":
    process = start(data, "--once")
    printed, _ = process.communicate(timeout=900)
    return subprocess.CompletedProcess(process.args, process.returncode, printed)


@pytest.fixture
def serving(data: Path, finished: object) -> Iterator["subprocess.Popen[str]"]:
    process = start(data)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=180)


def test_a_demo_that_is_told_to_stop_leaves_no_process(stopped_in_the_load: list[str]) -> None:
    assert stopped_in_the_load == []


def test_the_next_start_finishes_the_move_and_everything_balances(data: Path, finished: "subprocess.CompletedProcess[str]") -> None:
    assert finished.returncode == 0, finished.stdout
    lines = finished.stdout.partition("phase ")[2].splitlines()[1:]
    table = [line for line in lines if line.split()[:1] in (["organization"], ["person"], ["deal"])]
    assert len(table) == 3
    assert [line.split()[-1] for line in table] == ["yes"] * 3
    assert all(int(line.split()[1]) > 20 for line in table)
    assert processes_of(data) == []


def test_another_start_keeps_the_data_serves_and_goes_on_ctrl_c(data: Path, serving: "subprocess.Popen[str]") -> None:
    printed = read_until(serving, "log in as")
    assert "has been moved already" in printed
    memory = json.loads((data / "demo" / "demo.json").read_text())
    assert status(f"http://127.0.0.1:{memory['web_port']}/admin/login/") == 200
    assert status(f"http://127.0.0.1:{memory['sandbox_port']}/board/larkfield-staging/") == 200
    assert len(processes_of(data)) >= 6  # the demo, the sandbox, Valkey, two workers, the clock, the web server
    serving.send_signal(signal.SIGINT)
    serving.communicate(timeout=180)
    assert serving.returncode == 0
    assert processes_of(data) == []


def test_two_demos_do_not_share_a_data_directory(data: Path, serving: "subprocess.Popen[str]") -> None:
    read_until(serving, "log in as")
    second = start(data, "--once")
    printed, _ = second.communicate(timeout=180)
    assert second.returncode != 0
    assert "A demo is running already" in printed
