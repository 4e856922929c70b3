"""One storm: a load while processes die at seeded random points and Pipedrive answers as badly as it can."""

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from migrations_app.models import RecordLink
from tests.chaos import world
from tests.chaos.people import People
from tests.chaos.processes import ROOT, Supervised, manage

KINDS = "organizations|persons|deals|products|activities|notes|files|callLogs|organizationRelationships"
LIST_OR_RECORD = f"/api/v[12]/({KINDS})(/|$)"
FAULTS: list[dict[str, Any]] = [
    {"kind": "429", "share": 0.008, "retry_after": 1},
    {"kind": "429", "share": 0.008},
    {"kind": "500", "share": 0.01},
    {"kind": "502", "share": 0.01},
    {"kind": "503", "share": 0.01},
    {"kind": "500", "share": 0.01, "after": True},
    {"kind": "drop_before", "share": 0.015},
    {"kind": "drop_after", "share": 0.015},
    {"kind": "truncate", "share": 0.015},
    {"kind": "slow", "share": 0.03, "seconds": 0.3},
    {"kind": "late", "share": 0.006, "seconds": 3.0},
]
EVENTS = {
    "worker": 40,
    "worker's parent": 8,
    "worker's child": 12,
    "command": 12,
    "clock": 8,
    "web": 4,
    "valkey": 8,
    "frozen worker": 5,
    "emptied Redis": 3,
    "database connections": 16,  # with PostgreSQL
}
PATIENCE = 240.0  # seconds that a load of the basic kinds may take before it counts as stuck; of all kinds, twice that


@dataclass
class Storm:
    """`tell` is given a line now and then; `kills` counts by what was hit."""

    processes: dict[str, Supervised]
    environment: dict[str, str]
    folder: Path
    sandbox: Any
    redis_url: str
    seed: int
    tell: Callable[[str], None]
    basic: bool = False  # companies, contacts and deals alone
    pause: tuple[float, float] = (0.8, 3.2)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    loads: int = 0
    records: int = 0
    verdict: world.Verdict = field(default_factory=world.Verdict)

    def __post_init__(self) -> None:
        self._lot = random.Random(self.seed)
        self._command: subprocess.Popen[bytes] | None = None
        self._next_kill = 0.0

    def load(self, size: int, kills: int) -> None:
        """One project from its files to its last closed phase, with at most `kills` kills on the way."""
        self.loads += 1
        name = f"Storm {self.seed} {self.loads}"
        package = world.Package(self.folder / f"export-{self.loads}").write(self._lot, size, basic=self.basic)
        control = self.sandbox.control()
        slug = world.connect(control, self.sandbox.url, name, os.environ, package)
        people = People(control, slug, world.source_id_codes(slug), self._lot, most=max(3, size // 8))
        control.faults(*({**fault, "paths": LIST_OR_RECORD} for fault in FAULTS), seed=self._lot.randrange(1 << 30))
        began, before = time.monotonic(), sum(self.kills.values())
        try:
            self._until_finished(slug, before + kills, people)
        finally:
            self._end_command()
            control.faults()
        self.faults = Counter(control.faults_fired())
        self.records += package.count
        self._all_alive()
        found = world.judge(control, slug, package, people)
        self.people += people.did
        self.verdict.lost, self.verdict.doubled = self.verdict.lost + found.lost, self.verdict.doubled + found.doubled
        self.verdict.wrong += found.wrong
        hits = sum(self.kills.values()) - before
        took = time.monotonic() - began
        self.tell(f"load {self.loads}: {package.count} records, {hits} kills, {took:.0f} s, lost {found.lost}, doubled {found.doubled}")

    # --- driving -------------------------------------------------------------------------------------------------------

    def _until_finished(self, slug: str, most: int, people: People) -> None:
        """What a patient person does: load, and where that ended early, load again; failed records are tried again."""
        patience = PATIENCE if self.basic else 2 * PATIENCE
        deadline = time.monotonic() + patience
        next_visit = time.monotonic() + self.pause[1]
        self._plan_kill()
        while time.monotonic() < deadline:
            if self._command is None:
                self._start_command("load", slug, "--role", "staging", "--wait", "--patience", "60")
            if (status := self._command.poll()) is not None:  # type: ignore[union-attr]
                self._command = None
                if status == 0 and not self._retry(slug):
                    return
            if time.monotonic() > self._next_kill and sum(self.kills.values()) < most:
                self._strike()
                self._plan_kill()
            if time.monotonic() > next_visit:
                people.visit()
                next_visit = time.monotonic() + self._lot.uniform(*self.pause)
            for process in self.processes.values():
                process.keep_alive()
            time.sleep(0.1)
        self.verdict.wrong.append(f"{slug} was not finished after {patience:.0f} seconds")

    def _all_alive(self) -> None:
        """Whoever was frozen or killed last stands again before the account is looked at."""
        for process in self.processes.values():
            process.frozen_until = min(process.frozen_until, time.monotonic())
            process.keep_alive()
        redis, until = Redis.from_url(self.redis_url), time.monotonic() + 20
        while time.monotonic() < until:
            try:
                redis.ping()
                return
            except RedisError:
                time.sleep(0.1)

    def _retry(self, slug: str) -> bool:
        """Whether records that Pipedrive failed with three times are on their way again; what hangs on nothing any more is not."""
        refused = RecordLink.objects.filter(account__project__slug=slug, state="refused", reason="server error").exists()
        if refused:
            self._start_command("retry", slug, "--role", "staging")
        return refused

    def _start_command(self, *words: str) -> None:
        with (self.folder / "command.log").open("ab") as log:
            self._command = subprocess.Popen(
                manage("crossdock", *words, "--json", "--by", "boss"), cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def _end_command(self) -> None:
        if self._command is not None:
            self._command.kill()
            self._command.wait()
            self._command = None

    # --- striking ------------------------------------------------------------------------------------------------------

    def _plan_kill(self) -> None:
        self._next_kill = time.monotonic() + self._lot.uniform(*self.pause)

    def _strike(self) -> None:
        event = self._lot.choices(list(EVENTS), list(EVENTS.values()))[0]
        worker = self.processes[self._lot.choice(("worker-1", "worker-2"))]
        if worker.frozen_until and event.startswith("worker"):
            event = "command"  # who is frozen is not killed as well
        if self._carry_out(event, worker):
            self.kills[event] += 1

    def _carry_out(self, event: str, worker: Supervised) -> bool:
        if event == "worker":
            worker.kill()
        elif event == "worker's parent":
            worker.kill_parent()
        elif event == "worker's child":
            return worker.kill_child()
        elif event == "command":
            self._end_command()
        elif event == "frozen worker":
            if worker.frozen_until:
                return False
            worker.freeze(self._lot.uniform(2.0, 14.0))
        elif event == "emptied Redis":
            return self._empty_redis()
        elif event == "database connections":
            return _cut_connections()
        else:
            self.processes[event].kill()
        return True

    def _empty_redis(self) -> bool:
        try:
            Redis.from_url(self.redis_url).flushall()
        except RedisError:
            return False  # it is being started again
        return True


def _cut_connections() -> bool:
    """All but our own; SQLite has none."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    return True
