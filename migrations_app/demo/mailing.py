"""A second project, out of Net-Results, left where the customer's admin has decisions to make."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from connectors.sandbox.launch import Control
from connectors.sources.net_results.sample import write_sample
from migrations_app.demo.memory import Memory
from migrations_app.demo.people import ADMIN, ANNA, CARL, SAM, join
from migrations_app.models import PipedriveAccount, Project
from migrations_app.verbs import PARTS

CUSTOMER = "Birchwood Letters"
SLUG = "birchwood-letters"
ACCOUNTS: Mapping[str, str] = {"letters staging": "staging", "letters production": "production"}  # as the memory calls them -> role
PLAN, SEATS = "growth", 3
RESIDENTS = 2  # persons who work with the live account's Campaigns already, and whom the old system suppresses
Verb = Callable[..., dict[str, Any]]
Connect = Callable[..., None]


def walk_to_decisions(memory: Memory, sandbox: Control, contacts: int, verb: Verb, connect: Connect) -> None:
    """From the export to all that waits for people; `verb(name, by, *arguments)` does one step. What has been done is not done again."""
    if not Project.objects.filter(slug=SLUG, audit__isnull=False).exists():
        _take_in(memory.folder / "mailing", contacts, verb)
    if any(account.holdings for account in PipedriveAccount.objects.filter(project__slug=SLUG)):
        return
    truth = write_sample(memory.folder / "mailing", contacts=contacts)
    for name, role in ACCOUNTS.items():
        if name not in memory.tokens:
            _create_company(memory, sandbox, name, truth["owners"]["users"])
        connect(SLUG, role, name, PLAN, SEATS)
        verb("prepare", SAM, SLUG, "--role", role)
    verb("discover", SAM, SLUG, "--role", "production")


def in_words() -> str:
    """What waits in the project for the customer's admin."""
    project, anna = Project.objects.get(slug=SLUG), get_user_model().objects.get(username=ANNA)
    waiting = [card for part in PARTS.cards for card in part(project, anna) if card.count]
    return ", ".join(f"{card.count} under {card.title}" for card in waiting)


def _take_in(package: Path, contacts: int, verb: Verb) -> None:
    write_sample(package, contacts=contacts)
    if not Project.objects.filter(slug=SLUG).exists():
        places = ("--timezone", "Europe/Berlin", "--country", "DE", "--currency", "EUR")
        verb("new", ADMIN, CUSTOMER, "--source", "net-results", "--slug", SLUG, *places)
    join(Project.objects.get(slug=SLUG))
    verb("intake", CARL, SLUG, str(package))
    verb("propose", CARL, SLUG)
    verb("approve", ANNA, SLUG)
    verb("audit", CARL, SLUG)


def _create_company(memory: Memory, sandbox: Control, name: str, people: list[dict[str, Any]]) -> None:
    """Those who still work there are its users, the first one its admin."""
    active = [each for each in people if each["active"]]
    users = [{"name": each["name"], "email": each["email"], "is_admin": at == 0} for at, each in enumerate(active)]
    live = ACCOUNTS[name] == "production"
    domain, title = f"birchwood-{ACCOUNTS[name]}", CUSTOMER if live else f"{CUSTOMER} Rehearsal"
    made = sandbox.create_account(title, domain=domain, plan=PLAN, seats=SEATS, users=users, features={"campaigns": True})
    if live:
        _people_live_there(sandbox, made["company_domain"], memory.folder / "mailing")
    memory.domains[name], memory.tokens[name] = made["company_domain"], made["users"][0]["token"]
    memory.save()


def _people_live_there(sandbox: Control, domain: str, package: Path) -> None:
    """They said yes in Pipedrive, whatever the suppression list says, and have open deals."""
    with (package / "suppression_list.csv").open(newline="", encoding="utf-8-sig") as file:
        addresses = [row["Email"] for row in csv.DictReader(file)][:RESIDENTS]
    for address in addresses:
        emails = [{"value": address, "primary": True}]
        person = {"name": address.partition(".")[0].title(), "emails": emails, "marketing_status": "subscribed"}
        made = sandbox.act(domain, "POST", "/api/v2/persons", person)
        sandbox.act(domain, "POST", "/api/v2/deals", {"title": "Spring order", "person_id": made["id"]})
