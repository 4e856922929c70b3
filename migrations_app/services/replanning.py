"""Answers that come in while a run is under way: what nobody has sent yet is planned anew, by one process at a time."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q

from migrations_app.models import Batch, Decision, Phase, Project, RecordLink, Run
from migrations_app.services import clock, missing, planning
from migrations_app.services.linking import NO_PARENT_YET
from migrations_app.services.unclaimed import EQUAL_ON_ITS_WAY
from migrations_app.states import CORRECTION, LINK_OPEN, BatchState, LinkState, PhaseState, RunState, transition

NEW_ANSWERS = "takes in new answers"
PLAN_LEASES = 5
# What decides where a record goes; all other answers only change what is sent, and are read with every handful.
PLANNING_KINDS = (Decision.Kind.ORPHAN, Decision.Kind.DUPLICATE, Decision.Kind.EXISTING, Decision.Kind.VALUE)


def outdated(run: Run, seq: int | None = None) -> bool:
    """Whether answers since the run was planned change which records it makes, or let waiting ones go.

    `seq` is the project's decision_seq where the caller has just read it: then nothing is asked unless answers came in.
    Answers that only change what is sent are noted as taken in.
    """
    if run.kind == CORRECTION:  # it plans no records; what it sends is built of the answers as they are
        return False
    if seq is None:
        seq = Project.objects.values_list("decision_seq", flat=True).get(pk=run.project_id)
    if seq == run.decision_seq:
        return False
    since = Q(seq__gt=run.decision_seq) | Q(undone_at__gte=run.started_at)
    placing = Q(kind__in=PLANNING_KINDS) | Q(source_key__startswith="unknown_company:") | Q(source_key__startswith="unknown_product:")
    waiting = RecordLink.objects.filter(run=run, state=LinkState.WAITING).exclude(reason__in=(NO_PARENT_YET, EQUAL_ON_ITS_WAY))
    if waiting.exists() or Decision.objects.filter(since, placing, project=run.project_id).exists():
        return True
    Run.objects.filter(pk=run.pk, decision_seq=run.decision_seq).update(decision_seq=seq)
    run.decision_seq = seq
    return False


def take_in(run: Run, progress: Callable[[str], None] = lambda text: None) -> bool:
    """Hold the run, plan it anew and note which answers it rests on. False where another process is at it.

    A process that dies meanwhile leaves the run paused for a few leases; then the next one does it. Afterwards the run is
    paused and due: whoever called lets it go.
    """
    now = clock.db_now()
    mine = Run.objects.filter(pk=run.pk, decision_seq=run.decision_seq)
    until = now + timedelta(seconds=clock.lease() * PLAN_LEASES)
    if not transition(mine, RunState.RUNNING, RunState.PAUSED, reason=NEW_ANSWERS, resume_at=until):
        due = mine.filter(Q(resume_at__isnull=True) | Q(resume_at__lte=now), state__in=(RunState.PAUSED, RunState.FAILED))
        if not due.update(reason=NEW_ANSWERS, resume_at=until):
            return False
    seq = Project.objects.values_list("decision_seq", flat=True).get(pk=run.project_id)
    missing.take_answers(run.account)
    planning.plan_run(run, state=_state_of_new_batches(run), progress=progress)
    _reopen(run)
    Run.objects.filter(pk=run.pk).update(decision_seq=seq, resume_at=clock.db_now())
    run.refresh_from_db()
    return True


def _state_of_new_batches(run: Run) -> str:
    """A run that was approved as a whole stays so; where people hold batches back, new ones wait for their word as well."""
    held_back = Batch.objects.filter(phase__run=run, state=BatchState.PLANNED).exists()
    return BatchState.PLANNED if held_back else BatchState.APPROVED


def revive(phase: Phase) -> int:
    """Records that waited for a parent which has arrived (or never will), or for an equal one on its way, are planned again."""
    still = (LinkState.PLANNED, LinkState.WAITING, *LINK_OPEN)
    links = RecordLink.objects.filter(run=phase.run, entity=phase.entity, reason=NO_PARENT_YET)
    links = links.exclude(parents__parent__state__in=still).exclude(parents__parent__survivor__state__in=still)
    equal = RecordLink.objects.filter(run=phase.run, entity=phase.entity, reason=EQUAL_ON_ITS_WAY)
    ready = RecordLink.objects.filter(Q(pk__in=links.values("pk")) | Q(pk__in=equal.values("pk")))
    return transition(ready, LinkState.WAITING, LinkState.PLANNED, reason="", message="")


def _reopen(run: Run) -> None:
    """A closed phase that got new records (a company that an answer calls for) is opened again."""
    for phase in run.phases.filter(state=PhaseState.CLOSED):
        if RecordLink.objects.filter(run=run, entity=phase.entity, state=LinkState.PLANNED).exists():
            transition(Phase.objects.filter(pk=phase.pk), PhaseState.CLOSED, PhaseState.OPEN, closed_at=None)
