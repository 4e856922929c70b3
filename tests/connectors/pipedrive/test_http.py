"""The door over real sockets: what is known of a request when its answer goes missing, what is tried again, and the token's secrecy."""

import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator

import pytest

from connectors.errors import AccessDenied, HostRefused, NotSent, OutcomeUnknown, PipedriveError, RecordRefused, WaitAndRepeat
from connectors.pipedrive.http import ATTEMPTS, Door
from connectors.pipedrive.limiter import Grant, NoLimit, Turn
from tests.connectors.pipedrive.conftest import TOKEN
from tests.connectors.pipedrive.scripted import Answer, Scripted, ok

DEAL = "/api/v2/deals"
BUSY = Answer(429, {"error": "Too many requests"})
DOWN = Answer(503, {"error": "Maintenance"})


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """Held, so that nobody else takes it, and nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word: no TLS, no HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# --- what goes out -----------------------------------------------------------------------------------------------------


def test_a_request_carries_token_and_json(door: Door, server: Scripted) -> None:
    text = "\x00😀 =SUM(A1) <b>O'Hara & Söhne</b> \u202eabc"
    server.script.append(ok({"id": 7}))
    reply = door.send("POST", DEAL, json={"title": text, "value": 12.5}, params={"a": "1", "b": None})
    asked = server.asked[0]
    assert reply.data == {"id": 7}
    assert (asked.method, asked.path, asked.query) == ("POST", DEAL, {"a": "1"})
    assert asked.headers["x-api-token"] == TOKEN
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {"title": text, "value": 12.5}


def test_files_go_as_a_form(door: Door, server: Scripted) -> None:
    door.send("POST", "/api/v1/files", files={"file": ("Größe.pdf", b"%PDF", "application/pdf")}, form={"deal_id": 3})
    asked = server.asked[0]
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert b"%PDF" in asked.body
    assert b'name="deal_id"\r\n\r\n3' in asked.body


def test_a_thread_keeps_its_connection_and_shares_it_with_nobody(door: Door, server: Scripted) -> None:
    def three() -> None:
        for _ in range(3):
            door.send("GET", DEAL)

    threads = [threading.Thread(target=three) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(server.asked), server.connections) == (12, 4)


def test_a_door_that_was_closed_opens_again(door: Door, server: Scripted) -> None:
    door.send("GET", DEAL)
    door.close()
    door.send("POST", DEAL, json={"title": "x"})
    assert (len(server.asked), server.connections) == (2, 2)


def test_redirects_are_not_followed(door: Door, server: Scripted) -> None:
    server.script.append(Answer(302, headers={"location": "/api/v2/persons"}))
    with pytest.raises(AccessDenied):
        door.send("GET", DEAL)
    assert len(server.asked) == 1


def test_a_body_that_json_cannot_say_is_never_sent(door: Door, server: Scripted) -> None:
    with pytest.raises(ValueError):
        door.send("POST", DEAL, json={"value": float("nan")})
    assert server.asked == []


# --- whether it was sent -----------------------------------------------------------------------------------------------


def test_a_refused_connection_sent_nothing(refusing_port: int) -> None:
    host = f"127.0.0.1:{refusing_port}"
    with pytest.raises(NotSent, match="refused"):
        Door(f"http://{host}", TOKEN, limiter=NoLimit(), extra_hosts=(host,)).send("POST", DEAL, json={})


def test_an_unknown_name_sent_nothing() -> None:
    host = "no-such-host.invalid:80"
    with pytest.raises(NotSent, match="name is not known"):
        Door(f"http://{host}", TOKEN, limiter=NoLimit(), extra_hosts=(host,)).send("POST", DEAL, json={})


def test_a_failed_handshake_sent_nothing(server: Scripted) -> None:
    with pytest.raises(NotSent, match="encrypted"):
        Door(f"https://{server.host}", TOKEN, limiter=NoLimit(), extra_hosts=(server.host,)).send("POST", DEAL, json={})
    assert server.asked == []


def test_a_handshake_that_never_ends_sent_nothing(silent_port: int) -> None:
    host = f"127.0.0.1:{silent_port}"
    with pytest.raises(NotSent):
        Door(f"https://{host}", TOKEN, limiter=NoLimit(), extra_hosts=(host,), timeout=(0.2, 0.2)).send("POST", DEAL, json={})


@pytest.mark.parametrize("used_before", [False, True], ids=["fresh connection", "kept connection"])
@pytest.mark.parametrize(
    "lost",
    [
        Answer(drop=True),
        Answer(body={"success": True, "data": {"id": 1}}, after=5),
        Answer(body=b'{"success": true, "data": {"id"', declared=900),
        Answer(body=b'{"success": true, "data": {"id"'),
        Answer(500, b"<html>Oops</html>"),
        Answer(body={"success": False}),
    ],
    ids=["dropped", "too slow", "cut off", "half a document", "failed", "no success"],
)
def test_a_lost_answer_leaves_the_outcome_open(door: Door, server: Scripted, lost: Answer, used_before: bool) -> None:
    if used_before:
        door.send("GET", DEAL)
    server.script.append(lost)
    door.timeout = (60, 0.5 if lost.after else 60)
    with pytest.raises(OutcomeUnknown):
        door.send("POST", DEAL, json={"title": "x"})
    assert [asked.method for asked in server.asked][-1] == "POST"
    assert len(server.asked) == 1 + used_before


def test_a_server_that_ends_between_requests_is_met_again(door: Door, server: Scripted) -> None:
    server.script.append(Answer(body={"success": True, "data": 1}, headers={"connection": "close"}))
    door.send("GET", DEAL)
    door.send("GET", DEAL)
    assert server.connections == 2


def test_too_late_is_not_sent(door: Door, server: Scripted) -> None:
    with pytest.raises(NotSent, match="time"):
        door.send("POST", DEAL, json={}, before=time.monotonic() - 0.1)
    assert server.asked == []


# --- trying again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("lost", [Answer(drop=True), DOWN, BUSY], ids=["dropped", "down", "busy"])
def test_what_may_be_repeated_is(door: Door, server: Scripted, sleeps: list[float], method: str, lost: Answer) -> None:
    server.script.extend([lost, lost])
    door.repeat(method, f"{DEAL}/1")
    assert [asked.method for asked in server.asked] == [method] * 3


@pytest.mark.parametrize("lost", [Answer(drop=True), DOWN], ids=["dropped", "down"])
def test_a_creation_with_an_open_outcome_is_never_repeated(door: Door, server: Scripted, sleeps: list[float], lost: Answer) -> None:
    server.script.append(lost)
    with pytest.raises(OutcomeUnknown):
        door.repeat("POST", DEAL, json={})
    assert (len(server.asked), sleeps) == (1, [])


def test_a_creation_that_was_told_to_wait_is_repeated(door: Door, server: Scripted, sleeps: list[float]) -> None:
    server.script.append(BUSY)
    door.repeat("POST", DEAL, json={})
    assert len(server.asked) == 2


def test_a_refusal_is_not_repeated(door: Door, server: Scripted, sleeps: list[float]) -> None:
    server.script.append(Answer(400, {"error": "Bad"}))
    with pytest.raises(RecordRefused):
        door.repeat("PATCH", f"{DEAL}/1", json={})
    assert len(server.asked) == 1


def test_waits_are_as_told_or_a_jittered_rising_pause(door: Door, server: Scripted, sleeps: list[float]) -> None:
    server.script.extend([Answer(429, headers={"retry-after": "6"}), DOWN, DOWN, DOWN])
    door.repeat("GET", DEAL)
    told, *own = sleeps
    assert 6 <= told <= 6.5
    assert len(own) == 3
    assert all(0 <= pause <= ceiling for pause, ceiling in zip(own, (1, 2, 4), strict=True))


def test_a_long_wait_goes_back_to_the_caller(door: Door, server: Scripted, sleeps: list[float]) -> None:
    server.script.append(Answer(429, headers={"retry-after": "120"}))
    with pytest.raises(WaitAndRepeat) as wait:
        door.repeat("GET", DEAL)
    assert (wait.value.seconds, sleeps) == (120, [])


def test_trying_again_ends(door: Door, server: Scripted, sleeps: list[float]) -> None:
    server.always = DOWN
    with pytest.raises(OutcomeUnknown):
        door.repeat("GET", DEAL)
    assert len(server.asked) == ATTEMPTS


# --- what is counted ---------------------------------------------------------------------------------------------------


class Noting(NoLimit):
    """Lets everything through and notes what the door told it."""

    def __init__(self, wait: float = 0.0) -> None:
        self.noted: list[tuple[str, float]] = []
        self.turns: list[float | None] = []
        self.wait = wait

    def reserve(self, requests: int, tokens: int, horizon: float = 5.0) -> Grant:
        self.noted.append(("reserve", tokens))
        return Grant("own", requests, tokens)

    def settle(self, grant: Grant, used: int) -> None:
        self.noted.append(("settle", used))

    def turn(self, longest: float) -> Turn:
        return Turn(self.wait)

    def over(self, turn: Turn, late: float, took: float) -> None:
        self.turns.append(took)

    def unused(self, turn: Turn) -> None:
        self.turns.append(None)

    def pause(self, seconds: float) -> None:
        self.noted.append(("pause", seconds))


def test_tokens_are_reserved_and_settled_for_a_request_of_its_own(open_door: Callable[..., Door], server: Scripted) -> None:
    limiter = Noting()
    open_door(limiter=limiter).send("GET", DEAL)
    assert limiter.noted == [("reserve", 10), ("settle", 10)]


def test_a_request_out_of_a_grant_reserves_nothing(open_door: Callable[..., Door], server: Scripted) -> None:
    limiter = Noting()
    door = open_door(limiter=limiter)
    door.send("POST", DEAL, json={}, grant=Grant("handful", 40, 200))
    assert (limiter.noted, door.spent) == ([], 5)


def test_a_429_costs_nothing_and_holds_everybody_off(open_door: Callable[..., Door], server: Scripted) -> None:
    limiter = Noting()
    door = open_door(limiter=limiter)
    server.script.append(Answer(429, headers={"retry-after": "4"}))
    with pytest.raises(WaitAndRepeat):
        door.send("POST", DEAL, json={})
    assert (limiter.noted, door.spent) == ([("reserve", 5), ("pause", 4), ("settle", 0)], 0)


@pytest.mark.parametrize("lost", [Answer(drop=True), DOWN, Answer(400, {})], ids=["dropped", "down", "refused"])
def test_what_reached_the_server_counts_as_spent(open_door: Callable[..., Door], server: Scripted, lost: Answer) -> None:
    limiter = Noting()
    door = open_door(limiter=limiter)
    server.script.append(lost)
    with pytest.raises(PipedriveError):
        door.send("POST", DEAL, json={})
    assert (limiter.noted[-1], door.spent) == (("settle", 5), 5)


def test_spending_is_counted_from_many_threads(door: Door, server: Scripted) -> None:
    threads = [threading.Thread(target=lambda: [door.send("POST", DEAL, json={}) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert door.spent == 8 * 20 * 5


def test_a_request_waits_for_its_turn_and_is_not_sent_when_that_is_too_late(
    open_door: Callable[..., Door], server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = open_door(limiter=Noting(wait=0.15))
    began = time.monotonic()
    door.send("GET", DEAL)
    assert server.asked[0].at - began >= 0.15
    with pytest.raises(NotSent):
        door.send("POST", DEAL, json={}, before=time.monotonic() + 0.1)
    assert len(server.asked) == 1


def test_the_limiter_learns_how_each_turn_ended(open_door: Callable[..., Door], server: Scripted) -> None:
    limiter = Noting()
    door = open_door(limiter=limiter)
    server.script.extend([Answer(body={"success": True}, after=0.2), Answer(drop=True)])
    began = time.monotonic()
    door.send("GET", DEAL)
    altogether = time.monotonic() - began
    with pytest.raises(OutcomeUnknown):
        door.send("GET", DEAL)
    with pytest.raises(NotSent):
        door.send("GET", DEAL, before=time.monotonic())
    answered, dropped, unsent = limiter.turns
    assert answered is not None
    assert 0.2 <= answered <= altogether
    assert dropped is not None
    assert unsent is None


def test_the_servers_clock_is_known_after_an_answer(door: Door, server: Scripted) -> None:
    assert door.skew is None
    door.send("GET", DEAL)
    assert door.skew is not None
    assert -60 < door.skew.total_seconds() <= 0  # the header has whole seconds, and comes when it comes


# --- the token ---------------------------------------------------------------------------------------------------------


def test_the_token_shows_nowhere(door: Door, server: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(door), str(vars(door).get("root"))]
    server.script.extend([Answer(drop=True), Answer(400, {"error": f"your header x-api-token was {TOKEN}"}), Answer(200, TOKEN.encode())])
    for _ in range(3):
        try:
            door.send("POST", DEAL, json={})
        except PipedriveError as error:
            told.append("".join(traceback.format_exception(error)))
            told.append(repr(error.__context__))
    assert len(told) == 2 + 6
    assert TOKEN not in json.dumps(told) + caplog.text


@pytest.mark.parametrize("token", ["", "abc def", "abc\nx-evil: 1", "töken"])
def test_a_text_that_can_be_no_token_is_refused_without_showing_it(server: Scripted, token: str) -> None:
    with pytest.raises(AccessDenied) as refused:
        Door(server.url, token, limiter=NoLimit(), extra_hosts=(server.host,))
    assert not token or token not in str(refused.value)


def test_the_token_never_goes_to_another_host(server: Scripted) -> None:
    with pytest.raises(HostRefused):
        Door(server.url, TOKEN, limiter=NoLimit())
