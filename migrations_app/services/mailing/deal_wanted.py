"""Which campaigns a deal of the account should carry: by its contact, by a column of the exports, by a list made by hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Gathered, Project
from migrations_app.rules.mailing import touches
from migrations_app.rules.transforms.people import email_key
from migrations_app.services import rows
from migrations_app.services.mailing.deal_links import Finder, Link, NotFound
from migrations_app.services.mailing.deal_writing import Options
from migrations_app.services.mailing.gathering import read_campaigns
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.staging import chunks

LISTED, COLUMN, MEANWHILE = "listed by hand", "linked by the export", "its contact was in it while the deal was open"
AT_ONCE = 500
Wanted = dict[int, dict[str, str]]  # {deal: {campaign: why}}


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it stands; days are ISO, `ended` is empty while it is open."""

    title: str
    org: int
    person: int
    began: str
    ended: str
    there: Options


def by_contact(project: Project, client: Pipedrive, deals: Mapping[int, Deal]) -> Wanted:
    """What the contact of each deal was in between the deal's first day and its last."""
    persons: dict[str, list[int]] = {}
    with_deal = {deal.person for deal in deals.values()}
    for page in client.pages("person"):
        for person in page:
            for each in person.get("emails") or () if person["id"] in with_deal else ():
                if key := email_key(str(each.get("value") or "")):
                    persons.setdefault(key, []).append(int(person["id"]))
    touched: dict[int, list[tuple[str, str]]] = {}
    for email, mine in _touches(project, persons.keys()):
        for id in persons[email]:
            touched.setdefault(id, []).extend(mine)
    found: Wanted = {}
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


def named(project: Project, links: Iterable[Link]) -> Iterator[Link]:
    """Links of a list, which may name campaigns by their ids, with the names."""
    campaigns = read_campaigns(rows.tables_in_force(project), Reader(project))
    for link in links:
        found = campaigns.find({"campaign_ref": link.campaign})
        yield link._replace(campaign=touches.label(found)) if found else link


def add_links(
    wanted: Wanted, links: Iterable[Link], why: str, finder: Finder, options: Mapping[str, int], refuse: Callable[[Link, str], None]
) -> None:
    """What cannot be followed is told to `refuse`."""
    for some in chunks(links, AT_ONCE):
        finder.learn(some)
        for link in some:
            try:
                if link.campaign.casefold() not in options:
                    raise NotFound("no campaign of the export is called so: write its name or its id as the export has it")
                for deal in finder.find(link):
                    wanted.setdefault(deal, {}).setdefault(link.campaign, why)
            except NotFound as problem:
                refuse(link, str(problem))
