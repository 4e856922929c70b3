"""A small project, ready to load into a company of a sandbox Pipedrive, and a clock that the tests move on by hand."""

import csv
import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from redis import Redis

from migrations_app.models import LinkEvent, PipedriveAccount, Project, RecordLink, Run
from migrations_app.services import approving, clock, connecting, intake, lifecycle, loading, prepare, projects, proposing, schema, working
from migrations_app.services.building import Builder, source_id
from migrations_app.services.watching import Watch

SCALE = 0.02
TIMEOUT = (1.0, 2.0)
DOMAIN = "harbour"
PAUSE = 1.0
WINDOW = 0.05  # seconds: the plan\'s requests are counted as in earnest, but nobody waits long
DUE = 15.0  # seconds after which, at this scale, a lost answer has been looked for twice

COMPANIES = ("<b>O'Hara & Söhne</b>", "Harbour Works", "Maple Studios", "=1+1 GmbH", "Łódź Sp. z o.o.", "東京商事")


class Clock:
    """The ledger's clock, ahead of the machine's by what was slept through."""

    def __init__(self, monkeypatch: Any) -> None:
        self._ahead = 0.0
        real: Callable[[], datetime] = clock.db_now
        monkeypatch.setattr(clock, "db_now", lambda: real() + timedelta(seconds=self._ahead))
        monkeypatch.setattr(working, "time", SimpleNamespace(monotonic=self._monotonic, sleep=self.sleep))

    def _monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += seconds


class Ground:
    """`load` is what the command line does: plan or take up, push, work inline."""

    def __init__(self, sandbox: Any, settings: Any, ledger_clock: Clock, folder: Path) -> None:
        settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(sandbox.url).netloc]
        settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = SCALE, TIMEOUT
        settings.PIPEDRIVE_WINDOW, settings.PIPEDRIVE_PAUSE = WINDOW, PAUSE
        self.sandbox, self.control, self.clock = sandbox, sandbox.control(), ledger_clock
        self.user = User.objects.create_superuser("boss")
        self.project = projects.create(name="Move", slug="move", source="results", user=self.user, timezone="UTC", currency="EUR")
        self._folder, self._settings = folder, settings

    def stage(self, *, companies: Sequence[str] = COMPANIES, deals: Sequence[str] = (), currencies: Sequence[str] = ()) -> "Ground":
        write(self._folder / "companies.csv", ("Company ID", "Company Name"), [(f"CO-{n}", name) for n, name in enumerate(companies, 1)])
        if deals:
            money = zip_longest(deals, currencies, fillvalue="EUR")
            rows = [(f"OP-{n}", title, "CO-1", "100.50", currency) for n, (title, currency) in enumerate(money, 1)]
            write(self._folder / "opportunities.csv", ("Opportunity ID", "Title", "Company ID", "Value", "Currency"), rows)
        intake.take_in(self.project, self._folder, kind="full", user=self.user)
        proposing.propose_map(self.project, user=self.user)
        approving.approve(self.project, user=self.user)
        return self

    def connect(self, *, role: str = "staging", plan: str = "premium", **company: Any) -> "Ground":
        users = [{"name": "Admin", "email": "admin@target.example", "is_admin": True}]
        company = {"limits": {"window": False}} | company
        made = self.control.create_account("Target", domain=DOMAIN, plan=plan, seats=1, users=users, **company)
        self.token = made["users"][0]["token"]
        self.account = connecting.attach(
            self.project, role=role, url=self.sandbox.url, token=self.token, plan=plan, seats=1, user=self.user
        )
        prepare.prepare(self.account, user=self.user)
        self.account.refresh_from_db()
        return self

    # --- loading -----------------------------------------------------------------------------------------------------

    def plan(self) -> Run:
        return lifecycle.start(PipedriveAccount.objects.select_related("project").get(pk=self.account.pk), user=self.user)

    def load(self, *, patience: float = 60.0) -> Run:
        run = self.plan()
        lifecycle.push(run, user=self.user)
        return working.work_through(run, patience=patience, progress=lambda text: None)

    def let_go(self, run: Run) -> None:
        lifecycle.push(run, user=self.user)

    def pause(self, run: Run) -> None:
        lifecycle.pause(run, user=self.user)

    def load_on(self, run: Run) -> Run:
        return working.work_through(run, patience=60.0, progress=lambda text: None)

    def sent_but_not_compared(self) -> Run:
        """Everything is in the account; the lists cannot be read at the moment, so no phase is closed."""
        self.plan()  # which reads them
        self.control.faults({"kind": "503", "methods": ["GET"], "paths": "/organizations"})
        run = self.load(patience=0)
        self.control.faults()
        assert self.states() == {"created": len(self.live())}
        return run

    def work(self, worker: Any, lease: Any) -> bool:
        """True if the batch was worked to its end, False if the lease was lost on the way."""
        try:
            return loading.work_batch(worker, lease, until=math.inf)
        except loading.LeaseLost:
            return False

    def die_sending(self, worker: Any, lease: Any) -> None:
        """The records are made, and the process dies before it writes that down."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(loading, "record", lambda *outcomes: None)
            self.work(worker, lease)

    def worker(self, run: Run, owner: str = "one") -> Any:
        """A worker of its own with a lease on the first batch that can be worked."""
        batch = lifecycle.advance(run).batches[0]
        lease = loading.claim(batch, owner)
        assert lease is not None
        phase = batch.phase
        client = connecting.client_for(run.account)
        return loading.Worker(run, client, Builder(run, phase.entity, phase.object), owner, Watch(run, phase, client)), lease

    # --- looking -----------------------------------------------------------------------------------------------------

    def states(self, entity: str = "organization") -> dict[str, int]:
        found: dict[str, int] = {}
        for state in RecordLink.objects.filter(entity=entity).values_list("state", flat=True):
            found[str(state)] = found.get(str(state), 0) + 1
        return found

    def link(self, key: str) -> RecordLink:
        return RecordLink.objects.get(key=key)

    def verbs(self, key: str) -> list[str]:
        return list(LinkEvent.objects.filter(link__key=key).values_list("verb", flat=True))

    def live(self, entity: str = "organization") -> dict[str, dict[str, Any]]:
        """{key: record} of what stands in the account; a key that stands there twice fails here."""
        code = self.source_id_code(entity)
        found: dict[str, dict[str, Any]] = {}
        for record in self.control.records(DOMAIN, entity):
            mark = str((record.get("custom_fields") or {}).get(code)).removeprefix(source_id(self.project, ""))
            if not record.get("is_deleted"):
                assert mark not in found, f"{mark} is there twice"
                found[mark] = record
        return found

    def source_id_code(self, entity: str = "organization") -> str:
        return schema.account_schema(self.account).fields[entity, schema.SOURCE_ID]

    def posts(self, entity: str = "organizations") -> int:
        return int(self.control.counters(DOMAIN)["requests_by_operation"].get(f"POST v2 /{entity}", 0))

    def by_hand(self, method: str, path: str, body: Any = None) -> Any:
        return self.control.act(DOMAIN, method, f"/api/v2/{path}", body)

    def forget_the_hold(self) -> None:
        """The limiter's own clock is Redis's, which no test moves on."""
        redis = Redis.from_url(str(self._settings.REDIS_URL))
        for key in redis.scan_iter("*:hold"):
            redis.delete(key)

    def allow_host(self, host: str) -> None:
        self._settings.PIPEDRIVE_EXTRA_HOSTS = [*self._settings.PIPEDRIVE_EXTRA_HOSTS, host]


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def other_project(name: str) -> Project:
    return Project.objects.create(name=name, slug=name.lower(), source="results", timezone="UTC", currency="EUR")
