"""`python -m tests.chaos.run`: loads in a storm until so many kills are done. Prints seeds, kills, faults, what was lost or doubled.

Exit status 0 only if every record is there once, with the right links and values, and reader, ledger and target agree.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.processes import fleet, free_port

SCALE = "0.02"


def main() -> int:
    options = _options()
    print(f"chaos: seed {options.seed}, {options.kills} kills, at most {options.minutes:g} minutes", flush=True)
    with _folder() as folder, _database() as database:
        redis_port = free_port()
        os.environ.update(
            DJANGO_SETTINGS_MODULE="tests.chaos.settings",
            CROSSDOCK_DATA=str(folder),
            REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
            LEDGER_TIME_SCALE=SCALE,
            LOG_LEVEL="WARNING",
        )
        if database:
            os.environ["DATABASE_URL"] = database
        status = _storm(options, folder, redis_port)
        if status == 0:
            shutil.rmtree(folder, ignore_errors=True)
        return status


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 20))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--size", type=int, default=100, help="companies, contacts and deals of one load, each")
    parser.add_argument("--per-load", type=int, default=25, help="kills in one load at most")
    parser.add_argument("--basic", action="store_true", help="companies, contacts and deals alone, nothing that hangs on them")
    return parser.parse_args()


@contextmanager
def _folder() -> Iterator[Path]:
    """It stays, with the logs of all processes, where something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-chaos-"))
    yield folder
    if folder.exists():
        print(f"The logs are in {folder}")


@contextmanager
def _database() -> Iterator[str]:
    """Where the environment names a PostgreSQL, a database of its own there; else none: SQLite in the folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        os.environ.pop("DATABASE_URL", None)
        yield ""
        return
    import psycopg

    name = f"chaos_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _storm(options: argparse.Namespace, folder: Path, redis_port: int) -> int:
    from connectors.sandbox import launch

    with launch.start(folder / "pipedrive.sqlite3") as sandbox:
        os.environ["PIPEDRIVE_EXTRA_HOSTS"] = urlsplit(sandbox.url).netloc
        _set_up()
        processes = fleet(os.environ, folder, redis_port)
        try:
            for process in processes.values():
                process.start()
            return _loads(options, folder, sandbox, processes)
        finally:
            for process in processes.values():
                process.stop()


def _set_up() -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("boss")


def _loads(options: argparse.Namespace, folder: Path, sandbox: object, processes: object) -> int:
    from tests.chaos.storm import Storm

    def tell(line: str) -> None:
        print(f"  {line}", flush=True)

    environment, redis = dict(os.environ), os.environ["REDIS_URL"]
    storm = Storm(processes, environment, folder, sandbox, redis, options.seed, tell, options.basic)  # type: ignore[arg-type]
    until = time.monotonic() + options.minutes * 60
    while (left := options.kills - sum(storm.kills.values())) > 0 and time.monotonic() < until and storm.verdict.good:
        storm.load(options.size, min(left, options.per_load))
    print("kills:", ", ".join(f"{count} {what}" for what, count in storm.kills.most_common()), f"({sum(storm.kills.values())} together)")
    print("faults:", ", ".join(f"{count} {kind}" for kind, count in sorted(storm.faults.items())))
    print("people in the account:", ", ".join(f"{count} {what}s" for what, count in sorted(storm.people.items())))
    for line in storm.verdict.wrong[:20]:
        print("WRONG:", line)
    print(f"seed {options.seed}: {storm.loads} loads, {storm.records} records, lost {storm.verdict.lost}, doubled {storm.verdict.doubled}")
    return 0 if storm.verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
