"""What a worker process of the limiter's test does; a module of its own, so that a fresh interpreter finds it."""

import time
from typing import Any

from redis import Redis

from connectors.pipedrive.limiter import Limiter


def take_turns(url: str, cap: int, seconds: float, all_here: Any, queue: Any) -> None:
    all_here.wait(120)  # a fresh interpreter takes its time on a busy machine
    until = time.monotonic() + seconds
    limiter = Limiter(Redis.from_url(url), "company", "token", per_window=cap, per_day=None, window=1.0)
    taken: list[float] = []
    while (asked := time.monotonic()) < until:
        turn = limiter.turn(longest=5)
        time.sleep(turn.wait)
        taken.append(time.monotonic())
        limiter.over(turn, late=taken[-1] - asked - turn.wait, took=0.0)
    queue.put(taken)
