"""Records that did not get into Pipedrive are sent again: the refused ones of a run, or what is missing of one batch."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from migrations_app.models import Batch, Phase, PipedriveAccount, RecordLink, Run, require
from migrations_app.services import clock, lifecycle, planning, renewing
from migrations_app.services.building import PARENT_NOT_LOADED
from migrations_app.services.lifecycle import RunRefused
from migrations_app.states import BatchState, LinkState, PhaseState, RunState, transition

RETRY = "retry"  # kind of run
MISSING = (LinkState.REFUSED, LinkState.REMOVED)
AGAIN = (*MISSING, LinkState.SKIPPED)


def retry_refused(account: PipedriveAccount, *, user: Any) -> Run | None:
    """Plan the refused records of the newest run again, with what could not come without them; None where nothing was loaded yet.

    Raises Forbidden, RunRefused.
    """
    require(user, "load", account.project)
    run = Run.objects.filter(account=account).order_by("-pk").first()
    if run is None:
        return None
    refused = dict(RecordLink.objects.filter(run=run, state=LinkState.REFUSED).values_list("pk", "entity"))
    refused |= _orphaned(run, list(refused))
    if not refused:
        return run
    if run.state in (RunState.ROLLING_BACK, RunState.ROLLED_BACK):
        raise RunRefused(f"{str(run).capitalize()} was undone, and what the refused records hang on with it: load again instead.")
    return _plan_again(run, list(refused), sorted(set(refused.values())), user)


def _orphaned(run: Run, refused: Sequence[int]) -> dict[int, str]:
    """{link: entity} of records that were left out because the refused ones are not there, and what hangs on those in turn."""
    found: dict[int, str] = {}
    parents = list(refused)
    while parents:
        left = RecordLink.objects.filter(run=run, state=LinkState.SKIPPED, reason=PARENT_NOT_LOADED, parents__parent__in=parents)
        fresh = {pk: entity for pk, entity in left.values_list("pk", "entity") if pk not in found}
        found |= fresh
        parents = list(fresh)
    return found


def batch_of(account: PipedriveAccount, number: int, *, entity: str = "", run: int = 0) -> Batch:
    """The batch as people name it: of the newest run, unless they say of which. Raises RunRefused."""
    runs = Run.objects.filter(account=account, **({"pk": run} if run else {})).order_by("-pk")
    newest = runs.filter(phases__batches__isnull=False).first()
    phases = {"phase__entity": entity} if entity else {}
    found = list(Batch.objects.filter(phase__run=newest, number=number, **phases).select_related("phase__run__account__project")[:2])
    if not found:
        raise RunRefused(f"There is no batch {number} in {newest or 'any run'}.")
    if len(found) > 1:
        raise RunRefused(f"Several phases of {newest} have a batch {number}. Name the phase as well.")
    return found[0]


def missing_of(batch: Batch) -> int:
    """How many records of the batch were refused or taken out of Pipedrive again."""
    return batch.links.filter(state__in=MISSING).count()


def rerun_batch(batch: Batch, *, user: Any) -> Run:
    """Send again what of one batch was refused, or undone since; a worker that holds it and is dead loses it at once.

    Answers the run that does it: the batch's own, or a new one where that is over. Raises Forbidden, RunRefused.
    """
    run = batch.phase.run
    require(user, "load", run.project)
    if RecordLink.objects.filter(batch=batch).exclude(run=run).exists() or not batch.links.exists():
        raise RunRefused(f"A later run has taken over the records of {batch}: run the batch of that one again.")
    if run.state == RunState.ROLLING_BACK:
        raise RunRefused(f"{str(run).capitalize()} is being undone. Let that come to its end first.")
    now = clock.db_now()
    transition(
        Batch.objects.filter(pk=batch.pk, lease_until__lt=now), BatchState.LEASED, BatchState.APPROVED, lease_until=None, not_before=None
    )
    transition(Batch.objects.filter(pk=batch.pk), BatchState.PLANNED, BatchState.APPROVED, approved_by=user, approved_at=now)
    pks = list(batch.links.filter(state__in=MISSING).values_list("pk", flat=True))
    if not pks:
        if batch.links.filter(state=LinkState.PLANNED).exists():
            return run
        raise RunRefused(f"Nothing of {batch} is missing in Pipedrive: no record of it was refused or undone.")
    run = _plan_again(run, pks, [batch.phase.entity], user)
    mine = RecordLink.objects.filter(Q(pk__in=pks) | Q(stale=True, run=run)).values("batch")
    lifecycle.approve_batches(run, user=user, batches=Batch.objects.filter(pk__in=mine, phase__run=run))
    return run


def _plan_again(run: Run, pks: Sequence[int], entities: Sequence[str], user: Any) -> Run:
    """Plan these once more; what was made without them meanwhile is compared after them, and linked."""
    without = dict(renewing.made_without(run, pks).values_list("pk", "entity"))
    entities = sorted({*entities, *without.values()})
    over = run.state in (RunState.FINISHED, RunState.CANCELLED, RunState.ROLLED_BACK)
    if over:
        run = _run_for_retry(run, user, entities)
    transition(RecordLink.objects.filter(pk__in=pks), AGAIN, LinkState.PLANNED, reason="", message="", absences=0)
    RecordLink.objects.filter(pk__in=list(without)).update(stale=True)
    for phase in run.phases.filter(entity__in=entities):
        transition(Phase.objects.filter(pk=phase.pk), PhaseState.CLOSED, PhaseState.OPEN, closed_at=None)
        planning.make_batches(phase)
    if over:
        lifecycle.freeze_forecast(run)
    return run


def _run_for_retry(run: Run, user: Any, entities: Sequence[str]) -> Run:
    """A new run on the same map; the phases keep their counts."""
    again = lifecycle.new_run(run.account, run.mapping, user, kind=RETRY)
    for phase in run.phases.filter(entity__in=entities):
        Phase.objects.create(
            run=again, entity=phase.entity, object=phase.object, position=phase.position, source=phase.source, derived=phase.derived
        )
        RecordLink.objects.filter(run=run, entity=phase.entity).update(run=again)
    return again
