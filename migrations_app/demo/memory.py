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
from urllib.parse import urlsplit

from connectors.sandbox import launch

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

    def listen(self, port: int | None) -> socket.socket:
        """A socket for the web server that listens from now on, so that nobody else takes its port before the server starts.

        It has `port`, or the one of the last time, so that bookmarks hold, or any that is free. Raises OSError where `port` is taken.
        """
        try:
            listener = socket.create_server(("127.0.0.1", port or self.web_port or WEB_PORT))
        except OSError:
            if port:
                raise
            listener = socket.create_server(("127.0.0.1", 0))
        self.web_port = listener.getsockname()[1]
        return listener

    def start_sandbox(self) -> launch.RunningSandbox:
        """On the port of the last time where that is free."""
        path = self.folder / "pipedrive.sqlite3"
        try:
            sandbox = launch.start(path, self.sandbox_port or SANDBOX_PORT)
        except launch.ControlError:
            sandbox = launch.start(path)  # somebody has the port; whatever else it was shows again
        self.sandbox_port = urlsplit(sandbox.url).port or 0
        return sandbox


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
