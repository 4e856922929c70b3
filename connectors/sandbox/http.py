"""HTTP/1.1 with keep-alive on plain sockets: little work per request, and full say over when a connection breaks."""

import socket
import socketserver
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedIOBase
from urllib.parse import parse_qsl, unquote

MOST_BODY = 256 * 1024 * 1024
MOST_HEADERS = 100
_LINE = 65_536


class BadRequest(Exception):
    """What came is no HTTP that we speak."""


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    close: bool = False

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    keep: float = 1.0  # the share of the bytes that is sent before the connection closes; 1 is an ordinary answer

    def rendered(self, *, close: bool) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", f"Content-Type: {self.content_type}"]
        lines += [f"Content-Length: {len(self.body)}", f"Connection: {'close' if close else 'keep-alive'}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Server(socketserver.ThreadingTCPServer):
    """One thread per connection; `application` may be called from all of them at once."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], application: Callable[[Request], Response]) -> None:
        self.application = application
        super().__init__(address, Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is nothing to report
            traceback.print_exc()


class Connection(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        channel: socket.socket = self.request
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with channel.makefile("rb") as stream:
            while self._one(channel, stream):
                pass

    def _one(self, channel: socket.socket, stream: BufferedIOBase) -> bool:
        """Serves one request; False where the connection is over."""
        try:
            request = read_request(stream, lambda: channel.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"))
        except BadRequest as problem:
            channel.sendall(Response(400, str(problem).encode(), "text/plain").rendered(close=True))
            return False
        if request is None:
            return False
        response = self.server.application(request)
        data = response.rendered(close=request.close)
        if response.keep < 1:
            head = len(data) - len(response.body) if response.keep else 0
            channel.sendall(data[: head + int(len(response.body) * response.keep)])
            return False
        channel.sendall(data)
        return not request.close


def read_request(stream: BufferedIOBase, go_on: Callable[[], None]) -> Request | None:
    """The next request of a connection, None where the client has closed it."""
    line = stream.readline(_LINE)
    if not line.strip():
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("Malformed request line")
    method, target, protocol = parts
    headers = _read_headers(stream)
    if headers.get("expect", "").lower() == "100-continue":
        go_on()
    path, _, query = target.partition("?")
    connection = headers.get("connection", "").lower()
    close = connection == "close" or (protocol == "HTTP/1.0" and connection != "keep-alive")
    values = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    return Request(method, unquote(path), values, headers, _read_body(stream, headers), close)


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = stream.readline(_LINE)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest("Malformed header")
        headers[name.strip().lower()] = value.strip()
    raise BadRequest("Too many headers")


def _read_body(stream: BufferedIOBase, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    text = headers.get("content-length", "0")
    if not text.isdigit() or int(text) > MOST_BODY:
        raise BadRequest("Bad Content-Length")
    body = stream.read(int(text))
    if len(body) < int(text):
        raise ConnectionError("the client went away in the middle of a body")
    return body


def _read_chunks(stream: BufferedIOBase) -> bytes:
    parts, total = [], 0
    while True:
        try:
            size = int(stream.readline(_LINE).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest("Malformed chunk") from error
        total += size
        if total > MOST_BODY:
            raise BadRequest("The body is too large")
        parts.append(stream.read(size))
        stream.readline(_LINE)
        if size == 0:
            return b"".join(parts)
