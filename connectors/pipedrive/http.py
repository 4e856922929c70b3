"""The one door to Pipedrive over HTTP. It knows nothing of records: a path in, a Reply or a named error out."""

import json as jsonlib
import os
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import backoff
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    NotSent,
    OutcomeUnknown,
    PipedriveError,
    WaitAndRepeat,
)
from connectors.pipedrive.answers import Reply, bytes_of, judge
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.hosts import checked_root
from connectors.pipedrive.limiter import Grant, Limits

REPEATED = (NotSent, WaitAndRepeat, OutcomeUnknown)
ATTEMPTS = 5
LONGEST_PATIENCE = 10.0  # a wait that Pipedrive asks for and that is longer goes back to the caller: no job sleeps long
LONGEST_TURN = 15.0
LONE_HORIZON = 10.0

Files = Mapping[str, tuple[str, bytes, str]]  # form name -> (file name, content, media type)

# --- was it sent? ------------------------------------------------------------------------------------------------------

_progress = threading.local()


class _NotesConnecting:
    """Lets a failure before the first byte of a request (DNS, refused, TLS, time-out) be told from any later one.

    requests raises the same exceptions for both. A connection of another class would count as sent: the careful side.
    """

    def connect(self) -> None:
        _progress.connecting = True
        super().connect()  # type: ignore[misc]
        _progress.connecting = False


class _PlainConnection(_NotesConnecting, HTTPConnection):
    pass


class _TlsConnection(_NotesConnecting, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def pool_for(self, request: requests.PreparedRequest, settings: Mapping[str, Any]) -> HTTPConnectionPool:
        """The connections that such a request goes by, through the proxies and with the certificates of the settings."""
        verify, cert = settings["verify"], settings["cert"]
        pool = self.get_connection_with_tls_context(request, verify, proxies=settings["proxies"], cert=cert)
        assert isinstance(pool, HTTPConnectionPool)
        self.cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]
        return pool


class _Token(requests.auth.AuthBase):
    """Sets the token's header; as the session's auth it also keeps credentials of a .netrc file away."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["x-api-token"] = self._token
        return request


class _Wire:
    """One thread's way to the account. requests prepares what goes out and knows proxies and certificates; what comes back is taken
    from the pool below it, as its own objects around an answer take longer than the rest of the way.
    """

    def __init__(self, root: str, token: str) -> None:
        self.process = os.getpid()
        self.closed = False
        self._root = root
        self._session = requests.Session()
        self._session.trust_env = root.startswith("https:")  # proxies and CA bundles of the host; never for plain extra hosts
        self._session.auth = _Token(token)
        self._session.headers.update({"accept": "application/json", "user-agent": "crossdock"})
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        model = self._session.prepare_request(requests.Request("POST", root, headers={"content-type": "application/json"}))
        self._headers = {name.lower(): value for name, value in model.headers.items()}
        self._pool = self._adapter.pool_for(model, self._session.merge_environment_settings(root, {}, None, None, None))

    def exchange(self, method: str, path: str, timeout: tuple[float, float], **content: Any) -> urllib3.BaseHTTPResponse:
        """The whole answer, wherever it points. Raises what requests and urllib3 raise."""
        target, body, headers = self._prepared(method, path, **content)
        limit = urllib3.Timeout(connect=timeout[0], read=timeout[1])
        return self._pool.urlopen(method, target, body, headers, retries=False, redirect=False, assert_same_host=False, timeout=limit)

    def close(self) -> None:
        self._adapter.close()
        self.closed = True

    def _prepared(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        files: Files | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> tuple[str, Any, Mapping[str, str]]:
        """Path, body and headers. Those around a body of JSON are always the same: to prepare them anew costs as much as to send it."""
        body = None if json is None else jsonlib.dumps(json, allow_nan=False).encode()
        if body is not None and not params:
            return path, body, self._headers | {"content-length": str(len(body))}
        wanted = requests.Request(method, self._root + path, data=form if body is None else body, params=params, files=files)
        if body is not None:
            wanted.headers["content-type"] = "application/json"
        request = self._session.prepare_request(wanted)
        return request.path_url, request.body, request.headers


# --- trying again ------------------------------------------------------------------------------------------------------


def _waits() -> Generator[float, Any, None]:
    """Seconds before the next attempt: what the server asked for, plus full jitter under a rising ceiling."""
    error = yield 0.0
    ceiling = 0.5
    while True:
        error = yield getattr(error, "seconds", 0.0) + random.uniform(0, ceiling)
        ceiling = min(ceiling * 2, 8.0)


def repeating(method: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Has a function that sends such requests tried a few times, where that is safe."""
    return backoff.on_exception(_waits, REPEATED, max_tries=ATTEMPTS, jitter=None, logger=None, giveup=_hopeless(method))


def _hopeless(method: str) -> Callable[[Exception], bool]:
    """Not worth repeating: a wait too long to sleep through, and a creation that may have happened."""

    def judged(error: Exception) -> bool:
        if isinstance(error, WaitAndRepeat):
            return error.seconds > LONGEST_PATIENCE
        return method == "POST" and isinstance(error, OutcomeUnknown)

    return judged


# --- the door ----------------------------------------------------------------------------------------------------------


class Door:
    """Requests to one account. Thread-safe: each thread has its own session. The token is in no repr, log or error.

    `spent` counts the tokens of the requests that this door has sent (429 costs none), `lost` those of them whose answer was of no
    use. `skew` is the server's clock minus
    ours, from the newest Date header; None before the first answer.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: Limits,
        extra_hosts: Iterable[str] = (),
        timeout: tuple[float, float] = (5, 30),
    ) -> None:
        self.extra_hosts = tuple(extra_hosts)
        self.root = checked_root(base_url, self.extra_hosts)
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise AccessDenied("The API token is empty or holds characters that no Pipedrive token has.")
        self.limiter = limiter
        self.spent = self.lost = 0
        self.skew: timedelta | None = None
        self._token = token
        self.timeout = timeout
        self._local = threading.local()
        self._wires: weakref.WeakSet[_Wire] = weakref.WeakSet()  # those of ended threads go by themselves
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Door({self.root!r})"

    def close(self) -> None:
        """Closes the connections of all threads; a later request opens new ones."""
        with self._lock:
            for wire in self._wires:
                wire.close()

    def send(
        self, method: str, path: str, *, grant: Grant | None = None, before: float | None = None, price: int | None = None, **content: Any
    ) -> Reply:
        """One attempt: waits for its turn in the window, sends, judges.

        With `grant` the tokens were reserved (and will be settled) by the caller, else they are reserved here. `before` is a
        moment of time.monotonic(): the request does not start later, NotSent is raised instead. `price` is for a path that no
        table has. `content` is any of json, params, files, form and raw (the answer is the bytes of a file, or says where they lie).
        """
        cost = cost_of(method, path) if price is None else price
        if grant is not None:
            return self._in_turn(method, path, cost, before, content)
        own = self.limiter.reserve(1, cost, horizon=LONE_HORIZON)
        used = cost
        try:
            return self._in_turn(method, path, cost, before, content)
        except (NotSent, WaitAndRepeat, BudgetSpent):
            used = 0
            raise
        finally:
            self.limiter.settle(own, used)

    def repeat(self, method: str, path: str, **content: Any) -> Reply:
        """As `send`, tried a few times where that is safe: POST only when nothing was done, the others also after lost answers."""
        reply: Reply = repeating(method)(self.send)(method, path, **content)
        return reply

    def _in_turn(self, method: str, path: str, cost: int, before: float | None, content: dict[str, Any]) -> Reply:
        read = bytes_of if content.pop("raw", False) else judge
        asked = time.monotonic()
        turn = self.limiter.turn(LONGEST_TURN if before is None else max(0.0, before - asked))
        if turn.wait > 0:
            time.sleep(turn.wait)
        began = time.monotonic()
        late = began - asked - turn.wait  # with the way from Redis and back, so rather too much than too little
        try:
            if before is not None and began >= before:
                raise NotSent("The request was not sent: the time set for it had passed.")
            status, headers, body = self._exchange(method, path, cost, **content)
        except NotSent:
            self.limiter.unused(turn)
            raise
        except PipedriveError:
            self.limiter.over(turn, late, time.monotonic() - began)
            raise
        self.limiter.over(turn, late, time.monotonic() - began)
        return self._understood(status, headers, body, cost, read)

    def _understood(self, status: int, headers: dict[str, str], body: bytes, cost: int, read: Callable[..., Reply]) -> Reply:
        if status != 429:
            self._count(cost)
        self.limiter.correct(headers)
        try:
            reply = read(status, headers, body)
        except WaitAndRepeat as wait:
            self.limiter.pause(wait.seconds)
            raise
        except (OutcomeUnknown, AccessDenied, LimitReached, Blocked):
            self._count(0, lost=cost)
            raise
        if reply.server_time is not None:
            self.skew = reply.server_time - datetime.now(UTC)
        return reply

    def _exchange(self, method: str, path: str, cost: int, **content: Any) -> tuple[int, dict[str, str], bytes]:
        """The raw answer. NotSent where it is certain that no byte of the request left, OutcomeUnknown for every other failure."""
        wire = self._wire()
        _progress.connecting = False
        failure: PipedriveError
        try:
            answer = wire.exchange(method, path, self.timeout, **content)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, headers, self._without_token(answer.data, answer.status < 400)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            reason = reason_of(error)
            if _progress.connecting:
                failure = NotSent(f"Pipedrive could not be reached at {self.root}: {reason}.")
            else:
                self._count(cost, lost=cost)
                failure = OutcomeUnknown(f"Pipedrive's answer was lost ({reason}); whether the request was carried out is not known.")
        raise failure  # outside of `except`: the original holds the request, and so the token

    def _wire(self) -> _Wire:
        """This thread's own; a forked child opens its own connections."""
        wire: _Wire | None = getattr(self._local, "wire", None)
        if wire is None or wire.closed or wire.process != os.getpid():
            wire = self._local.wire = _Wire(self.root, self._token)
            with self._lock:
                self._wires.add(wire)
        return wire

    def _without_token(self, body: bytes, good: bool) -> bytes:
        return body if good else body.replace(self._token.encode(), b"***")

    def _count(self, cost: int, lost: int = 0) -> None:
        with self._lock:
            self.spent += cost
            self.lost += lost


def reason_of(error: BaseException) -> str:
    """A few plain words; the texts of urllib3 name its own objects."""
    names = {type(link).__name__ for link in _causes(error)}
    if "NameResolutionError" in names or "gaierror" in names:
        return "its name is not known"
    if "ConnectionRefusedError" in names:
        return "the connection was refused"
    if "SSLError" in names:
        return "the encrypted connection failed"
    if "ConnectTimeoutError" in names:
        return "no connection in time"
    return "no answer in time" if "ReadTimeoutError" in names else "the connection broke off"


def _causes(error: BaseException) -> Iterable[BaseException]:
    """The error and what it wraps, as arguments, `reason` or context."""
    pending: list[BaseException] = [error]
    seen: set[int] = set()
    while pending:
        link = pending.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        pending.extend(item for item in inner if isinstance(item, BaseException))
