"""Which addresses may get the token: Pipedrive's own, and those that the operator named."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from connectors.errors import HostRefused

OWN_HOST = re.compile(r"(?:[a-z0-9-]+\.)+pipedrive\.com")
PLAIN = re.compile(r"[\x21-\x7e]+")
DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_root(url: str, extra_hosts: Iterable[str] = ()) -> str:
    """The root of an account's host, `https://acme.pipedrive.com`; HostRefused for anything else than a root that may be used."""
    scheme, host, port = _parts(url)
    named = f"[{host}]" if ":" in host else host
    default = DEFAULT_PORTS[scheme]
    if {f"{named}:{port or default}", named if port in (None, default) else ""} & {extra.strip().lower() for extra in extra_hosts} - {""}:
        return f"{scheme}://{named}" if port is None else f"{scheme}://{named}:{port}"
    if scheme == "https" and port in (None, default) and OWN_HOST.fullmatch(host):
        return f"https://{host}"
    if OWN_HOST.fullmatch(host):
        raise HostRefused(f"{scheme}://{named} is refused: Pipedrive is reached by https on its usual port, https://{host}.")
    raise HostRefused(
        f"{named}:{port or default} is not a Pipedrive host (https://COMPANY.pipedrive.com). "
        f"To use it all the same, name it in PIPEDRIVE_EXTRA_HOSTS."
    )


def _parts(url: str) -> tuple[str, str, int | None]:
    """Scheme, host, port. The address is put together again from them, so nothing that parsers read in two ways gets through."""
    asked = HostRefused("The account's address has to be the root of its host, such as https://acme.pipedrive.com.")
    if not PLAIN.fullmatch(url) or "\\" in url:
        raise asked
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        raise asked from None
    extras = (split.path.strip("/"), split.query, split.fragment, split.username, split.password)
    if split.scheme not in DEFAULT_PORTS or not host or any(extras):
        raise asked
    return split.scheme, host, port
