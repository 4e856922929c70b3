"""Starts the sandbox as a process of its own, and talks to its switchboard. Standard library only."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

STOP_SECONDS = 10
ROOT = Path(__file__).resolve().parents[2]


class ControlError(Exception):
    """The switchboard said no; the text is its answer."""


@dataclass
class RunningSandbox:
    url: str
    pid: int
    process: subprocess.Popen[str]
    control_token: str | None = None

    def control(self) -> "Control":
        return Control(self.url, self.control_token)

    def stop(self) -> None:
        """Ends it in order; it is gone when this returns."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._gone()

    def kill(self) -> None:
        """SIGKILL, as a crash does it. What was answered stays in the file."""
        self.process.kill()
        self._gone()

    def _gone(self) -> None:
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> "RunningSandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    db_path: Path | str, port: int = 0, control_token: str | None = None, *, host: str = "127.0.0.1", outlive: bool = False
) -> RunningSandbox:
    """Returns when it accepts connections. Its complaints go to a log beside the database.

    It ends with the process that started it, however that one dies, unless it shall `outlive` it.
    """
    db_path = Path(db_path).resolve()
    db_path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "connectors.sandbox", "--db", str(db_path), "--port", str(port), "--host", host]
    if control_token:
        command += ["--control-token", control_token]
    if not outlive:
        command += ["--parent", str(os.getpid())]
    with db_path.with_suffix(".log").open("a") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        process.stdout.close()
        raise ControlError(f"The sandbox did not start; see {db_path.with_suffix('.log')}")
    ready = json.loads(line)
    return RunningSandbox(ready["url"], ready["pid"], process, control_token)


@dataclass(frozen=True)
class Control:
    """The switchboard of a running sandbox. Accounts are named by their company_domain."""

    url: str
    control_token: str | None = None

    def create_account(
        self,
        name: str = "Sandbox",
        *,
        domain: str | None = None,
        plan: str = "premium",
        seats: int = 5,
        features: Mapping[str, bool] | None = None,
        limits: Mapping[str, Any] | None = None,
        users: Sequence[Mapping[str, Any]] = (),
        **settings: Any,
    ) -> dict[str, Any]:
        """`users` are {name, email, is_admin, timezone, default_currency, token}; limits `budget` and `window` False switch quotas off."""
        body = {"name": name, "domain": domain, "plan": plan, "seats": seats, "features": features, "limits": limits, "users": list(users)}
        return dict(self.send("POST", "accounts", {**body, **settings}))

    def accounts(self) -> list[dict[str, Any]]:
        return list(self.send("GET", "accounts"))

    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> None:
        """Replaces the plan; without rules there are no faults. Kinds and settings: faults.py."""
        self.send("PUT", "faults", {"seed": seed, "rules": list(rules)})

    def next_fault(self, kind: str, *, methods: Sequence[str] = ("POST",), paths: str = "", **settings: Any) -> None:
        """One fault, for the next request that fits, whatever else the plan says."""
        self.send("POST", "faults", {"kind": kind, "methods": list(methods), "paths": paths, "times": 1, **settings})

    def faults_fired(self) -> dict[str, int]:
        return dict(self.send("GET", "faults")["fired"])

    def counters(self, domain: str) -> dict[str, Any]:
        return dict(self.send("GET", f"accounts/{domain}/counters"))

    def reset_counters(self, domain: str) -> None:
        self.send("DELETE", f"accounts/{domain}/counters")

    def records(self, domain: str, entity: str) -> list[dict[str, Any]]:
        """Everything that is stored of an entity (`person`, `deal`, `note`, ...), deleted records too, at no cost."""
        return list(self.send("GET", f"accounts/{domain}/records/{entity}"))

    def set_budget(self, domain: str, left: int | None = None) -> None:
        """How many tokens are left of the day; without a number the day starts anew."""
        self.send("PUT", f"accounts/{domain}/budget", {} if left is None else {"left": left})

    def settings(self, domain: str, **changes: Any) -> dict[str, Any]:
        return dict(self.send("PUT", f"accounts/{domain}/settings", changes))

    def change_user(self, domain: str, user_id: int, **changes: Any) -> dict[str, Any]:
        return dict(self.send("POST", f"accounts/{domain}/users", {"id": user_id, **changes}))

    def add_user(self, domain: str, **user: Any) -> dict[str, Any]:
        return dict(self.send("POST", f"accounts/{domain}/users", user))

    def new_token(self, domain: str, user_id: int) -> str:
        return str(self.send("POST", f"accounts/{domain}/tokens", {"user_id": user_id})["token"])

    def set_clock(self, offset: float) -> None:
        self.send("PUT", "clock", {"offset": offset})

    def act(self, domain: str, method: str, path: str, body: Any = None, user_id: int | None = None) -> Any:
        """What a person does by hand: `act("acme", "PATCH", "/api/v2/persons/5", {"name": "Ann"})`; the data of the answer."""
        return self.send("POST", f"accounts/{domain}/act", {"method": method, "path": path, "body": body, "user_id": user_id})

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"content-type": "application/json", "x-control-token": self.control_token or ""}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/sandbox/{path}", data=data, headers=headers, method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise ControlError(error.read().decode("utf-8", "replace")) from error


def control(url: str, control_token: str | None = None) -> Control:
    return Control(url, control_token)
