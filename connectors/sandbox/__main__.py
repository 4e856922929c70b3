"""python -m connectors.sandbox --db FILE --port N: prints one line of JSON when it is ready, then serves until it is told to stop."""

import argparse
import json
import os
import signal
import threading
from types import FrameType

from .app import Application
from .http import Server
from .store import Store


def main() -> None:
    options = _options()
    store = Store(options.db)
    application = Application(store, options.control_token)
    with Server((options.host, options.port), application) as server:
        port = server.server_address[1]
        threading.Thread(target=_keep_books, args=(application, options.parent), daemon=True).start()
        signal.signal(signal.SIGTERM, _stop)
        print(json.dumps({"url": f"http://{options.host}:{port}", "pid": os.getpid()}), flush=True)
        try:
            server.serve_forever(poll_interval=60)
        except KeyboardInterrupt:
            pass
        finally:
            application.keep_books()


def _keep_books(application: Application, parent: int) -> None:
    application.keep_books_forever(lambda: not parent or os.getppid() == parent)
    os._exit(0)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description="An embedded Pipedrive to practise on.")
    parser.add_argument("--db", required=True, help="the SQLite file that holds everything")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--control-token", default="", help="asked for in x-control-token under /sandbox/")
    parser.add_argument("--parent", type=int, default=0, help="end when the process with this id is gone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
