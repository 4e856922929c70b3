"""A list of customers that QuickBooks printed, laid beside the CRM's own rows: whom it speaks of, and who is only there."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from migrations_app.models import Finding, Gathered, Project, SourceTable
from migrations_app.rules.customers import Customer, marks, marks_of_record, read_customer
from migrations_app.rules.keys import clean
from migrations_app.rules.mailing import columns
from migrations_app.rules.quickbooks import LIST_ID
from migrations_app.rules.spec import Issue
from migrations_app.services import decisions, rows
from migrations_app.services.evidence import QuestionFacts
from migrations_app.services.staging import as_json
from migrations_app.services.wording import counted

OBJECT = "quickbooks"  # what the export's lists of customers are recognised as
JOINED = ("companies", "contacts")
QUESTION = "quickbooks_by_name"
SAME, APART = "same", "apart"
ONLY_THERE, JOB, SEVERAL, TWICE = "only_in_quickbooks", "job_in_quickbooks", "several_in_quickbooks", "twice_in_quickbooks"
POLICY, LEAVE, LOAD = "quickbooks_only", "leave", "load"  # what becomes of those whom only the list knows
DETAIL = "quickbooks"  # where the audit keeps it
EXAMPLES = 5
_NAME_ROLES = {"companies": (("name",),), "contacts": (("full_name",), ("first_name", "last_name"))}
_EMPLOYERS = ("company_ref", "company_name")

Record = tuple[str, str]  # object and key of a row of the CRM


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer with the row of the list that says so."""

    row: rows.SourceRow
    customer: Customer


@dataclass(slots=True)
class CustomerList:
    """`beside` is by object and key of the CRM's row; `maybe` are pairs that only a name joins, until people answer; `left` are the
    rows of the list that stand beside nothing, each with the code of why."""

    beside: dict[Record, Listed] = field(default_factory=dict)
    maybe: dict[Record, Listed] = field(default_factory=dict)
    left: list[tuple[Listed, str]] = field(default_factory=list)

    def said(self, object: str, key: str) -> Mapping[str, str]:
        """What QuickBooks says of a row, by the roles of its twins."""
        found = self.beside.get((object, key))
        return found.customer.said if found else {}

    def digest(self, object: str, key: str) -> str:
        """Another one where QuickBooks says something else; empty where it says nothing."""
        said = self.said(object, key)
        return blake2b(json.dumps(said, sort_keys=True).encode(errors="replace"), digest_size=8).hexdigest() if said else ""

    def issues(self) -> Iterator[tuple[str, rows.SourceRow, Issue]]:
        for listed, code in self.left:
            yield OBJECT, listed.row, Issue(code, "warn", "name", listed.customer.name, _TOLD[code])

    def questions(self) -> Iterator[QuestionFacts]:
        """One for each kind of record: a name alone proves nothing, and hundreds share the answer."""
        for object in JOINED:
            pairs = [(key, listed) for (of, key), listed in self.maybe.items() if of == object]
            if pairs:
                yield _question(object, pairs)


def read(project: Project, force: Mapping[str, list[SourceTable]]) -> CustomerList:
    """Lay the list beside the rows of `force`. One pass over the list and the rows that could be its customers; none without a list."""
    found = CustomerList()
    if not force.get(OBJECT):
        return found
    listed = list(_listed(force[OBJECT], found))
    by_id = {each.customer.list_id.casefold(): each for each in listed if each.customer.list_id}
    by_name: dict[str, list[Listed]] = {}
    for each in listed:
        for mark in marks(each.customer.names):
            by_name.setdefault(mark, []).append(each)
    named: dict[str, list[Record]] = {}
    met = {each.row.key for each in _join_by_id(force, by_id, by_name, named, found)}
    claimed = Counter(record for key, records in named.items() if key not in met for record in set(records))
    answers = decisions.question_answers(project, QUESTION)
    for each in listed:
        if each.row.key not in met:
            records = sorted(set(named.get(each.row.key, ())))
            clear = len(records) < 2 and all(claimed[record] == 1 for record in records)
            _place(each, records, answers if clear else None, found)
    return found


def to_keep(project: Project, found: CustomerList) -> Iterator[tuple[Any, ...]]:
    """As `gathering` stores it, for the batches, which read what stands beside their rows by key."""
    return ((project.pk, object, key, *_kept(listed.customer)) for (object, key), listed in found.beside.items())


def kept(project: Project, object: str, keys: Collection[str]) -> dict[str, Mapping[str, str]]:
    """{key: what QuickBooks says}. One query."""
    stored = Gathered.objects.filter(project=project, object=object, key__in=list(keys), detail__has_key=DETAIL)
    return {key: detail[DETAIL] for key, detail in stored.values_list("key", "detail")}


def lists_of(project: Project) -> list[SourceTable]:
    """The lists of customers in force."""
    return rows.tables_in_force(project).get(OBJECT, [])


def to_load(project: Project) -> int:
    """Organizations that the list alone makes, as the newest audit counted them."""
    only_there = Finding.objects.filter(audit=project.audit_id, object=OBJECT, code=ONLY_THERE)
    return sum(only_there.values_list("count", flat=True)) if project.setting(POLICY) == LOAD else 0


def _kept(customer: Customer) -> tuple[str, str]:
    return as_json({columns.QB_LIST_ID: customer.list_id} if customer.list_id else {}), as_json({DETAIL: customer.said})


def _listed(tables: Sequence[SourceTable], found: CustomerList) -> Iterator[Listed]:
    for row in rows.stream(tables):
        each = Listed(row, read_customer({role: clean(row.cells[at]) for at, role in row.table.roles_by_position().items()}))
        if row.occurrence:
            found.left.append((each, TWICE))
        else:
            yield each


def _join_by_id(
    force: Mapping[str, list[SourceTable]],
    by_id: Mapping[str, Listed],
    by_name: Mapping[str, Sequence[Listed]],
    named: dict[str, list[Record]],
    found: CustomerList,
) -> Iterator[Listed]:
    """Each customer that a row names by its List ID; who has only a name in common with a row goes into `named`, by the list's key."""
    for object in (*JOINED, "deals"):
        for row in rows.stream(force.get(object, ())):
            if row.occurrence:
                continue
            cells = {role: clean(row.cells[at]) for at, role in row.table.roles_by_position().items()}
            if listed := by_id.get(cells.get(LIST_ID, "").casefold()):
                if object in JOINED:
                    found.beside[object, row.key] = listed
                yield listed
            elif object in JOINED and not cells.get(LIST_ID):
                for same in _of_name(object, cells, by_name):
                    named.setdefault(same.row.key, []).append((object, row.key))


def _of_name(object: str, cells: Mapping[str, str], by_name: Mapping[str, Sequence[Listed]]) -> Iterator[Listed]:
    """A person with an employer is nobody's customer by the name alone."""
    if object == "contacts" and any(cells.get(role) for role in _EMPLOYERS):
        return
    for roles in _NAME_ROLES[object]:
        name = " ".join(filter(None, (cells.get(role) for role in roles)))
        yield from (listed for mark in marks_of_record(name) for listed in by_name.get(mark, ()))


def _place(each: Listed, records: list[Record], answers: Mapping[Record, str] | None, found: CustomerList) -> None:
    """`answers` are None where the name fits several records, or that of the record several customers."""
    if answers is None:
        found.left.append((each, SEVERAL))
        return
    answer = answers.get((records[0][0], records[0][0]), "") if records else APART
    if records:
        found.maybe[records[0]] = each
    if answer == SAME:
        found.beside[records[0]] = each
    elif answer == APART:
        found.left.append((each, JOB if each.customer.is_job else ONLY_THERE))


def _question(object: str, pairs: Sequence[tuple[str, Listed]]) -> QuestionFacts:
    examples = [{"key": key, "label": listed.customer.name[:120], "line": listed.row.line} for key, listed in pairs[:EXAMPLES]]
    these = counted(len(pairs), "customer of the QuickBooks list has", "customers of the QuickBooks list have")
    evidence: dict[str, Any] = {"examples": examples}
    return QuestionFacts(
        QUESTION,
        object,
        object,
        f"{these} no List ID that the {object} know, and the name of exactly one of them. Are they the same?",
        ((SAME, "yes: QuickBooks' values stand beside theirs"), (APART, "no: they are other customers, who are only in QuickBooks")),
        suggestion=SAME,
        confidence=0.7,
        reason="the names are the same but for case, punctuation or QuickBooks' cut at 41 characters",
        blocking=False,
        rows=len(pairs),
        evidence=evidence,
    )


_TOLD = {
    ONLY_THERE: "No company and no contact of the CRM is this customer: the list alone knows it.",
    JOB: "A job or branch of another customer; no record of the CRM has its List ID.",
    SEVERAL: "Several records of the CRM are called so, and none has its List ID: none is taken by guessing.",
    TWICE: "The list has this customer before; the first line counts.",
}
