"""Runs from planning to the last closed phase: what may happen next, and what happened instead."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Min, Q

from connectors.errors import PipedriveError
from connectors.pipedrive.client import Pipedrive
from migrations_app import gates, hooks
from migrations_app.models import TO_BE_SENT, Batch, Mapping, Phase, PipedriveAccount, RecordLink, Run, require
from migrations_app.services import (
    audit,
    capacity,
    clock,
    closing,
    connecting,
    counterparts,
    estimate,
    matching,
    missing,
    planning,
    proposing,
    replanning,
    rows,
    schema,
    settling,
    signing,
    unclaimed,
    watching,
)
from migrations_app.services.charging import charged
from migrations_app.services.choosing import EVERYTHING, Choice
from migrations_app.services.halting import halt
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.states import LINK_OPEN, RUN_ACTIVE, RUN_UNFINISHED, TEST, BatchState, PhaseState, RunState, transition

WAITING_BATCHES = (BatchState.APPROVED, BatchState.QUEUED)


class RunRefused(Exception):
    """The run cannot start or go on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Next:
    """What jobs should enqueue: batches that may be worked now, and when to look again (None: nothing is due)."""

    batches: tuple[Batch, ...] = ()
    not_before: datetime | None = None


# --- starting --------------------------------------------------------------------------------------------------------


def start(
    account: PipedriveAccount,
    *,
    user: Any,
    only_phase: str = "",
    choice: Choice = EVERYTHING,
    progress: Callable[[str], None] = lambda text: None,
) -> Run:
    """Plan a load of everything or of a `choice`, or take up the unfinished one of this account. Nothing is pushed yet.

    Raises Forbidden, gates.GateClosed, RunRefused (no approved map; another run on this company; an unfinished one of
    another choice) and what reading the account raises.
    """
    require(user, "load", account.project)
    connecting.ask_again(account)
    if run := unfinished(account):
        if choice and not choice.same_as(run):
            raise RunRefused(f"{str(run).capitalize()} is not finished and loads other records. Finish or cancel it first.")
        _replan_if_needed(run, progress)
        return run
    settling.settle_leftovers()
    mapping = proposing.approved(account.project)
    asked = signing.gates_for(sample=bool(choice.sample), only_phase=only_phase)
    gates.require(account, asked)
    if mapping is None:
        raise RunRefused("No map is approved yet: propose one, look at it, approve it.")
    audit.refresh(account.project, user=user, progress=progress)
    gates.require(account, asked)
    if undone := capacity.not_prepared(account):
        raise RunRefused("; ".join(f"{each.what} ({each.where})" for each in undone[:5]) + ". Prepare the account first.")
    client = connecting.client_for(account)
    try:
        schema.read_schema(account, client)
        progress("looking at what lives in the account")
        matching.look(account, client)
    finally:
        connecting.note_spend(account, client.door.spent)
    gates.require(account, [name for name in asked if name == counterparts.GATE])
    kind = TEST if choice.sample else "full"
    run = new_run(account, mapping, user, only_phase, kind=kind, choice=choice, tokens=client.door.spent)
    _plan(run, progress)
    return run


def unfinished(account: PipedriveAccount) -> Run | None:
    return Run.objects.filter(account=account, state__in=RUN_UNFINISHED).order_by("-pk").first()


def push(run: Run, *, user: Any) -> int:
    """Approve all batches and let the run go; the number of batches approved. Raises Forbidden."""
    approved = approve_batches(run, user=user)
    let_go(run)
    return approved


def let_go(run: Run) -> None:
    """From planned, paused or failed to running."""
    rows_of_run = Run.objects.filter(pk=run.pk)
    for state in (RunState.PLANNING, RunState.PAUSED, RunState.FAILED, RunState.PAUSING):
        if transition(rows_of_run, state, RunState.RUNNING, reason="", resume_at=None):
            watching.look_again(run)
    run.refresh_from_db()


def approve_batches(run: Run, *, user: Any, batches: Any = None) -> int:
    require(user, "load", run.project)
    chosen = Batch.objects.filter(phase__run=run) if batches is None else batches
    return transition(chosen, BatchState.PLANNED, BatchState.APPROVED, approved_by=user, approved_at=clock.db_now())


def pause(run: Run, *, user: Any, reason: str = "") -> bool:
    require(user, "load", run.project)
    text = reason or f"paused by {user.username}"
    return transition(Run.objects.filter(pk=run.pk), RunState.RUNNING, RunState.PAUSED, reason=text, resume_at=None) == 1


def resume(run: Run, *, user: Any, accept: bool = False) -> None:
    """Let a run go on; with `accept` on the account as it is now. Raises Forbidden and what reading the account raises."""
    require(user, "load", run.project)
    if accept:
        accept_changes(run, user=user)
    connecting.ask_again(run.account)
    let_go(run)


def accept_changes(run: Run, *, user: Any) -> None:
    """A person says that what has another name in the account, or an owner who is gone, is all right. Raises as resume."""
    require(user, "load", run.project)
    client = connecting.client_for(run.account)
    with charged(run, client):
        watching.accept(run.account, client)


def cancel(run: Run, *, user: Any) -> bool:
    """End the run: nothing more is sent, what is in Pipedrive stays there and in the ledger."""
    require(user, "load", run.project)
    rows_of_run = Run.objects.filter(pk=run.pk)
    text = f"cancelled by {user.username}"
    return any(transition(rows_of_run, state, RunState.CANCELLED, reason=text, resume_at=None) for state in RUN_UNFINISHED)


def new_run(
    account: PipedriveAccount,
    mapping: Mapping,
    user: Any,
    only_phase: str = "",
    *,
    kind: str = "full",
    choice: Choice = EVERYTHING,
    tokens: int = 0,
) -> Run:
    """A run that pins what counts now; nothing is planned yet. Raises RunRefused where another is under way on the company."""
    project = account.project
    project.refresh_from_db()
    tables = [table.pk for each in rows.tables_in_force(project).values() for table in each]
    try:
        with transaction.atomic():
            return Run.objects.create(
                project=project,
                account=account,
                company=account.company,
                kind=kind,
                mapping=mapping,
                decision_seq=project.decision_seq,
                tables=tables,
                schema_digest=schema.digest(account.schema),
                only_phase=only_phase,
                choice=choice.as_dict(),
                tokens=tokens,
                started_by=user,
            )
    except IntegrityError:
        other = Run.objects.filter(company=account.company, state__in=RUN_ACTIVE).first()
        raise RunRefused(f"Another load into {account.company_name} is not finished yet ({other}). Finish or cancel it first.") from None


def _plan(run: Run, progress: Callable[[str], None]) -> None:
    missing.take_answers(run.account)
    planning.plan_run(run, progress=progress)
    freeze_forecast(run)


def freeze_forecast(run: Run) -> None:
    """What the run will cost, kept as it was when it was planned: what it really cost is held against that."""
    run.forecast = estimate.of_run(run)
    Run.objects.filter(pk=run.pk).update(forecast=run.forecast)


def _replan_if_needed(run: Run, progress: Callable[[str], None]) -> None:
    """A run whose planning died is planned again; one that waits for answers takes in those that were given."""
    if run.state == RunState.PLANNING:
        _plan(run, progress)
    elif replanning.outdated(run):
        replanning.take_in(run, progress)


# --- going on --------------------------------------------------------------------------------------------------------


def advance(run: Run, client: Pipedrive | None = None) -> Next:
    """Open, close and finish what is due; answer what can be worked now. Safe to call from several processes at once."""
    run.refresh_from_db()
    if run.state == RunState.PAUSED and run.resume_at and run.resume_at <= clock.db_now():
        let_go(run)
    if run.state == RunState.RUNNING and replanning.outdated(run) and replanning.take_in(run):
        let_go(run)
    if run.state != RunState.RUNNING:
        return Next(not_before=run.resume_at)
    run.account.refresh_from_db()  # people may have given it another token
    try:
        return _advance(run, client or connecting.client_for(run.account))
    except Stop as stop:
        halt(run, stop)
    except PipedriveError as error:
        halt(run, stop_for(error))
    return Next(not_before=run.resume_at)


def _advance(run: Run, client: Pipedrive) -> Next:
    settling.expire_sending()
    _settle_what_is_due(run, client)
    for phase in run.phases.order_by("position"):
        if phase.state == PhaseState.WAITING:
            with charged(run, client):
                unclaimed.note_high_water(phase, client)
            _open(phase)
        if phase.state == PhaseState.OPEN and not _has_work(phase) and not replanning.revive(phase):
            transition(Phase.objects.filter(pk=phase.pk), PhaseState.OPEN, PhaseState.CLOSING)
            phase.refresh_from_db()
        if phase.state == PhaseState.CLOSING and not closing.close(phase, client):
            return Next(not_before=phase.lease_until)
        if phase.state != PhaseState.CLOSED:
            return _runnable(phase)
    _finish(run)
    return Next()


def _open(phase: Phase) -> None:
    """Records that waited for a parent are looked at anew; then the phase's batches may be worked."""
    with transaction.atomic():
        if transition(Phase.objects.filter(pk=phase.pk), PhaseState.WAITING, PhaseState.OPEN, opened_at=clock.db_now()):
            replanning.revive(phase)
    phase.refresh_from_db()


def _has_work(phase: Phase) -> bool:
    """All records of the phase are only looked through when no batch of it is left to work."""
    if phase.batches.filter(state__in=(*WAITING_BATCHES, BatchState.LEASED)).exists():
        return True
    links = RecordLink.objects.filter(TO_BE_SENT | Q(state__in=LINK_OPEN), run=phase.run, entity=phase.entity)
    return links.exists()


def _runnable(phase: Phase) -> Next:
    """Batches to work now: approved, or left behind by a worker that died."""
    batches = _free(phase)
    if not batches:
        _tidy(phase)
        batches = _free(phase)
    return Next(batches, _next_look(phase))


def _free(phase: Phase) -> tuple[Batch, ...]:
    now = clock.db_now()
    free = Q(state__in=WAITING_BATCHES) | Q(state=BatchState.LEASED, lease_until__lt=now)
    ready = Q(not_before__isnull=True) | Q(not_before__lte=now)
    return tuple(phase.batches.filter(free, ready).order_by("number"))


def _tidy(phase: Phase) -> None:
    """Give records that can be sent only now a batch that can be worked. Looks through all records of the phase."""
    planning.make_batches(phase, BatchState.APPROVED)  # records that only now can be sent; the run as a whole was approved
    # A record may have been settled, and planned again, just when its batch was put away.
    work = RecordLink.objects.filter(TO_BE_SENT, batch__phase=phase).values("batch")
    transition(phase.batches.filter(pk__in=work), BatchState.DONE, BatchState.APPROVED)


def _next_look(phase: Phase) -> datetime | None:
    """When something may happen by itself: a lost answer is looked for, the lease of a worker that died runs out."""
    leased = phase.batches.filter(state=BatchState.LEASED).aggregate(first=Min("lease_until"))["first"]
    moments = [settling.next_due(phase.run.account), leased]
    return min((moment for moment in moments if moment), default=None)


def _settle_what_is_due(run: Run, client: Pipedrive) -> None:
    if not settling.due(run.account):
        return
    under_way = run.phases.filter(state__in=(PhaseState.OPEN, PhaseState.CLOSING)).order_by("position")
    with charged(run, client, under_way.values_list("entity", flat=True).first() or "", lost=True):
        settling.settle(run.account, client)


def _finish(run: Run) -> None:
    if transition(Run.objects.filter(pk=run.pk), RunState.RUNNING, RunState.FINISHED, finished_at=clock.db_now(), reason=""):
        run.refresh_from_db()
        hooks.announce("run_finished", run)


def add_seconds(run: Run, seconds: float) -> None:
    Run.objects.filter(pk=run.pk).update(seconds=F("seconds") + seconds)
