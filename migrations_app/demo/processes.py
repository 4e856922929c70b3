"""The demo's processes: two workers, the clock, the web server. Each is started in a session of its own and stopped by its pid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings

PATIENCE = 120.0  # seconds for a process to start, on a busy machine
GRACE = 30.0  # seconds for a process to end by itself; a worker first comes to the end of its job, which nobody else would end


class ProcessFailed(Exception):
    """A process of the demo did not start, or ended; the text says which and where its log is."""


class Processes:
    def __init__(self, logs: Path, environment: dict[str, str]) -> None:
        self._logs = logs
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, descriptors: Sequence[int] = ()) -> None:
        """`descriptors` are open files or sockets that the process takes over."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=descriptors,
                start_new_session=True,  # Ctrl-C reaches the demo alone, which then stops them in order
            )

    def check(self) -> None:
        """Raises ProcessFailed when one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessFailed(f"The {name} ended (exit status {process.returncode}). Its log: {self._logs / f'{name}.log'}")

    def wait_for_web(self, address: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{address}/health"):
            self.check()
            if time.monotonic() > deadline:
                raise ProcessFailed(f"The web server does not answer at {address}. Its log: {self._logs / 'web.log'}")
            time.sleep(0.2)

    def stop(self) -> None:
        """All are gone when this returns, their own children too."""
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass  # killed below, with whatever it has left behind
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._running.clear()


@contextmanager
def processes(logs: Path, environment: dict[str, str]) -> Iterator[Processes]:
    started = Processes(logs, environment)
    try:
        yield started
    finally:
        started.stop()


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """The group is the process's own: its number is the pid that we started."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left in it


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return True  # it speaks; what it thinks of its health is another matter
    except (URLError, OSError):
        return False
