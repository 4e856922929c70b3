"""Which Pipedrive records a run will make, and of which rows: every staged row gets exactly one link.

Planning is repeatable: it streams the rows in force, adds the links that are missing and moves those that nobody has
sent yet; what is in Pipedrive or on its way stays as it is. What one row wants to become is said by the planner of its kind.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from django.db import transaction

from migrations_app.models import TO_BE_SENT, Batch, Phase, RecordLink, Run
from migrations_app.rules import scope
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import choosing, counterparts, renewing, rows
from migrations_app.services.keysets import KeySet
from migrations_app.services.linking import Wanted, as_sent, drop_uncalled, link_survivors, write_links
from migrations_app.services.planners import DERIVED, MADE_OF_MANY, PLANNERS
from migrations_app.services.planners.calls import settle_calls
from migrations_app.services.planners.children import further_notes
from migrations_app.services.planners.left_behind import tell_of_files
from migrations_app.services.planners.lines import weigh_lines
from migrations_app.services.planners.merging import settle_companies, tell_of_merges
from migrations_app.services.planners.organizations import add_customers, customers_there, derive_organizations
from migrations_app.services.planners.plan import Plan, cell, read_plan, wanted_of
from migrations_app.services.planners.relationships import relate_organizations
from migrations_app.services.planners.texts import tell_of_projects, why_no_deal
from migrations_app.services.staging import chunks
from migrations_app.states import BatchState, LinkState

AT_ONCE = 1000
BATCH_SIZE = 500


def plan_run(run: Run, *, state: str = BatchState.PLANNED, progress: Callable[[str], None] = lambda text: None) -> None:
    """Make the phases of `run`, its links and its batches, new ones in `state`. Safe to call again after a crash in the middle."""
    _plan_phases(run, progress)
    while choosing.restrict(run):
        _plan_phases(run, progress)
    for phase in run.phases.all():
        make_batches(phase, state)


def _plan_phases(run: Run, progress: Callable[[str], None]) -> None:
    plan = read(run)
    plan.existing = counterparts.standing(run.account) | customers_there(plan)
    for position, kind in enumerate(plan.kinds):
        if run.only_phase and kind.entity != run.only_phase:
            continue
        progress(f"planning {kind.object.replace('_', ' ')}")
        phase, _ = Phase.objects.get_or_create(run=run, entity=kind.entity, defaults={"object": kind.object, "position": position})
        _plan_phase(plan, phase)
    renewing.touch_made_without(run)


def make_batches(phase: Phase, state: str = BatchState.PLANNED) -> int:
    """Give every link of the phase that is to be sent and has no batch of it a place in one; answers the number of new batches."""
    links = RecordLink.objects.filter(TO_BE_SENT, run=phase.run, entity=phase.entity).exclude(batch__phase=phase)
    made = 0
    for chunk in chunks(list(as_sent(links, phase.entity).values_list("pk", flat=True)), BATCH_SIZE):
        with transaction.atomic():
            Phase.objects.select_for_update().get(pk=phase.pk)  # two processes would number alike, and move each other's records
            mine = list(links.filter(pk__in=chunk).values_list("pk", flat=True))
            if mine:
                made += 1
                batch = Batch.objects.create(phase=phase, number=phase.batches.count() + 1, size=len(mine), state=state)
                RecordLink.objects.filter(pk__in=mine).update(batch=batch)
    return made


def as_wanted_now(run: Run, entity: str) -> Iterator[list[Wanted]]:
    """The links of one entity in chunks, as rows and answers want them now. Writes nothing."""
    return _wanted(read(run), Phase(run=run, entity=entity, object=KINDS[entity].object))


def wanted(plan: Plan, entity: str) -> Iterator[list[Wanted]]:
    """The same of a plan that was read before, with the organizations that no row stands for."""
    yield from _wanted(plan, Phase(run=plan.run, entity=entity, object=KINDS[entity].object))
    yield from chunks(without_row(plan, entity), AT_ONCE)


def read(run: Run) -> Plan:
    plan = read_plan(run)
    derive_organizations(plan)
    settle_companies(plan)
    add_customers(plan)
    weigh_lines(plan)
    tell_of_projects(plan)
    tell_of_merges(plan)
    settle_calls(plan)
    tell_of_files(plan)
    relate_organizations(plan)
    return plan


def _wanted(plan: Plan, phase: Phase) -> Iterator[list[Wanted]]:
    roots = plan.merges.get(phase.object, {})
    for chunk in chunks(rows.stream(plan.tables.get(phase.object, [])), AT_ONCE):
        yield [each for row in chunk for each in _of_row(plan, phase, row, roots)]


def _of_row(plan: Plan, phase: Phase, row: rows.SourceRow, roots: Mapping[str, str]) -> list[Wanted]:
    """The record that a row makes, and those that go on with it."""
    if settled := _settle_row(plan, phase, row, roots):
        return [settled]
    wanted = _met(plan, PLANNERS[phase.entity](plan, row))
    going_on = phase.entity == "note" and wanted.state != LinkState.SKIPPED
    return [wanted, *(further_notes(plan, row, wanted) if going_on else ())]


def _plan_phase(plan: Plan, phase: Phase) -> None:
    source = derived = 0
    for wanted in _wanted(plan, phase):
        write_links(plan.run, phase.entity, wanted)
        source += sum(not each.part for each in wanted)
        derived += sum(bool(each.part) for each in wanted)
    derived += _plan_derived(plan, phase.entity)
    if phase.object in plan.merges:
        link_survivors(plan.run, phase.entity, plan.merges[phase.object])
    if phase.object in plan.tables or phase.entity in MADE_OF_MANY:
        renewing.list_vanished(plan.run, phase.entity, with_derived=phase.entity in MADE_OF_MANY)
    Phase.objects.filter(pk=phase.pk).update(source=source, derived=derived)


def _plan_derived(plan: Plan, entity: str) -> int:
    """Records that no row alone stands for."""
    called = KeySet()
    for some in chunks(without_row(plan, entity), AT_ONCE):
        called.add(each.key for each in some)
        write_links(plan.run, entity, some)
    drop_uncalled(plan.run, entity, called)
    return RecordLink.objects.filter(run=plan.run, entity=entity, derived=True).count()


def without_row(plan: Plan, entity: str) -> Iterator[Wanted]:
    """Such as organizations that exist only as text, or that answers call for."""
    made = DERIVED[entity](plan) if entity in DERIVED else ()
    return (_met(plan, each) for each in chain(made, plan.extra.get(entity, {}).values()))


def _met(plan: Plan, wanted: Wanted) -> Wanted:
    """With the record of the account that stands for it, if there is one; it waits where nobody knows yet."""
    if (there := plan.existing.get(wanted.key)) and wanted.state == LinkState.PLANNED:
        wanted.existing_id, wanted.completing = there.id, there.completing
        if there.waits:
            wanted.state, wanted.reason = LinkState.WAITING, counterparts.MAY_BE_THERE
    return wanted


def _settle_row(plan: Plan, phase: Phase, row: rows.SourceRow, roots: Mapping[str, str]) -> Wanted | None:
    """What is clear without looking at the record itself: rejected, a second row of the same id, out of scope, merged."""
    base = wanted_of(KINDS[phase.entity], row)
    base.key += f"#{row.occurrence + 1}" if row.occurrence else ""
    reason = plan.no_record(row)
    if not reason and phase.object == "deals" and scope.is_project(cell(row, "is_opportunity")):
        reason = why_no_deal(plan, row)
    if reason:
        base.state, base.reason = LinkState.SKIPPED, reason[:80]
        return base
    if (root := roots.get(row.key, row.key)) != row.key:
        base.state, base.survivor = LinkState.MERGED, f"{phase.entity}:{root}"
        return base
    return None
