"""Which addresses may get the token: Pipedrive's own, and those that the operator named."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from connectors.errors import HostRefused

OWN_HOST = re.compile(r"(?:[a-z0-9-]+\.)+pipedrive\.com")
PLAIN = re.compile(r"[\x21-\x7e]+")
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
DEFAULT_PORTS = {"http": 80, "https": 443}


def elsewhere(url: str, extra_hosts: Iterable[str] = ()) -> tuple[str, str]:
    """Root and path (with its query) of an address that an answer points to: any host by https, only named ones by http.

    It is no address for the token. HostRefused for any other; its text holds the host alone, as such paths are secrets.
    """
    scheme, host, port, path = _taken_apart(url)
    named = f"[{host}]" if ":" in host else host
    default = DEFAULT_PORTS[scheme]
    if scheme != "https" and not _is_named(named, port, default, extra_hosts):
        where = f"http://{named}:{port or default}"
        raise HostRefused(f"A file is kept at {where}: without https only hosts named in PIPEDRIVE_EXTRA_HOSTS are asked.")
    return f"{scheme}://{named}" + ("" if port in (None, default) else f":{port}"), path


def checked_root(url: str, extra_hosts: Iterable[str] = ()) -> str:
    """The root of an account's host, `https://acme.pipedrive.com`; HostRefused for anything else than a root that may be used."""
    scheme, host, port = _parts(url)
    named = f"[{host}]" if ":" in host else host
    default = DEFAULT_PORTS[scheme]
    if _is_named(named, port, default, extra_hosts):
        return f"{scheme}://{named}" if port is None else f"{scheme}://{named}:{port}"
    if scheme == "https" and port in (None, default) and OWN_HOST.fullmatch(host):
        return f"https://{host}"
    if OWN_HOST.fullmatch(host):
        raise HostRefused(f"{scheme}://{named} is refused: Pipedrive is reached by https on its usual port, https://{host}.")
    raise HostRefused(
        f"{named}:{port or default} is not a Pipedrive host (https://COMPANY.pipedrive.com). "
        f"To use it all the same, name it in PIPEDRIVE_EXTRA_HOSTS."
    )


def _is_named(named: str, port: int | None, default: int, extra_hosts: Iterable[str]) -> bool:
    ways = {f"{named}:{port or default}", named if port in (None, default) else ""}
    return bool(ways & {extra.strip().lower() for extra in extra_hosts} - {""})


def _parts(url: str) -> tuple[str, str, int | None]:
    asked = HostRefused("The account's address has to be the root of its host, such as https://acme.pipedrive.com.")
    try:
        scheme, host, port, path = _taken_apart(url)
    except HostRefused:
        raise asked from None
    if path.strip("/") or "#" in url:
        raise asked
    return scheme, host, port


def _taken_apart(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port, path. The address is put together again from them, so nothing that parsers read in two ways gets through."""
    refused = HostRefused("Pipedrive says that a file is kept at something that is no address of the web.")
    if not PLAIN.fullmatch(url) or "\\" in url:
        raise refused
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        raise refused from None
    if split.scheme not in DEFAULT_PORTS or not host or not HOST.fullmatch(host) or "@" in split.netloc:
        raise refused
    return split.scheme, host, port, (split.path or "/") + (f"?{split.query}" if split.query else "")
