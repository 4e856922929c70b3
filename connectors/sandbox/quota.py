"""The day's tokens of a company and the two-second window of a token (API.md 4)."""

import math
import time
from collections import deque
from collections.abc import Callable

from .accounts import Account
from .plans import TOKENS_PER_SEAT
from .store import Store

WINDOW = 2.0


class Quota:
    """Spending is kept in memory and written down now and then (`keep`); a killed server forgets a second of it."""

    def __init__(self, store: Store, today: Callable[[], str]) -> None:
        self._today = today
        self._day, self._spent = store.setting("spent", ["", {}])
        self._windows: dict[str, deque[float]] = {}
        self._store = store

    def budget(self, account: Account) -> int:
        return TOKENS_PER_SEAT * account.plan.multiplier * account.seats

    def left(self, account: Account) -> int:
        self._turn_day()
        return max(0, self.budget(account) - int(self._spent.get(str(account.id), 0)))

    def set_left(self, account: Account, left: int) -> None:
        self._turn_day()
        self._spent[str(account.id)] = self.budget(account) - left

    def admit(self, account: Account, token: str, cost: int) -> tuple[bool, dict[str, str]]:
        """Whether the request may pass, and the headers that tell how much is left. What passes is paid for."""
        headers: dict[str, str] = {}
        window_free = not account.limit("window") or self._enter(account, token, headers)
        enough = not account.limit("budget") or self.left(account) > 0
        if enough and window_free:
            self._turn_day()
            self._spent[str(account.id)] = int(self._spent.get(str(account.id), 0)) + cost
        return enough and window_free, headers | self._day_headers(account)

    def full_window(self, account: Account) -> dict[str, str]:
        """The headers of a window without room, for a 429 made on purpose."""
        window = {"x-ratelimit-limit": str(account.plan.requests), "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
        return window | self._day_headers(account)

    def _day_headers(self, account: Account) -> dict[str, str]:
        if not account.limit("budget"):
            return {}
        left = self.left(account)
        return {"x-daily-ratelimit-token-limit": str(self.budget(account)), "x-daily-ratelimit-token-remaining": str(left)}

    def keep(self) -> None:
        self._store.keep_setting("spent", [self._day, self._spent])

    def _enter(self, account: Account, token: str, headers: dict[str, str]) -> bool:
        """A sliding window: refused requests take no room in it."""
        most = account.plan.requests
        starts, now = self._windows.setdefault(token, deque()), time.monotonic()
        while starts and starts[0] <= now - WINDOW:
            starts.popleft()
        free = len(starts) < most
        if free:
            starts.append(now)
        headers["x-ratelimit-limit"] = str(most)
        headers["x-ratelimit-remaining"] = str(most - len(starts))
        headers["x-ratelimit-reset"] = str(max(1, math.ceil(starts[0] + WINDOW - now)))
        return free

    def _turn_day(self) -> None:
        if self._day != self._today():
            self._day, self._spent = self._today(), {}
