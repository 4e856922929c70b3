import pytest

from connectors.errors import HostRefused
from connectors.pipedrive.hosts import checked_root

EXTRA = ("127.0.0.1:8123", " Pipedrive.Example.com:443 ", "[::1]:9000")


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://acme.pipedrive.com", "https://acme.pipedrive.com"),
        ("https://ACME.Pipedrive.com:443/", "https://acme.pipedrive.com"),
        ("https://api.pipedrive.com/", "https://api.pipedrive.com"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("https://pipedrive.example.com", "https://pipedrive.example.com"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
    ],
)
def test_pipedrive_and_named_hosts_are_let_through(url: str, root: str) -> None:
    assert checked_root(url, EXTRA) == root


@pytest.mark.parametrize(
    "url",
    [
        "https://pipedrive.com.evil.test",
        "https://evilpipedrive.com",
        "https://acme.pipedrive.com.",
        "https://evil.test",
        "https://evil.test/?x=.pipedrive.com",
        "https://evil.test\\@acme.pipedrive.com",
        "https://evil.test#.pipedrive.com",
        "https://acme.pipedrive.com@evil.test",
        "https://user:secret@acme.pipedrive.com",
        "http://acme.pipedrive.com",
        "https://acme.pipedrive.com:8443",
        "http://127.0.0.1:8124",
        "http://pipedrive.example.com",
        "ftp://acme.pipedrive.com",
        "https://acme.pipedrive.com:port",
        "acme.pipedrive.com",
        "https://acme.pipedrive.com/api/v2",
        "https://acme.pipedrive.com\n.evil.test",
        "https://",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(HostRefused):
        checked_root(url, EXTRA)


def test_the_refusal_names_the_way_out() -> None:
    with pytest.raises(HostRefused, match=r"10\.0\.0\.1:80 is not a Pipedrive host.*PIPEDRIVE_EXTRA_HOSTS"):
        checked_root("http://10.0.0.1")
