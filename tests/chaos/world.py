"""Projects to load and what must be true of them afterwards: reader, ledger and target agree, each record is there once."""

import csv
import json
import random
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from connectors.sandbox.launch import Control
from migrations_app.models import PipedriveAccount, RecordLink, Run, StagedRecord
from migrations_app.services import schema

OBJECT = {"organization": "companies", "person": "contacts", "deal": "deals"}
WORDS = ("Söhne & <b>Co</b>", "東京商事", "=SUM(A1)", "O'Hara", "Łódź", "🦀 Ltd", 'say "hi"', "محمد", "Zoë; Sons", "plain")


@dataclass
class Package:
    """A made-up export. `rows` is what the files hold, by source id."""

    folder: Path
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def write(self, lot: random.Random, size: int) -> "Package":
        companies = {f"CO-{n}": {"Company Name": f"{lot.choice(WORDS)} {n}"} for n in range(1, size + 1)}
        contacts = {
            f"CT-{n}": {"Full Name": f"{lot.choice(WORDS)} Person {n}", "Company ID": lot.choice(list(companies))}
            for n in range(1, size + 1)
        }
        deals = {
            f"OP-{n}": {
                "Opportunity Name": f"Deal {n} {lot.choice(WORDS)}",
                "Company ID": lot.choice(list(companies)),
                "Contact ID": lot.choice(list(contacts)),
                "Amount": f"{lot.randint(1, 999_999)}.{lot.randint(0, 99):02}",
                "Currency": lot.choice(("EUR", "USD")),
            }
            for n in range(1, size + 1)
        }
        self.rows = {"organization": companies, "person": contacts, "deal": deals}
        self._write_file("companies", "Company ID", companies)
        self._write_file("contacts", "Contact ID", contacts)
        self._write_file("opportunities", "Opportunity ID", deals)
        return self

    def _write_file(self, name: str, key: str, rows: dict[str, dict[str, str]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        header = [key, *next(iter(rows.values()))]
        with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *([id, *row.values()] for id, row in rows.items())])


def verb(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("crossdock", *words, "--json", "--by", "boss", stdout=out, stderr=StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def connect(control: Control, url: str, name: str, environment: MutableMapping[str, str], package: Package) -> str:
    """A project with its package, approved, and a prepared company of its own; answers the project's slug."""
    slug = str(verb("new", name, "--source", "results", "--timezone", "UTC", "--currency", "EUR")["project"])
    verb("intake", slug, str(package.folder))
    verb("propose", slug)
    verb("approve", slug)
    admin = {"name": "Admin", "email": "admin@target.example", "is_admin": True}
    made = control.create_account(name, domain=slug, plan="ultimate", seats=50, users=[admin])
    environment["CHAOS_TOKEN"] = made["users"][0]["token"]
    verb("account", slug, "--role", "staging", "--url", url, "--token-env", "CHAOS_TOKEN", "--plan", "ultimate", "--seats", "50")
    verb("prepare", slug, "--role", "staging")
    return slug


@dataclass
class Verdict:
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def judge(control: Control, slug: str, package: Package) -> Verdict:
    """Holds the account against the files and against the ledger."""
    verdict = Verdict()
    account = PipedriveAccount.objects.get(project__slug=slug)
    code = {entity: schema.account_schema(account).fields[entity, schema.SOURCE_ID] for entity in OBJECT}
    ids: dict[str, dict[str, int]] = {}
    for entity in OBJECT:
        live = [record for record in control.records(slug, entity) if not record.get("is_deleted")]
        marks = Counter(str((record.get("custom_fields") or {}).get(code[entity])) for record in live)
        wanted = {f"results-{slug}-{entity}:{id}" for id in package.rows[entity]}
        verdict.lost += len(wanted - set(marks))
        verdict.doubled += sum(count - 1 for count in marks.values()) + len(set(marks) - wanted)
        by_id = {str(record["custom_fields"][code[entity]]).rsplit(":", 1)[1]: record for record in live}
        ids[entity] = {id: record["id"] for id, record in by_id.items()}
        odd = {id: _odd(entity, record, package.rows[entity].get(id, {}), ids) for id, record in by_id.items()}
        verdict.wrong += [f"{entity} {id}: {text}" for id, text in odd.items() if text]
        verdict.wrong += _ledger(account, entity, ids[entity])
    runs = list(Run.objects.filter(account=account))
    verdict.wrong += [f"{run} is {run.state}: {run.reason}" for run in runs if run.state != "finished"]
    verdict.wrong += [f"{phase} is {phase.state}" for run in runs for phase in run.phases.all() if phase.state != "closed"]
    return verdict


def _odd(entity: str, record: dict[str, Any], row: dict[str, str], ids: dict[str, dict[str, int]]) -> str:
    """What is not as the file has it."""
    expected: dict[str, Any] = {"title" if entity == "deal" else "name": next(iter(row.values()), None)}
    if entity != "organization":
        expected["org_id"] = ids["organization"].get(row.get("Company ID", ""))
    if entity == "deal":
        expected |= {"person_id": ids["person"].get(row.get("Contact ID", "")), "currency": row.get("Currency")}
        if Decimal(str(record["value"])) != Decimal(row.get("Amount", "0")):
            return f"value {record['value']} instead of {row.get('Amount')}"
    return ", ".join(f"{name} {record.get(name)!r} instead of {value!r}" for name, value in expected.items() if record.get(name) != value)


def _ledger(account: PipedriveAccount, entity: str, ids: dict[str, int]) -> list[str]:
    links = dict(RecordLink.objects.filter(account=account, entity=entity, state="created").values_list("key", "pipedrive_id"))
    staged = StagedRecord.objects.filter(table__upload__project=account.project, object=OBJECT[entity]).count()
    there = {f"{entity}:{id}": str(pipedrive_id) for id, pipedrive_id in ids.items()}
    counts = {len(links), staged, len(there)}
    problems = [f"{entity}s: the ledger has {len(links)}, the files {staged}, the account {len(there)}"] if len(counts) > 1 else []
    return problems + [f"{key}: the ledger says {links.get(key)}, the account {id}" for key, id in there.items() if links.get(key) != id]
