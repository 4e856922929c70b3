"""How much of the e-mail history goes onto the timeline, and what each choice costs: records, tokens, days, entries for each person."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from migrations_app.models import Gathered, PipedriveAccount, Project, RecordLink
from migrations_app.rules import budget
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.mailing import timeline
from migrations_app.rules.merging import families
from migrations_app.rules.plans import PLANS
from migrations_app.rules.spec import ACTIVITY, NOTE
from migrations_app.rules.transforms.people import email_key, split_emails
from migrations_app.services import decisions, policies, rows
from migrations_app.services.mailing import gathering
from migrations_app.services.mailing.people import EMAIL_ROLES
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.pages import pages
from migrations_app.services.staging import chunks
from migrations_app.services.wording import told
from migrations_app.states import LINK_IN_TARGET

SENDS, OWNER = "sends", "sends_owner"  # the settings: the choice, and the user who gets the activities
NOTES, OF_COMPANIES, OF_ALL, NO_NOTES = "campaign_notes", "companies", "all", "no"
CONTACTS = "contacts"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """`records` are activities; `days` are on the account's plan; `entries` is the average of those who were sent anything."""

    name: str
    records: int
    tokens: int
    days: int
    entries: float
    most: int
    chosen: bool = False

    @property
    def title(self) -> str:
        return timeline.TITLES[self.name]


@dataclass(frozen=True, slots=True)
class Mailed:
    """One person: the sends of each contact that is merged into `key`, which may have none itself."""

    key: str
    sends: Mapping[str, list[Any]]

    def entries(self, choice: str, since: int, opened: Collection[str]) -> dict[str, timeline.Entries]:
        """By contact; all of them have an open deal where one has."""
        has = any(key in opened for key in self.sends)
        return {key: timeline.entries(choice, mine, since, with_open_deal=has) for key, mine in self.sends.items()}

    def count(self, choice: str, since: int, opened: Collection[str]) -> int:
        found = self.entries(choice, since, opened).values()
        return sum(len(each.singly) for each in found) + len({month for each in found for month in each.months})


@dataclass(slots=True)
class _Count:
    records: int = 0
    most: int = 0

    def add(self, entries: int) -> None:
        self.records += entries
        self.most = max(self.most, entries)


def choices(project: Project) -> list[Choice]:
    """From what was gathered by the newest audit; empty where no sends are in force."""
    counts, persons = {name: _Count() for name in timeline.TITLES}, 0
    since, opened = recent_since(project, _target(project)), with_open_deal(project, _target(project))
    for mailed in people(project, decisions.merge_roots(project, CONTACTS)):
        persons += 1
        for name, count in counts.items():
            count.add(mailed.count(name, since, opened))
    return [_choice(project, name, count, persons) for name, count in counts.items()] if persons else []


def expected(project: Project) -> dict[str, int]:
    """{object: records} that mailings will make beside those of rows, by the object that such records are otherwise made of."""
    kinds = entities(project)
    found = {}
    if ACTIVITY in kinds:
        since, opened = recent_since(project, _target(project)), with_open_deal(project, _target(project))
        every = people(project, decisions.merge_roots(project, CONTACTS))
        found[KINDS[ACTIVITY].object] = sum(each.count(chosen(project), since, opened) for each in every)
    if NOTE in kinds:
        gathered = Gathered.objects.filter(project=project, object__in=("companies", CONTACTS), detail__has_key="campaigns")
        own = gathered if policies.value(project, NOTES) == OF_ALL else gathered.filter(Q(object="companies") | Q(detail__company=""))
        found[KINDS[NOTE].object] = own.count()
    return found


def chosen(project: Project) -> str:
    return str(policies.value(project, SENDS))


def entities(project: Project) -> set[str]:
    """The kinds of record that mailings make beside those of rows: one for what was sent, one for the campaigns."""
    gathered = Gathered.objects.filter(project=project)
    found = set()
    if _wants_sends(project) and gathered.filter(object=gathering.MESSAGES).exists():
        found.add(ACTIVITY)
    if policies.value(project, NOTES) != NO_NOTES and gathered.filter(object__in=("companies", CONTACTS), detail__has_key="campaigns"):
        found.add(NOTE)
    return found


def _wants_sends(project: Project) -> bool:
    """Open deals are known where an account was looked at."""
    choice = chosen(project)
    return any(map(_open_emails, project.accounts.all())) if choice == timeline.OPEN_DEALS else choice != timeline.COUNTERS


def beside(project: Project, object: str) -> str:
    """What more becomes of rows that make no records of their own, in words that go on a sentence; "" for nothing."""
    if object == "email_sends":
        return "; " + told("on the timeline: {choice}", choice=told(timeline.TITLES[chosen(project)]))
    if object == "campaign_members" and policies.value(project, NOTES) != NO_NOTES:
        return "; " + told("their whole history is one note")
    return ""


def newest_minute(project: Project) -> int:
    return gathering.of_events(project)["minute"]


def recent_since(project: Project, account: PipedriveAccount | None) -> int:
    """The minute from which on sends are recent. What was recent when the account got its first sends stays so: a later export
    would else move what stands there singly into months, and it would be there twice."""
    if account and account.sends_since is not None and _has_sends(account):
        return account.sends_since
    return timeline.recent(newest_minute(project))


def keep_recent(project: Project, account: PipedriveAccount) -> int:
    """The same, and kept for the account from now on."""
    since = recent_since(project, account)
    PipedriveAccount.objects.filter(pk=account.pk).update(sends_since=since)
    account.sends_since = since
    return since


def _has_sends(account: PipedriveAccount) -> bool:
    mine = RecordLink.objects.filter(account=account, entity=ACTIVITY, key__startswith=timeline.SEND)
    return mine.filter(state__in=LINK_IN_TARGET).exists()


def people(project: Project, roots: Mapping[str, str]) -> Iterator[Mailed]:
    """Everybody who was sent anything, in pages: those first who are several contacts, `roots` says of whom."""
    together = families(roots)
    for some in chunks(together.items(), AT_ONCE):
        found = _sends(project, [key for _, members in some for key in members])
        for root, members in some:
            if mine := {key: found[key] for key in members if key in found}:
                yield Mailed(root, mine)
    related = {key for members in together.values() for key in members}
    stored = Gathered.objects.filter(project=project, object=CONTACTS)
    for page in pages(stored, Gathered.objects.values_list("key", "detail"), AT_ONCE):
        yield from (Mailed(key, {key: detail["sends"]}) for key, detail in page if detail.get("sends") and key not in related)


def _sends(project: Project, keys: list[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for some in chunks(keys, AT_ONCE):
        stored = Gathered.objects.filter(project=project, object=CONTACTS, key__in=some).values_list("key", "detail")
        found |= {key: detail["sends"] for key, detail in stored if detail.get("sends")}
    return found


def with_open_deal(project: Project, account: PipedriveAccount | None) -> frozenset[str]:
    """Contacts with whose address somebody in the account has an open deal, as far as the account has been looked at."""
    emails = _open_emails(account) if account else frozenset[str]()
    if not emails:
        return frozenset()
    found = set()
    for row, cells in Reader(project).cells(rows.tables_in_force(project).get(CONTACTS, [])):
        mine = (email for role in EMAIL_ROLES if cells.get(role) for email in split_emails(cells[role]))
        if any(email_key(email) in emails for email in mine):
            found.add(row.key)
    return frozenset(found)


def _open_emails(account: PipedriveAccount) -> frozenset[str]:
    return frozenset(account.holdings.get("emails_with_open_deals", ()))


def _choice(project: Project, name: str, count: _Count, persons: int) -> Choice:
    records = {"activity": count.records} if count.records else {}
    tokens = sum(budget.bill(records, setup=0).values()) if records else 0
    days = budget.days(tokens, _per_day(_target(project)))
    return Choice(name, count.records, tokens, days, round(count.records / persons, 1), count.most, name == chosen(project))


def _target(project: Project) -> PipedriveAccount | None:
    return project.accounts.order_by("role").first()  # production before staging


def _per_day(account: PipedriveAccount | None) -> int:
    plan, seats, share = (account.plan, account.seats, account.share) if account else ("lite", 1, 100)
    return PLANS[plan].tokens_per_day(seats, share)
