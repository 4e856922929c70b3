"""From status, headers and body to what the caller should do."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    OutcomeUnknown,
    PipedriveError,
    RecordMissing,
    RecordRefused,
    WaitAndRepeat,
)
from connectors.pipedrive.answers import judge

HTML = b"<!doctype html><html><head><style>p {}</style><title>Attention Required!</title></head><body>Ray 7f00</body></html>"
VALIDATION = {"success": False, "error": "Validation failed: x: Parameter 'x' is not allowed", "code": "ERR_SCHEMA_VALIDATION_FAILED"}

CASES: list[tuple[int, dict[str, str], Any, type[PipedriveError], str]] = [
    # the record
    (400, {}, VALIDATION, RecordRefused, "Parameter 'x' is not allowed"),
    (400, {}, {"success": False, "errors": {"url": ["invalid", "not reachable"]}}, RecordRefused, "url: invalid, not reachable"),
    (400, {}, {"success": False, "message": "Name must be given."}, RecordRefused, "Name must be given."),
    (400, {}, {"success": False, "error": "Bad", "error_info": "Give a title."}, RecordRefused, "Bad; Give a title."),
    (400, {}, b"plain words", RecordRefused, "plain words"),
    (400, {}, b"", RecordRefused, "no reason given"),
    (405, {}, {"error": "Method not allowed"}, RecordRefused, "Method not allowed"),
    (409, {}, {"error": "Exists"}, RecordRefused, "Exists"),
    (413, {}, HTML, RecordRefused, "Attention Required!"),
    (415, {}, {"error": "Feature is not enabled"}, RecordRefused, "not enabled"),
    (422, {}, {"error": "Webhooks"}, RecordRefused, "Webhooks"),
    (404, {}, {"success": False, "error": "Entity was not found"}, RecordMissing, "Entity was not found"),
    (410, {}, {"success": False, "error": "Gone"}, RecordMissing, "Gone"),
    # the token and the company
    (401, {}, {"success": False, "error": "unauthorized access", "errorCode": 401}, AccessDenied, "unauthorized access"),
    (401, {}, HTML, AccessDenied, "401"),
    (402, {}, {"success": False, "error": "Payment required"}, AccessDenied, "not open"),
    (403, {}, {"success": False, "error": "You do not have permissions to do this."}, AccessDenied, "permissions"),
    (403, {}, {"error": "Scope and URL mismatch, the limit of this role"}, AccessDenied, "Scope"),
    (403, {}, {"error": "x", "code": "feature_capping_deals_limit"}, LimitReached, "plan"),
    (403, {}, {"error": "You've reached the activity type per company limit."}, LimitReached, "activity type"),
    (403, {}, {"error": "Couldn't add the deal. Open deals limit reached."}, LimitReached, "Open deals"),
    (403, {"content-type": "text/html"}, HTML, Blocked, "Attention Required! Ray 7f00"),
    (403, {}, b"", Blocked, "403"),
    (302, {"location": "https://elsewhere.test/"}, b"", AccessDenied, "redirect"),
    # the limits
    (429, {"x-daily-ratelimit-token-remaining": "0"}, {"error": "Too many"}, BudgetSpent, "spent"),
    (429, {"x-daily-ratelimit-token-remaining": "900"}, {"error": "Too many"}, WaitAndRepeat, "2 seconds"),
    (429, {}, HTML, WaitAndRepeat, "2 seconds"),
    (429, {"retry-after": "7"}, b"", WaitAndRepeat, "7 seconds"),
    # nobody knows
    (408, {}, b"", OutcomeUnknown, "408"),
    (500, {}, {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"}, OutcomeUnknown, "Internal Server Error"),
    (502, {}, HTML, OutcomeUnknown, "502"),
    (503, {"retry-after": "5"}, b"", OutcomeUnknown, "503"),
    (200, {}, b'{"success": true, "data": {"id": 1', OutcomeUnknown, "cannot be read"),
    (200, {}, b"", OutcomeUnknown, "cannot be read"),
    (200, {}, HTML, OutcomeUnknown, "cannot be read"),
    (200, {}, {"success": False, "error": "Something"}, OutcomeUnknown, "Something"),
    (200, {}, {"data": {"id": 1}}, OutcomeUnknown, "success"),
    (201, {}, [1], OutcomeUnknown, "success"),
    (204, {}, b"", OutcomeUnknown, "204"),
]


def _body(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.mark.parametrize(("status", "headers", "body", "error", "text"), CASES)
def test_an_answer_says_what_to_do(status: int, headers: dict[str, str], body: Any, error: type[PipedriveError], text: str) -> None:
    with pytest.raises(PipedriveError) as raised:
        judge(status, {**headers, "x-correlation-id": "c-1"}, _body(body))
    assert type(raised.value) is error
    assert text in str(raised.value)
    assert (raised.value.status, raised.value.correlation_id) == (status, "c-1")


def test_pipedrives_own_code_is_kept() -> None:
    with pytest.raises(RecordRefused) as refused:
        judge(400, {}, _body(VALIDATION))
    assert refused.value.code == "ERR_SCHEMA_VALIDATION_FAILED"
    with pytest.raises(LimitReached) as capped:
        judge(403, {}, _body({"error": "x", "code": "feature_capping_deals_limit"}))
    assert capped.value.code == "feature_capping_deals_limit"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 2),
        ({"retry-after": "1"}, 2),
        ({"retry-after": "30", "x-ratelimit-reset": "3"}, 30),
        ({"x-ratelimit-reset": "3"}, 3),
        ({"x-ratelimit-reset": "1763759999"}, 60),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:09 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 9),
        ({"retry-after": "soon", "x-ratelimit-reset": "nan"}, 2),
    ],
)
def test_the_longest_wait_that_the_server_names_counts(headers: dict[str, str], seconds: float) -> None:
    with pytest.raises(WaitAndRepeat) as wait:
        judge(429, headers, b"")
    assert wait.value.seconds == seconds


@pytest.mark.parametrize("status", [200, 201])
def test_a_success_gives_data_and_the_servers_clock(status: int) -> None:
    body = {"success": True, "data": {"id": 3}, "additional_data": {"next_cursor": "n"}}
    reply = judge(status, {"date": "Fri, 20 Nov 2026 10:00:00 GMT"}, _body(body))
    assert (reply.status, reply.data, reply.additional) == (status, {"id": 3}, {"next_cursor": "n"})
    assert reply.server_time == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_success_without_additional_data_or_date_is_one() -> None:
    reply = judge(200, {"date": "yesterday"}, b'{"success":true,"data":[],"additional_data":null}')
    assert (reply.data, reply.additional, reply.server_time) == ([], {}, None)


def test_messages_stay_short() -> None:
    with pytest.raises(RecordRefused) as refused:
        judge(400, {}, _body({"error": "x" * 9000}))
    assert len(str(refused.value)) < 560


def test_an_absurdly_nested_answer_is_an_answer_all_the_same() -> None:
    deep = b'{"error":' * 900 + b'"x"' + b"}" * 900
    with pytest.raises(OutcomeUnknown):
        judge(500, {}, deep)
    with pytest.raises(OutcomeUnknown):
        judge(500, {}, b"[" * 200_000)
