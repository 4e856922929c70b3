"""A whole move through the command line, into a sandbox Pipedrive over real HTTP."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.core.management import call_command

from migrations_app.models import SchemaChange
from migrations_app.services import schema

ADMIN = "admin@target.example"
CHOICES = ("--owners", f"fallback={ADMIN}", "--duplicates", "merge", "--accept-suggestions")


class Walk:
    """One project and its accounts. `verb` gives the JSON answer and the exit status."""

    def __init__(self, sandbox: Any, settings: Any, monkeypatch: Any, *, user: str = "boss") -> None:
        self.sandbox = sandbox
        self.control = sandbox.control()
        self._monkeypatch = monkeypatch
        self.user = user
        self.domains: list[str] = []
        settings.PIPEDRIVE_EXTRA_HOSTS, settings.PIPEDRIVE_WINDOW = [urlsplit(sandbox.url).netloc], 0.05  # nobody waits for the window
        User.objects.create_superuser(user)

    def verb(self, name: str, *words: str) -> tuple[dict[str, Any], int]:
        out = StringIO()
        status = 0
        try:
            call_command("crossdock", name, *words, "--json", "--by", self.user, stdout=out, stderr=StringIO())
        except SystemExit as stop:
            status = int(stop.code or 0)
        return json.loads(out.getvalue()), status

    def do(self, name: str, *words: str) -> dict[str, Any]:
        """The verb, which has to end well."""
        answer, status = self.verb(name, *words)
        assert status == 0, (name, words, answer)
        return answer

    def account(
        self, emails: Sequence[str], *, role: str = "staging", domain: str = "target", name: str = "Target", **company: Any
    ) -> dict[str, Any]:
        people = [{"name": "Admin", "email": ADMIN, "is_admin": True}, *({"name": email.split("@")[0], "email": email} for email in emails)]
        company = {"plan": "growth", "seats": 5, "limits": {"window": False}} | company
        self.domains.append(domain)
        made = self.control.create_account(name, domain=domain, users=people, **company)
        self._monkeypatch.setenv("TARGET_TOKEN", made["users"][0]["token"])
        words = ("--url", self.sandbox.url, "--token-env", "TARGET_TOKEN", "--plan", company["plan"], "--seats", str(company["seats"]))
        self.do("account", "move", "--role", role, *words)
        return dict(made)

    def to_decisions(self, package: Path, out: Path, source: str = "results") -> dict[str, Any]:
        """From the files to the first audit."""
        self.do("new", "Move", "--source", source, "--timezone", "Europe/Berlin", "--country", "DE", "--currency", "EUR")
        self.do("intake", "move", str(package))
        self.do("propose", "move")
        self.do("approve", "move")
        return self.do("audit", "move", "--out", str(out))

    def to_prepared(self, role: str = "staging") -> None:
        self.do("decide", "move", *CHOICES)
        self.do("prepare", "move", "--role", role)

    def to_production(self, domain: str = "rehearsal") -> None:
        """What production asks for beside the answers: a load into staging that is signed off, and quiet in the account."""
        self.account([], domain=domain, name="Rehearsal")
        self.do("prepare", "move", "--role", "staging")
        self.sign(self.do("load", "move", "--role", "staging"))
        self.do("confirm", "move", "quiet")

    def sign(self, run: dict[str, Any]) -> dict[str, Any]:
        return self.do("signoff", "move", "--run", str(run["run"]))

    def live(self, entity: str, domain: str = "target", *, name: str = "Target") -> dict[str, dict[str, Any]]:
        """{source id without its prefix: record} of what is in the account; a source id that stands twice fails here."""
        found: dict[str, dict[str, Any]] = {}
        code = self.source_id_code(entity, name)
        for record in self.control.records(domain, entity):
            if record.get("is_deleted"):
                continue
            mark = (record.get("custom_fields") or {}).get(code)
            assert mark not in found, f"{mark} is there twice"
            found[str(mark).removeprefix("results-move-")] = record
        return found

    def source_id_code(self, entity: str, name: str = "Target") -> str:
        mine = SchemaChange.objects.filter(account__project__slug="move", account__company_name=name, kind="field", parent=entity)
        row = mine.get(detail__field=schema.OWN_FIELDS[schema.SOURCE_ID].name)
        return row.pipedrive_id

    def custom(self, record: dict[str, Any], label: str, entity: str) -> Any:
        row = SchemaChange.objects.filter(account__project__slug="move", kind="field", parent=entity, name=label).first()
        assert row is not None, label
        return (record.get("custom_fields") or {}).get(row.pipedrive_id)
