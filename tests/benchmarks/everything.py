"""Contacts with all that hangs on them beside bare posts of the same bodies, kind by kind and over the whole; planning apart.

A kind that fills only one batch is left out: the batch that ends a phase also reads it back. With 15,000 contacts all are in.
"""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks import crm_package
from tests.benchmarks.loading import Pace, paces
from tests.benchmarks.measuring import apart, middle, show, stopwatch

CONTACTS = 3_000  # a fifth of the whole; the proportions are the same
WANTED = 0.80


def run(contacts: int = CONTACTS) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        took = apart("everything:beside", Path(folder) / "data", contacts=contacts)
    rates = "{ratio:.0%} ({ours:,.0f} records/s beside {bare:,.0f} bare posts/s)".format
    lines = [(f"{kind['records']:,} × {name}", rates(**kind), "") for name, kind in took["kinds"].items()]
    lines.append(("all of these, each kind by its number", f"{took['ratio']:.0%}", f"at least {WANTED:.0%}"))
    lines += [(f"{count:,} × {name}", "in one batch only: not measured", "") for name, count in took["unmeasured"].items()]
    planned = f"{took['planning']:.0f} s; {took['with_planning']:.0%} with that"
    lines.append(("planning them before", planned, ""))
    lines.append(("memory", f"{took['peak']:.0f} MB", ""))
    show(f"{contacts:,} contacts with all that hangs on them, SQLite, limits off (medians over batches)", lines)


# --- in a process of its own -------------------------------------------------------------------------------------------


def beside(contacts: int) -> dict[str, Any]:
    from connectors.sandbox import launch
    from migrations_app.models import RecordLink
    from migrations_app.services import audit, lifecycle
    from tests.benchmarks import ground

    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder, launch.start(Path(folder) / "pipedrive.sqlite3") as sandbox:
        package = Path(folder) / "package"
        crm_package.write(package, contacts)
        made = ground.mapped(package)
        account = ground.connected(made, sandbox.url)
        audit.refresh(made, user=ground.root())
        with stopwatch() as planning:
            load = lifecycle.start(account, user=ground.root())
        lifecycle.push(load, user=ground.root())
        measured = list(paces(load))
    records = Counter(RecordLink.objects.filter(run=load, state="created").values_list("entity", flat=True))
    return _together(records, measured, planning())


def _together(records: Counter[str], measured: list[Pace], planning: float) -> dict[str, Any]:
    kinds = {}
    for entity in dict.fromkeys(pace.entity for pace in measured):
        mine = [{"ours": pace.ours, "bare": pace.bare, "ratio": pace.ratio} for pace in measured if pace.entity == entity]
        kinds[entity] = {name: middle(mine, name) for name in mine[0]} | {"records": records[entity]}
    ours, bare = (sum(kind["records"] / kind[side] for kind in kinds.values()) for side in ("ours", "bare"))
    together = {"ratio": bare / ours, "planning": planning, "with_planning": bare / (ours + planning)}
    return {"kinds": kinds, **together, "unmeasured": {name: count for name, count in records.items() if name not in kinds}}
