"""The switchboard under /sandbox/: accounts, faults, budgets, counters, and what people do by hand in Pipedrive."""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .accounts import Account
from .call import Answer, Call, Download
from .errors import Refusal, bad_request, no_permission, not_found
from .http import Request, Response
from .routing import version_and_rest
from .store import Record

if TYPE_CHECKING:
    from .app import Application


class Control:
    def __init__(self, application: "Application", token: str) -> None:
        self._app = application
        self._token = token
        self._plain: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "health"): lambda body: {"ok": True},
            ("GET", "accounts"): lambda body: [self._show(one) for one in self._app.accounts.all()],
            ("POST", "accounts"): lambda body: self._show(self._app.accounts.create(body)),
            ("GET", "faults"): lambda body: {**self._app.faults.plan, "fired": dict(self._app.faults.fired)},
            ("PUT", "faults"): self._set_faults,
            ("POST", "faults"): self._add_fault,
            ("GET", "clock"): lambda body: {"offset": self._app.clock.offset},
            ("PUT", "clock"): self._set_clock,
        }
        self._of_account: dict[tuple[str, str], Callable[[Account, Any], Any]] = {
            ("GET", "counters"): self._counters,
            ("DELETE", "counters"): self._reset_counters,
            ("PUT", "budget"): self._set_budget,
            ("PUT", "settings"): self._set_settings,
            ("POST", "users"): self._add_user,
            ("POST", "tokens"): self._new_token,
            ("POST", "act"): self._act,
        }

    def __call__(self, request: Request) -> Response:
        try:
            if self._token and not hmac.compare_digest(request.headers.get("x-control-token", "").encode(), self._token.encode()):
                raise no_permission()
            result = self._dispatch(request.method, request.path.removeprefix("/sandbox/").strip("/").split("/"), _body(request))
        except Refusal as refusal:
            return Response(refusal.status, json.dumps(refusal.body).encode())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Response(400, json.dumps({"success": False, "error": f"{type(error).__name__}: {error}"}).encode())
        return Response(200, json.dumps(result, ensure_ascii=False).encode("utf-8"))

    def _dispatch(self, method: str, path: list[str], body: Any) -> Any:
        if len(path) == 1 and (method, path[0]) in self._plain:
            with self._app.store.lock:
                return self._plain[method, path[0]](body)
        if path[0] != "accounts" or len(path) < 3:
            raise not_found()
        with self._app.store.lock:
            account = self._app.accounts.by_domain(path[1])
            if account is None:
                raise not_found()
            if path[2] == "records" and method == "GET" and len(path) == 4:
                return self._app.store.select(account.id, path[3], "1")
            if (method, path[2]) not in self._of_account:
                raise not_found()
            return self._of_account[method, path[2]](account, body)

    def _show(self, account: Account) -> Record:
        tokens = self._app.accounts.tokens(account.id)
        users = [{**user, "token": next(iter(tokens.get(user["id"], [])), None)} for user in account.users.values()]
        return {"company_id": account.id, "company_domain": account.domain, **account.settings, "users": users}

    def _set_faults(self, plan: Any) -> Record:
        self._app.set_faults(plan)
        return {"rules": len(plan.get("rules", []))}

    def _add_fault(self, rule: Any) -> Record:
        self._app.faults.add(rule)
        return {}

    def _set_clock(self, body: Any) -> Record:
        """Moves the server's clock, in seconds against the machine's."""
        self._app.clock.offset = float(body["offset"])
        self._app.store.keep_setting("clock_offset", self._app.clock.offset)
        return {"offset": self._app.clock.offset}

    def _counters(self, account: Account, body: Any) -> Record:
        """Tokens, requests and answers so far, and how many records of each kind are there."""
        counter: Mapping[str, int] = self._app.counters.get(account.domain, {})
        return {
            **{key: value for key, value in counter.items() if " " not in key},
            "statuses": _part(counter, "status "),
            "requests_by_operation": _part(counter, "requests "),
            "tokens_by_operation": _part(counter, "tokens "),
            "records": self._app.store.counts(account.id),
            "budget_left": self._app.quota.left(account),
        }

    def _reset_counters(self, account: Account, body: Any) -> Record:
        self._app.reset_counters(account.domain)
        return {}

    def _set_budget(self, account: Account, body: Any) -> Record:
        """`left` tokens from now on, or the whole day's budget again."""
        self._app.quota.set_left(account, int(body.get("left", self._app.quota.budget(account))))
        self._app.quota.keep()
        return {"left": self._app.quota.left(account)}

    def _set_settings(self, account: Account, body: Any) -> Record:
        self._app.accounts.save_settings(account, body)
        return self._show(self._app.accounts.by_id(account.id))

    def _add_user(self, account: Account, body: Any) -> Record:
        """A new user with a token, or changes to one that exists (`id`)."""
        accounts = self._app.accounts
        if "id" in body:
            user = self._app.store.update({**account.users[body["id"]], **body})
            accounts.forget(account.id)
            return user
        user = accounts.add_user(account.id, account.settings, body)
        return {**user, "token": accounts.new_token(account.id, user["id"], str(body.get("token") or ""))}

    def _new_token(self, account: Account, body: Any) -> Record:
        """As pressing *regenerate* in Pipedrive does: the old token is dead at once."""
        user_id = body.get("user_id") or min(account.users)
        return {"user_id": user_id, "token": self._app.accounts.new_token(account.id, user_id)}

    def _act(self, account: Account, body: Any) -> Any:
        """What a person does on the screen: any request of the API, at no cost and untouched by faults."""
        known = version_and_rest(body["path"])
        found = self._app.router.find(*known, body["method"]) if known else None
        if found is None:
            raise bad_request(f"There is no {body['method']} {body['path']}")
        operation, handler, ids = found
        user = account.users[body.get("user_id") or min(account.users)]
        call = Call(
            operation, self._app.accounts, account, user, ids, dict(body.get("query") or {}), self._app.clock.now(), body.get("body")
        )
        result = self._app.perform(call, handler)
        if isinstance(result, Download):
            raise bad_request("Downloads are not for people here.")
        return result.data if isinstance(result, Answer) else result


def _part(counter: Mapping[str, int], prefix: str) -> Record:
    return {key.removeprefix(prefix): value for key, value in sorted(counter.items()) if key.startswith(prefix)}


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body) if request.body else {}
    except ValueError:
        raise bad_request("Invalid JSON in the request body.") from None
