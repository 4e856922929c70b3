"""The sliding window of requests on a real Valkey, shared by threads and processes."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from redis import Redis

from connectors.errors import WaitAndRepeat
from connectors.pipedrive.http import Door
from connectors.pipedrive.limiter import CUSHION, LATENCIES_LEAST, Grant, Limiter
from tests.connectors.pipedrive.conftest import Make
from tests.connectors.pipedrive.scripted import Answer, Asked, Scripted, ok
from tests.connectors.pipedrive.turns import take_turns


def _turns(limiter: Limiter, count: int, took: Callable[[int], float] = lambda number: 0.1) -> list[float]:
    """Starts of `count` requests in seconds, each answered after `took` before the next one asks for its turn."""
    turns = []
    for number in range(count):
        turns.append(limiter.turn(longest=600))
        limiter.over(turns[-1], late=0.0, took=took(number))
    return [turn.start / 1_000_000 for turn in turns]


def _apart(starts: list[float], cap: int) -> list[float]:
    return [later - earlier for earlier, later in zip(starts, starts[cap:], strict=False)]


def test_starts_keep_a_whole_window_apart_and_waste_nothing_of_it(make: Make) -> None:
    apart = _apart(_turns(make(per_window=10), 80)[LATENCIES_LEAST:], 10)
    assert min(apart) > 2.0 + CUSHION / 2
    assert max(apart) < 2.0 + 2 * CUSHION


def test_starts_come_without_bursts(make: Make) -> None:
    assert all(later - earlier > 0.15 for earlier, later in pairwise(_turns(make(per_window=10), 60)))


def test_what_took_longer_counts_from_when_it_may_have_arrived(make: Make) -> None:
    starts = _turns(make(per_window=10), 60, lambda number: 0.4 if number == 20 else 0.1)
    arrivals = [start + 0.3 if number == 20 else start for number, start in enumerate(starts)]
    assert _count_windows(starts, 2.0) <= 10
    assert _count_windows(arrivals, 2.0) <= 10


def test_what_started_late_counts_from_then(make: Make) -> None:
    limiter = make(per_window=1)
    first = limiter.turn(longest=0)
    limiter.over(first, late=0.5, took=0.0)
    assert limiter.turn(longest=5).start - first.start >= 2_500_000


def test_before_anything_is_known_of_the_way_an_answer_is_the_latest_arrival(make: Make) -> None:
    first, second = _turns(make(per_window=1), 2, lambda number: 0.3)
    assert second - first >= 2.3


def test_a_place_that_was_not_used_is_free_again(make: Make) -> None:
    limiter = make(per_window=2)
    limiter.turn(longest=9)
    limiter.unused(limiter.turn(longest=9))
    assert limiter.turn(longest=9).wait < 1.7


def test_a_turn_that_is_too_far_away_is_not_taken(make: Make) -> None:
    limiter = make(per_window=1)
    limiter.turn(longest=0)
    for _ in range(3):
        with pytest.raises(WaitAndRepeat) as wait:
            limiter.turn(longest=1)
        assert 1 < wait.value.seconds < 2.1


def test_what_is_over_is_told_with_the_settling_too(make: Make) -> None:
    one, other = make(per_window=1), make(per_window=1)
    grant, turn = one.reserve(1, 5), one.turn(longest=0)
    one.over(turn, late=0.0, took=1.0)
    one.settle(grant, 5)
    assert other.turn(longest=9).start - turn.start >= 3_000_000


def test_a_clock_that_was_set_back_stops_nobody(make: Make, redis: Redis) -> None:
    limiter = make(per_window=1)
    limiter.turn(longest=0)
    (log,) = redis.keys("*:log")
    tomorrow = int((time.time() + 86_400) * 1_000_000)
    redis.zadd(log, {"9": tomorrow})
    redis.hset(log.replace(b":log", b":window"), "last", tomorrow)
    assert limiter.turn(longest=1).wait == 0


def _count_windows(moments: list[float], window: float) -> int:
    ordered = sorted(moments)
    return max(sum(start <= moment < start + window for moment in ordered) for start in ordered)


def test_four_processes_share_the_window_and_never_overfill_it(redis: Redis, redis_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    queue, all_here = context.Queue(), context.Barrier(4)
    workers = [context.Process(target=take_turns, args=(redis_url, 40, 3.0, all_here, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    taken = [queue.get(timeout=180) for _ in workers]
    for worker in workers:
        worker.join()
    moments = sorted(moment for each in taken for moment in each)
    assert _count_windows(moments, 1.0) <= 40
    assert min(map(len, taken)) > 0


def test_a_strict_server_never_says_429(make: Make, server: Scripted) -> None:
    """Threads of two limiters against a sliding window of 40 requests in 2 seconds, as in four workers' real life."""
    arrivals: list[float] = []
    lock = threading.Lock()

    def strict(asked: Asked) -> Answer:
        with lock:
            now = time.monotonic()
            if sum(now - 2.0 < at <= now for at in arrivals) >= 40:
                return Answer(429)
            arrivals.append(now)
        return ok({"id": 1})

    server.always = strict
    until = time.monotonic() + 6
    failures: list[Exception] = []

    def work(door: Door) -> None:
        try:
            while time.monotonic() < until:
                door.send("POST", "/api/v2/deals", json={}, grant=Grant("", 1, 5))
        except Exception as error:
            failures.append(error)

    doors = [Door(server.url, "token", limiter=make(per_window=40), extra_hosts=(server.host,)) for _ in range(2)]
    threads = [threading.Thread(target=work, args=(door,)) for door in doors for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for door in doors:
        door.close()
    assert failures == []
    assert len(arrivals) > 40
