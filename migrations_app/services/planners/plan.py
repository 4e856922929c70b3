"""What planning knows of one project: rows, rejects, answers and the indexes of what can be pointed to."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from migrations_app.models import Decision, FindingRow, PipedriveAccount, Project, RecordLink, Run, SourceTable
from migrations_app.rules.calls import LOG
from migrations_app.rules.engine import Mapper
from migrations_app.rules.kinds_of_record import Kind, in_order
from migrations_app.rules.spec import ACTIVITY, CALL_LOG, Draft
from migrations_app.services import compiling, customers, decisions, fixed, rows
from migrations_app.services.counterparts import Standing
from migrations_app.services.customers import CustomerList
from migrations_app.services.keysets import KeySet
from migrations_app.services.linking import Wanted
from migrations_app.services.mailing import detail, whom
from migrations_app.services.references import CompanyNames, ReferenceIndex, build_index
from migrations_app.services.scoping import Scoping
from migrations_app.states import LinkState

CALLS = "calls"  # the setting


@dataclass(slots=True)
class Plan:
    """Read once, then asked by the planners of all kinds; the index of an object is built when something first points to it."""

    run: Run
    tables: Mapping[str, list[SourceTable]]
    kinds: list[Kind] = field(default_factory=list)
    rejected: dict[tuple[int, int], str] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=dict)  # by object: rows that an answer to a finding leaves out
    merges: dict[str, dict[str, str]] = field(default_factory=dict)
    orphans: dict[str, dict[str, Any]] = field(default_factory=dict)
    contact_company: dict[str, str] = field(default_factory=dict)
    also_at: dict[str, str] = field(default_factory=dict)  # by merged contact: names of the other organizations it was at
    derived: dict[str, Wanted] = field(default_factory=dict)  # by folded name: companies that exist only as text
    called: CompanyNames = field(default_factory=CompanyNames)
    named: dict[str, str] = field(default_factory=dict)  # folded name: link key, from earlier plans and this one
    scoping: Scoping | None = None
    left_behind: Container[str] = frozenset()  # contacts that nobody wants to take along
    questions: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    extra: dict[str, dict[str, Wanted]] = field(default_factory=dict)  # by entity and key: records that no row alone stands for
    existing: Mapping[str, Standing] = field(default_factory=dict)  # by link key: records of the account that may stand for a new one
    files_left_out: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)  # by table and line: code and what becomes of it
    line_totals: dict[str, Decimal] = field(default_factory=dict)  # by deal: what its lines come to, which its value will follow
    values: dict[str, Decimal] = field(default_factory=dict)  # by deal: what its lines come to, where that is its value
    customers: CustomerList = field(default_factory=CustomerList)  # what QuickBooks' own list says of whom
    tabled: dict[str, rows.SourceRow] = field(default_factory=dict)  # deals whose lines stand in a note
    logged: KeySet = field(default_factory=KeySet)  # keys of activities that are call logs
    _indexes: dict[str, ReferenceIndex] = field(default_factory=dict)
    _mappers: dict[str, dict[int, Mapper]] = field(default_factory=dict)

    @property
    def account(self) -> PipedriveAccount:
        return self.run.account

    @property
    def project(self) -> Project:
        return self.run.project

    @property
    def provisional(self) -> bool:
        return self.account.role == PipedriveAccount.Role.STAGING

    def add(self, entity: str, wanted: Wanted) -> None:
        """One more record that no row alone stands for; its kind joins the run."""
        self.extra.setdefault(entity, {})[wanted.key] = wanted
        if all(kind.entity != entity for kind in self.kinds):
            self.kinds = in_order({entity, *(kind.entity for kind in self.kinds)})

    def index(self, object: str) -> ReferenceIndex:
        if object not in self._indexes:
            self._indexes[object] = build_index(object, self.tables.get(object, ()), frozenset(self.rejected))
            self._indexes[object].know(RecordLink.objects.filter(account=self.account))
        return self._indexes[object]

    def no_record(self, row: rows.SourceRow) -> str:
        """Why a row makes no record of its own, whatever it says: the reason that is counted, or nothing."""
        if reason := self.rejected.get((row.table.pk, row.line), ""):
            return reason
        if row.occurrence:
            return "duplicate_id_conflict"
        if row.key in self.left_out.get(row.table.object, ()):
            return fixed.LEFT_OUT
        if row.table.object == whom.OBJECT and row.key in self.left_behind:
            return whom.LEFT_BEHIND
        rule = self.scoping.rule_of(row) if self.scoping else None
        return str(rule.name) if rule else ""

    def mappers(self, object: str) -> dict[int, Mapper]:
        if object not in self._mappers:
            self._mappers[object] = compiling.mappers(self.run.mapping, self.tables[object])
        return self._mappers[object]

    def draft(self, row: rows.SourceRow) -> Draft:
        """What the map makes of a row, for the few questions of planning that cells alone do not answer."""
        return self.mappers(row.table.object)[row.table.pk].draft(row.cells)

    def find(self, object: str, texts: Iterable[str]) -> str:
        """The source key that the first of the texts points to that fits, or nothing."""
        return self.index(object).resolve_any(texts)[0]


def read_plan(run: Run) -> Plan:
    project = run.project
    plan = Plan(run, rows.tables_of(run.tables), kinds_of(run))
    plan.rejected, plan.left_out = rejected_rows(project), fixed.left_out(project)
    plan.left_behind = whom.left_behind(project)
    plan.merges = {object: decisions.merge_roots(project, object) for object in ("companies", "contacts")}
    plan.orphans = decisions.active(project, Decision.Kind.ORPHAN, "deals")
    plan.scoping = Scoping(run.mapping, plan.tables)
    plan.customers = customers.read(project, plan.tables)
    plan.questions = {
        kind: decisions.question_answers(project, kind) for kind in ("duplicate_id_conflict", "unknown_company", "unknown_product")
    }
    return plan


def kinds_of(run: Run) -> list[Kind]:
    """The kinds of record that the run's map has rules for or that mailings make, in the order in which they load."""
    mapped = run.mapping.rules.exclude(field="").order_by().values_list("entity", flat=True).distinct()
    return in_order({*mapped, *detail.entities(run.project), *([CALL_LOG] if ACTIVITY in mapped and _logs_calls(run) else ())})


def _logs_calls(run: Run) -> bool:
    """Whether the project wants call logs, or has some in the account from when it did."""
    return run.project.setting(CALLS) == LOG or RecordLink.objects.filter(account=run.account, entity=CALL_LOG).exists()


def rejected_rows(project: Project) -> dict[tuple[int, int], str]:
    """{(table, line): code} of the rows that the newest audit rejects."""
    found = FindingRow.objects.filter(finding__audit=project.audit_id, finding__severity="reject")
    return {(table, line): code for table, line, code in found.values_list("table_id", "line", "finding__code").iterator(2000)}


def cell(row: rows.SourceRow, role: str) -> str:
    at = row.table.position_of(role)
    return row.cells[at].replace("\0", "").strip() if at is not None else ""


def wanted_of(kind: Kind, row: rows.SourceRow) -> Wanted:
    """The record of one row, before anything is known of what it hangs on."""
    return Wanted(f"{kind.entity}:{row.key}", (kind.object, row.key, row.occurrence), row.line, row.label, content_hash=row.content_hash)


def beside_quickbooks(plan: Plan, kind: Kind, row: rows.SourceRow) -> Wanted:
    """`wanted_of`, with a mark that is another one once QuickBooks' list says something else of the row."""
    wanted = wanted_of(kind, row)
    if said := plan.customers.digest(kind.object, row.key):
        wanted.facts["quickbooks"] = said
    return wanted


def undecided(plan: Plan, what: str) -> tuple[str, str]:
    return (LinkState.SKIPPED, "undecided") if plan.provisional else (LinkState.WAITING, what)
