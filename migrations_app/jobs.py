"""RQ entry points: a primary key in, fetch, guard, delegate. The only place that enqueues."""

import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

import django_rq
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError
from rq import Queue, get_current_job
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus

from connectors.errors import ConnectorError
from migrations_app.gates import GateClosed
from migrations_app.models import Batch, Forbidden, PipedriveAccount, Project, Run, Upload
from migrations_app.services import (
    audit,
    clock,
    connecting,
    corrections,
    effects,
    holdings,
    intake,
    lifecycle,
    prepare,
    proposing,
    reach,
    refilling,
    rollback,
    rows,
    settling,
    telling,
    undo_outlook,
    verifying,
    working,
)
from migrations_app.services.choosing import Choice
from migrations_app.services.mailing import consent, deal_campaigns, suppressing
from migrations_app.services.stopping import Stop
from migrations_app.states import BatchState, RunState, UploadState, transition

logger = logging.getLogger(__name__)

QUEUE = "load"
ON_ACCOUNTS = ("prepare", "look", "suppress", "plan", "verify", "undo", "correct")  # names of background work about an account
FAILURE_KEPT = 3600


def launch(following: lifecycle.Next) -> int:
    """Enqueue the batches once the transaction is through; a batch that stands in the queue already stays there once."""
    for batch in following.batches:
        transition(Batch.objects.filter(pk=batch.pk), BatchState.APPROVED, BatchState.QUEUED)
        phase = batch.phase
        job_id = f"run-{phase.run_id}-{phase.entity}-{batch.number:03}-a{batch.attempt + 1}"
        transaction.on_commit(partial(_enqueue, run_batch, batch.pk, job_id))
    return len(following.batches)


def launch_run(run: Run) -> int:
    """Look what the run can do now and enqueue it."""
    return launch(lifecycle.advance(run))


def run_batch(pk: int) -> None:
    batch = Batch.objects.select_related("phase__run__account__project").filter(pk=pk).first()
    if batch is not None and batch.state != BatchState.DONE:
        launch(working.work(batch, until=time.monotonic() + clock.soft_deadline()))


def tick() -> None:
    """Every 20 seconds: whatever died, waited or came due is taken up again. The database decides, Redis only carries."""
    for pk in Run.objects.filter(state__in=(RunState.RUNNING, RunState.PAUSED)).values_list("pk", flat=True):
        _enqueue(advance_run, pk, f"run-{pk}-advance", first=True)
    for run in Run.objects.filter(state=RunState.ROLLING_BACK):
        if rollback.due(run):
            _enqueue(undo_run, run.pk, f"run-{run.pk}-undo")
    settling.settle_leftovers()


def advance_run(pk: int) -> None:
    run = Run.objects.select_related("account__project").filter(pk=pk).first()
    if run is not None:
        launch_run(run)


def launch_undo(run: Run) -> None:
    """Have a worker take up the rollback at once, instead of waiting for the next tick."""
    transaction.on_commit(partial(_enqueue, undo_run, run.pk, f"run-{run.pk}-undo"))


def undo_run(pk: int) -> None:
    run = Run.objects.select_related("account__project").filter(pk=pk).first()
    if run is not None and rollback.due(run):
        rollback.go_on(run, until=time.monotonic() + clock.soft_deadline())


def _enqueue(job: Callable[[int], None], pk: int, job_id: str, *, first: bool = False) -> None:
    """One job of this id at a time. Without Redis nothing is enqueued, and nothing lost: the next tick tries again."""
    try:
        queue = django_rq.get_queue(QUEUE)
        try:
            _put(queue, job, pk, job_id, first)
        except DuplicateJobError:
            if _left_behind(queue, job_id):
                _put(queue, job, pk, job_id, first)
    except (DuplicateJobError, RedisError) as trouble:
        logger.info("%s was not enqueued: %s", job_id, trouble or "another process was quicker")


def _put(queue: Queue, job: Callable[[int], None], pk: int, job_id: str, first: bool) -> None:
    options = {"job_timeout": clock.JOB_TIMEOUT, "result_ttl": 0, "failure_ttl": FAILURE_KEPT}
    queue.enqueue(job, pk, job_id=job_id, unique=True, at_front=first, **options)


def _left_behind(queue: Queue, job_id: str) -> bool:
    """Clears a job away that nobody will work any more: it failed, or its worker died with it. False while it lives.

    One that is only slow may be taken for dead: two workers then ask for the same batch, and one gets it.
    """
    job = queue.fetch_job(job_id)
    if job is None:
        return True
    status = job.get_status()
    sign = job.enqueued_at if status == JobStatus.QUEUED else job.last_heartbeat
    silent = sign is None or (timezone.now() - sign).total_seconds() > clock.abandoned_after()
    if status == JobStatus.QUEUED and (not silent or queue.get_job_position(job_id) is not None):
        return False
    if status == JobStatus.STARTED and not silent:
        return False
    job.delete()
    return True


# --- long work that people start at the desk ---------------------------------------------------------------------------

DESK_QUEUE = "default"
DESK_TIMEOUT = 4 * 3600
DESK_KEPT = 24 * 3600  # how long the page tells how it ended
UNDER_WAY = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED)
EXPECTED = (
    ConnectorError,
    Forbidden,
    GateClosed,
    Stop,
    audit.NothingToAudit,
    suppressing.NothingToSuppress,
    intake.IntakeFailed,
    lifecycle.RunRefused,
    proposing.NothingToPropose,
)


@dataclass(frozen=True, slots=True)
class DeskWork:
    """Work in the background as the page shows it. `state` is waiting, running, done or failed; `text` is for people."""

    name: str
    state: str
    text: str

    @property
    def under_way(self) -> bool:
        return self.state in ("waiting", "running")


def begin(work: Callable[..., Any], name: str, *args: Any) -> bool:
    """Enqueue `work` under the id `name`; False where it is under way already."""
    queue = django_rq.get_queue(DESK_QUEUE)
    before = queue.fetch_job(name)
    if before is not None:
        if before.get_status() in UNDER_WAY:
            return False
        before.delete()
    try:
        queue.enqueue(work, *args, job_id=name, unique=True, job_timeout=DESK_TIMEOUT, result_ttl=DESK_KEPT, failure_ttl=DESK_KEPT)
    except DuplicateJobError:
        return False
    return True


def desk_work(project: Project) -> list[DeskWork]:
    """What is under way for `project` and how the last of each kind ended. A handful of round trips; raises redis.RedisError."""
    names = [f"intake-{project.pk}", f"audit-{project.pk}"]
    names += [f"{what}-{account.pk}" for account in project.accounts.all() for what in ON_ACCOUNTS]
    return [_as_shown(job) for job in Job.fetch_many(names, connection=django_rq.get_connection(DESK_QUEUE)) if job is not None]


def let_run_go(run: Run) -> None:
    """Have a worker look at once what the run can do, instead of waiting for the next tick."""
    transaction.on_commit(partial(_enqueue, advance_run, run.pk, f"run-{run.pk}-advance"))


def _told(work: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """The job's result says how it ended, in words; what people can do something about is no failure of the job."""

    @wraps(work)
    def told(*args: Any) -> dict[str, Any]:
        try:
            return {"done": True, "text": work(*args)}
        except EXPECTED as problem:
            return {"done": False, "text": str(problem)}

    return told


@_told
def desk_intake(project_pk: int, folder: str, path: str, kind: str, user_pk: int) -> str:
    """The files lie in `folder`, which goes when they have been read."""
    try:
        project, user = Project.objects.get(pk=project_pk), _user(user_pk)
        later = kind != Upload.Kind.SAMPLE and bool(rows.tables_in_force(project))
        report = intake.take_in(project, Path(path), kind=kind, user=user, hold=later, progress=_progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if report.upload.state == UploadState.HELD:
        effects.foretell(report.upload)
        return f"{_intake_text(report)} It changes nothing yet: look at what it would do, and put it in force."
    return _intake_text(report)


@_told
def desk_audit(project_pk: int, user_pk: int) -> str:
    project = Project.objects.select_related("audit").get(pk=project_pk)
    counts = audit.counts(audit.run_audit(project, user=_user(user_pk), progress=_progress))
    return f"{sum(counts.values()):,} findings of {len(counts)} kinds."


@_told
def desk_prepare(account_pk: int, user_pk: int) -> str:
    return prepare.prepare(_account(account_pk), user=_user(user_pk), progress=_progress).in_words()


@_told
def desk_look(account_pk: int, user_pk: int) -> str:
    return holdings.in_words(holdings.look(_account(account_pk), user=_user(user_pk), progress=_progress))


@_told
def desk_suppress(account_pk: int, user_pk: int) -> str:
    return suppressing.in_words(suppressing.suppress(_account(account_pk), user=_user(user_pk), progress=_progress))


@_told
def desk_marketing(account_pk: int, user_pk: int) -> str:
    return consent.in_words(consent.set_marketing(_account(account_pk), user=_user(user_pk), progress=_progress))


@_told
def desk_deal_campaigns(account_pk: int, user_pk: int, listed: Sequence[Sequence[str]]) -> str:
    return deal_campaigns.in_words(deal_campaigns.put(_account(account_pk), user=_user(user_pk), listed=listed, progress=_progress))


@_told
def desk_foresee_deal_campaigns(account_pk: int, user_pk: int, back: bool, listed: Sequence[Sequence[str]] = ()) -> str:
    """What putting campaigns onto deals, or taking them back, would do."""
    account, user = _account(account_pk), _user(user_pk)
    if back:
        return deal_campaigns.back_in_words(deal_campaigns.take_back(account, user=user, dry_run=True, progress=_progress), would=True)
    return "As things stand: " + deal_campaigns.in_words(
        deal_campaigns.put(account, user=user, listed=listed, dry_run=True, progress=_progress)
    )


@_told
def desk_take_off_deals(account_pk: int, user_pk: int) -> str:
    return deal_campaigns.back_in_words(deal_campaigns.take_back(_account(account_pk), user=_user(user_pk), progress=_progress))


@_told
def desk_plan(account_pk: int, user_pk: int, sample: int = 0, limit: int = 0, named: Sequence[Sequence[str]] = ()) -> str:
    choice = Choice(limit, frozenset((object, key) for object, key in named), sample=sample)
    run = lifecycle.start(_account(account_pk), user=_user(user_pk), choice=choice, progress=_progress)
    batches = Batch.objects.filter(phase__run=run).count()
    return f"{str(run).capitalize()} is planned in {batches} batches. Approve them, then push."


@_told
def desk_refill(account_pk: int, user_pk: int) -> str:
    undone, through = refilling.wipe(_account(account_pk), user=_user(user_pk), patience=DESK_TIMEOUT / 2, progress=_progress)
    if not through:
        return f"{len(undone)} loads are undone; the next one is not through yet. Wipe again to go on."
    return f"{len(undone)} loads are undone. {desk_plan.__wrapped__(account_pk, user_pk)}"  # type: ignore[attr-defined]


@_told
def desk_verify(run_pk: int, user_pk: int) -> str:
    run = Run.objects.select_related("account", "project").get(pk=run_pk)
    sound = verifying.verify_run(run, connecting.client_for(run.account), user=_user(user_pk), progress=_progress)
    otherwise = "Something is missing or reads back otherwise: see the differences of the run."
    return "Everything reads back as it was written." if sound else otherwise


def digests() -> int:
    """The daily mails about what waits; the number of projects that had something."""
    return sum(telling.digest(project) for project in Project.objects.filter(closed_at__isnull=True).select_related("audit"))


@_told
def desk_foresee_undo(run_pk: int, user_pk: int, scope: Mapping[str, Any]) -> str:
    run = Run.objects.select_related("account__project", "project").get(pk=run_pk)
    outlook = undo_outlook.look_ahead(run, reach.Scope(**scope), user=_user(user_pk))
    return undo_outlook.in_words(run, outlook)


@_told
def desk_foresee_correction(account_pk: int, user_pk: int) -> str:
    return corrections.look_ahead(_account(account_pk), user=_user(user_pk)).in_words()


@_told
def desk_correct(account_pk: int, user_pk: int) -> str:
    account, user = _account(account_pk), _user(user_pk)
    run = corrections.unfinished(account) or corrections.begin(account, user=user)
    if run is None:
        return "Every record says what the map and the answers say: nothing is to be corrected."
    lifecycle.resume(run, user=user)
    let_run_go(run)
    return f"{str(run).capitalize()} corrects {run.links.count():,} records at most; its page shows what was kept."


def _account(pk: int) -> PipedriveAccount:
    return PipedriveAccount.objects.select_related("project__audit").get(pk=pk)


def _user(pk: int) -> Any:
    return get_user_model().objects.get(pk=pk)


def _progress(text: str) -> None:
    job = get_current_job()
    if job is not None:
        job.meta["progress"] = text
        job.save_meta()


def _intake_text(report: intake.IntakeReport) -> str:
    if report.repeated:
        return "The same bytes came before: nothing changed."
    staged = ", ".join(f"{each['staged']:,} {name.replace('_', ' ') or 'rows of unknown files'}" for name, each in report.objects.items())
    skipped = sum(sum(each["skipped"].values()) for each in report.objects.values())
    parts = [f"Taken in: {staged}.", f"Lines skipped: {skipped:,}." if skipped else ""]
    parts += [f"Nobody recognised: {', '.join(report.upload.unrecognised)}." if report.upload.unrecognised else ""]
    parts += [f"Refused: {each['file']} ({each['reason']})." for each in report.upload.refused]
    return " ".join(part for part in parts if part)


def _as_shown(job: Job) -> DeskWork:
    status = job.get_status(refresh=False)
    if status == JobStatus.STARTED:
        return DeskWork(job.id, "running", str(job.get_meta(refresh=False).get("progress", "at work")))
    if status in UNDER_WAY:
        return DeskWork(job.id, "waiting", "waits for a worker")
    result = job.return_value() if status == JobStatus.FINISHED else None
    if not isinstance(result, dict):
        return DeskWork(job.id, "failed", "It stopped unexpectedly and can be started again; the log of the workers says why.")
    return DeskWork(job.id, "done" if result["done"] else "failed", result["text"])
