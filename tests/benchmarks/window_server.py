"""A server that counts the requests of any two seconds and turns away what is more than its cap, at the end of a long or a short way."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import deque

WINDOW = 2.0


class Window:
    """Moments of arrival, and how many of them were too many."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.arrivals: list[float] = []
        self.turned_away = 0
        self._newest: deque[float] = deque()

    def takes(self) -> bool:
        now = time.monotonic()
        while self._newest and self._newest[0] <= now - WINDOW:
            self._newest.popleft()
        if len(self._newest) >= self.cap:
            self.turned_away += 1
            return False
        self._newest.append(now)
        self.arrivals.append(now)
        return True


async def _serve(window: Window, latency: float, spread: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def on_the_way() -> None:
        if latency:
            await asyncio.sleep(random.uniform(latency - spread, latency + spread) / 2)

    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            await on_the_way()
            body = b'{"success":true,"data":{"id":1}}'
            status = b"201 Created" if window.takes() else b"429 Too Many Requests"
            await on_the_way()
            writer.write(b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cap", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds there and back")
    parser.add_argument("--spread", type=float, default=0.0)
    options = parser.parse_args()
    window = Window(options.cap)
    server = await asyncio.start_server(
        lambda reader, writer: _serve(window, options.latency, options.spread, reader, writer), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started it has enough
    print(json.dumps({"arrivals": window.arrivals, "turned_away": window.turned_away}), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
