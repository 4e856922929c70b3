"""How much of Pipedrive's burst window four workers use together, and whether they ever ask for more than it holds."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import ROOT, apart, show
from tests.benchmarks.window_server import WINDOW

CAPS = {"Lite": 20, "Growth": 40, "Ultimate": 120}  # requests in two seconds
WAYS = {"no way at all": (0.0, 0.0, 0.97), "120 ± 30 ms": (0.12, 0.03, 0.90)}
WORKERS, THREADS = 4, 4


def run(seconds: int = 60) -> None:
    lines = []
    for plan, cap in CAPS.items():
        for way, (latency, spread, wanted) in WAYS.items():
            use, turned_away = _used(cap, latency, spread, seconds)
            lines.append((f"{plan}, {cap} in 2 s, {way}", f"{use:.0%}, {turned_away} times 429", f"at least {wanted:.0%}, none"))
    show(f"window used by {WORKERS} workers in {seconds} s", lines)


def _used(cap: int, latency: float, spread: float, seconds: int) -> tuple[float, int]:
    """The share of the window that was used while all workers were at it, and how often the server had to say 429."""
    command = [sys.executable, "-m", "tests.benchmarks.window_server", f"--cap={cap}", f"--latency={latency}", f"--spread={spread}"]
    with (
        tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder,
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        port = int(server.stdout.readline())
        answer = apart("burst:workers", Path(folder), port=port, cap=cap, seconds=seconds)
        told, _ = server.communicate()
    seen = json.loads(told)
    begin, end = answer["began"] + WINDOW, answer["ended"]
    used = sum(begin <= moment < end for moment in seen["arrivals"])
    return used / (cap * (end - begin) / WINDOW), seen["turned_away"]


# --- in processes of their own -----------------------------------------------------------------------------------------


def workers(port: int, cap: int, seconds: int) -> dict[str, Any]:
    """Starts the workers on one Valkey and answers from when to when all of them were at work, by the machine's clock."""
    from django.conf import settings

    redis_url = str(settings.REDIS_URL)
    arguments = [f"http://127.0.0.1:{port}", redis_url, str(cap), str(seconds)]
    command = [sys.executable, "-m", "tests.benchmarks.burst", *arguments]
    running = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
    for each in running:
        assert each.stdout is not None
        each.stdout.readline()  # it is ready
    for each in running:
        assert each.stdin is not None
        each.stdin.close()
    began = time.monotonic()
    for each in running:
        each.wait()
    return {"began": began, "ended": began + seconds}


def work(url: str, redis_url: str, cap: int, seconds: float) -> None:
    """One worker: some threads that send as fast as the limiter lets them."""
    from redis import Redis

    from connectors.errors import WaitAndRepeat
    from connectors.pipedrive.http import Door
    from connectors.pipedrive.limiter import Grant, Limiter

    limiter = Limiter(Redis.from_url(redis_url), "bench", "token", per_window=cap, per_day=None)
    door = Door(url, "token", limiter=limiter, extra_hosts=(url.removeprefix("http://"),))
    print("ready", flush=True)
    sys.stdin.read()
    until = time.monotonic() + seconds

    def send() -> None:
        while time.monotonic() < until:
            try:
                door.send("POST", "/api/v2/deals", json={"title": "A deal"}, grant=Grant("", 1, 5))
            except WaitAndRepeat as wait:
                time.sleep(wait.seconds)

    threads = [threading.Thread(target=send) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
