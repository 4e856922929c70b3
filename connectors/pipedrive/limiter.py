"""Pipedrive's two limits, shared by all workers through Redis: tokens a day for the company, requests a window for the token.

Each answer to a caller is one Lua call on the server's clock, so workers on several hosts need no common time. Every key can
vanish at any moment: the scripts make them anew, and the server's headers bring the day's count back.
"""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import RedisError

from connectors.errors import BudgetSpent, WaitAndRepeat
from connectors.pipedrive.answers import DAY_LEFT, WINDOW_CAP, whole_number

logger = logging.getLogger(__name__)

HORIZON = 5.0  # seconds that a handful should last
GRANT_LIFE = 120.0  # a handful not settled by then belonged to a process that died
CUSHION = 0.01  # what the clocks of the processes are off by
UNANSWERED = 0.05  # a request still under way reaches the server no later than this after its start
LATENCIES = 200  # the quickest of so many answers is what the way takes at least
LATENCIES_LEAST = 10

RESTORE = """
local today = math.floor(redis.call('TIME')[1] / 86400)
local date, spent = tonumber(redis.call('HGET', KEYS[1], 'date')), tonumber(redis.call('HGET', KEYS[1], 'spent')) or 0
if date ~= today then spent = 0 end
redis.call('HSET', KEYS[1], 'date', today, 'spent', math.max(spent, tonumber(ARGV[1])))
redis.call('EXPIRE', KEYS[1], 172800)
"""
SPENT = """
local today = math.floor(redis.call('TIME')[1] / 86400)
if tonumber(redis.call('HGET', KEYS[1], 'date')) ~= today then return 0 end
return tonumber(redis.call('HGET', KEYS[1], 'spent')) or 0
"""
ASK_AGAIN = "if redis.call('HEXISTS', KEYS[1], 'left') == 1 then redis.call('HSET', KEYS[1], 'left_at', 0) end"
PAUSE = "if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for `requests` requests that cost `tokens` together; to be settled once, with what was really used."""

    id: str
    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the window: to start `wait` seconds after it was given; `start` is that moment on the server's clock (µs)."""

    wait: float
    number: int = 0
    start: int = 0


class Limits(Protocol):
    """What the door asks of a limiter."""

    def reserve(self, requests: int, tokens: int, horizon: float = HORIZON) -> Grant: ...
    def settle(self, grant: Grant, used: int) -> None: ...
    def turn(self, longest: float) -> Turn: ...
    def over(self, turn: Turn, late: float, took: float) -> None: ...
    def unused(self, turn: Turn) -> None: ...
    def correct(self, headers: Mapping[str, str]) -> None: ...
    def pause(self, seconds: float) -> None: ...
    def ask_again(self) -> None: ...


class NoLimit:
    """Grants everything at once: for benchmarks, and for tests without Redis."""

    def reserve(self, requests: int, tokens: int, horizon: float = HORIZON) -> Grant:
        return Grant("", requests, tokens)

    def settle(self, grant: Grant, used: int) -> None: ...

    def turn(self, longest: float) -> Turn:
        return Turn(0.0)

    def over(self, turn: Turn, late: float, took: float) -> None: ...

    def unused(self, turn: Turn) -> None: ...

    def correct(self, headers: Mapping[str, str]) -> None: ...

    def pause(self, seconds: float) -> None: ...

    def ask_again(self) -> None: ...


class Limiter:
    """`token_key` is a hash of the token, `per_window` the requests of a window (2 s), `per_day` the company's tokens (None unknown),
    `reserve` what stays for the customer's other tools. After the server said that the day is spent, one request every
    `probe_every` seconds finds out whether a new day has begun: its midnight is not documented (API.md 4.1).
    """

    def __init__(
        self,
        redis: Redis,
        company: str,
        token_key: str,
        *,
        per_window: int,
        per_day: int | None,
        reserve: int = 0,
        window: float = 2.0,
        probe_every: float = 900.0,
    ) -> None:
        self._redis = redis
        base = f"pd:{{{company}}}"
        self._day, self._grants = f"{base}:day", f"{base}:grants"
        self._log, self._hold, self._pace = (f"{base}:{token_key}:{name}" for name in ("log", "hold", "window"))
        self._cap, self._per_day, self._kept = per_window, per_day, reserve  # the cap until a server names its own
        self._window, self._probe_every = window, probe_every
        self._run_reserve, self._run_turn, self._run_settle = (_script(redis, name) for name in ("reserve", "turn", "settle"))
        self._run_restore, self._run_spent, self._run_pause = map(redis.register_script, (RESTORE, SPENT, PAUSE))
        self._run_ask_again = redis.register_script(ASK_AGAIN)
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._finished: deque[tuple[int, int]] = deque(maxlen=LATENCIES)  # number and latest arrival, not yet told to Redis
        self._lock = threading.Lock()
        self._cap_told = 0  # what we wrote to Redis: each process does so once, as an older word may stand there
        self._left: tuple[int, float] | None = None  # the server's newest word and when (time.monotonic)

    def reserve(self, requests: int, tokens: int, horizon: float = HORIZON) -> Grant:
        """Tokens for a handful, and how many requests it should have: at least one, no more than its share of `horizon` seconds.

        Raises BudgetSpent when the day's tokens are gone, WaitAndRepeat when the token is held off for longer than `horizon`
        or Redis cannot be reached. Nothing is taken then.
        """
        name = uuid.uuid4().hex[:16]
        per_day = -1 if self._per_day is None else self._per_day
        limits = (per_day, self._kept, _micro(self._probe_every), self._cap, _micro(self._window), _micro(horizon))
        with _reached():
            outcome, first, *rest = self._run_reserve(
                keys=[self._day, self._grants, self._hold, self._pace],
                args=[name, requests, tokens, *limits, _micro(GRANT_LIFE)],
            )
        if outcome == 1:
            return Grant(f"{name}:{rest[0]}", first, rest[0])
        seconds = first / 1000
        if outcome == 0:
            raise WaitAndRepeat(f"The requests of this token are held off for {seconds:.1f} seconds.", seconds=seconds)
        raise BudgetSpent("The company's API tokens of the day are spent, or kept for its other tools.", seconds=seconds)

    def settle(self, grant: Grant, used: int) -> None:
        """Gives back what was not used. A lost Redis is no error here: an unsettled grant counts as spent after a while."""
        try:
            self._settle(grant.id, used)
            if self._finished:
                self._tell_and_ask(-1)
        except RedisError:
            logger.warning("The limiter could not be reached; %d tokens stay reserved for two minutes.", grant.tokens)

    def turn(self, longest: float) -> Turn:
        """Takes the next place in the window; WaitAndRepeat if that were more than `longest` seconds away."""
        with _reached():
            taken, wait, *place = self._tell_and_ask(_micro(longest))
        seconds: float = wait / 1_000_000
        if not taken:
            raise WaitAndRepeat(f"The next place in the window is {seconds:.1f} seconds away.", seconds=seconds)
        return Turn(seconds, *place)

    def over(self, turn: Turn, late: float, took: float) -> None:
        """The request started `late` seconds after its turn and had its answer (or none) after `took`.

        What it took longer than the quickest one may have passed before it reached the server, so it counts from there: that
        keeps every window of the server's whole, however uneven the way and however busy the machines.
        """
        with self._lock:
            self._latencies.append(took)
            least = min(self._latencies) if len(self._latencies) >= LATENCIES_LEAST else 0.0
            self._finished.append((turn.number, turn.start + _micro(late + took - least)))

    def unused(self, turn: Turn) -> None:
        """Nothing was sent: the place is free again."""
        with self._lock:
            self._finished.append((turn.number, -1))

    def correct(self, headers: Mapping[str, str]) -> None:
        """Takes the server's word about the window at once, about the day with the next settling (at once when it is spent)."""
        cap = whole_number(headers, WINDOW_CAP)
        left = whole_number(headers, DAY_LEFT)
        with self._lock:
            news = cap is not None and cap > 0 and cap != self._cap_told
            if cap is not None and news:
                self._cap = self._cap_told = cap
            if left is not None:
                self._left = (max(left, 0), time.monotonic())
        try:
            if news:
                self._redis.hset(self._pace, "cap", cap)
            if left is not None and left <= 0:
                self._settle("", 0)
        except RedisError:
            logger.warning("The limiter could not be reached; the server's word stays with this process.")

    def pause(self, seconds: float) -> None:
        """All workers of this token hold off; a longer pause that is under way stays."""
        with _reached():
            self._run_pause(keys=[self._hold], args=[max(1, round(seconds * 1000))])

    def ask_again(self) -> None:
        """Where the server said that the day is spent, the next request asks anew: a person may know of a new day or of more tokens."""
        try:
            self._run_ask_again(keys=[self._day])
        except RedisError:
            logger.warning("The limiter could not be reached; it asks again by itself after a while.")

    def spent_today(self) -> int:
        """Tokens that we used since midnight UTC, without handfuls under way."""
        with _reached():
            return int(self._run_spent(keys=[self._day]))

    def restore(self, spent: int) -> None:
        """Fills a lost Redis from the database's count; a higher count stays."""
        with _reached():
            self._run_restore(keys=[self._day], args=[spent])

    def _settle(self, member: str, used: int) -> None:
        with self._lock:
            word, self._left = self._left, None
        left, age = (word[0], time.monotonic() - word[1]) if word else (-1, 0.0)
        self._run_settle(keys=[self._day, self._grants], args=[member, used, left, _micro(age)])

    def _tell_and_ask(self, longest: int) -> Any:
        """Tells Redis of the turns that are over and, unless `longest` is -1, takes the next one."""
        with self._lock:
            flat = [value for each in self._finished for value in each]
            self._finished.clear()
        times = map(_micro, (self._window, CUSHION, UNANSWERED))
        return self._run_turn(keys=[self._log, self._hold, self._pace], args=[self._cap, *times, longest, *flat])


@contextmanager
def _reached() -> Iterator[None]:
    """A Redis that is away for a moment (restarting, emptied, cut off) means waiting: nothing was sent."""
    try:
        yield
    except RedisError as error:
        raise WaitAndRepeat("The request limiter (Redis) cannot be reached at the moment.", seconds=2.0, status=0) from error


def _script(redis: Redis, name: str) -> Any:
    return redis.register_script((Path(__file__).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8"))


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)
