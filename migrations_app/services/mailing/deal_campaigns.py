"""Campaigns onto deals that stand in the account: those that a deal's contact was in while it was open, or those of a list made by hand.

The field *Campaigns* of a deal only ever gains options, so doing it again writes nothing.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from connectors.pipedrive.client import Pipedrive
from migrations_app import gates
from migrations_app.models import Gathered, PipedriveAccount, Project, require
from migrations_app.rules.spec import DEAL, custom_field
from migrations_app.rules.transforms.people import email_key
from migrations_app.services import connecting, policies, rows, schema
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.staging import chunks

SETTING, NO, OF_CONTACT, BY_HAND = "deal_campaigns", "no", "contact", "list"
FIELD = custom_field("Campaigns", "set")
HEADS = ("deal_id", "title", "added", "why")
LISTED, MEANWHILE = "listed by hand", "its contact was in it while the deal was open"
AT_ONCE = 500
Progress = Callable[[str], None]


class NoDealCampaigns(Exception):
    """The project does not want it, the account is not prepared for it, or the list cannot be read."""


@dataclass(frozen=True, slots=True)
class Added:
    """What one deal gains."""

    deal: int
    title: str
    labels: tuple[str, ...]
    why: str

    def line(self) -> tuple[Any, ...]:
        return self.deal, self.title, "; ".join(self.labels), self.why


@dataclass(slots=True)
class Outcome:
    """`refused` are (deal, campaign, why) of the list."""

    deals: int = 0
    added: list[Added] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Deal:
    title: str
    person: int
    began: str
    ended: str
    there: frozenset[int]


def put(
    account: PipedriveAccount,
    *,
    user: Any,
    listed: Sequence[Sequence[str]] = (),
    dry_run: bool = False,
    progress: Progress = lambda text: None,
) -> Outcome:
    """One pass over the deals of the account: 10 tokens for 500 deals and persons, 5 for each deal that gains something.

    Raises Forbidden, GateClosed (a run is under way), NoDealCampaigns and the client's errors.
    """
    require(user, "load", account.project)
    gates.require(account, ("settled",))
    target = schema.account_schema(account)
    code, options = target.fields.get((DEAL, FIELD)), target.options.get((DEAL, FIELD), {})
    choice = policies.value(account.project, SETTING)
    if choice == NO or not code:
        raise NoDealCampaigns(f"Deals have no field for campaigns: choose {SETTING} in the settings, then prepare the account.")
    client = connecting.client_for(account)
    try:
        progress("reading deals")
        deals = dict(_deals(client, code))
        wanted = _by_contact(account.project, client, deals) if choice == OF_CONTACT else {}
        outcome = Outcome(len(deals))
        _by_hand(listed, deals, options, wanted, outcome)
        for number, (deal, why) in enumerate(sorted(wanted.items()), start=1):
            new = {options[label.casefold()]: label for label in why if label.casefold() in options}
            missing = {id: label for id, label in new.items() if id not in deals[deal].there}
            if not missing:
                continue
            if not dry_run:
                client.update(DEAL, deal, {"custom_fields": {code: sorted(deals[deal].there | missing.keys())}})
            reasons = ", ".join(dict.fromkeys(why[label] for label in missing.values()))
            outcome.added.append(Added(deal, deals[deal].title, tuple(missing.values()), reasons))
            progress(f"{number} of {len(wanted)} deals")
    finally:
        connecting.note_spend(account, client.door.spent)
    return outcome


def in_words(done: Outcome) -> str:
    refused = f" {len(done.refused)} lines of the list were left out: {done.refused[0][2]}." if done.refused else ""
    return f"{len(done.added):,} of {done.deals:,} deals gain campaigns.{refused}"


def _deals(client: Pipedrive, code: str) -> Iterator[tuple[int, _Deal]]:
    for page in client.pages(DEAL):
        for deal in page:
            ended = (
                "" if deal.get("status") == "open" else str(deal.get("close_time") or deal.get("won_time") or deal.get("lost_time") or "")
            )
            there = (deal.get("custom_fields") or {}).get(code) or ()
            ids = frozenset(int(each["id"] if isinstance(each, dict) else each) for each in there)
            began = str(deal.get("add_time") or "")[:10]
            yield int(deal["id"]), _Deal(str(deal.get("title") or ""), int(deal.get("person_id") or 0), began, ended[:10], ids)


def _by_contact(project: Project, client: Pipedrive, deals: Mapping[int, _Deal]) -> dict[int, dict[str, str]]:
    """{deal: {campaign: why}}: what its contact was in between the deal's first day and its last."""
    persons: dict[str, list[int]] = {}
    with_deal = {deal.person for deal in deals.values()}
    for page in client.pages("person"):
        for person in page:
            for each in person.get("emails") or () if person["id"] in with_deal else ():
                if key := email_key(str(each.get("value") or "")):
                    persons.setdefault(key, []).append(int(person["id"]))
    touched: dict[int, list[tuple[str, str]]] = {}
    for email, touches in _touches(project, persons.keys()):
        for id in persons[email]:
            touched.setdefault(id, []).extend(touches)
    found: dict[int, dict[str, str]] = {}
    for id, deal in deals.items():
        for day, label in touched.get(deal.person, ()):
            if day and deal.began <= day and (not deal.ended or day <= deal.ended):
                found.setdefault(id, {})[label] = MEANWHILE
    return found


def _touches(project: Project, emails: Iterable[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(address, its days and campaigns) of the contacts that have one of these addresses."""
    asked = set(emails)
    cells = Reader(project).cells(rows.tables_in_force(project).get("contacts", []))
    mine = ((row.key, email) for row, each in cells if (email := email_key(each.get("email", ""))) in asked)
    for some in chunks(mine, AT_ONCE):
        stored = Gathered.objects.filter(project=project, object="contacts", key__in=[key for key, _ in some])
        details = dict(stored.values_list("key", "detail"))
        yield from ((email, details[key].get("touches", [])) for key, email in some if key in details)


def _by_hand(
    listed: Sequence[Sequence[str]],
    deals: Mapping[int, _Deal],
    options: Mapping[str, int],
    wanted: dict[int, dict[str, str]],
    outcome: Outcome,
) -> None:
    for deal, campaign in listed:
        id = int(deal) if deal.isdecimal() else 0
        if id not in deals:
            outcome.refused.append((deal, campaign, "there is no such deal in the account"))
        elif campaign.casefold() not in options:
            outcome.refused.append((deal, campaign, "no campaign of the export is called so"))
        else:
            wanted.setdefault(id, {})[campaign] = LISTED


def read_list(path: Path) -> list[tuple[str, str]]:
    """A csv or xlsx with the columns deal (its number or address in Pipedrive) and campaign. Raises NoDealCampaigns."""
    try:
        lines = _sheet(path) if path.suffix.lower() == ".xlsx" else _text(path)
        heads = [str(cell or "").strip().casefold() for cell in lines[0]]
        deal, campaign = heads.index("deal"), heads.index("campaign")
        found = [(str(line[deal] or ""), str(line[campaign] or "")) for line in lines[1:] if len(line) > max(deal, campaign)]
    except (OSError, ValueError, IndexError, KeyError, csv.Error) as error:
        raise NoDealCampaigns(f"{path.name} is no list with the columns deal and campaign: {error}.") from None
    return [(one.strip().rstrip("/").rpartition("/")[2], other.strip()) for one, other in found if one.strip()]


def _sheet(path: Path) -> list[Sequence[Any]]:
    return list(load_workbook(path, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True))


def _text(path: Path) -> list[Sequence[Any]]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return list(csv.reader(lines, delimiter=max(",;\t", key=lines[0].count)))
