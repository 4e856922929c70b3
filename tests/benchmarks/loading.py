"""Loading beside bare posts of the same bodies: to the sandbox, and to a server that keeps nothing."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measuring import ROOT, apart, show, stopwatch

THREADS = 4
LEAST = 100  # records of a batch that tells something
Post = tuple[str, dict[str, Any]]


def run(rows: int = 6_000) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        sandbox = apart("loading:beside", Path(folder) / "sandbox", rows=rows, null=False)
        nothing = apart("loading:beside", Path(folder) / "null", rows=rows, null=True)
    lines = []
    for name, answer, wanted in (("sandbox", sandbox, 0.90), ("null server", nothing, 0.55)):
        rates = f"{answer['ours']:,.0f} records/s beside {answer['bare']:,.0f} bare posts/s"
        lines.append((f"to the {name}", f"{answer['ratio']:.0%} ({rates})", f"at least {wanted:.0%}"))
    show("loading, limits off, 4 threads, one process (medians over batches of 500)", lines)


# --- in a process of its own -------------------------------------------------------------------------------------------


def beside(rows: int, null: bool) -> dict[str, Any]:
    """Batch by batch: ours, then the same bodies by plain requests, to the same server."""
    from connectors.sandbox import launch
    from connectors.sources.results.sample import write_contacts_csv
    from tests.benchmarks import ground

    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder, launch.start(Path(folder) / "pipedrive.sqlite3") as sandbox:
        path = Path(folder) / "contacts.csv"
        write_contacts_csv(path, rows)
        made = ground.mapped(path)
        if not null:
            return _measured(ground.connected(made, sandbox.url))
        with null_server() as url:
            account = ground.connected(made, sandbox.url, url)
            return _measured(account, url)


@contextmanager
def null_server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.null_server"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


def _measured(account: Any, url: str = "") -> dict[str, Any]:
    from migrations_app.services import lifecycle
    from tests.benchmarks import ground

    load = lifecycle.start(account, user=ground.root())
    lifecycle.push(load, user=ground.root())
    if url:  # planned and prepared for the sandbox, sent to nowhere
        type(account).objects.filter(pk=account.pk).update(url=url)
        load.account.refresh_from_db()
    measured = list(paces(load))
    return {name: median(getattr(each, name) for each in measured) for name in ("ours", "bare", "ratio")}


@dataclass(frozen=True, slots=True)
class Pace:
    """Records a second of one batch, and bare posts of its bodies after it."""

    entity: str
    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def paces(load: Any) -> Iterator[Pace]:
    """Works a run that was pushed, batch by batch. Batches of a few records tell nothing, and the last one also reads its phase back."""
    from migrations_app.services import lifecycle, working

    while batches := lifecycle.advance(load).batches:
        for batch in batches:
            closing = batch is batches[-1]
            batch.phase.run = load
            with stopwatch() as took:
                working.work(batch, until=float("inf"))
            posts = _posts(batch)
            if len(posts) >= LEAST and not closing:
                bare = post_all(load.account.url, load.account.token, posts)
                yield Pace(batch.phase.entity, len(posts) / took(), len(posts) / bare)
        _next_phase(load)


def _posts(batch: Any) -> list[Post]:
    """What was sent for the batch: (path, what requests is given)."""
    from connectors.pipedrive.entities import entity
    from migrations_app.models import LinkEvent

    bodies = LinkEvent.objects.filter(link__batch=batch, verb="create").values_list("sent", flat=True)
    path = entity(batch.phase.entity).path
    if batch.phase.entity != "file":
        return [(path, {"json": body}) for body in bodies]
    return [(path, _as_form(body)) for body in bodies]


def _as_form(body: dict[str, Any]) -> dict[str, Any]:
    from migrations_app.models import UploadFile
    from migrations_app.services import attached

    content = attached.location(UploadFile.objects.filter(sha256=body["sha256"]).first()).read_bytes()
    parents = {name: value for name, value in body.items() if name.endswith("_id")}
    return {"files": {"file": (body["name"], content, "application/octet-stream")}, "data": parents}


def post_all(root: str, token: str, posts: Sequence[Post]) -> float:
    """Seconds for the bodies by four threads with a session each."""
    import requests

    local = threading.local()

    def post(what: Post) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.headers["x-api-token"] = token
        path, content = what
        local.session.post(root + path, timeout=30, **content).raise_for_status()

    with ThreadPoolExecutor(THREADS) as pool, stopwatch() as took:
        for _ in pool.map(post, posts):
            pass
    return took()


def _next_phase(load: Any) -> None:
    """Phases are closed by hand: the null server has nothing to read back, and the sandbox has everything twice by now."""
    from django.utils import timezone

    from migrations_app.states import PhaseState, RunState

    done = load.phases.exclude(state=PhaseState.WAITING)
    done.exclude(batches__state__in=("approved", "queued", "leased")).update(state=PhaseState.CLOSED, closed_at=timezone.now())
    type(load).objects.filter(pk=load.pk).update(state=RunState.RUNNING, reason="")
