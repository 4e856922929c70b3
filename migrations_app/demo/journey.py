"""Walks a project through the journey by the verbs of the command line, each as the person whose part it is."""

import io
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.management import CommandError, call_command

from connectors.sandbox.launch import Control
from connectors.sources.results.sample import write_sample
from migrations_app.demo import mailing
from migrations_app.demo.memory import Memory
from migrations_app.demo.people import ADMIN, ANNA, CARL, SAM, join
from migrations_app.demo.table import balanced
from migrations_app.models import Project
from migrations_app.rules.kinds_of_record import many

CUSTOMER = "Larkfield Trading"
COMPANIES = {"staging": f"{CUSTOMER} Rehearsal", "production": CUSTOMER}
PLAN, SEATS = "premium", 10
TOKEN_VARIABLE = "CROSSDOCK_DEMO_TOKEN"
PATIENCE = 600  # seconds for the load
Say = Callable[[str], None]
T = TypeVar("T")


class VerbFailed(Exception):
    """A verb ended with another status than 0; the text is its own."""


class Journey:
    """`say` prints a line for good, `murmur` one that the next may overwrite."""

    def __init__(self, memory: Memory, sandbox: Control, contacts: int, say: Say, murmur: Say) -> None:
        self._memory = memory
        self._sandbox = sandbox
        self._contacts = contacts
        self._say = say
        self._murmur = murmur

    def walk(self) -> bool:
        """From the export to the comparison; whether everything balanced. Every step may be done again, so a demo
        that was interrupted goes on where it was."""
        truth = self._step("sample", self._write_sample, lambda truth: f"{len(truth['files'])} files of {CUSTOMER}")
        self._step("pipedrive", lambda: self._create_companies(truth), lambda _: "two companies in the sandbox: staging and production")
        project = self._project()
        self.reconnect()
        self._verb("intake", CARL, project, str(self._package), tell=_intake)
        self._verb("propose", CARL, project, tell=lambda a: f"{a['rules']} columns: {a['certain']} certain, {a['unsure']} unsure")
        self._verb("approve", ANNA, project)
        self._verb("audit", CARL, project, tell=_audit)
        self._verb("decide", ANNA, project, "--accept-suggestions", "--duplicates", "merge", "--owners", self._fallback(truth))
        self._verb("prepare", SAM, project, "--role", "staging")
        load = self._verb("load", SAM, project, "--role", "staging", "--wait", "--patience", str(PATIENCE), tell=_counts)
        verified = self._verb("verify", SAM, project, "--role", "staging", tell=_counts)
        if balanced(load) and balanced(verified):
            self._memory.load = load
        self._memory.save()
        return bool(self._memory.load)

    def walk_to_decisions(self) -> None:
        """The second project; where that has been done, only what waits in it is told."""
        self._say(f"\n{mailing.CUSTOMER} comes out of Net-Results, as far as the decisions of its people:")
        mailing.walk_to_decisions(self._memory, self._sandbox, self._contacts, self._verb, self._connect)
        self._say(f"  what waits for {ANNA}: {mailing.in_words() or 'nothing'}")

    def reconnect(self) -> None:
        """After a start on another port: the accounts follow."""
        for role in COMPANIES:
            self._connect(self._memory.project, role, role, PLAN, SEATS)
        for name, role in mailing.ACCOUNTS.items():
            if name in self._memory.tokens:
                self._connect(mailing.SLUG, role, name, mailing.PLAN, mailing.SEATS)

    # --- steps -------------------------------------------------------------------------------------------------------

    @property
    def _package(self) -> Path:
        return self._memory.folder / "export"

    def _write_sample(self) -> dict[str, Any]:
        return write_sample(self._package, contacts=self._contacts)

    def _create_companies(self, truth: dict[str, Any]) -> None:
        """In each company the customer's people who still work there are users; the first token is an admin's."""
        known = {account["company_domain"] for account in self._sandbox.accounts()}
        for role in COMPANIES:
            if self._memory.domains.get(role) in known:
                continue
            people = [user for user in truth["owners"]["users"] if user["active"]]
            users = [{"name": p["name"], "email": p["email"], "is_admin": number == 0} for number, p in enumerate(people)]
            made = self._sandbox.create_account(COMPANIES[role], domain=f"larkfield-{role}", plan=PLAN, seats=SEATS, users=users)
            self._memory.domains[role] = made["company_domain"]
            self._memory.tokens[role] = made["users"][0]["token"]
        self._memory.save()

    def _project(self) -> str:
        if not self._memory.project:
            made = self._verb(
                "new", ADMIN, CUSTOMER, "--source", "results", "--timezone", "Europe/Berlin", "--country", "DE", "--currency", "EUR"
            )
            self._memory.project = made["project"]
            self._memory.save()
        join(Project.objects.get(slug=self._memory.project))
        return self._memory.project

    def _connect(self, project: str, role: str, name: str, plan: str, seats: int) -> None:
        """`name` is what the memory calls the account."""
        os.environ[TOKEN_VARIABLE] = self._memory.tokens[name]
        options = ("--role", role, "--url", self._memory.sandbox, "--token-env", TOKEN_VARIABLE, "--plan", plan, "--seats", str(seats))
        try:
            self._verb("account", SAM, project, *options, tell=lambda _: role)
        finally:
            del os.environ[TOKEN_VARIABLE]

    def _fallback(self, truth: dict[str, Any]) -> str:
        return f"fallback={truth['owners']['users'][0]['email']}"

    # --- telling -----------------------------------------------------------------------------------------------------

    def _verb(self, verb: str, by: str, *arguments: str, tell: Callable[[dict[str, Any]], str] = lambda _: "") -> dict[str, Any]:
        return self._step(verb, lambda: run_verb(verb, *arguments, "--by", by, murmur=self._murmur), tell)

    def _step(self, name: str, work: Callable[[], T], tell: Callable[[T], str]) -> T:
        started = time.monotonic()
        result = work()
        self._say(f"  {name:<10} {time.monotonic() - started:6.1f} s   {tell(result)}".rstrip())
        return result


class _Progress(io.StringIO):
    """What a verb says on stderr while it works."""

    def __init__(self, murmur: Say) -> None:
        super().__init__()
        self._murmur = murmur

    def write(self, text: str) -> int:
        if text.strip():
            self._murmur(text.strip())
        return super().write(text)


def run_verb(verb: str, *arguments: str, murmur: Say) -> dict[str, Any]:
    """The JSON answer of `crossdock VERB ARGUMENTS`. Raises VerbFailed with the verb's own words."""
    out, progress = io.StringIO(), _Progress(murmur)
    status: Any = 0
    try:
        call_command("crossdock", verb, *arguments, "--json", stdout=out, stderr=progress)
    except SystemExit as leaving:
        status = leaving.code or 0
    except CommandError as error:
        raise VerbFailed(f"{verb}: {error}") from error
    if status:
        raise VerbFailed(f"{verb} ended with status {status}: {out.getvalue().strip() or progress.getvalue().strip()}")
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def _intake(answer: dict[str, Any]) -> str:
    rows = sum(found["rows"] for found in answer["objects"].values())
    skipped = sum(sum(found["skipped"].values()) for found in answer["objects"].values())
    return f"{rows:,} rows of {len(answer['objects'])} objects, {skipped} lines skipped"


def _audit(answer: dict[str, Any]) -> str:
    return f"{sum(answer['findings'].values())} findings, {sum(answer['open'].values())} open decisions"


def _counts(answer: dict[str, Any]) -> str:
    return ", ".join(f"{phase['verified']} {many(phase['object'])} read back" for phase in answer["phases"] if phase["verified"])
