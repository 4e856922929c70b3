"""Which Pipedrive records a run will make, and of which rows: every staged row gets exactly one link.

Planning is repeatable: it streams the rows in force, adds the links that are missing and moves those that nobody has
sent yet; what is in Pipedrive or on its way stays as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from migrations_app.models import (
    Batch,
    Decision,
    FindingRow,
    Phase,
    PipedriveAccount,
    Project,
    RecordLink,
    Run,
    ScopeRule,
    SourceTable,
)
from migrations_app.rules import scope
from migrations_app.services import choosing, decisions, rows
from migrations_app.services.linking import Wanted, drop_uncalled, link_survivors, write_links
from migrations_app.services.orphans import orphan_parents
from migrations_app.services.references import COMPANY_ROLES, CONTACT_ROLES, CompanyNames, ReferenceIndex, build_index, fold
from migrations_app.services.staging import chunks
from migrations_app.states import BatchState, LinkState

PHASES = (("organization", "companies"), ("person", "contacts"), ("deal", "deals"))
ENTITY = {object: entity for entity, object in PHASES}
OBJECT = dict(PHASES)
AT_ONCE = 1000
BATCH_SIZE = 500


@dataclass(slots=True)
class Plan:
    """What planning knows of one project: rows, rejects, answers and the indexes of what can be pointed to."""

    run: Run
    tables: Mapping[str, list[SourceTable]]
    rejected: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: dict[str, dict[str, str]] = field(default_factory=dict)
    orphans: dict[str, dict[str, Any]] = field(default_factory=dict)
    companies: ReferenceIndex = field(default_factory=lambda: ReferenceIndex("companies"))
    contacts: ReferenceIndex = field(default_factory=lambda: ReferenceIndex("contacts"))
    contact_company: dict[str, str] = field(default_factory=dict)
    derived: dict[str, Wanted] = field(default_factory=dict)  # by folded name: companies that exist only as text
    called: CompanyNames = field(default_factory=CompanyNames)
    named: dict[str, str] = field(default_factory=dict)  # folded name: link key, from earlier plans and this one
    scopes: dict[str, list[ScopeRule]] = field(default_factory=dict)
    questions: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    @property
    def account(self) -> PipedriveAccount:
        return self.run.account

    @property
    def project(self) -> Project:
        return self.run.project

    @property
    def provisional(self) -> bool:
        return self.account.role == PipedriveAccount.Role.STAGING


def plan_run(run: Run, *, progress: Callable[[str], None] = lambda text: None) -> None:
    """Make the phases of `run`, its links and its batches. Safe to call again after a crash in the middle."""
    _plan_phases(run, progress)
    while choosing.restrict(run):
        _plan_phases(run, progress)
    for phase in run.phases.all():
        make_batches(phase)


def _plan_phases(run: Run, progress: Callable[[str], None]) -> None:
    plan = _read(run)
    for position, (entity, object) in enumerate(PHASES):
        if run.only_phase and entity != run.only_phase:
            continue
        progress(f"planning {object}")
        phase, _ = Phase.objects.get_or_create(run=run, entity=entity, defaults={"object": object, "position": position})
        _plan_phase(plan, phase)


def make_batches(phase: Phase, state: str = BatchState.PLANNED) -> int:
    """Give every planned link of the phase that has no batch of it a place in one; answers the number of new batches."""
    links = RecordLink.objects.filter(run=phase.run, entity=phase.entity, state=LinkState.PLANNED).exclude(batch__phase=phase)
    pks = list(links.order_by("order", "pk").values_list("pk", flat=True))
    number = phase.batches.count()
    made = 0
    for chunk in chunks(pks, BATCH_SIZE):
        with transaction.atomic():
            number, made = number + 1, made + 1
            batch = Batch.objects.create(phase=phase, number=number, size=len(chunk), state=state)
            RecordLink.objects.filter(pk__in=chunk).update(batch=batch)
    return made


def _read(run: Run) -> Plan:
    project = run.project
    plan = Plan(run, rows.tables_of(run.tables))
    plan.rejected = rejected_rows(project)
    plan.merges = {object: decisions.merge_roots(project, object) for object in ("companies", "contacts")}
    plan.orphans = decisions.active(project, Decision.Kind.ORPHAN, "deals")
    for rule in run.mapping.scopes.filter(enabled=True):
        plan.scopes.setdefault(rule.object, []).append(rule)
    plan.questions = {kind: decisions.question_answers(project, kind) for kind in ("duplicate_id_conflict", "unknown_company")}
    excluded = frozenset(plan.rejected)
    plan.companies = build_index("companies", plan.tables.get("companies", ()), excluded)
    plan.contacts = build_index("contacts", plan.tables.get("contacts", ()), excluded)
    earlier = RecordLink.objects.filter(account=run.account, entity="organization", derived=True).values_list("facts__name", "key")
    plan.named = {fold(name): key for name, key in earlier if name}
    _derive_organizations(plan)
    for member, root in plan.merges["contacts"].items():
        if member in plan.contact_company:
            plan.contact_company.setdefault(root, plan.contact_company[member])
    return plan


def rejected_rows(project: Project) -> dict[tuple[int, int], str]:
    """{(table, line): code} of the rows that the newest audit rejects."""
    found = FindingRow.objects.filter(finding__audit=project.audit_id, finding__severity="reject")
    return {(table, line): code for table, line, code in found.values_list("table_id", "line", "finding__code").iterator(2000)}


# --- organizations that exist only as text --------------------------------------------------------------------------


def _derive_organizations(plan: Plan) -> None:
    """Remember each contact's company; without a company file, the texts become organizations, one per folded name."""
    derive = "companies" not in plan.tables
    for object in ("contacts", "deals"):
        for row in rows.stream(plan.tables.get(object, ())):
            if row.occurrence or (row.table.pk, row.line) in plan.rejected:
                continue
            company = _company_link(plan, object, row, derive)
            if company and object == "contacts":
                plan.contact_company[row.key] = company


def _company_link(plan: Plan, object: str, row: rows.SourceRow, derive: bool) -> str:
    key, _ = plan.companies.resolve_any(cell(row, role) for role in COMPANY_ROLES)
    if key:
        return f"organization:{key}"
    create = plan.questions.get("unknown_company", {}).get((object, row.key)) == "create"
    text = company_text(plan, row)
    if not text or not (derive or create):
        return ""
    folded = fold(text)
    if folded not in plan.derived:
        link_key = plan.named.setdefault(folded, f"org-of-{'contact' if object == 'contacts' else 'deal'}:{row.key}")
        plan.derived[folded] = Wanted(link_key, None, row.line, text[:120], derived=True, facts={"name": text, "owner": cell(row, "owner")})
    return plan.derived[folded].key


def company_text(plan: Plan, row: rows.SourceRow) -> str:
    return plan.called.learn(cell(row, "company_ref"), cell(row, "company_name"))


def cell(row: rows.SourceRow, role: str) -> str:
    at = row.table.position_of(role)
    return row.cells[at].replace("\0", "").strip() if at is not None else ""


# --- one phase -------------------------------------------------------------------------------------------------------


def as_wanted_now(run: Run, entity: str) -> Iterator[list[Wanted]]:
    """The links of one entity in chunks, as rows and answers want them now. Writes nothing."""
    return _wanted(_read(run), Phase(run=run, entity=entity, object=OBJECT[entity]))


def _wanted(plan: Plan, phase: Phase) -> Iterator[list[Wanted]]:
    wanted_of = {"organization": _organization, "person": _person, "deal": _deal}[phase.entity]
    roots = plan.merges.get(phase.object, {})
    for chunk in chunks(rows.stream(plan.tables.get(phase.object, [])), AT_ONCE):
        yield [_settle_row(plan, phase, row, roots) or wanted_of(plan, row) for row in chunk]


def _plan_phase(plan: Plan, phase: Phase) -> None:
    source = derived = 0
    for wanted in _wanted(plan, phase):
        write_links(plan.run, phase.entity, wanted)
        source += len(wanted)
    if phase.entity == "organization":
        extra = list(plan.derived.values()) + _decided_organizations(plan)
        for some in chunks(extra, AT_ONCE):
            write_links(plan.run, phase.entity, some)
        drop_uncalled(plan.run, phase.entity, {each.key for each in extra})
        derived = RecordLink.objects.filter(run=plan.run, entity=phase.entity, derived=True).count()
    if phase.object in plan.merges:
        link_survivors(plan.run, phase.entity, plan.merges[phase.object])
    Phase.objects.filter(pk=phase.pk).update(source=source, derived=derived)


def _settle_row(plan: Plan, phase: Phase, row: rows.SourceRow, roots: Mapping[str, str]) -> Wanted | None:
    """What is clear without looking at the record itself: rejected, a second row of the same id, out of scope, merged."""
    source = (phase.object, row.key, row.occurrence)
    key = f"{phase.entity}:{row.key}" + (f"#{row.occurrence + 1}" if row.occurrence else "")
    base = Wanted(key, source, row.line, row.label, content_hash=row.content_hash)
    reason = plan.rejected.get((row.table.pk, row.line), "")
    if not reason and row.occurrence:
        reason = "duplicate_id_conflict"
    if not reason:
        reason = scope.left_out_by(plan.scopes.get(phase.object, ()), row.table.headers, row.cells)
    if not reason and phase.object == "deals" and scope.is_no(cell(row, "is_opportunity")):
        reason = "not_an_opportunity"
    if reason:
        base.state, base.reason = LinkState.SKIPPED, reason[:80]
        return base
    if (root := roots.get(row.key, row.key)) != row.key:
        base.state, base.survivor = LinkState.MERGED, f"{phase.entity}:{root}"
        return base
    return None


def _organization(plan: Plan, row: rows.SourceRow) -> Wanted:
    return Wanted(f"organization:{row.key}", ("companies", row.key, row.occurrence), row.line, row.label, content_hash=row.content_hash)


def _person(plan: Plan, row: rows.SourceRow) -> Wanted:
    wanted = Wanted(f"person:{row.key}", ("contacts", row.key, row.occurrence), row.line, row.label, content_hash=row.content_hash)
    if company := plan.contact_company.get(row.key):
        wanted.parents.append(("organization", company))
    elif (cell(row, "company_ref")) and not _unknown_company_answered(plan, row):
        wanted.state, wanted.reason = _undecided(plan, "unknown_company")
    return wanted


def _unknown_company_answered(plan: Plan, row: rows.SourceRow) -> bool:
    return plan.provisional or ("contacts", row.key) in plan.questions.get("unknown_company", {})


def _deal(plan: Plan, row: rows.SourceRow) -> Wanted:
    wanted = Wanted(f"deal:{row.key}", ("deals", row.key, row.occurrence), row.line, row.label, content_hash=row.content_hash)
    contact, _ = plan.contacts.resolve_any(cell(row, role) for role in CONTACT_ROLES)
    if contact:
        wanted.parents.append(("person", f"person:{contact}"))
    company, _ = plan.companies.resolve_any(cell(row, role) for role in COMPANY_ROLES)
    if company:
        wanted.parents.append(("organization", f"organization:{company}"))
        return wanted
    text = company_text(plan, row)
    if derived := plan.derived.get(fold(text)) if text else None:
        wanted.parents.append(("organization", derived.key))
        return wanted
    return _place_orphan(plan, row, wanted, contact)


def _place_orphan(plan: Plan, row: rows.SourceRow, wanted: Wanted, contact: str) -> Wanted:
    contact_company = plan.contact_company.get(contact, "")
    answer = plan.orphans.get(row.key)
    if answer is None and plan.provisional:
        answer = {"how": "contact" if contact_company else "person" if contact else "placeholder"}
        wanted.facts["provisional"] = True
    if answer is None:
        wanted.state, wanted.reason = LinkState.WAITING, "deal without a company"
        return wanted
    text = company_text(plan, row)
    named = plan.named.setdefault(fold(text), f"org-of-deal:{row.key}") if text else ""
    placement = orphan_parents(answer, named, contact_company)
    wanted.facts |= {"orphan": answer["how"]} | placement.facts
    wanted.parents += placement.parents
    if placement.skip:
        wanted.state, wanted.reason, wanted.parents = LinkState.SKIPPED, placement.skip, []
    return wanted


def _undecided(plan: Plan, what: str) -> tuple[str, str]:
    return (LinkState.SKIPPED, "undecided") if plan.provisional else (LinkState.WAITING, what)


def _decided_organizations(plan: Plan) -> list[Wanted]:
    """Organizations that answers call for: the placeholder, a new parent by name, the company that a deal names."""
    wanted: dict[str, Wanted] = {}
    there = {each.key for each in plan.derived.values()}
    for row in rows.stream(plan.tables.get("deals", ())):
        if row.occurrence or (row.table.pk, row.line) in plan.rejected:
            continue
        deal = _deal(plan, row)
        if deal.state == LinkState.SKIPPED:
            continue
        for role, key in deal.parents:
            if role != "organization" or key.startswith("organization:") or key in there or key in wanted:
                continue
            text = company_text(plan, row)
            name = _decided_name(plan.project, key, plan.orphans.get(row.key, {}), text)
            wanted[key] = Wanted(key, None, row.line, name[:120], derived=True, facts={"name": name, "owner": cell(row, "owner")})
    return list(wanted.values())


def _decided_name(project: Project, key: str, answer: Mapping[str, Any], text: str) -> str:
    if key.startswith("placeholder:"):
        return project.setting("placeholder_name") or f"(No company) from {project.get_source_label()}"
    if key.startswith("parent:"):
        return str(answer["parent"]["name"])
    return text
