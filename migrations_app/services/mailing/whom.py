"""Whom to take: contacts who were active of late, must not be written to, or belong to a company with a deal. The rest is left behind.

A mailing system holds many more people than a CRM wants. Nobody is left behind unless the project says so.
"""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from migrations_app.models import Gathered, Project, SourceTable
from migrations_app.rules.transforms.people import email_key
from migrations_app.services import policies, rows
from migrations_app.services.keysets import KeySet
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.references import fold
from migrations_app.services.staging import chunks

SETTING, ALL, ACTIVE = "contacts_taken", "all", "active"
MONTHS = 24
LEFT_BEHIND = f"left behind: not active for {MONTHS} months"
OBJECT = "contacts"
AT_ONCE = 500
DAYS = ("last_activity", "created_at", "modified_at", "opt_in_date")  # on each of them somebody did something
HEADS = ("source_id", "name", "email", "last_active")
RECENT, SUPPRESSED, WITH_DEAL = f"active in {MONTHS} months", "must not be written to", "of a company with a deal"


@dataclass(frozen=True, slots=True)
class Judged:
    """One contact; `why` is empty where nothing speaks for taking it. `last` is an ISO day, empty where no day is known."""

    key: str
    label: str
    email: str
    last: str
    why: str


def is_on(project: Project) -> bool:
    return bool(policies.value(project, SETTING) == ACTIVE)


def left_behind(project: Project) -> Container[str]:
    """The contacts that do not move, as the project chose; none unless it did."""
    found = KeySet()
    if is_on(project):
        found.add(each.key for each in judged(project) if not each.why)
    return found


def counts(project: Project) -> dict[str, int]:
    """{why: contacts} of those who would be taken, and of LEFT_BEHIND, whatever the project chose. Reads all contacts."""
    return dict(Counter(each.why or LEFT_BEHIND for each in judged(project)))


def table(project: Project) -> Iterator[Sequence[Any]]:
    """Those who stay behind, for people who want to look at them; empty where everybody moves."""
    if is_on(project):
        yield from ((each.key, each.label, each.email, each.last) for each in judged(project) if not each.why)


def judged(project: Project) -> Iterator[Judged]:
    force = rows.tables_in_force(project)
    reader, since, dealt = Reader(project), _since(force.get(OBJECT, ())), _with_deals(project, force)
    for some in chunks(reader.cells(force.get(OBJECT, [])), AT_ONCE):
        keys = [row.key for row, _ in some]
        gathered = dict(Gathered.objects.filter(project=project, object=OBJECT, key__in=keys).values_list("key", "values"))
        for row, cells in some:
            said = gathered.get(row.key, {})
            last = max((reader.day(row.table, role, cells.get(role, "")) for role in DAYS), default="")
            last = max(last, *said.get("last_open", [""])[:1])
            why = SUPPRESSED if "suppression_status" in said else RECENT if last >= since else ""
            yield Judged(row.key, row.label, cells.get("email", ""), last, why or (WITH_DEAL if _texts(row.key, cells) & dealt else ""))


def _since(tables: Sequence[SourceTable]) -> str:
    """The day from which on somebody counts as active: as long before the newest export as MONTHS are."""
    newest: date = max((table.upload.created_at.date() for table in tables), default=date.min)
    months = newest.year * 12 + newest.month - 1 - MONTHS
    return f"{months // 12:04}-{months % 12 + 1:02}-{min(newest.day, 28):02}" if tables else ""


def _with_deals(project: Project, force: Mapping[str, list[SourceTable]]) -> set[str]:
    """Folded names, ids and addresses by which deals of the export and of the account name a company or a contact."""
    found = set()
    for _, cells in Reader(project).cells(force.get("deals", [])):
        found |= {fold(cells[role]) for role in ("company_ref", "company_name", "contact_ref", "contact_name") if cells.get(role)}
    for account in project.accounts.all():
        found |= {*account.holdings.get("organizations_with_deals", ()), *account.holdings.get("emails_with_open_deals", ())}
    return found


def _texts(key: str, cells: Mapping[str, str]) -> set[str]:
    named = {fold(cells[role]) for role in ("company_ref", "company_name") if cells.get(role)}
    return {fold(key), email_key(cells.get("email", "")), *named} - {""}
