"""What a load of twenty thousand records costs until all phases are closed, by the sandbox's own count."""

import tempfile
from math import ceil
from pathlib import Path
from typing import Any

from connectors.sources.results.sample import write_contacts_csv
from tests.benchmarks.measuring import apart, show, stopwatch

PAGE = 500


def run(records: int = 20_000) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        answer = apart("tokens:whole_move", Path(folder) / "data", records=records)
    more = answer["tokens"] / answer["formula"] - 1
    show(
        f"tokens for {answer['records']:,} records, from connecting the account until all phases are closed",
        [
            ("beside API.md 13.2 with setup", f"{more:+.2%} ({answer['tokens']:,} beside {answer['formula']:,})", "at most 2% more"),
            ("of it before the first record", f"{answer['setup']:,} tokens", ""),
            ("the load", f"{answer['seconds']:.0f} s, {answer['state']}", "finished"),
        ],
    )


def whole_move(records: int) -> dict[str, Any]:
    from connectors.sandbox import launch
    from migrations_app.services import lifecycle, working
    from tests.benchmarks import ground

    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder, launch.start(Path(folder) / "pipedrive.sqlite3") as sandbox:
        path = Path(folder) / "contacts.csv"
        write_contacts_csv(path, records * 5 // 6)  # each five contacts bring a company
        account = ground.connected(ground.mapped(path), sandbox.url)
        setup = _tokens(sandbox)
        with stopwatch() as took:
            load = lifecycle.start(account, user=ground.root())
            lifecycle.push(load, user=ground.root())
            load = working.work_through(load, patience=60, progress=lambda text: None)
        made = {phase.entity: phase.report["created"] for phase in load.phases.all()}
        return {
            "records": sum(made.values()),
            "formula": setup + sum(5 * count + 10 * ceil(count / PAGE) for count in made.values()),
            "tokens": _tokens(sandbox),
            "setup": setup,
            "seconds": took(),
            "state": load.state,
        }


def _tokens(sandbox: Any) -> int:
    return int(sandbox.control().counters("target")["tokens"])
