"""Rows that may be one record: found by hashes while the rows stream by, compared only where hashes meet."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from migrations_app.models import SourceTable
from migrations_app.rules.clusters import Cluster, Company, Contact, company_clusters, contact_clusters
from migrations_app.rules.keys import clean
from migrations_app.rules.transforms.people import email_key
from migrations_app.rules.transforms.web import host_of, registered_domain
from migrations_app.services import rows
from migrations_app.services.evidence import ClusterFacts, ClusterMember
from migrations_app.services.references import fold
from migrations_app.services.staging import chunks

EMAIL_ROLES = ("email", "email2", "email3")


class TwinFinder:
    """Give it every row once; `clusters` then fetches only those that share a web domain or an e-mail address."""

    def __init__(self, object: str) -> None:
        self.object = object
        self._first: dict[int, str] = {}
        self._sharing: dict[str, None] = {}

    def add(self, key: str, cells: Mapping[str, str]) -> None:
        for mark in self._marks(cells):
            number = int.from_bytes(blake2b(mark.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
            first = self._first.setdefault(number, key)
            if first != key:
                self._sharing[first] = self._sharing[key] = None

    def clusters(self, tables: Sequence[SourceTable]) -> Iterator[ClusterFacts]:
        found: dict[str, rows.SourceRow] = {}
        for some in chunks(self._sharing, 500):
            found.update(rows.by_key(tables, some))
        members = sorted(found.values(), key=lambda row: (row.table.pk, row.line))
        texts = {row.key: {role: clean(row.cells[at]) for at, role in row.table.roles_by_position().items()} for row in members}
        for cluster in self._compare(texts):
            yield ClusterFacts(
                self.object,
                cluster.survivor,
                cluster.strength,
                cluster.reason,
                [ClusterMember(key, found[key].label, cluster.reason, found[key].line) for key in cluster.members],
            )

    def _compare(self, texts: Mapping[str, Mapping[str, str]]) -> list[Cluster]:
        if self.object == "companies":
            return company_clusters(Company(key, cells.get("name", ""), cells.get("website", "")) for key, cells in texts.items())
        return contact_clusters(
            Contact(key, _person_name(cells), tuple(cells[role] for role in EMAIL_ROLES if cells.get(role))) for key, cells in texts.items()
        )

    def _marks(self, cells: Mapping[str, str]) -> Iterator[str]:
        if self.object == "companies":
            if host := host_of(cells.get("website", "")):
                yield registered_domain(host)
                yield f"{host} {fold(cells.get('name', ''))}"
        else:
            yield from {key for role in EMAIL_ROLES if cells.get(role) and (key := email_key(cells[role]))}


def _person_name(cells: Mapping[str, str]) -> str:
    return " ".join(cells[role] for role in ("first_name", "last_name") if cells.get(role)) or cells.get("full_name", "")
