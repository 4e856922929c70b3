"""The bytes of a file, also where Pipedrive only answers where they lie: a host of storage, which never gets the token."""

from collections.abc import Mapping
from urllib.parse import quote, urljoin

import requests

from connectors.errors import HostRefused, OutcomeUnknown, PipedriveError
from connectors.pipedrive.answers import REDIRECTS, Reply
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.hosts import elsewhere
from connectors.pipedrive.http import Door, reason_of, repeating

MOST_REDIRECTS = 3
MOST_BYTES = 512 * 1024 * 1024  # of a foreign host; far above what Pipedrive takes
AS_IT_STANDS = "%/:=&?~#+!$,;'@()*[]"  # of an address; what else it holds is text that nobody has quoted
PASSING = (408, 425, 429)  # and all of the server's own failures


def content(door: Door, path: str, *, most: int = MOST_BYTES) -> bytes:
    """Tried again from the beginning, as links to storage hold for moments only. HostRefused for one that may not be followed."""
    found: bytes = repeating("GET")(_once)(door, path, most)
    return found


def _once(door: Door, path: str, most: int) -> bytes:
    """The token goes to the account's own root only, and no more once an answer has pointed away from it."""
    price = cost_of("GET", path)
    reply = door.send("GET", path, raw=True)
    where, at_home = door.root + path, True
    for _ in range(MOST_REDIRECTS):
        if reply.status < 300:
            break
        where = _joined(where, reply.headers["location"])
        root, path = elsewhere(where, door.extra_hosts)
        at_home = at_home and root == door.root
        reply = door.send("GET", path, raw=True, price=price) if at_home else _fetched(root, path, door.timeout, most)
    if reply.status >= 300:
        raise PipedriveError(f"The download of a file points to another address more than {MOST_REDIRECTS} times.", status=reply.status)
    found: bytes = reply.data
    return found


def _joined(where: str, location: str) -> str:
    try:
        return urljoin(where, quote(location.encode("latin-1", "replace"), safe=AS_IT_STANDS))
    except ValueError:
        return ""  # which is no address either


def _fetched(root: str, path: str, timeout: tuple[float, float], most: int) -> Reply:
    """From a host that is not the account's. No text of an error holds the path: it is as good as a password."""
    try:
        with requests.Session() as session:
            session.trust_env = root.startswith("https:")
            session.auth = lambda request: request  # keeps credentials of a .netrc file away
            asked = session.get(root + path, headers={"user-agent": "crossdock"}, timeout=timeout, stream=True, allow_redirects=False)
            with asked as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return _judged(root, answer.status_code, headers, _bounded(root, answer, most))
    except (requests.RequestException, OSError) as error:
        reason = reason_of(error)
    raise OutcomeUnknown(f"A file could not be read from {root}, where Pipedrive keeps it: {reason}.")


def _bounded(root: str, answer: requests.Response, most: int) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(65_536):
        body += piece
        if len(body) > most:
            raise PipedriveError(f"{root} gives more than {most:,} bytes for a file; no file in Pipedrive is that large.")
    return bytes(body)


def _judged(root: str, status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    if 200 <= status < 300 or (status in REDIRECTS and headers.get("location")):
        return Reply(status, body, {}, headers, None)
    if status >= 500 or status in PASSING:
        raise OutcomeUnknown(f"{root}, where Pipedrive keeps a file, failed ({status}).", status=status)
    raise HostRefused(f"{root}, where Pipedrive says that a file is kept, does not give it ({status}).", status=status)
