"""Measurements in processes of their own: each begins cold, answers with one JSON object, and tells its own peak of memory."""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "PYTHONWARNINGS": "ignore", "LOG_LEVEL": "WARNING"}


def apart(function: str, data: Path, *, url: str = "", **arguments: Any) -> dict[str, Any]:
    """What `function` ("module:name" of this package) answers in a fresh process on the data directory or database.

    `peak` is added: the most memory that the process held, in MB.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= SETTINGS | {"CROSSDOCK_DATA": str(data)} | ({"DATABASE_URL": url} if url else {})
    command = [sys.executable, "-m", "tests.benchmarks.measuring", function, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_memory() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most / (1 << 20 if sys.platform == "darwin" else 1 << 10))


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives a function that tells the seconds since the block began, or that it took once it has ended."""
    began, ended = time.perf_counter(), 0.0
    yield lambda: (ended or time.perf_counter()) - began
    ended = time.perf_counter()


def middle(answers: Iterable[dict[str, Any]], name: str) -> float:
    return median(float(answer[name]) for answer in answers)


_shown: list[tuple[str, str, str]] = []


def show(title: str, rows: Sequence[tuple[str, str, str]]) -> None:
    """A table of what, measured, wanted."""
    _shown.extend((f"{title}: {what}", measured, wanted) for what, measured, wanted in rows)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print(f"\n{title}")
    for row in rows:
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    sys.stdout.flush()


def as_markdown() -> str:
    """Everything that was shown, as a table for the README."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [("what", "measured", "meant to be"), ("---", "---", "---"), *_shown])


def main(function: str, arguments: str) -> None:
    django.setup()
    module, name = function.split(":")
    answer = getattr(importlib.import_module(f"tests.benchmarks.{module}"), name)(**json.loads(arguments))
    print(json.dumps({**answer, "peak": peak_memory()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
