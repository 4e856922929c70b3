"""What campaigns, lists, sends and suppression say about each contact and company, gathered in one pass over the files in force."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db import transaction

from migrations_app.models import Gathered, Project, SourceTable
from migrations_app.rules.mailing import columns, sends, suppression, touches
from migrations_app.rules.mailing.naming import Names
from migrations_app.rules.mailing.touches import Campaign, Touch
from migrations_app.rules.transforms.people import email_keys
from migrations_app.rules.transforms.text import shorten
from migrations_app.services.mailing.events import EventStore
from migrations_app.services.mailing.people import People, read_people
from migrations_app.services.mailing.reading import CAMPAIGN_ROLES, Reader, day_of, in_force
from migrations_app.services.references import COMPANY_ROLES, fold
from migrations_app.services.staging import as_json, insert_rows

STORED = ("project_id", "object", "key", "values", "detail")
MESSAGES = "messages"  # beside contacts and companies: what was written, by the numbers that stand in the sends of contacts
MEMBERS = ("campaign_members", "contacts")  # what says who was in a campaign
STATE_ROLES = frozenset({"mailable", "bounced", "unsubscribed"})  # of a contact
NEWEST = "newest event"  # and how new the export is, and how many refused mail there only


@dataclass(slots=True)
class Campaigns:
    """Campaigns by id and by name; without a file of them a name stands for itself, and `names` are what lines with both say."""

    by_key: dict[str, Campaign] = field(default_factory=dict)
    by_name: dict[str, Campaign] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    declared: bool = False

    def find(self, cells: Mapping[str, str]) -> Campaign | None:
        texts = [cells[role] for role in CAMPAIGN_ROLES if cells.get(role)]
        for text in texts:
            if found := self.by_key.get(text) or self.by_name.get(fold(text)):
                return found
        if not texts or self.declared:
            return None
        name = self.names.name(texts[-1])
        return self.by_name.setdefault(fold(name), Campaign(self.names.key(texts[0]), name))


def of_events(project: Project) -> dict[str, int]:
    """The newest minute of all events, and how many contacts refused mail there only; zeros before an audit. One query."""
    found = Gathered.objects.filter(project=project, object=NEWEST).values_list("values", flat=True).first()
    return {"minute": 0, "refused": 0} | (found or {})


def read_campaigns(force: Mapping[str, list[SourceTable]], reader: Reader) -> Campaigns:
    found = Campaigns(declared="campaigns" in force)
    for row, cells in reader.cells(force.get("campaigns", [])):
        start, end = (reader.day(row.table, role, cells.get(role, "")) for role in ("start", "end"))
        campaign = Campaign(row.key, cells.get("name", ""), cells.get("type", ""), cells.get("status", ""), start, end)
        found.by_key.setdefault(row.key, campaign)
        found.by_name.setdefault(fold(campaign.name), campaign)
        found.names.learn(cells.get("id", ""), campaign.name)
    for object in MEMBERS if not found.declared else ():
        both = [table for table in force.get(object, []) if set(CAMPAIGN_ROLES) <= set(table.roles_by_position().values())]
        for _, cells in reader.cells(both):
            found.names.learn(cells["campaign_ref"], cells["campaign_name"])
    return found


def read_templates(force: Mapping[str, list[SourceTable]], reader: Reader) -> Names:
    found = Names()
    for _, cells in reader.cells(force.get("templates", [])):
        found.learn(cells.get("id", ""), cells.get("name", ""))
    return found


def gather(
    project: Project,
    force: Mapping[str, list[SourceTable]],
    progress: Callable[[str], None] = lambda text: None,
    beside: Iterable[tuple[Any, ...]] = (),
) -> int:
    """Replaces what was gathered before, at once; answers how much that is: contacts, companies and messages. `beside` are rows of
    the same kind that others have found."""
    found: Iterable[tuple[Any, ...]] = ()
    if in_force(force) or any(columns.BY_NAME[place].of != columns.QUICKBOOKS for place in wanted_columns(force)):
        progress("gathering campaigns, sends and suppression")
        gatherer = _Gatherer(project, force)
        gatherer.read()
        found = gatherer.rows()
    with transaction.atomic():
        Gathered.objects.filter(project=project).delete()
        return insert_rows(Gathered, STORED, chain(found, beside))


class _Gatherer:
    def __init__(self, project: Project, force: Mapping[str, list[SourceTable]]) -> None:
        self.project, self.force = project, force
        self.reader = Reader(project)
        self.people = People()
        self.campaigns = read_campaigns(force, self.reader)
        self.touches: dict[int, list[Touch]] = {}
        self.lists: dict[int, list[str]] = {}
        self.suppressed: dict[int, list[suppression.Entry]] = {}
        self.events = EventStore(self.campaigns.names, read_templates(force, self.reader))
        self.company_touches: dict[str, list[Touch]] = {}
        self.refused = 0  # contacts of whom only an event says that they want no mail

    def read(self) -> None:
        for people, number, table, cells in read_people(self.force, self.reader):
            self.people = people
            self._contact(number, table, cells)
        self._read_members()
        self._read_lists()
        for entry, reference, emails in read_entries(self.force, self.reader):
            for number in self.people.meant(reference, emails):
                self.suppressed.setdefault(number, []).append(entry)
        self.events.read(self.force.get("email_sends", []), self.people, self.reader)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        events = self.events.by_person()
        current = next(events, None)
        for number, key in enumerate(self.people.keys):
            happened = []
            if current is not None and current[0] == number:
                happened, current = sends.gather(current[1]), next(events, None)
            values, detail = self._values(number, happened)
            if values:
                yield self._row("contacts", key, values, detail)
        for key, mine in self.company_touches.items():
            history = {} if "companies" not in self.force else {"campaigns": touches.history(mine)}  # else on the persons
            yield self._row("companies", key, _of_company(mine), history)
        for message in self.events.named():
            campaign = self.campaigns.find({"campaign_ref": message.campaign})
            written = {"campaign": touches.label(campaign) if campaign else message.campaign, "subject": message.subject}
            called = {"mark": message.mark} | ({"also": message.also} if message.also else {})
            yield self._row(MESSAGES, str(message.number), called | written, {})
        yield self._row(NEWEST, "", {"minute": self.events.newest(), "refused": self.refused}, {})

    def _row(self, object: str, key: str, values: Mapping[str, Any], detail: Mapping[str, Any]) -> tuple[Any, ...]:
        return self.project.pk, object, key, as_json(values), as_json(detail)

    # --- reading -------------------------------------------------------------------------------------------------------

    def _contact(self, number: int, table: SourceTable, cells: dict[str, str]) -> None:
        if campaign := self.campaigns.find(cells):
            self._touch(number, Touch(campaign))
        for entry in contact_states(table, cells, self.reader):
            self.suppressed.setdefault(number, []).append(entry)

    def _read_members(self) -> None:
        for row, cells in self.reader.cells(self.force.get("campaign_members", [])):
            number = self.people.one(cells.get("contact_ref", ""), cells.get("email", ""))
            campaign = self.campaigns.find(cells)
            if number is not None and campaign is not None:
                on = self.reader.day(row.table, "joined", cells.get("joined", ""))
                self._touch(number, Touch(campaign, on, cells.get("status", "")))

    def _touch(self, number: int, touch: Touch) -> None:
        self.touches.setdefault(number, []).append(touch)
        if company := self.people.companies[number]:
            told = Touch(touch.campaign, touch.on, touch.status, self.people.labels[number])
            self.company_touches.setdefault(company, []).append(told)

    def _read_lists(self) -> None:
        names = {row.key: cells.get("name", "") for row, cells in self.reader.cells(self.force.get("lists", []))}
        for _, cells in self.reader.cells(self.force.get("list_members", [])):
            number = self.people.one(cells.get("contact_ref", ""), cells.get("email", ""))
            text = cells.get("list_ref", "")
            if number is not None and text:
                self.lists.setdefault(number, []).append(shorten(names.get(text) or text))

    # --- one contact ---------------------------------------------------------------------------------------------------

    def _values(self, number: int, happened: list[sends.Send]) -> tuple[dict[str, Any], dict[str, Any]]:
        values = _suppression(self.suppressed.get(number, ()))
        if mine := self.touches.get(number):
            values |= _of_contact(mine)
        if lists := self.lists.get(number):
            values["lists"] = list(dict.fromkeys(lists))
        detail: dict[str, Any] = {}
        if mine:
            detail |= {"campaigns": touches.history(mine), "company": self.people.companies[number]}
            detail["touches"] = [[touch.when, touches.label(touch.campaign)] for touch in mine]
        if happened:
            values |= _counters(happened)
            detail["sends"] = [_sent(send) for send in happened]
            if "suppression_status" not in values and (refused := sends.refusal(happened)):
                detail["refused"] = [refused[0], day_of(refused[1]) if refused[1] else ""]
                self.refused += 1
        return values, detail


def read_entries(force: Mapping[str, list[SourceTable]], reader: Reader) -> Iterator[tuple[suppression.Entry, str, list[str]]]:
    """The suppression list: each entry with the contact and the addresses it names. A reason that nobody knows still forbids."""
    for row, cells in reader.cells(force.get("suppression", [])):
        said = cells.get("reason", "")
        on = reader.day(row.table, "date", cells.get("date", ""))
        category = reader.only_category(cells.get("category", ""))
        entry = suppression.Entry(reader.reason(said) or suppression.UNKNOWN, on, said, category)
        reference = cells.get("contact_ref", "")
        yield entry, reference, email_keys(cells.get("email", "")) or email_keys(reference)


def contact_states(table: SourceTable, cells: Mapping[str, str], reader: Reader) -> Iterator[suppression.Entry]:
    """What a contact's own columns say: bounced, unsubscribed, not mailable. Without an address nobody is mailable, and nobody minds."""
    if not cells.get("email"):
        return
    states = (("unsubscribed", suppression.UNSUBSCRIBE), ("bounced", suppression.HARD_BOUNCE))
    since = {reason: on for role, reason in states if (on := _since(table, role, cells.get(role, ""), reason, reader)) is not None}
    if not since and cells.get("mailable") and reader.quirks.mailable(cells["mailable"]) is False:
        since = {reader.reason(cells["mailable"]) or suppression.UNKNOWN: ""}
    for reason, on in since.items():
        yield suppression.Entry(reason, on, f"the contact's own state: {suppression.LABELS.get(reason, reason)}")


def _since(table: SourceTable, role: str, text: str, reason: str, reader: Reader) -> str | None:
    """The day on which the state began, "" where nobody says; None where it does not hold.

    It holds with a yes, a date or the word itself; "Soft" in a column about bounces is not one.
    """
    if not text or reader.quirks.yes_no(text) is False:
        return None
    if reader.quirks.yes_no(text) or reader.reason(text) == reason:
        return ""
    return reader.day(table, role, text) or None


def _suppression(entries: Any) -> dict[str, Any]:
    state = suppression.settle(entries)
    if state is None:
        return {}
    return {
        "suppression_status": [state.since, suppression.SUPPRESSED],
        "suppression_reason": suppression.LABELS[state.reason],
        "suppression_history": suppression.told(state.history),
    } | ({"suppression_date": [state.since, state.since]} if state.since else {})


def _of_contact(mine: list[Touch]) -> dict[str, Any]:
    ordered = touches.in_order(mine)
    first, last = ordered[0], max(ordered, key=lambda touch: touch.when)
    return {
        "campaigns": [touches.label(campaign) for campaign in touches.campaigns(mine)],
        "first_campaign": [first.when, touches.label(first.campaign)],
        "last_campaign": [last.when, touches.label(last.campaign)],
    }


def _of_company(mine: list[Touch]) -> dict[str, Any]:
    ordered = touches.in_order(mine)
    first, last = ordered[0], max(ordered, key=lambda touch: touch.when)
    campaign = last.campaign
    facts = {
        "name": touches.label(campaign),
        "status": campaign.status,
        "type": campaign.type,
        "start": campaign.start,
        "end": campaign.end,
    }
    return {
        "campaigns": [touches.label(each) for each in touches.campaigns(mine)],
        "first_campaign": [first.when, touches.label(first.campaign)],
        **{f"campaign_{name}": [last.when, text] for name, text in facts.items() if text},
    }


def _counters(happened: list[sends.Send]) -> dict[str, Any]:
    counted = sends.Counters()
    for send in happened:
        counted.add(send)
    found: dict[str, Any] = {
        "emails_sent": counted.sent,
        "emails_opened": counted.opened,
        "emails_clicked": counted.clicked,
        "emails_bounced": counted.bounced,
    }
    if counted.last_open:
        found["last_open"] = [day_of(counted.last_open)] * 2
    return found


def _sent(send: sends.Send) -> list[Any]:
    """As `timeline.Sent` reads it; what it takes for granted is left out."""
    opens, clicks = send.counts[sends.OPENED], send.counts[sends.CLICKED]
    told = [send.at, send.message, sends.status(send), opens, clicks, sum(send.counts[kind] for kind in sends.BOUNCES)]
    return told if send.is_told else [*told, False]


def wanted_columns(force: Mapping[str, list[SourceTable]]) -> set[tuple[str, str]]:
    """The gathered columns, by object and name, that the files in force can fill."""
    contact_roles = {role for table in force.get("contacts", []) for role in table.roles_by_position().values()}
    has = {
        columns.SUPPRESSION: says_who_is_suppressed(force),
        columns.CAMPAIGNS: bool(force.get("campaign_members")) or "campaign_ref" in contact_roles,
        columns.LISTS: bool(force.get("list_members")),
        columns.SENDS: bool(force.get("email_sends")),
        columns.QUICKBOOKS: bool(force.get("quickbooks")),
    }
    own = {(object, role) for object, tables in force.items() for table in tables for role in table.roles_by_position().values()}
    by_text = bool(contact_roles.intersection(COMPANY_ROLES))  # companies that exist only as text were in campaigns as well
    wanted = (
        each
        for each in columns.COLUMNS
        if has[each.of] and (each.object in force or (by_text and each.object == "companies" and each.of == columns.CAMPAIGNS))
    )
    return {place for each in wanted if (place := (each.object, each.name)) not in own}


def says_who_is_suppressed(force: Mapping[str, list[SourceTable]]) -> bool:
    """A list says it, or the contacts' own states do."""
    return bool(force.get("suppression")) or any(
        not STATE_ROLES.isdisjoint(table.roles_by_position().values()) for table in force.get("contacts", [])
    )


def choices(project: Project, force: Mapping[str, list[SourceTable]]) -> dict[str, list[str]]:
    """The labels of campaigns and lists that members can have, in the order of their files."""
    reader = Reader(project)
    campaigns = read_campaigns(force, reader)
    for object in MEMBERS if not campaigns.declared else ():
        for _, cells in reader.cells(force.get(object, [])):
            campaigns.find(cells)
    lists = {row.key: cells.get("name", "") for row, cells in reader.cells(force.get("lists", []))}
    members = (cells.get("list_ref", "") for _, cells in reader.cells(force.get("list_members", [])))
    named = (shorten(lists.get(text) or text) for text in members if text)
    every = campaigns.by_key.values() if campaigns.declared else campaigns.by_name.values()
    return {"campaigns": list(dict.fromkeys(map(touches.label, every))), "lists": list(dict.fromkeys(named))}
