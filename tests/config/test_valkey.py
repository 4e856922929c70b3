"""The embedded Valkey with real processes that come, go and are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError

from config import valkey

ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys
from pathlib import Path
from config import valkey
print(valkey.ensure(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the server of `data` until it is told to leave, or killed."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.leave()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    valkey.ensure(tmp_path)  # takes over what a test left running
    valkey.leave(tmp_path)


@pytest.fixture
def join(data: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def joined() -> User:
        users.append(User(data))
        return users[-1]

    yield joined
    for user in users:
        if user.process.poll() is None:
            user.kill()
        user.process.stdout.close()
        user.process.stdin.close()


def _pid(url: str) -> int:
    with Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def _alive(data: Path) -> bool:
    return not valkey._is_free(data / "valkey" / "server.lock")


def test_the_server_keeps_what_it_is_told_and_forgets_nothing_by_itself(data: Path) -> None:
    with Redis.from_url(valkey.ensure(data)) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}


def test_asking_again_gives_the_same_server(data: Path) -> None:
    url = valkey.ensure(data)
    pid = _pid(url)
    assert (valkey.ensure(data), _pid(url)) == (url, pid)


def test_users_share_one_server_and_the_last_one_stops_it(data: Path, join: Callable[[], User]) -> None:
    first, second = join(), join()
    url = first.url
    pid = _pid(url)
    assert second.url == url
    first.leave()
    assert _pid(url) == pid
    second.leave()
    assert not _alive(data)
    with pytest.raises(ConnectionError):
        _pid(url)


def test_many_who_start_at_once_get_one_server(data: Path, join: Callable[[], User]) -> None:
    users = [join() for _ in range(6)]
    assert len({_pid(user.url) for user in users}) == 1
    for user in users:
        user.leave()
    assert not _alive(data)


def test_a_killed_user_leaves_a_server_that_the_next_one_takes_over(data: Path, join: Callable[[], User]) -> None:
    killed = join()
    url = killed.url
    pid = _pid(url)
    with Redis.from_url(url) as client:
        client.set("kept", "yes")
    killed.kill()
    assert _alive(data)
    following = join()
    assert following.url == url
    with Redis.from_url(url) as client:
        assert client.get("kept") == b"yes"
    assert _pid(url) == pid
    following.leave()
    assert not _alive(data)


def test_a_killed_server_comes_back_with_its_data(data: Path) -> None:
    url = valkey.ensure(data)
    with Redis.from_url(url) as client:
        client.rpush("list", *range(10_000))
    killed = _pid(url)
    os.kill(killed, signal.SIGKILL)
    _wait(lambda: not _alive(data))
    again = valkey.ensure(data)
    with Redis.from_url(again) as client:
        assert client.llen("list") == 10_000
    assert _pid(again) != killed


def test_data_outlives_a_quiet_stop(data: Path) -> None:
    with Redis.from_url(valkey.ensure(data)) as client:
        client.set("kept", "yes")
    valkey.leave(data)
    assert not _alive(data)
    with Redis.from_url(valkey.ensure(data)) as client:
        assert client.get("kept") == b"yes"


def test_a_forked_child_does_not_stop_its_parents_server(data: Path, join: Callable[[], User]) -> None:
    url = valkey.ensure(data)
    script = "import os, sys\nfrom pathlib import Path\nfrom config import valkey\ndata = Path(sys.argv[1])\nvalkey.ensure(data)\n"
    child = "if os.fork() == 0:\n    valkey.leave(data)\n    sys.exit()\nos.wait()\nprint(valkey._answers(data / 'valkey'))\n"
    valkey_user = subprocess.run([sys.executable, "-c", script + child, str(data)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert valkey_user.stdout.split() == ["True"]
    assert _pid(url)


def test_an_interrupt_at_the_terminal_does_not_reach_the_server(data: Path) -> None:
    assert os.getsid(_pid(valkey.ensure(data))) != os.getsid(0)


def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("directory " * 12) / ("ü" * 40)
    url = valkey.ensure(deep)
    socket = Path(url.removeprefix("unix://"))
    with Redis.from_url(url) as client:
        assert client.ping()
    assert socket.parent.stat().st_mode & 0o077 == 0
    valkey.leave(deep)
    assert not socket.parent.exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    files = tmp_path / "valkey" / "appendonlydir"
    files.mkdir(parents=True)
    (files / "appendonly.aof.manifest").write_text("nonsense")
    with pytest.raises(valkey.ValkeyUnavailable, match="REDIS_URL"):
        valkey.ensure(tmp_path)
    valkey.leave(tmp_path)


def _wait(until: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)
