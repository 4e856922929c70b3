"""What undoing a run takes: time, and memory that must not grow with the run."""

import tempfile
from pathlib import Path
from typing import Any

from connectors.sources.results.sample import write_contacts_csv
from tests.benchmarks.measuring import apart, peak_memory, show, stopwatch


def run(records: int = 10_000) -> None:
    much, little = _undone(records), _undone(records // 5)
    show(
        f"rollback of {much['records']:,} records",
        [
            ("memory it adds", f"{much['added']:.0f} MB; of {little['records']:,} records {little['added']:.0f} MB", "the same"),
            ("peak of the process", f"{much['peak']:.0f} MB; of {little['records']:,} records {little['peak']:.0f} MB", ""),
            ("it took", f"{much['seconds']:.0f} s, {much['left']} records are left", "none left"),
        ],
    )


def _undone(records: int) -> dict[str, Any]:
    from connectors.sandbox import launch

    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder, launch.start(Path(folder) / "pipedrive.sqlite3") as sandbox:
        path = Path(folder) / "contacts.csv"
        write_contacts_csv(path, records * 5 // 6)  # each five contacts bring a company
        apart("rollback:load", Path(folder) / "data", path=str(path), address=sandbox.url)
        return apart("rollback:undo", Path(folder) / "data", address=sandbox.url)


# --- in processes of their own -----------------------------------------------------------------------------------------


def load(path: str, address: str) -> dict[str, Any]:
    from migrations_app.services import lifecycle, working
    from tests.benchmarks import ground

    account = ground.connected(ground.mapped(Path(path)), address)
    made = lifecycle.start(account, user=ground.root())
    lifecycle.push(made, user=ground.root())
    return {"state": working.work_through(made, patience=60, progress=lambda text: None).state}


def undo(address: str) -> dict[str, Any]:
    from migrations_app.models import RecordLink, Run
    from migrations_app.services import rollback
    from migrations_app.services.reach import Scope
    from tests.benchmarks import ground

    ground.allow(address)
    run = Run.objects.get()
    created = RecordLink.objects.filter(run=run, state="created")
    records, before = created.count(), peak_memory()
    with stopwatch() as took:
        rollback.begin(run, Scope(), user=ground.root())
        rollback.work_through(run, patience=60)
    return {"records": records, "left": created.count(), "added": peak_memory() - before, "seconds": took()}
