"""Where downloads can be sent to (the setting `file_host` of an account): a host of storage, which knows signed links and no token."""

from hashlib import sha256

from .http import Request, Response
from .store import Store

PREFIX = "/storage/"


def link(host: str, file_id: int, content: bytes) -> str:
    return f"{host.rstrip('/')}{PREFIX}{file_id}?signature={sha256(content).hexdigest()}"


def answer(store: Store, request: Request) -> Response:
    """As such hosts do, it refuses a request that tells who asks besides the link's own signature."""
    if "x-api-token" in request.headers or "authorization" in request.headers:
        return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
    number = request.path.removeprefix(PREFIX)
    with store.lock:
        content = store.content(int(number)) if number.isascii() and number.isdigit() else b""
    if request.method != "GET" or request.query.get("signature") != sha256(content).hexdigest():
        return _refused(403, "SignatureDoesNotMatch", "The link does not hold")
    return Response(200, content, "application/octet-stream")


def _refused(status: int, code: str, text: str) -> Response:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{text}</Message></Error>"
    return Response(status, body.encode(), "application/xml")
