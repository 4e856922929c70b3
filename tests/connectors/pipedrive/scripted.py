"""A server over real HTTP that answers what a test tells it to, in order, and remembers what it was asked."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """`declared` is the Content-Length when it should lie; `after` are seconds before answering; `drop` closes without a word."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None
    after: float = 0.0
    drop: bool = False


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ok(data: Any = None, **additional: Any) -> Answer:
    return Answer(body={"success": True, "data": data, "additional_data": additional or None})


class Scripted(ThreadingHTTPServer):
    """Answers from `script` in order, then with `always` (an Answer, or a function of Asked)."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Answer] = deque()
        self.always: Any = ok()
        self.asked: list[Asked] = []
        self.clients: list[Any] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of these tests."""

    @property
    def connections(self) -> int:
        return len(self.clients)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def next_answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.script:
            return self.script.popleft()
        return self.always(asked) if callable(self.always) else self.always


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Scripted

    def setup(self) -> None:
        self.server.clients.append(self.client_address)  # from many threads, where adding up could lose one
        super().setup()

    def answer(self) -> None:
        split = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.next_answer(Asked(self.command, split.path, dict(parse_qsl(split.query)), headers, body, time.monotonic()))
        if answer.after:
            time.sleep(answer.after)
        if answer.drop:
            self.close_connection = True
            return
        self.write(answer)

    def write(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(answer.declared or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or answer.declared is not None

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""
