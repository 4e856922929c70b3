"""Downloads that answer with a redirect: followed to the bytes, without the token, and only where that is safe."""

from collections.abc import Callable

import pytest

from connectors.errors import AccessDenied, HostRefused, OutcomeUnknown, PipedriveError
from connectors.pipedrive import downloads
from connectors.pipedrive.http import ATTEMPTS, Door
from tests.connectors.pipedrive.conftest import TOKEN
from tests.connectors.pipedrive.scripted import Answer, Scripted

FILE = "/api/v1/files/7/download"
BYTES = Answer(body="Plan für den Pier 🛥".encode())


def to(location: str, status: int = 302) -> Answer:
    return Answer(status, headers={"location": location})


@pytest.fixture
def storage(server: Scripted) -> str:
    """The same server under another name: for a client another host."""
    return f"localhost:{server.server_port}"


@pytest.fixture
def door(open_door: Callable[..., Door], server: Scripted, storage: str) -> Door:
    return open_door(extra_hosts=(server.host, storage))


def test_a_file_kept_at_another_host_is_read_there_without_the_token(door: Door, server: Scripted, storage: str) -> None:
    server.script.extend([to(f"http://{storage}/bucket/a%2Fb?signature=x%2By"), BYTES])
    assert downloads.content(door, FILE) == BYTES.body
    first, second = server.asked
    assert first.headers["x-api-token"] == TOKEN
    assert (second.path, second.query, second.headers["host"]) == ("/bucket/a%2Fb", {"signature": "x+y"}, storage)
    assert TOKEN not in str(second.headers)
    assert door.spent == 20


def test_on_the_accounts_own_host_the_token_goes_along_and_the_day_pays(door: Door, server: Scripted) -> None:
    server.script.extend([to("../7/bytes?version=2"), BYTES])
    assert downloads.content(door, FILE) == BYTES.body
    assert (server.asked[1].path, server.asked[1].headers["x-api-token"]) == ("/api/v1/files/7/bytes", TOKEN)
    assert door.spent == 40


def test_an_address_that_storage_sends_back_to_gets_no_token(door: Door, server: Scripted, storage: str) -> None:
    server.script.extend([to(f"http://{storage}/a"), to(f"{server.url}/api/v1/users/me"), BYTES])
    downloads.content(door, FILE)
    assert [("x-api-token" in asked.headers) for asked in server.asked] == [True, False, False]


def test_three_redirects_are_followed_and_no_fourth(door: Door, server: Scripted, storage: str) -> None:
    away = to(f"http://{storage}/a", 307)
    server.script.extend([away, to("/b", 301), to("/c", 308), BYTES])
    assert downloads.content(door, FILE) == BYTES.body
    server.script.extend([away] * 4)
    with pytest.raises(PipedriveError, match="more than 3 times"):
        downloads.content(door, FILE)
    assert len(server.asked) == 4 + 4


def test_a_host_that_nobody_named_is_not_asked_without_https(open_door: Callable[..., Door], server: Scripted, storage: str) -> None:
    server.script.append(to(f"http://{storage}/a?signature=secret"))
    with pytest.raises(HostRefused, match=f"http://{storage}: without https only hosts named in PIPEDRIVE_EXTRA_HOSTS") as caught:
        downloads.content(open_door(), FILE)
    assert "secret" not in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://files.example/a", "http://user:pass@HOST/a", "http://[::1/a", "http://HOST:port/", "https://"]
)
def test_what_is_no_address_of_the_web_is_not_followed(door: Door, server: Scripted, location: str) -> None:
    server.script.append(to(location.replace("HOST", server.host)))
    with pytest.raises(HostRefused, match="no address of the web"):
        downloads.content(door, FILE)
    assert len(server.asked) == 1


def test_a_redirect_that_names_no_place_says_so(door: Door, server: Scripted) -> None:
    server.script.append(Answer(302))
    with pytest.raises(AccessDenied, match="redirect"):
        downloads.content(door, FILE)


def test_a_body_without_end_is_not_taken(door: Door, server: Scripted, storage: str) -> None:
    server.script.extend([to(f"http://{storage}/a"), Answer(body=b"x" * 200_000)])
    with pytest.raises(PipedriveError, match="more than 100,000 bytes"):
        downloads.content(door, FILE, most=100_000)


@pytest.mark.parametrize("trouble", [Answer(503), Answer(body=b"half", declared=100), Answer(drop=True)])
def test_trouble_of_the_storage_begins_anew_with_a_new_link(
    door: Door, server: Scripted, sleeps: list[float], storage: str, trouble: Answer
) -> None:
    server.script.extend([to(f"http://{storage}/old"), trouble, to(f"http://{storage}/new"), BYTES])
    assert downloads.content(door, FILE) == BYTES.body
    assert [asked.path for asked in server.asked] == [FILE, "/old", FILE, "/new"]


def test_trouble_that_stays_is_given_up(door: Door, server: Scripted, sleeps: list[float], storage: str) -> None:
    server.always = lambda asked: to(f"http://{storage}/a") if asked.path == FILE else Answer(502)
    with pytest.raises(OutcomeUnknown, match=r"where Pipedrive keeps a file, failed \(502\)"):
        downloads.content(door, FILE)
    assert len(server.asked) == 2 * ATTEMPTS


def test_a_refusal_of_the_storage_names_the_host_and_not_the_link(door: Door, server: Scripted, storage: str) -> None:
    server.script.extend([to(f"http://{storage}/a?signature=secret"), Answer(403, "expired")])
    with pytest.raises(HostRefused, match=rf"{storage}, where Pipedrive says that a file is kept, does not give it \(403\)") as caught:
        downloads.content(door, FILE)
    assert "secret" not in str(caught.value)
