"""From a request to a response: faults, token, quota, operation, envelope; every request is counted."""

import json
import secrets
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from . import storage
from .accounts import Account, Accounts
from .call import Answer, Call, Download
from .clock import Clock
from .control import Control
from .errors import Refusal, bad_request, invalid, not_allowed, unauthorized
from .facts import Operation
from .faults import Fault, Faults
from .http import Request, Response
from .multipart import read_form
from .pages import Pages
from .quota import Quota
from .routing import Handler, Router, version_and_rest
from .store import Record, Store

BOOKKEEPING_SECONDS = 1.0
_GATEWAY_PAGE = b"<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1><hr>cloudflare</body></html>"


class Application:
    def __init__(self, store: Store, control_token: str = "") -> None:
        self.store = store
        self.clock = Clock()
        self.accounts = Accounts(store, self.clock)
        self.quota = Quota(store, self.clock.day)
        self.faults = Faults()
        self.router = Router()
        self.counters: dict[str, Counter[str]] = {}
        self._counting = threading.Lock()
        self._kept: dict[str, dict[str, int]] = {}
        self._control = Control(self, control_token)
        self._pages = Pages(self.accounts)
        self._restore()

    def __call__(self, request: Request) -> Response:
        known = version_and_rest(request.path)
        if known:
            response = self._api(request, *known)
        elif request.path.startswith("/sandbox/"):
            response = self._control(request)
        elif request.path.startswith(storage.PREFIX):
            response = storage.answer(self.store, request)
        else:
            response = self._pages(request)
        response.headers["Date"] = self.clock.http_date()
        return response

    # --- the API ----------------------------------------------------------------------------------------------------

    def _api(self, request: Request, version: str, rest: str) -> Response:
        """Faults lie in wait before and after the real work."""
        owner = self._owner(request)
        fault = self.faults.draw(request.method, request.path, owner[0].domain if owner else "")
        early = _instead(fault) if fault else None
        if early and early.status == 429 and owner:
            early.headers |= self.quota.full_window(owner[0])
        if fault and fault.kind == "late":
            time.sleep(fault.seconds)
        response = early or self._answer(request, version, rest, owner)
        if fault and not early:
            response = _spoiled(fault, response)
        response.headers["x-correlation-id"] = secrets.token_hex(16)
        return response

    def _owner(self, request: Request) -> tuple[Account, Record] | None:
        token = request.headers.get("x-api-token", "")
        with self.store.lock:
            return self.accounts.by_token(token) if token else None

    def _answer(self, request: Request, version: str, rest: str, owner: tuple[Account, Record] | None) -> Response:
        if owner is None:
            return _refused(unauthorized())
        account, user = owner
        try:
            operation, handler, ids = self._find(version, rest, request.method)
        except Refusal as refusal:
            return _refused(refusal)
        with self.store.lock:
            admitted, headers = self.quota.admit(account, request.headers["x-api-token"], operation.cost)
        if not admitted:
            response = Response(429, b'{"success":false,"error":"request over limit","errorCode":429}')
        else:
            response = self._carry_out(request, account, user, operation, handler, ids)
        self._count(account, operation, response.status)
        response.headers |= headers
        return response

    def _find(self, version: str, rest: str, method: str) -> tuple[Operation, Handler, dict[str, str]]:
        try:
            found = self.router.find(version, rest, method)
        except LookupError:
            raise Refusal(405, {"error": "Method not allowed"}) from None
        if found is None:
            raise Refusal(404, {"error": "Unknown method ."})
        return found

    def _carry_out(
        self, request: Request, account: Account, user: Record, operation: Operation, handler: Handler, ids: dict[str, str]
    ) -> Response:
        call = Call(operation, self.accounts, account, user, ids, request.query, self.clock.now())
        try:
            _read_body(request, call)
            return rendered(operation, self.perform(call, handler))
        except Refusal as refusal:
            return _refused(refusal)
        except UnicodeEncodeError:
            return _refused(bad_request("The text holds half of a surrogate pair."))
        except Exception:
            traceback.print_exc()
            return _refused(Refusal(500, {"error": "Internal Server Error", "code": "ERR_UNKNOWN"}))

    def perform(self, call: Call, handler: Handler) -> Any:
        """Runs a handler: writes in one transaction of their own, reads under the same lock."""
        strange = [name for name in call.query if name not in call.operation.queries]
        if strange and call.operation.version == "v2":
            raise invalid(*(not_allowed(name) for name in strange))
        if call.operation.method == "GET":
            with self.store.lock:
                return handler(call)
        with self.store.writing():
            call.account = self.accounts.by_id(call.company)  # another request may have changed the schema meanwhile
            return handler(call)

    # --- counters ---------------------------------------------------------------------------------------------------

    def _count(self, account: Account, operation: Operation, status: int) -> None:
        with self._counting:
            counter = self.counters.setdefault(account.domain, Counter())
            counter["requests"] += 1
            counter[f"status {status}"] += 1
            if status == 429:
                return
            counter["tokens"] += operation.cost
            counter[f"requests {operation.key}"] += 1
            counter[f"tokens {operation.key}"] += operation.cost
            if operation.method == "POST" and status < 300:
                counter["posts"] += 1

    def keep_books(self) -> None:
        """Called once a second: counters and spending survive the process."""
        with self._counting:
            counters = {domain: dict(counter) for domain, counter in self.counters.items()}
        if counters == self._kept:
            return
        self._kept = counters
        with self.store.writing():
            self.quota.keep()
            self.store.keep_setting("counters", counters)

    def keep_books_forever(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            time.sleep(BOOKKEEPING_SECONDS)
            self.keep_books()

    def reset_counters(self, domain: str) -> None:
        with self._counting:
            self.counters.pop(domain, None)

    def set_faults(self, plan: Record) -> None:
        self.faults.set(plan)
        self.store.keep_setting("faults", plan)

    def _restore(self) -> None:
        self.counters = {domain: Counter(values) for domain, values in self.store.setting("counters", {}).items()}
        self.clock.offset = float(self.store.setting("clock_offset", 0))
        self.faults.set(self.store.setting("faults", {}))


def _read_body(request: Request, call: Call) -> None:
    """JSON, or a form where the operation takes one."""
    if request.method == "GET" or (request.method == "DELETE" and not request.body):
        return
    kind = request.headers.get("content-type", "").lower()
    if call.operation.body == "file" and kind.startswith("multipart/form-data"):
        call.body, call.uploads = read_form(request.body, request.headers["content-type"])
    elif call.operation.body == "file_change" and kind.startswith("application/x-www-form-urlencoded"):
        call.body = request.form()
    elif call.operation.body.startswith("file") or not kind.startswith("application/json"):
        raise Refusal(415, {"error": f"Content type {kind or 'none'} is not supported for this request"})
    else:
        call.body = _json(request.body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_request("Invalid JSON in the request body.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def rendered(operation: Operation, result: Any) -> Response:
    if isinstance(result, Download) and result.link:
        return Response(302, headers={"Location": result.link})
    if isinstance(result, Download):
        return Response(200, result.content, "application/octet-stream")
    answer = result if isinstance(result, Answer) else Answer(result)
    envelope = {"success": True, "data": answer.data}
    if answer.additional is not None:
        envelope["additional_data"] = answer.additional
    return Response(answer.status or operation.status, json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


def _refused(refusal: Refusal) -> Response:
    return Response(refusal.status, json.dumps(refusal.body).encode())


# --- faults -------------------------------------------------------------------------------------------------------------


def _instead(fault: Fault) -> Response | None:
    """The answer of a fault that keeps the request from being worked on."""
    if fault.kind == "drop_before":
        return Response(keep=0)
    if fault.kind == "429":
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return Response(429, b'{"success":false,"error":"request over limit","errorCode":429}', headers=headers)
    if fault.kind == "401":
        return _refused(unauthorized())
    if fault.kind == "cloudflare":
        return _page(403, b"Sorry, you have been blocked")
    if fault.kind in ("500", "502", "503") and not fault.after:
        return _page(int(fault.kind), b"Server error")
    return None


def _spoiled(fault: Fault, response: Response) -> Response:
    """What becomes of the answer to a request that was carried out."""
    if fault.kind == "drop_after":
        response.keep = 0
    elif fault.kind == "truncate":
        response.keep = 0.5
    elif fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.after:
        return _page(int(fault.kind), b"Server error")
    return response


def _page(status: int, title: bytes) -> Response:
    return Response(status, _GATEWAY_PAGE % (title, title), "text/html; charset=utf-8")
