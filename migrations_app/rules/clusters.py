"""Who might be the same: companies by web domain, persons by e-mail. *same* may be merged in bulk, *doubtful* needs a person."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrations_app.rules.transforms.people import email_key
from migrations_app.rules.transforms.web import SHARED_DOMAINS, domain_key, host_of, is_shared_host, registered_domain
from migrations_app.rules.transforms.words import fold

SAME, DOUBTFUL = "same", "doubtful"
UNLIKE_NAMES_LIMIT = 5

_WORDS = re.compile(r"\w+")
_ARTICLES = frozenset("the der die das le la les el los las il lo gli de het firma company".split())


@dataclass(frozen=True, slots=True)
class Company:
    """`key` is the source key; give companies in file order."""

    key: str
    name: str
    website: str


@dataclass(frozen=True, slots=True)
class Contact:
    """`key` is the source key; give contacts in file order."""

    key: str
    name: str
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows that may be one record. The survivor is the first of them in the file."""

    strength: str
    value: str
    members: tuple[str, ...]
    reason: str

    @property
    def survivor(self) -> str:
        return self.members[0]


def company_clusters(companies: Iterable[Company], shared_domains: frozenset[str] = SHARED_DOMAINS) -> list[Cluster]:
    """Clusters by host, then doubtful ones between subdomains, then equal names behind one free-mail domain."""
    by_host: dict[str, list[Company]] = {}
    behind_free_mail: dict[tuple[str, str], list[Company]] = {}
    for company in companies:
        host = domain_key(company.website, shared_domains)
        if host:
            by_host.setdefault(host, []).append(company)
        elif (free := host_of(company.website)) and is_shared_host(free, shared_domains) and company.name:
            behind_free_mail.setdefault((free, fold(company.name)), []).append(company)
    keys = {host: members for host, members in by_host.items() if len(_by_first_word(members)) <= UNLIKE_NAMES_LIMIT}
    clusters = [cluster for host, members in keys.items() for cluster in _on_one_host(host, members)]
    clusters += _subdomains(keys)
    for (free, _), members in behind_free_mail.items():
        if len(members) > 1:
            clusters.append(Cluster(DOUBTFUL, free, _keys(members), f"same name, but {free} is shared by many companies"))
    return clusters


def contact_clusters(contacts: Iterable[Contact]) -> list[Cluster]:
    """Clusters by e-mail, whatever its case and the blanks around it; unlike names share a mailbox and stay apart."""
    by_email: dict[str, list[Contact]] = {}
    for contact in contacts:
        for email in dict.fromkeys(key for text in contact.emails if (key := email_key(text))):
            by_email.setdefault(email, []).append(contact)
    clusters: dict[tuple[str, ...], Cluster] = {}
    for email, members in by_email.items():
        for cluster in _on_one_mailbox(email, members) if len(members) > 1 else ():
            clusters.setdefault(cluster.members, cluster)
    return list(clusters.values())


def names_alike(one: str, other: str) -> bool:
    """The same person's name: case, accents, order and initials set aside; an empty name fits any."""
    first, second = _words(one), _words(other)
    if not first or not second or sorted(first) == sorted(second):
        return True
    if first[-1] != second[-1] or len(first) < 2 or len(second) < 2:
        return False
    if first[0] == second[0]:  # Renske M. Tollgard and Renske Tollgard
        return True
    initial = min(first[0], second[0], key=len)
    return len(initial) == 1 and first[0][0] == second[0][0]


def shares_first_word(one: str, other: str) -> bool:
    """Company names that begin alike, articles aside; an empty name fits any."""
    return not one or not other or _first_word(one) == _first_word(other)


def _words(name: str) -> list[str]:
    return _WORDS.findall(fold(name))


def _first_word(name: str) -> str:
    words = _words(name)
    return next((word for word in words if word not in _ARTICLES), words[0] if words else "")


def _keys(members: Sequence[Company] | Sequence[Contact]) -> tuple[str, ...]:
    return tuple(member.key for member in members)


def _by_first_word(members: Sequence[Company]) -> list[list[Company]]:
    """Companies with like names, in file order; those without a name go with the first group."""
    groups: dict[str, list[Company]] = {}
    nameless: list[Company] = []
    for member in members:
        word = _first_word(member.name)
        (groups.setdefault(word, []) if word else nameless).append(member)
    if not groups:
        return [nameless]
    order = {member.key: at for at, member in enumerate(members)}
    first, *others = groups.values()
    return [sorted([*first, *nameless], key=lambda member: order[member.key]), *others]


def _on_one_host(host: str, members: Sequence[Company]) -> list[Cluster]:
    if len(members) < 2:
        return []
    groups = _by_first_word(members)
    found = [Cluster(SAME, host, _keys(group), f"same web domain {host}, like names") for group in groups if len(group) > 1]
    if len(groups) > 1:
        firsts = [group[0] for group in groups]
        found.append(Cluster(DOUBTFUL, host, _keys(firsts), f"same web domain {host}, but the names do not share their first word"))
    return found


def _subdomains(by_host: dict[str, list[Company]]) -> list[Cluster]:
    by_domain: dict[str, list[str]] = {}
    for host in by_host:
        by_domain.setdefault(registered_domain(host), []).append(host)
    found = []
    for domain, hosts in by_domain.items():
        if len(hosts) > 1:
            found.append(
                Cluster(DOUBTFUL, domain, _keys([by_host[host][0] for host in hosts]), f"different hosts of one domain: {', '.join(hosts)}")
            )
    return found


def _on_one_mailbox(email: str, members: Sequence[Contact]) -> list[Cluster]:
    groups: list[list[Contact]] = []
    for member in members:
        group = next((group for group in groups if names_alike(group[0].name, member.name)), None)
        if group is None:
            groups.append([member])
        else:
            group.append(member)
    found = [Cluster(SAME, email, _keys(group), f"same e-mail {email}") for group in groups if len(group) > 1]
    if len(groups) > 1:
        found.append(Cluster(DOUBTFUL, email, _keys([group[0] for group in groups]), f"one mailbox {email}, different names"))
    return found
