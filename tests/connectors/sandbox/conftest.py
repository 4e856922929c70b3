"""A company in the session's sandbox, and short words for talking to it over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from connectors.sandbox.launch import Control, RunningSandbox

Json = dict[str, Any]
NO_QUOTA = {"budget": False, "window": False}


@dataclass
class Company:
    """Requests of one user; `admin` and `member` are two users of the same company."""

    url: str
    control: Control
    about: Json
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def domain(self) -> str:
        return str(self.about["company_domain"])

    @property
    def users(self) -> list[Json]:
        return list(self.about["users"])

    def act_as(self, index: int) -> "Company":
        return Company(self.url, self.control, {**self.about, "users": self.users[index:]})

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        prefix = "" if path.startswith(("/v1", "/api")) else "/api/v2"
        headers = {"x-api-token": self.users[0]["token"], **options.pop("headers", {})}
        return self.session.request(method, f"{self.url}{prefix}{path}", json=body, headers=headers, timeout=60, **options)

    def get(self, path: str, **query: Any) -> Any:
        return self.ok(self.send("GET", path, params=query))["data"]

    def post(self, path: str, body: Any) -> Any:
        return self.ok(self.send("POST", path, body))["data"]

    def patch(self, path: str, body: Any) -> Any:
        return self.ok(self.send("PATCH", path, body))["data"]

    def delete(self, path: str) -> Any:
        return self.ok(self.send("DELETE", path))["data"]

    def refusal(self, method: str, path: str, body: Any = None, status: int = 400) -> str:
        """The text of an answer that has to be a refusal."""
        answer = self.send(method, path, body)
        assert (answer.status_code, answer.json()["success"]) == (status, False), answer.text
        return str(answer.json()["error"])

    def field(self, kind: str, field_type: str, *labels: str, name: str = "Field") -> Json:
        options = {"options": [{"label": label} for label in labels]} if labels else {}
        return dict(self.post(f"/{kind}", {"field_name": name, "field_type": field_type, **options}))

    @staticmethod
    def ok(answer: requests.Response) -> Json:
        assert answer.status_code in (200, 201), answer.text
        body: Json = answer.json()
        assert body["success"] is True
        return body


@pytest.fixture
def new_company(sandbox_server: RunningSandbox) -> Iterator[Callable[..., Company]]:
    made: list[Company] = []

    def make(running: RunningSandbox = sandbox_server, **settings: Any) -> Company:
        users = [{"name": "Ann", "email": "ann@acme.test", "is_admin": True}, {"name": "Bo", "email": "bo@acme.test"}]
        about = running.control().create_account(settings.pop("name", "Acme"), **{"users": users, "limits": NO_QUOTA, **settings})
        made.append(Company(running.url, running.control(), about))
        return made[-1]

    yield make
    for company in made:
        company.session.close()


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    return new_company()
