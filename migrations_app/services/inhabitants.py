"""What lives in an account and no row stands for: organizations and persons, read once by lists (10 tokens for 500).

Most of it was not made by this move; records that we made of rows which the exports no longer have count like them.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from connectors.pipedrive.client import MOST_CUSTOM_FIELDS, Pipedrive
from migrations_app.models import PipedriveAccount, RecordLink
from migrations_app.rules.counterparts import Known, domain_of, mail_domain, marks, phone_key
from migrations_app.rules.spec import ORGANIZATION, PERSON
from migrations_app.rules.transforms.people import email_key
from migrations_app.rules.transforms.web import SHARED_DOMAINS
from migrations_app.services import schema
from migrations_app.states import LINK_IN_TARGET

ENTITIES = (ORGANIZATION, PERSON)
WEBSITES = frozenset({"website", "web", "web site", "homepage", "url", "domain", "matched domain"})  # names of fields that hold one
Record = Mapping[str, Any]


class Inhabitants:
    """Marks of what is not ours, kept as hashes: few bytes a record, however many live there. `left` are ours by entity, without rows."""

    def __init__(self, account: PipedriveAccount, left: Mapping[str, Container[str]]) -> None:
        self._account = account
        self.left = left
        self.shared = shared_domains(account)
        self._codes = {entity: _website_codes(account, entity) for entity in ENTITIES}
        self._marks: dict[str, dict[int, tuple[int, ...]]] = {entity: {} for entity in ENTITIES}
        self.counts: Counter[str] = Counter()
        self.strangers: dict[str, set[int]] = {entity: set() for entity in ENTITIES}

    def read(self, client: Pipedrive) -> None:
        """All organizations, then all persons: what a company's people write from tells it as well."""
        target = schema.account_schema(self._account)
        for entity in ENTITIES:
            source_id = target.fields.get((entity, schema.SOURCE_ID), "")
            codes = [code for code in (source_id, *self._codes[entity]) if code][:MOST_CUSTOM_FIELDS]
            for page in client.pages(entity, custom_fields=codes):
                self._take(entity, page, source_id)

    def known(self, entity: str, record: Record) -> Known:
        """What a record of the account is known by."""
        custom = record.get("custom_fields") or {}
        sites = [record.get("website"), *(custom.get(code) for code in self._codes[entity])]
        return Known(
            id=str(record["id"]),
            name=str(record.get("name") or ""),
            domains=frozenset(each for site in sites if isinstance(site, str) and (each := domain_of(site, self.shared))),
            emails=frozenset(emails(record.get("emails"))),
            phones=frozenset(phones(record.get("phones"), self._account.project.country)),
        )

    def find(self, entity: str, known: Known) -> set[int]:
        """Ids of those that share a mark with it."""
        table = self._marks[entity]
        return {id for mark in marks(entity, known) for id in table.get(_number(mark), ())}

    def with_domain(self, domain: str) -> tuple[int, ...]:
        """Organizations that are told by it, their own or their people's."""
        return self._marks[ORGANIZATION].get(_number(f"domain {domain}"), ())

    def _take(self, entity: str, page: Iterable[Record], source_id: str) -> None:
        page = [record for record in page if not record.get("is_deleted")]
        self.counts[entity] += len(page)
        ours = set(
            RecordLink.objects.filter(
                account=self._account, entity=entity, state__in=LINK_IN_TARGET, pipedrive_id__in=[str(record["id"]) for record in page]
            ).values_list("pipedrive_id", flat=True)
        )
        for record in page:
            stranger = str(record["id"]) not in ours and not (record.get("custom_fields") or {}).get(source_id)
            if stranger or str(record["id"]) in self.left[entity]:
                self._settle_in(entity, record)

    def _settle_in(self, entity: str, record: Record) -> None:
        id = int(record["id"])
        known = self.known(entity, record)
        self.strangers[entity].add(id)
        self._remember(entity, id, marks(entity, known))
        employer = record.get("org_id")
        if entity == PERSON and employer in self.strangers[ORGANIZATION]:
            self._remember(ORGANIZATION, employer, (f"domain {each}" for each in mail_domains(known.emails, self.shared)))

    def _remember(self, entity: str, id: int, some: Iterable[str]) -> None:
        table = self._marks[entity]
        for mark in some:
            number = _number(mark)
            if id not in table.get(number, ()):
                table[number] = (*table.get(number, ()), id)


def shared_domains(account: PipedriveAccount) -> frozenset[str]:
    """Domains that name no company, with those that the project adds."""
    return SHARED_DOMAINS | frozenset(map(str, account.project.setting("free_domains") or ()))


def emails(entries: Any) -> Iterator[str]:
    """Addresses of a record's list, folded."""
    yield from (key for entry in entries or () if (key := email_key(str(entry.get("value") or ""))))


def phones(entries: Any, country: str) -> Iterator[str]:
    yield from (key for entry in entries or () if (key := phone_key(str(entry.get("value") or ""), country)))


def mail_domains(addresses: Iterable[str], shared: frozenset[str]) -> frozenset[str]:
    return frozenset(each for address in addresses if (each := mail_domain(address, shared)))


def _website_codes(account: PipedriveAccount, entity: str) -> list[str]:
    """Custom fields of the account that hold a web address, by their names."""
    return [each["code"] for each in schema.fields_of(account.schema, entity) if each["custom"] and schema.fold(each["name"]) in WEBSITES]


def _number(mark: str) -> int:
    return int.from_bytes(blake2b(mark.encode(errors="replace"), digest_size=8).digest(), "big")
