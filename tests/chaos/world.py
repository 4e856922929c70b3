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

from django.contrib.auth.models import User
from django.core.management import call_command

from connectors.sandbox.launch import Control
from migrations_app.models import Difference, PipedriveAccount, RecordLink, Run, StagedRecord
from migrations_app.services import connecting, schema, verifying
from tests.chaos.hanging import Hanging
from tests.chaos.people import GONE, People

OBJECT = {"organization": "companies", "person": "contacts", "deal": "deals"}
PARENTS = (("organization", "Company ID"), ("person", "Contact ID"))
WORDS = ("Söhne & <b>Co</b>", "東京商事", "=SUM(A1)", "O'Hara", "Łódź", "🦀 Ltd", 'say "hi"', "محمد", "Zoë; Sons", "plain")


@dataclass
class Package:
    """A made-up export. `rows` is what the files hold of the basic kinds, by source id."""

    folder: Path
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    hanging: Hanging = field(default_factory=Hanging)

    def write(self, lot: random.Random, size: int, *, basic: bool) -> "Package":
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
        if not basic:
            self.hanging.put_under(lot, companies)
        self._write_file("companies", "Company ID", companies)
        self._write_file("contacts", "Contact ID", contacts)
        self._write_file("opportunities", "Opportunity ID", deals)
        if not basic:
            self.hanging.write(self.folder, lot, self.rows)
        return self

    @property
    def count(self) -> int:
        return sum(len(each) for each in self.rows.values()) + self.hanging.count

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
    verb("settings", slug, "--set", "calls=log")
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


def source_id_codes(slug: str) -> dict[str, str]:
    account = PipedriveAccount.objects.get(project__slug=slug)
    known = schema.account_schema(account).fields
    return {entity: known[entity, schema.SOURCE_ID] for entity in OBJECT}


def judge(control: Control, slug: str, package: Package, people: People) -> Verdict:
    """Holds the account against the files, what people did there, and the ledger, which has read everything back once more."""
    verdict = Verdict()
    account = PipedriveAccount.objects.get(project__slug=slug)
    runs = list(Run.objects.filter(account=account).order_by("pk"))
    verifying.verify_run(runs[-1], connecting.client_for(account), user=User.objects.get(username="boss"))
    ids: dict[str, dict[str, int]] = {}
    absent: dict[str, set[str]] = {}
    for entity in OBJECT:
        live = [record for record in control.records(slug, entity) if not record.get("is_deleted")]
        marks = Counter(str((record.get("custom_fields") or {}).get(people.codes[entity])) for record in live)
        there = {mark.rsplit(":", 1)[1]: mark for mark in marks}
        touched, left = people.touched[entity], left_without_parent(account, entity, package, people)
        gone = {id for id, what in touched.items() if what == GONE}
        absent[entity] = gone | left
        verdict.lost += len(set(package.rows[entity]) - set(there) - absent[entity])
        verdict.doubled += sum(count - 1 for count in marks.values()) + len(set(there) - set(package.rows[entity]))
        by_id = {str(record["custom_fields"][people.codes[entity]]).rsplit(":", 1)[1]: record for record in live}
        ids[entity] = {id: record["id"] for id, record in by_id.items()}
        odd = {id: _odd(entity, record, package.rows[entity].get(id, {}), ids, people) for id, record in by_id.items() if id not in touched}
        verdict.wrong += [f"{entity} {id}: {text}" for id, text in odd.items() if text]
        verdict.wrong += _ledger(account, entity, ids[entity], gone, left)
        verdict.wrong += _unlisted(account, entity, touched, set(there))
    lost, doubled, astray = package.hanging.judge(control, slug, ids, absent, people)
    verdict.lost, verdict.doubled, verdict.wrong = verdict.lost + lost, verdict.doubled + doubled, [*verdict.wrong, *astray]
    verdict.wrong += [f"{run} is {run.state}: {run.reason}" for run in runs if run.state != "finished"]
    verdict.wrong += [f"{phase} is {phase.state}" for run in runs for phase in run.phases.all() if phase.state != "closed"]
    return verdict


def left_without_parent(account: PipedriveAccount, entity: str, package: Package, people: People) -> set[str]:
    """Source ids that Pipedrive refused, as people had deleted or merged what they hang on."""
    refused = RecordLink.objects.filter(account=account, entity=entity, state="refused").values_list("key", flat=True)
    rows = {key.split(":", 1)[1]: package.rows[entity][key.split(":", 1)[1]] for key in refused}
    return {id for id, row in rows.items() if any(people.touched[parent].get(row.get(column, "")) == GONE for parent, column in PARENTS)}


def _odd(entity: str, record: dict[str, Any], row: dict[str, str], ids: dict[str, dict[str, int]], people: People) -> str:
    """What is not as the file has it, nor as people left it."""
    expected: dict[str, Any] = {"title" if entity == "deal" else "name": next(iter(row.values()), None)}
    for parent, column in PARENTS:
        if column in row and people.touched[parent].get(row[column]) != GONE:
            expected["org_id" if parent == "organization" else "person_id"] = ids[parent].get(row[column])
    if entity == "deal":
        expected["currency"] = row.get("Currency")
        if Decimal(str(record["value"])) != Decimal(row.get("Amount", "0")):
            return f"value {record['value']} instead of {row.get('Amount')}"
    return ", ".join(f"{name} {record.get(name)!r} instead of {value!r}" for name, value in expected.items() if record.get(name) != value)


def _ledger(account: PipedriveAccount, entity: str, ids: dict[str, int], gone: set[str], left: set[str]) -> list[str]:
    links = dict(RecordLink.objects.filter(account=account, entity=entity, state="created").values_list("key", "pipedrive_id"))
    staged = StagedRecord.objects.filter(table__upload__project=account.project, object=OBJECT[entity]).count()
    there = {f"{entity}:{id}": str(pipedrive_id) for id, pipedrive_id in ids.items()}
    expected = there.keys() | {f"{entity}:{id}" for id in gone}
    problems = []
    if links.keys() != expected or staged != len(links) + len(left):
        problems = [f"{entity}s: the ledger has {len(links)} and {len(left)} refused, the files {staged}, the account {len(expected)}"]
    return problems + [f"{key}: the ledger says {links.get(key)}, the account {id}" for key, id in there.items() if links.get(key) != id]


def _unlisted(account: PipedriveAccount, entity: str, touched: dict[str, str], there: set[str]) -> list[str]:
    """What people did and no list of differences says."""
    found = Difference.objects.filter(phase__run__account=account, phase__entity=entity, link__isnull=False)
    listed = {(key.split(":", 1)[1], kind) for key, kind in found.values_list("link__key", "kind")}
    gone = [
        f"{entity} {id} is gone, and no list says so"
        for id, what in touched.items()
        if what == GONE and id not in there and (id, GONE) not in listed
    ]
    return gone + [f"{entity} {id}: {kind} by us" for id, kind in listed if kind == "value"]
