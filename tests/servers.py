"""Real servers for tests: Valkey, the sandbox Pipedrive, and the environment in which worker processes see the test's database."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest


@pytest.fixture(scope="session")
def valkey() -> str:
    """The address of the embedded Valkey that this test session shares with its workers (needs Django's settings)."""
    from django.conf import settings

    return str(settings.REDIS_URL)


@pytest.fixture
def queues(valkey: str) -> str:
    """Empty queues; gives the server's address."""
    import django_rq

    django_rq.get_connection().flushall()
    return valkey


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """One sandbox Pipedrive for the session; tests keep apart by creating their own accounts."""
    from connectors.sandbox import launch

    running = launch.start(tmp_path_factory.mktemp("sandbox") / "pipedrive.sqlite3")
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator:
    """A sandbox Pipedrive of the test's own, for tests that switch faults on or count requests."""
    from connectors.sandbox import launch

    running = launch.start(tmp_path / "pipedrive.sqlite3")
    try:
        yield running
    finally:
        running.stop()


def worker_environment(**extra: str) -> dict[str, str]:
    """For subprocesses: the same data directory and Valkey, and the test's database in place of the one it was derived from."""
    from django.db import connection

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": _address(connection.settings_dict), **extra}


def _address(database: dict[str, object]) -> str:
    name = str(database["NAME"])
    if "sqlite3" in str(database["ENGINE"]):
        return f"sqlite:///{quote(name)}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{quote(name)}"))
