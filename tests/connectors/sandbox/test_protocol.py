"""Tokens, envelopes, routes, headers: what every answer has in common."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

NewCompany = Callable[..., Any]


def test_a_token_opens_its_own_company(new_company: NewCompany) -> None:
    staging, production = new_company(name="Acme staging"), new_company(name="Acme")
    assert staging.get("/v1/users/me")["company_name"] == "Acme staging"
    assert production.get("/v1/users/me")["company_id"] != staging.get("/v1/users/me")["company_id"]


def test_users_of_one_company_have_their_own_tokens(company: Any) -> None:
    admin, member = company.get("/v1/users/me"), company.act_as(1).get("/v1/users/me")
    assert (admin["name"], member["name"]) == ("Ann", "Bo")
    assert admin["company_id"] == member["company_id"]
    assert [access["admin"] for access in member["access"]] == [False, False, False]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_token_is_unauthorized(company: Any, token: str) -> None:
    answer = company.send("GET", "/persons", headers={"x-api-token": token})
    assert answer.status_code == 401
    assert answer.json() == {
        "success": False,
        "error": "unauthorized access",
        "errorCode": 401,
        "error_info": "Please check developers.pipedrive.com",
    }


def test_a_deactivated_user_is_unauthorized(company: Any) -> None:
    company.control.change_user(company.domain, company.users[1]["id"], active_flag=False)
    assert company.act_as(1).refusal("GET", "/persons", status=401) == "unauthorized access"
    assert company.get("/persons") == []


def test_a_new_token_kills_the_old_one(company: Any) -> None:
    token = company.control.new_token(company.domain, company.users[0]["id"])
    assert company.send("GET", "/persons").status_code == 401
    assert company.send("GET", "/persons", headers={"x-api-token": token}).status_code == 200


def test_v1_answers_with_and_without_api_and_v2_only_with_it(company: Any) -> None:
    assert company.send("GET", "/v1/users/me").status_code == company.send("GET", "/api/v1/users/me").status_code == 200
    assert company.session.get(f"{company.url}/v2/persons", headers={"x-api-token": company.users[0]["token"]}).status_code == 404


def test_unknown_paths_and_methods(company: Any) -> None:
    assert company.send("GET", "/nothing").status_code == 404
    assert company.send("PUT", "/persons/1").status_code == 405


def test_a_missing_record_is_not_found_as_pipedrive_says_it(company: Any) -> None:
    answer = company.send("GET", "/persons/999999999")
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "success": False,
            "error": "Entity was not found",
            "error_info": "Object was not found.",
            "data": None,
            "additional_data": None,
        },
    )
    assert company.send("GET", "/persons/nobody").status_code == 404


def test_every_answer_says_when_and_which(company: Any) -> None:
    first, second = company.send("GET", "/persons"), company.send("POST", "/persons", {"wrong": 1})
    assert first.headers["Date"].endswith("GMT")
    assert len({first.headers["x-correlation-id"], second.headers["x-correlation-id"]}) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"name": NaN}', b'{"name": "\xff"}', b'{"name": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(company: Any, body: bytes) -> None:
    headers = {"x-api-token": company.users[0]["token"], "content-type": "application/json"}
    answer = company.session.post(f"{company.url}/api/v2/organizations", data=body, headers=headers)
    assert answer.status_code == 400
    assert company.control.records(company.domain, "organization") == []


def test_another_content_type_is_refused(company: Any) -> None:
    headers = {"x-api-token": company.users[0]["token"]}
    assert company.session.post(f"{company.url}/api/v2/organizations", data={"name": "Acme"}, headers=headers).status_code == 415


def test_several_requests_share_a_connection_also_in_chunks(company: Any) -> None:
    address = urlsplit(company.url)
    request = (
        f"POST /api/v2/organizations HTTP/1.1\r\nhost: x\r\nx-api-token: {company.users[0]['token']}\r\n"
        "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        '8\r\n{"name":\r\n7\r\n"Acme"}\r\n0\r\n\r\n'
    ).encode()
    with socket.create_connection((address.hostname, address.port), timeout=60) as channel, channel.makefile("rb") as answers:
        for _ in range(2):
            channel.sendall(request)
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            headers = dict(line.decode().strip().split(": ", 1) for line in iter(answers.readline, b"\r\n"))
            assert b'"name":"Acme"' in answers.read(int(headers["Content-Length"]))
    assert len(company.control.records(company.domain, "organization")) == 2
