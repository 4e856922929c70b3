"""Which deal of the account a line means that links it with a campaign: by number, address, id of its source, or title and organization."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.pipedrive.client import Pipedrive
from connectors.sources import deal_links as tables
from migrations_app.models import Gathered, PipedriveAccount, Project, RecordLink, SourceTable, visible_to
from migrations_app.rules.keys import clean
from migrations_app.rules.mailing import touches
from migrations_app.rules.spec import DEAL, ORGANIZATION
from migrations_app.services import policies, rows
from migrations_app.services.mailing.gathering import Campaigns, read_campaigns
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.references import fold
from migrations_app.services.staging import chunks
from migrations_app.states import LinkState

COLUMN = "deal_column"  # the setting: how the column is called where its header does not say so
OBJECTS = ("campaigns", "campaign_members", "contacts")
AT_ONCE = 500
_ADDRESS = re.compile(r"/deals?/(\d+)", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*[;|\n]\s*")


class NotFound(Exception):
    """No deal, or several: what is wrong with the line, and the way out."""


class Link(NamedTuple):
    """A deal and a campaign as a line prints them; `place` says where it stands."""

    place: str
    deal: str
    title: str
    company: str
    campaign: str


class Known(NamedTuple):
    """What tells a deal of the account from others."""

    title: str
    org: int


class Finder:
    """Finds the deals of one account. Organizations are read (10 tokens for 500) once the first title is asked for with one."""

    def __init__(self, account: PipedriveAccount, user: Any, client: Pipedrive, deals: Mapping[int, Known]) -> None:
        self._client, self._deals = client, deals
        mine = RecordLink.objects.filter(account__company=account.company, entity=DEAL, state=LinkState.CREATED)
        self._links = visible_to(user, mine)
        self._sources: dict[str, set[int]] = {}
        self._orgs: dict[int, str] | None = None
        self._titled: dict[str, list[int]] = {}
        for id, deal in deals.items():
            self._titled.setdefault(fold(deal.title), []).append(id)

    def learn(self, links: Iterable[Link]) -> None:
        """The deals that any project loaded into this company, by the ids that these lines may print. One query."""
        texts = {part for link in links for text in (link.deal, link.title) if text for part in (text, *_SEVERAL.split(text))}
        stored = self._links.filter(key__in=[f"{DEAL}:{text}" for text in texts]).values_list("key", "pipedrive_id")
        self._sources = {}
        for key, id in stored:
            self._sources.setdefault(key.removeprefix(f"{DEAL}:"), set()).add(int(id))

    def find(self, link: Link) -> list[int]:
        """The deal, or those that one cell lists. Raises NotFound."""
        text = link.deal or link.title
        try:
            return [self._one(link, text)]
        except NotFound:
            parts = [part for part in _SEVERAL.split(text) if part]
            if len(parts) < 2:
                raise
            return [self._one(link, part) for part in parts]

    def _one(self, link: Link, text: str) -> int:
        by_number, by_title = self._by_number(text), self._by_title(text, link.company)
        found = (by_number or by_title) if link.deal else (by_title or by_number)
        if not found:
            raise NotFound("there is no such deal in the account: give the number or the address that it has in Pipedrive")
        if len(found) > 1:
            beside = "" if link.company else ", or add a column with the organization"
            raise NotFound(f"{len(found)} deals of the account can be meant: give the address of the one{beside}")
        return found.pop()

    def _by_number(self, text: str) -> set[int]:
        number = address[1] if (address := _ADDRESS.search(text)) else text
        here = {int(number)} if number.isascii() and number.isdecimal() and len(number) < 19 else set()
        return {id for id in here | (set() if address else self._sources.get(text, set())) if id in self._deals}

    def _by_title(self, text: str, company: str) -> set[int]:
        found = self._titled.get(fold(text), [])
        return {id for id in found if not company or fold(self._organizations().get(self._deals[id].org, "")) == fold(company)}

    def _organizations(self) -> dict[int, str]:
        if self._orgs is None:
            pages = self._client.pages(ORGANIZATION)
            self._orgs = {int(each["id"]): str(each.get("name") or "") for page in pages for each in page}
        return self._orgs


def deal_columns(project: Project) -> list[tuple[SourceTable, dict[str, int]]]:
    """The tables in force that link campaigns with deals, and where: by the header that the project names, else by what headers say."""
    named, found = fold(str(policies.value(project, COLUMN))), []
    force = rows.tables_in_force(project)
    for table in (each for object in OBJECTS for each in force.get(object, [])):
        taken = table.roles_by_position()
        free = ["" if position in taken else header for position, header in enumerate(table.headers)]
        at = {role: place for role, place in tables.columns(free).items() if role in (*tables.DEAL, *tables.TITLE)}
        if named:
            places = [place for place, header in enumerate(table.headers) if fold(header) == named]
            at = dict(zip(tables.DEAL, places, strict=False))
        if at:
            found.append((table, at))
    return found


def of_exports(project: Project) -> Iterator[Link]:
    """The links that the exports hold: a line about a campaign or a member with its campaign, one about a contact with all of its own."""
    reader, force, at = Reader(project), rows.tables_in_force(project), {table.pk: found for table, found in deal_columns(project)}
    campaigns = read_campaigns(force, reader)
    for object in OBJECTS:
        linked = _linked(reader, force.get(object, []), at)
        for some in chunks(linked, AT_ONCE):
            mine = _campaigns_of(project, [row.key for row, _, _ in some]) if object == "contacts" else {}
            for row, cells, link in some:
                for label in (*_said(object, row, cells, campaigns), *mine.get(row.key, ())):
                    yield link._replace(campaign=label)


def _linked(
    reader: Reader, force: Sequence[SourceTable], at: Mapping[int, Mapping[str, int]]
) -> Iterator[tuple[rows.SourceRow, dict[str, str], Link]]:
    for row, cells in reader.cells(force):
        places = at.get(row.table.pk, {})
        deal, title = (clean(row.cells[places[role]]) if role in places else "" for role in ("deal_ref", "title"))
        if deal or title:
            company = next(filter(None, (cells.get(role, "") for role in reversed(tables.COMPANY_ROLES))), "")
            yield row, cells, Link(tables.place(row.table.file, row.table.sheet, row.line), deal, title, company, "")


def _said(object: str, row: rows.SourceRow, cells: dict[str, str], campaigns: Campaigns) -> list[str]:
    """The campaign that the line itself names; a contact's is among all of its own."""
    if object == "contacts":
        return []
    found = campaigns.by_key.get(row.key) if object == "campaigns" else campaigns.find(cells)
    return [touches.label(found)] if found else []


def _campaigns_of(project: Project, keys: Sequence[str]) -> dict[str, list[str]]:
    stored = Gathered.objects.filter(project=project, object="contacts", key__in=keys).values_list("key", "detail")
    return {key: list(dict.fromkeys(label for _, label in detail.get("touches", ()))) for key, detail in stored}
