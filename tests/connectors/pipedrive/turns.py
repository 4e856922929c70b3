"""What a worker process of the limiter's test does; a module of its own, so that a fresh interpreter finds it."""

import time
from typing import Any

from redis import Redis

from connectors.pipedrive.limiter import SAMPLES_LEAST, Limiter


def steady(limiter: Limiter) -> Limiter:
    """As after a while against a server whose answers all take the same time."""
    for _ in range(SAMPLES_LEAST):
        limiter.observe(0.01)
    return limiter


def take_turns(url: str, cap: int, until: float, queue: Any) -> None:
    limiter = steady(Limiter(Redis.from_url(url), "company", "token", per_window=cap, per_day=None, window=0.5))
    taken: list[float] = []
    while (now := time.monotonic()) < until:
        wait = limiter.turn(longest=5)
        taken.append(now + wait)
        time.sleep(max(0.0, now + wait - time.monotonic()))
    queue.put(taken)
