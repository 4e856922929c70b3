"""Everybody that members, sends and suppression lists can mean: contacts by id and by address. A number stands for each."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from migrations_app.models import SourceTable
from migrations_app.rules.transforms.people import email_key, email_keys, split_emails
from migrations_app.services.mailing.reading import Reader
from migrations_app.services.references import COMPANY_ROLES, CompanyNames, build_index, key_of_text

EMAIL_ROLES = ("email", "email2")


class People:
    """Contacts in file order. Addresses are kept as 64-bit marks; one address may be that of several contacts.

    Labels are kept of those who have a company, which tells by them who was in a campaign.
    """

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.labels: list[str] = []
        self.companies: list[str] = []
        self._numbers: dict[str, int] = {}
        self._by_email: dict[int, int | tuple[int, ...]] = {}

    def add(self, key: str, label: str, emails: Sequence[str], company: str) -> int:
        number = self._numbers[key] = len(self.keys)
        self.keys.append(key)
        self.labels.append(label if company else "")
        self.companies.append(company)
        for email in dict.fromkeys(filter(None, map(email_key, emails))):
            mark = _mark(email)
            known = self._by_email.get(mark)
            self._by_email[mark] = number if known is None else ((known,) if isinstance(known, int) else known) + (number,)
        return number

    def by_key(self, key: str) -> int | None:
        return self._numbers.get(key)

    def with_email(self, email: str) -> tuple[int, ...]:
        """All contacts that have the address, whatever its case and what stands around it."""
        key = next(iter(email_keys(email)), "")
        found = self._by_email.get(_mark(key), ()) if key else ()
        return (found,) if isinstance(found, int) else found

    def meant(self, key: str, emails: Sequence[str]) -> tuple[int, ...]:
        """Everybody who has one of the addresses; without any, the contact with the id."""
        if not emails:
            number = self._numbers.get(key)
            return () if number is None else (number,)
        return tuple(dict.fromkeys(number for email in emails for number in self.with_email(email)))

    def one(self, key: str, email: str) -> int | None:
        """The contact that a line means: by its id, else the first with its address."""
        return next(iter(self.all(key, email)), None)

    def all(self, key: str, email: str) -> tuple[int, ...]:
        """Everybody whom a line can mean: the one with its id, else all with its address, which may stand where an id is looked for."""
        number = self._numbers.get(key) if key else None
        return (number,) if number is not None else self.with_email(email) or self.with_email(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)


def read_people(force: Mapping[str, list[SourceTable]], reader: Reader) -> Iterator[tuple[People, int, SourceTable, dict[str, str]]]:
    """Fills a People while the contacts stream by: (people, number, table, cells) of each."""
    people = People()
    companies = build_index("companies", force.get("companies", ())) if "companies" in force else None
    called = CompanyNames()
    for row, cells in reader.cells(force.get("contacts", [])):
        told = [cells.get(role, "") for role in COMPANY_ROLES]
        if companies is None:
            name = called.learn(*told)
            company = key_of_text(name) if name else ""
        else:
            company, _ = companies.resolve_any(told)
        emails = [email for role in EMAIL_ROLES if cells.get(role) for email in split_emails(cells[role])]
        yield people, people.add(row.key, row.label, emails, company), row.table, cells


def _mark(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
