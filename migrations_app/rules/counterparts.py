"""Which record of an account may be the one that a row would make: organizations by web domain and name, persons by e-mail, phone and name.

*Sure* follows the project's policy, *doubtful* needs a person (PRACTICE.md 3 rows 6 to 9 and 32).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from migrations_app.rules.clusters import UNLIKE_NAMES_LIMIT, names_alike, shares_first_word
from migrations_app.rules.spec import ORGANIZATION
from migrations_app.rules.transforms.people import email_key
from migrations_app.rules.transforms.phones import read_phone
from migrations_app.rules.transforms.web import SHARED_DOMAINS, domain_key, registered_domain
from migrations_app.rules.transforms.words import fold

SURE, DOUBTFUL = "sure", "doubtful"
LINK, CREATE = "link", "create"  # what is suggested


_WORDS = re.compile(r"\w+")
# What companies are, not what they are called; dots are gone when names are compared.
LEGAL_FORMS = frozenset(
    (
        "gmbh mbh ag kg kgaa ohg gbr ug ek ev eg se inc incorporated llc llp lp ltd limited plc corp corporation co company cie sa sas "
        "sarl srl spa sl slu bv nv vof bvba sprl oy oyj ab as asa aps kft zrt nyrt sro spol doo dd zoo sp z oo pty pte"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a record is known by, on either side. `domains` are those of its website, `mail_domains` those of its people."""

    id: str
    name: str
    domains: frozenset[str] = frozenset()
    mail_domains: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    strength: str
    suggestion: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """The record of the account (`theirs`) that comes closest to a row; `others` are further ones that fit."""

    ours: str
    theirs: str
    likeness: Likeness
    others: tuple[str, ...] = ()


Pair = tuple[Known, Known]  # ours, theirs


def domain_of(website: str, shared: frozenset[str] = SHARED_DOMAINS) -> str:
    """The registered domain of a website that stands for one company; empty for shared hosts."""
    host = domain_key(website, shared)
    return registered_domain(host) if host else ""


def mail_domain(email: str, shared: frozenset[str] = SHARED_DOMAINS) -> str:
    """The domain of an address, unless a provider or many companies stand behind it."""
    key = email_key(email)
    return domain_of(key.rpartition("@")[2], shared) if key else ""


@lru_cache(maxsize=50_000)
def company_key(name: str) -> str:
    """A company's name without its legal form, folded."""
    words = _WORDS.findall(fold(name))
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def person_key(name: str) -> str:
    """A person's name, whichever part comes first."""
    return " ".join(sorted(_WORDS.findall(fold(name))))


def phone_key(text: str, country: str) -> str:
    """One form of a number, however it is written; empty where nobody can read it."""
    return read_phone(text.strip(), country)


def marks(entity: str, known: Known) -> Iterator[str]:
    """By what a record is looked up: two that share no mark are not compared."""
    if entity == ORGANIZATION:
        yield from (f"domain {each}" for each in known.domains | known.mail_domains)
        if name := company_key(known.name):
            yield f"name {name}"
    else:
        yield from (f"email {each}" for each in known.emails)
        if name := person_key(known.name):
            yield from (f"phone {each} {name}" for each in known.phones)


def likeness(entity: str, ours: Known, theirs: Known) -> Likeness | None:
    """How alike the two are; None where nothing says that they may be one."""
    return _of_organizations(ours, theirs) if entity == ORGANIZATION else _of_persons(ours, theirs)


def _of_organizations(ours: Known, theirs: Known) -> Likeness | None:
    same_name = bool(company_key(ours.name)) and company_key(ours.name) == company_key(theirs.name)
    web = ours.domains & theirs.domains
    shared = web or (ours.domains | ours.mail_domains) & (theirs.domains | theirs.mail_domains)
    domain = min(shared, default="")
    by = f"same web domain {domain}" if web else f"people of both write from {domain}"
    if domain and (same_name or (web and shares_first_word(ours.name, theirs.name))):
        return Likeness(SURE, LINK, 0.95, f"{by}, {'same name' if same_name else 'like names'}")
    if domain and shares_first_word(ours.name, theirs.name):
        return Likeness(DOUBTFUL, LINK, 0.7, f"{by}, like names")
    if web:
        return Likeness(DOUBTFUL, CREATE, 0.6, f"{by}, but the names do not share their first word")
    if same_name and not (ours.domains and theirs.domains):
        return Likeness(DOUBTFUL, LINK, 0.7, "same name; no web domain says whether they are one")
    return None


def _of_persons(ours: Known, theirs: Known) -> Likeness | None:
    email = min(ours.emails & theirs.emails, default="")
    if email and names_alike(ours.name, theirs.name):
        return Likeness(SURE, LINK, 0.95, f"same e-mail {email}")
    if email:
        return Likeness(DOUBTFUL, CREATE, 0.6, f"one mailbox {email}, different names")
    if (phones := ours.phones & theirs.phones) and person_key(ours.name) == person_key(theirs.name):
        return Likeness(DOUBTFUL, LINK, 0.8, f"same name and phone {min(phones)}")
    return None


def matches(entity: str, pairs: Iterable[Pair]) -> list[Match]:
    """One match at most for each of ours. What several fit, on either side, is doubtful; what is taken for sure is no doubt any more."""
    found = [(ours, theirs, each) for ours, theirs in pairs if (each := likeness(entity, ours, theirs))]
    sure = [(ours, theirs, each) for ours, theirs, each in found if each.strength == SURE]
    of_ours, of_theirs = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for ours, theirs, _ in sure:
        of_ours[ours.id].add(theirs.id)
        of_theirs[theirs.id].add(ours.id)
    plain = {
        ours.id: Match(ours.id, theirs.id, each)
        for ours, theirs, each in sure
        if len(of_ours[ours.id]) == 1 and len(of_theirs[theirs.id]) == 1
    }
    taken = {match.theirs for match in plain.values()}
    left = [each for each in found if each[0].id not in plain and each[1].id not in taken]
    return [*plain.values(), *_doubtful(_without_franchises(left))]


Found = tuple[Known, Known, Likeness]


def _without_franchises(found: Sequence[Found]) -> list[Found]:
    """A domain that many unlike names stand behind names none of them."""
    unlike: dict[str, int] = defaultdict(int)
    for _, theirs, each in found:
        unlike[theirs.id] += each.suggestion == CREATE
    return [(ours, theirs, each) for ours, theirs, each in found if each.suggestion == LINK or unlike[theirs.id] <= UNLIKE_NAMES_LIMIT]


def _doubtful(found: Iterable[Found]) -> Iterator[Match]:
    by_ours: dict[str, list[tuple[Known, Likeness]]] = defaultdict(list)
    for ours, theirs, each in found:
        by_ours[ours.id].append((theirs, each))
    for id, candidates in by_ours.items():
        candidates.sort(key=lambda each: (-each[1].confidence, int(each[0].id)))
        (best, why), *others = candidates
        reason = f"{why.reason}; {len(others)} more records fit" if others else why.reason
        if why.strength == SURE:
            why = Likeness(DOUBTFUL, LINK, 0.7, reason if others else f"{reason}; several rows fit it")
        yield Match(id, best.id, Likeness(DOUBTFUL, why.suggestion, why.confidence, why.reason), tuple(each.id for each, _ in others))
