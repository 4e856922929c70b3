"""What the texts in reference columns point to: an id, a name, an e-mail address. Built in one pass, kept as hashes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from django.db.models import QuerySet

from migrations_app.models import RecordLink, RecordSource, SourceTable
from migrations_app.rules.keys import clean, fit
from migrations_app.services import rows
from migrations_app.states import LINK_IN_TARGET

NAME_ROLES = {
    "companies": (("name",),),
    "contacts": (("full_name",), ("first_name", "last_name"), ("last_name", "first_name")),
    "deals": (("title",),),
    "products": (("sku",), ("name",)),
}
EMAIL_ROLES = {"contacts": ("email", "email2")}
COMPANY_ROLES = ("company_ref", "company_name")  # what a row says about its company, the surest first
CONTACT_ROLES = ("contact_ref", "contact_email", "contact_name")

_BRACKETED = re.compile(r"(?P<before>.+?)\s*[<(\[](?P<inside>[^<>()\[\]]+)[>)\]]", re.DOTALL)


def fold(text: str) -> str:
    """How names are compared: case, blanks and the comma of `Last, First` do not count."""
    return " ".join(clean(text).replace(",", " ").casefold().split())


@dataclass(slots=True)
class ReferenceIndex:
    """Keys of one object by id, name and e-mail. `resolve` answers (key, "") or ("", why): `dangling` or `several`.

    Names are kept as 64-bit hashes: the index of a million rows stays below some hundred megabytes.
    """

    object: str
    ids: set[str] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    several: set[int] = field(default_factory=set)
    zeros: dict[str, str] = field(default_factory=dict)  # an id without the zeros before it -> the id; empty where several fit

    def add(self, key: str, names: Iterable[str], emails: Iterable[str]) -> None:
        self.ids.add(key)
        if key[:1] == "0" and (bare := key.lstrip("0")):
            self.zeros[bare] = key if self.zeros.get(bare, key) == key else ""
        for texts, index in ((names, self.names), (emails, self.emails)):
            for text in {fold(each) for each in texts} - {""}:
                mark = _mark(text)
                if index.setdefault(mark, key) != key:
                    self.several.add(mark)

    def know(self, links: QuerySet[RecordLink]) -> None:
        """Records that are in Pipedrive can be pointed to by their ids, also where the newest export has no row for them."""
        sources = RecordSource.objects.filter(object=self.object, occurrence=0, link__in=links.filter(state__in=LINK_IN_TARGET))
        self.ids.update(sources.values_list("source_key", flat=True).iterator(2000))

    def resolve_any(self, texts: Iterable[str]) -> tuple[str, str]:
        """The first of several texts about one record that fits: its id, else the name or the address beside it."""
        why = ""
        for text in filter(None, texts):
            key, reason = self.resolve(text)
            if key:
                return key, ""
            why = why or reason
        return "", why

    def resolve(self, text: str) -> tuple[str, str]:
        text = clean(text)
        if text in self.ids:
            return text, ""
        if known := next((id for id in _other_spellings(text) if id in self.ids), "") or self.zeros.get(text.lstrip("0"), ""):
            return known, ""
        mark = _mark(fold(text))
        if mark in self.several:
            return "", "several"
        key = self.names.get(mark) or self.emails.get(mark, "")
        return (key, "") if key else self._with_tail(text)

    def _with_tail(self, text: str) -> tuple[str, str]:
        """`Last, First - Company`, `Name (CT-12)` and `Name <address>`: what people's screens print."""
        bracketed = _BRACKETED.fullmatch(text)
        for part in (*(bracketed.group("inside", "before") if bracketed else ()), text.split(" - ", 1)[0]):
            part = clean(part)
            if part in self.ids:
                return part, ""
            mark = _mark(fold(part))
            key = self.names.get(mark) or self.emails.get(mark, "")
            if key and part != text and mark not in self.several:
                return key, ""
        return "", "dangling"


@dataclass(slots=True)
class CompanyNames:
    """What companies are called that have no rows of their own: some tables print the name beside the id, others the id alone."""

    by_id: dict[str, str] = field(default_factory=dict)

    def learn(self, id: str, name: str) -> str:
        """The text that stands for the company of a row; give contacts before deals."""
        if id and name:
            self.by_id.setdefault(id, name)
        return name or self.by_id.get(id, id)


def key_of_text(name: str) -> str:
    """What stands for a company that exists only as text, beside the keys of rows."""
    return fit(f"~{fold(name)}")


def _other_spellings(id: str) -> Iterator[str]:
    """The same id as another table may print it: a GUID in the other case or in braces, a number with a fraction or zeros before it."""
    bare = id.strip("{}")
    yield from (bare, bare.upper(), bare.lower(), f"{{{bare.upper()}}}", f"{{{bare.lower()}}}")
    yield from (id.lstrip("#"), id.lstrip("0"), id.removesuffix(".0"))


def build_index(object: str, tables: Sequence[SourceTable], excluded: frozenset[tuple[int, int]] = frozenset()) -> ReferenceIndex:
    """Index the rows in force of one object; rows in `excluded` ((table, line): never loads) are nobody to point to."""
    index = ReferenceIndex(object)
    layouts = {table.pk: (_positions(object, table), _email_positions(object, table)) for table in tables}
    for row in rows.stream(tables):
        if row.occurrence or (row.table.pk, row.line) in excluded:
            continue
        name_sets, email_at = layouts[row.table.pk]
        names = [" ".join(row.cells[at] for at in positions) for positions in name_sets]
        index.add(row.key, names, [row.cells[at] for at in email_at])
    return index


def _positions(object: str, table: SourceTable) -> list[list[int]]:
    sets = [[table.position_of(role) for role in roles] for roles in NAME_ROLES.get(object, ())]
    return [[at for at in positions if at is not None] for positions in sets if all(at is not None for at in positions)]


def _email_positions(object: str, table: SourceTable) -> list[int]:
    found = [table.position_of(role) for role in EMAIL_ROLES.get(object, ())]
    return [at for at in found if at is not None]


def _mark(folded: str) -> int:
    return int.from_bytes(blake2b(folded.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
