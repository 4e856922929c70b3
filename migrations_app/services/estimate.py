"""What a move costs before anything moves: tokens by phase, days by plan, and the plan's caps."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q

from migrations_app.models import Decision, FindingRow, PipedriveAccount, Project, RecordLink, Run, SourceField, SourceTable
from migrations_app.rules import budget
from migrations_app.rules.answers import OF_PRODUCT
from migrations_app.rules.deals import AS_NOTE
from migrations_app.rules.kinds_of_record import BY_PAIR, KIND_OF_OBJECT, KINDS
from migrations_app.rules.plans import PLANS
from migrations_app.rules.spec import CALL_LOG, ENTITY_OF_OBJECT, ORGANIZATION_RELATIONSHIP
from migrations_app.services import (
    customers,
    decisions,
    delivered,
    differences,
    done_calls,
    families,
    fixed,
    left_out_files,
    line_values,
    needs,
    relating,
    rows,
    scoping,
)
from migrations_app.services.mailing import detail, whom
from migrations_app.services.proposing import newest
from migrations_app.services.references import CompanyNames, fold
from migrations_app.states import LINK_IN_TARGET, LOADS, LinkState, SchemaState

# The records that each object of an export becomes.
# What people count themselves first, then what is made of pairs.
ENTITIES: Mapping[str, str] = {
    object: kind.entity for object, kind in sorted(KIND_OF_OBJECT.items(), key=lambda item: item[1].known_by == BY_PAIR)
}
MAIN = ("companies", "contacts", "deals")  # listed even where a package has none
# By which a kind of record can be named when it is counted: the export's word for it, and Pipedrive's.
NAMES: Mapping[str, str] = {KINDS[entity].many.replace(" ", "_"): object for object, entity in ENTITIES.items()} | {o: o for o in ENTITIES}
_COUNT = re.compile(r"\s*(?P<object>\w+)\s*=\s*(?P<count>\d[\d_]*)\s*")


class UnknownCounts(ValueError):
    """The text of --counts cannot be read, or names an object that nobody loads."""


def read_counts(text: str) -> dict[str, int]:
    """`companies=4200,contacts=12000` as {object: rows}; `files` and the like are understood as well. Raises UnknownCounts."""
    counts: dict[str, int] = {}
    for part in text.split(","):
        match = _COUNT.fullmatch(part)
        if not match or match["object"] not in NAMES:
            raise UnknownCounts(f"“{part.strip()}” is no count: write OBJECT=NUMBER with one of {', '.join(ENTITIES)}.")
        object = NAMES[match["object"]]
        counts[object] = counts.get(object, 0) + int(match["count"].replace("_", ""))
    return counts


def estimate(project: Project, *, account: PipedriveAccount | None = None, counts: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Token bill and calendar of a move into `account` (the project's production account, else staging, else one Lite seat).

    `counts` are rows by object; without them the rows in force, less what never loads and what is merged.
    """
    account = account or _account(project)
    counts = expected_counts(project) if counts is None else counts
    mapping = newest(project)
    wanted = needs.wanted(project, mapping) if mapping else []
    found = forecast(account, counts, setup=_setup(project, account, wanted), file_check=project.setting("file_check"))
    if mapping:
        fields = sum(need.kind == needs.FIELD for need in wanted)
        found["caps"]["custom_fields"] = {"planned": fields, "most": PLANS[found["plan"]].custom_fields}
    return found


def forecast(
    account: PipedriveAccount | None, counts: Mapping[str, int], *, setup: int | None = None, file_check: str = budget.SAMPLE
) -> dict[str, Any]:
    """The bill for `counts` records by object. `days` and `caps` are those of the account's plan. Raises UnknownCounts."""
    if unknown := set(counts) - set(ENTITIES):
        raise UnknownCounts(f"Nobody loads {', '.join(sorted(unknown))}; counts are for {', '.join(ENTITIES)}.")
    plan, seats, share = _terms(account)
    records = {ENTITIES[object]: count for object, count in counts.items()}
    living = account.living if account else {}
    outcomes = account is not None and _reads_outcomes(account.project)
    setup = budget.setup_cost(0, living=living, outcomes=outcomes) if setup is None else setup
    phases = budget.bill(records, setup=setup, file_check=file_check)
    tokens = sum(phases.values())
    calendar = budget.calendar(tokens, seats=seats, share=share)
    return {
        "tokens": tokens,
        "phases": phases,
        "days": calendar[plan]["days"],
        "plans": calendar,
        "plan": plan,
        "seats": seats,
        "share": share,
        "records": records,
        "caps": {"deals": {"planned": records.get("deal", 0), "most": PLANS[plan].most_deals(seats)}},
    }


def of_run(run: Run) -> dict[str, Any]:
    """The bill for what `run` has planned, as it is kept with the run; `by_phase` holds each phase with looking, changing and reading
    back. Only a load reads the whole account before it begins.
    """
    check = run.project.setting("file_check")
    setup = None if run.kind in LOADS else 0
    phases = {phase.entity: phase.object for phase in run.phases.order_by("position")}
    count = RecordLink.objects.filter(run=run).order_by().values_list("entity", "state").annotate(Count("pk"))
    counts = {(entity, state): records for entity, state, records in count}
    planned = {entity: counts.get((entity, LinkState.PLANNED), 0) for entity in phases}
    there = {entity: sum(counts.get((entity, state), 0) for state in LINK_IN_TARGET) for entity in phases}
    by_phase = {entity: _phase(run, entity, planned[entity], there[entity], check) for entity in phases}
    bill = forecast(run.account, {object: planned[entity] for entity, object in phases.items()}, setup=setup, file_check=check)
    tokens = bill["phases"]["setup"] + sum(by_phase.values())
    calendar = budget.calendar(tokens, seats=bill["seats"], share=bill["share"])
    days = {"days": calendar[bill["plan"]]["days"], "plans": calendar}
    return bill | {"tokens": tokens, "by_phase": by_phase} | days


def _phase(run: Run, entity: str, planned: int, there: int, file_check: str) -> int:
    changes, tokens = differences.foreseen(run, entity) if there else (0, 0)
    downloads = budget.files_checked(planned, file_check) if entity == "file" else 0
    tokens += relating.reading(run, entity)
    return tokens + budget.whole_phase(entity, planned, there, changes=changes, downloads=downloads)


def expected_counts(project: Project) -> dict[str, int]:
    """{object: records to be made} of the objects that load, as things stand now."""
    found = {object: expected(project, object) for object in ENTITY_OF_OBJECT}
    found[KINDS[ORGANIZATION_RELATIONSHIP].object] = _related(project)
    found[KINDS[CALL_LOG].object] = logged = min(done_calls.expected(project), found["activities"])
    found["activities"] -= logged
    for object, count in detail.expected(project).items():
        found[object] = found.get(object, 0) + count
    return {object: count for object, count in found.items() if count or object in MAIN}


def _related(project: Project) -> int:
    """Rows that name the organization above theirs."""
    tables = [table.pk for table in rows.tables_in_force(project).get("companies", ())]
    columns = SourceField.objects.filter(table__in=tables, role="parent_ref")
    return sum(columns.values_list("filled", flat=True)) if project.setting("relationships") == "yes" else 0


def expected(project: Project, object: str) -> int:
    """Records to be made of one object: the rows in force, less what never loads and what is merged, with what is derived."""
    force = rows.tables_in_force(project)
    count = rows.count(force.get(object, [])) - _left_out(project, object) - len(decisions.merge_roots(project, object))
    count -= _by_rule(project, object) + len(fixed.left_out(project).get(object, ()))
    orphans = decisions.active(project, Decision.Kind.ORPHAN, "deals").values()
    if object == "deals":
        count -= sum(1 for answer in orphans if answer["how"] == "skip") + _no_deals(project, force.get("deals", []))
    if object == whom.OBJECT and whom.is_on(project):
        count -= whom.counts(project).get(whom.LEFT_BEHIND, 0)
    if object == "notes":
        count += _as_notes(project) + left_out_files.linked(project)
    if object == "attachments":
        count -= left_out_files.held_back(project)
    if object == "products":
        count += _made_for_lines(project)
    if object == "line_items":
        count -= sum(line_values.as_text(project).values())
    if object == "companies":
        count += _derived(force) + customers.to_load(project) + any(answer["how"] == "placeholder" for answer in orphans)
    return max(0, count)


def _by_rule(project: Project, object: str) -> int:
    """Records that the rules of the newest map leave out."""
    mapping = newest(project)
    return sum(scoping.left_out_by_each(mapping, object).values()) if mapping else 0


def _no_deals(project: Project, tables: list[SourceTable]) -> int:
    """Rows that are projects and become no deals; all of them as long as no map says what their values are."""
    mapping = newest(project)
    if mapping is None:
        return delivered.seen(tables)
    found = delivered.counted(project, mapping)
    return found.total() - found[delivered.DEAL]


def _as_notes(project: Project) -> int:
    """Notes that are made of rows which become no records of their own."""
    mapping = newest(project)
    made = delivered.counted(project, mapping)[AS_NOTE] + families.expected_notes(project, mapping) if mapping else 0
    return len(line_values.as_text(project)) + made


def _made_for_lines(project: Project) -> int:
    """Products that answers call for: one for each name that is to be made, and one for all lines without."""
    said = list(decisions.question_answers(project, OF_PRODUCT).values())
    return said.count("make") + ("generic" in said)


def _left_out(project: Project, object: str) -> int:
    """Rows that the newest audit keeps out, and second rows of one id: each once however many reasons it has."""
    found = FindingRow.objects.filter(finding__audit=project.audit_id, finding__object=object)
    found = found.filter(Q(finding__severity="reject") | Q(finding__code__startswith="duplicate_id"))
    return found.values("table_id", "line").distinct().count()


def _derived(force: Mapping[str, list[SourceTable]]) -> int:
    """Companies that exist only as text on contacts and deals, one per folded name: where the export has no companies of its own."""
    if "companies" in force:
        return 0
    names: set[str] = set()
    called = CompanyNames()
    for object in ("contacts", "deals"):
        for row in rows.stream(force.get(object, [])):
            cells = {role: row.cells[at] for at, role in row.table.roles_by_position().items() if role in ("company_ref", "company_name")}
            names.add(fold(called.learn(cells.get("company_ref", ""), cells.get("company_name", ""))))
    return len(names - {""})


def _setup(project: Project, account: PipedriveAccount | None, wanted: Sequence[needs.Need]) -> int:
    """What looking at the account and bringing it into shape will cost from here on."""
    outcomes = _reads_outcomes(project)
    if account is not None and account.schema_changes.exists():
        pending = account.schema_changes.exclude(state=SchemaState.DONE)
        pipelines = pending.filter(kind=needs.PIPELINE).exists()
        return budget.setup_cost(pending.count(), pipelines=pipelines, living=account.living, outcomes=outcomes)
    return budget.setup_cost(len(wanted), pipelines=any(need.kind == needs.PIPELINE for need in wanted), outcomes=outcomes)


def _reads_outcomes(project: Project) -> bool:
    return bool(project.setting("outcomes") == "outcome")


def _account(project: Project) -> PipedriveAccount | None:
    accounts = {account.role: account for account in project.accounts.all()}
    return accounts.get(PipedriveAccount.Role.PRODUCTION) or accounts.get(PipedriveAccount.Role.STAGING)


def _terms(account: PipedriveAccount | None) -> tuple[str, int, int]:
    return (account.plan, account.seats, account.share) if account else ("lite", 1, 100)
