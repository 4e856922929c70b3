"""What a demo remembers from one start to the next: ports, passwords, tokens, and how the load ended."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

WEB_PORT, SANDBOX_PORT = 8000, 8001


class AlreadyRunning(Exception):
    """Another demo uses this data directory."""


@dataclass
class Memory:
    """Kept in `folder/demo.json`, mode 600. `load` is what the last load said; empty until it balanced."""

    folder: Path
    web_port: int = 0
    sandbox_port: int = 0
    password: str = ""
    project: str = ""
    domains: dict[str, str] = field(default_factory=dict)  # role -> company domain
    tokens: dict[str, str] = field(default_factory=dict)  # role -> API token
    load: dict[str, Any] = field(default_factory=dict)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def save(self) -> None:
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        draft = self.folder / "demo.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept, indent=1))
        draft.replace(self.folder / "demo.json")

    def take_ports(self, web_port: int | None) -> None:
        """The ports of the last time where they are free, so that bookmarks hold."""
        self.sandbox_port = _free(self.sandbox_port or SANDBOX_PORT)
        self.web_port = web_port or _free(self.web_port or WEB_PORT, taken=self.sandbox_port)


def recall(folder: Path) -> Memory:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "demo.json"
    kept = json.loads(path.read_text()) if path.exists() else {"password": secrets.token_urlsafe(9)}
    return Memory(folder, **kept)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One demo at a time for each data directory; the lock goes with the process, however it ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(f"A demo is running already on {folder.parent}: {recall(folder).web}") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _free(wanted: int, taken: int = 0) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            if found != taken:
                return found
    raise OSError("no free port on 127.0.0.1")
