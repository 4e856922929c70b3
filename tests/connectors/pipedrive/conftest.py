import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from config import valkey
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.http import Door
from connectors.pipedrive.limiter import Limiter, NoLimit
from tests.connectors.pipedrive.scripted import Scripted

Make = Callable[..., Limiter]
TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def server() -> Iterator[Scripted]:
    running = Scripted()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def open_door(server: Scripted) -> Iterator[Callable[..., Door]]:
    doors: list[Door] = []

    def opened(**options: Any) -> Door:
        options = {"limiter": NoLimit(), "extra_hosts": (server.host,), "timeout": (60, 60), **options}
        doors.append(Door(server.url, TOKEN, **options))
        return doors[-1]

    yield opened
    for door in doors:
        door.close()


@pytest.fixture
def door(open_door: Callable[..., Door]) -> Door:
    return open_door()


@pytest.fixture
def pipedrive(door: Door) -> Pipedrive:
    return Pipedrive(door)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody sleeps; the seconds that were asked for are noted."""
    noted: list[float] = []
    monkeypatch.setattr("time.sleep", noted.append)
    return noted


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("data")
    yield valkey.ensure(data)
    valkey.leave(data)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def make(redis: Redis) -> Make:
    def made(token: str = "token", **options: Any) -> Limiter:
        return Limiter(redis, "company", hashed(token), **{"per_window": 1000, "per_day": 1000, **options})

    return made


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


@pytest.fixture(scope="session")
def specifications() -> Path:
    folder = Path(__file__).resolve().parents[3].parent / "shared" / "pipedrive"
    if not folder.is_dir():
        pytest.skip("the official documents are not beside the repository")
    return folder
