"""The day's tokens of the company, the two seconds' window of a token."""

import json
import time
from typing import Any

import pytest

LIMITED = {"budget": True, "window": False}


def in_one_window(new_company: Any, plan: str, count: int, budget: bool = False) -> tuple[Any, list[Any]]:
    """A company and its answers to requests that all fell into one window; where the machine was too busy for that, another one's."""
    while True:
        company = new_company(plan=plan, seats=1, limits={"budget": budget, "window": True})
        pipeline = company.act_as(1).get("/pipelines")[0]["id"]
        began = time.monotonic()
        answers = [company.send("GET", f"/pipelines/{pipeline}") for _ in range(count)]
        if time.monotonic() - began < 2:
            return company, answers


def left(answer: Any) -> int:
    return int(answer.headers["x-daily-ratelimit-token-remaining"])


def test_every_request_is_paid_for_at_its_price_also_a_refused_one(new_company: Any) -> None:
    company = new_company(plan="growth", seats=2, limits=LIMITED)
    first = company.send("GET", "/v1/users/me")
    assert (first.headers["x-daily-ratelimit-token-limit"], left(first)) == ("120000", 120_000 - 2)
    assert left(company.send("POST", "/persons", {"name": "Ann"})) == 120_000 - 7
    assert left(company.send("POST", "/persons", {"wrong": "Ann"})) == 120_000 - 12
    assert left(company.send("GET", "/persons")) == 120_000 - 22
    assert company.send("GET", "/persons", headers={"x-api-token": "wrong"}).status_code == 401
    assert company.control.counters(company.domain)["tokens"] == 22


def test_the_pool_is_one_for_all_tokens_of_a_company(new_company: Any) -> None:
    company = new_company(plan="lite", seats=1, limits=LIMITED)
    company.send("GET", "/persons")
    assert left(company.act_as(1).send("GET", "/persons")) == 30_000 - 20


def test_an_empty_day_is_429_until_it_is_reset(new_company: Any) -> None:
    company = new_company(limits=LIMITED)
    company.control.set_budget(company.domain, 3)
    assert company.send("POST", "/persons", {"name": "Ann"}).status_code == 200
    answer = company.send("POST", "/persons", {"name": "Bo"})
    assert (answer.status_code, left(answer), "Retry-After" in answer.headers) == (429, 0, False)
    company.control.set_budget(company.domain)
    assert company.send("POST", "/persons", {"name": "Bo"}).status_code == 200
    assert [person["name"] for person in company.get("/persons")] == ["Ann", "Bo"]


def test_a_new_day_brings_a_new_budget(new_company: Any, sandbox: Any) -> None:
    company = new_company(sandbox, limits=LIMITED)
    company.control.set_budget(company.domain, 0)
    assert company.send("GET", "/persons").status_code == 429
    company.control.set_clock(86_400)
    assert company.send("GET", "/persons").status_code == 200


@pytest.mark.parametrize(("plan", "most"), [("lite", 20), ("growth", 40)])
def test_the_window_holds_as_many_requests_as_the_plan_says(new_company: Any, plan: str, most: int) -> None:
    company, answers = in_one_window(new_company, plan, most + 1)
    assert [answer.status_code for answer in answers] == [200] * most + [429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in (answers[0], answers[-1])] == [str(most - 1), "0"]
    assert answers[-1].headers["x-ratelimit-limit"] == str(most)
    assert company.act_as(1).send("GET", "/pipelines").status_code == 200
    time.sleep(int(answers[-1].headers["x-ratelimit-reset"]))
    assert company.send("GET", "/pipelines").status_code == 200


def test_refused_by_the_window_costs_nothing(new_company: Any) -> None:
    _, answers = in_one_window(new_company, "lite", 22, budget=True)
    assert left(answers[0]) - left(answers[-1]) == 19
    assert json.loads(answers[-1].text)["success"] is False


def test_switched_off_quotas_send_no_headers(company: Any) -> None:
    assert not [name for name in company.send("GET", "/persons").headers if "ratelimit" in name.lower()]
