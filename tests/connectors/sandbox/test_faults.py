"""Faults on demand: what is written, what is answered, and that the same seed does the same."""

import time
from typing import Any

import pytest
import requests

DROPPED = requests.exceptions.ConnectionError


@pytest.fixture
def faulty(new_company: Any, sandbox: Any) -> Any:
    """A company in a sandbox of the test's own."""
    return new_company(sandbox)


def names(company: Any) -> list[str]:
    return [record["name"] for record in company.control.records(company.domain, "person")]


def post(company: Any, name: str, **options: Any) -> requests.Response:
    answer: requests.Response = company.send("POST", "/persons", {"name": name}, **options)
    return answer


def test_dropped_before_nothing_is_written(faulty: Any) -> None:
    faulty.control.next_fault("drop_before")
    with pytest.raises(DROPPED):
        post(faulty, "Ann")
    assert names(faulty) == []


def test_dropped_after_the_record_is_there(faulty: Any) -> None:
    faulty.control.next_fault("drop_after")
    with pytest.raises(DROPPED):
        post(faulty, "Ann")
    assert names(faulty) == ["Ann"]


def test_a_truncated_answer_hides_a_record_that_is_there(faulty: Any) -> None:
    faulty.control.next_fault("truncate")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, DROPPED)):
        post(faulty, "Ann")
    assert names(faulty) == ["Ann"]


def test_late_means_that_the_client_gives_up_before_the_record_is_there(faulty: Any) -> None:
    faulty.control.next_fault("late", seconds=4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        faulty.session.post(
            f"{faulty.url}/api/v2/persons", json={"name": "Ann"}, headers={"x-api-token": faulty.users[0]["token"]}, timeout=0.3
        )
    assert names(faulty) == []
    deadline = time.monotonic() + 60
    while not names(faulty) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert names(faulty) == ["Ann"]


def test_slow_means_that_the_record_is_there_before_the_answer(faulty: Any) -> None:
    faulty.control.next_fault("slow", seconds=1)
    started = time.monotonic()
    assert post(faulty, "Ann").status_code == 200
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("kind", ["500", "502", "503"])
@pytest.mark.parametrize(("after", "written"), [(False, []), (True, ["Ann"])])
def test_server_errors_are_html_before_or_after_the_write(faulty: Any, kind: str, after: bool, written: list[str]) -> None:
    faulty.control.next_fault(kind, after=after)
    answer = post(faulty, "Ann")
    assert (answer.status_code, answer.text[:15]) == (int(kind), "<!DOCTYPE html>")
    assert names(faulty) == written


def test_too_many_requests_with_and_without_retry_after(faulty: Any) -> None:
    faulty.control.next_fault("429")
    plain = post(faulty, "Ann")
    faulty.control.next_fault("429", retry_after=7)
    told = post(faulty, "Ann")
    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in (plain, told)] == [(429, None), (429, "7")]
    assert plain.headers["x-ratelimit-remaining"] == "0"
    assert names(faulty) == []


def test_the_gateway_blocks_with_html_and_a_token_may_be_refused(faulty: Any) -> None:
    faulty.control.next_fault("cloudflare")
    blocked = post(faulty, "Ann")
    faulty.control.next_fault("401")
    assert (blocked.status_code, blocked.headers["content-type"], post(faulty, "Ann").status_code) == (403, "text/html; charset=utf-8", 401)
    assert names(faulty) == []


def test_faults_keep_to_their_methods_paths_and_company(faulty: Any, new_company: Any, sandbox: Any) -> None:
    other = new_company(sandbox)
    faulty.control.faults({"kind": "500", "methods": ["POST"], "paths": "/persons$", "company": faulty.domain})
    assert faulty.send("GET", "/persons").status_code == 200
    assert faulty.send("POST", "/organizations", {"name": "A"}).status_code == 200
    assert post(other, "Ann").status_code == 200
    assert post(faulty, "Ann").status_code == 500
    faulty.control.faults()
    assert post(faulty, "Ann").status_code == 200


def test_the_same_seed_brings_the_same_faults(faulty: Any) -> None:
    def series(seed: int) -> list[int]:
        faulty.control.faults({"kind": "503", "share": 0.3}, seed=seed)
        return [post(faulty, "Ann").status_code for _ in range(40)]

    first, second, other = series(7), series(7), series(8)
    assert first == second
    assert first != other
    assert 3 < first.count(503) < 25


def test_one_shot_faults_stand_beside_the_plan_and_come_once(faulty: Any) -> None:
    faulty.control.faults({"kind": "503", "paths": "organizations"})
    faulty.control.next_fault("502", paths="persons")
    assert [post(faulty, "Ann").status_code for _ in range(2)] == [502, 200]
    assert faulty.send("POST", "/organizations", {"name": "A"}).status_code == 503
    assert faulty.control.faults_fired() == {"502": 1, "503": 1}


@pytest.mark.parametrize("rule", [{"kind": "flood"}, {"kind": "500", "colour": "red"}, {"share": 1}, {"kind": "500", "paths": "("}])
def test_bad_rules_are_refused_and_the_plan_stays(faulty: Any, rule: Any) -> None:
    from connectors.sandbox.launch import ControlError

    faulty.control.faults({"kind": "500"})
    with pytest.raises(ControlError):
        faulty.control.faults(rule)
    assert post(faulty, "Ann").status_code == 500
