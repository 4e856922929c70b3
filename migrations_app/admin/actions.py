"""What can be done on the project page: each with its right, what it will do in words, and the doing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from migrations_app import jobs
from migrations_app.admin import action_texts as texts
from migrations_app.admin.base import project_id_of
from migrations_app.admin.forms import CompanyForm, ForceForm, MapForm, PlanForm, ResumeForm, UploadForm, keep_files
from migrations_app.models import Batch, PipedriveAccount, Project, Run, Upload
from migrations_app.services import approving, intake, lifecycle, map_sheets, proposing, reach, retrying, rollback, saved_filters
from migrations_app.states import BatchState

MOST_NAMED = 10
ALREADY = "It is under way already; this page shows how far it is."
STARTED = "Started; this page shows how far it is."


@dataclass(frozen=True, slots=True)
class DeskAction:
    """`right` is a key of models.access.ACTIONS; `on` says what the action is about: project, account, run, batch or record.

    `explain(target)` gives the sentences of the confirmation page, `do(target, user, form)` the sentence afterwards.
    """

    name: str
    label: str
    icon: str
    right: str
    on: str
    explain: Callable[[Any], list[str]]
    do: Callable[[Any, Any, Any], str]
    form: Callable[..., forms.Form] | None = None
    destructive: bool = False


def address(name: str, target: Any) -> str:
    """Where the action is confirmed."""
    return reverse("admin:crossdock_action", args=[project_id_of(target), name, target.pk])


def _upload(project: Project, user: Any, form: UploadForm) -> str:
    folder, path = keep_files(form.cleaned_data["export"])
    arguments = (project.pk, str(folder), str(path), form.cleaned_data["kind"], user.pk)
    if jobs.begin(jobs.desk_intake, f"intake-{project.pk}", *arguments):
        return "The files are here and are being read; this page shows how far it is."
    shutil.rmtree(folder, ignore_errors=True)
    return "Another export is being read just now. Wait until it is in, then upload again."


def _put_in_force(upload: Upload, user: Any, form: ForceForm) -> str:
    done = intake.put_in_force(upload, kind=form.cleaned_data["kind"], user=user)
    return f"{upload} is in force: run the audit, then load." if done else f"{upload} was in force already."


def _propose(project: Project, user: Any, form: None) -> str:
    mapping = proposing.propose_map(project, user=user)
    return f"Map {mapping.version} is proposed: {texts.rules_in_words(mapping)}. Look at it, edit it, approve it."


def _approve(project: Project, user: Any, form: None) -> str:
    mapping = approving.approve(project, user=user)
    return f"Map {mapping.version} is approved."


def _read_map(project: Project, user: Any, form: MapForm) -> str:
    folder, path = keep_files([form.cleaned_data["workbook"]])
    try:
        outcome = map_sheets.read_back(project, path, user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    refused = "".join(f" Left as it is: {place}: {why}." for place, why in outcome.refused[:MOST_NAMED])
    more = f" And {len(outcome.refused) - MOST_NAMED} more." if len(outcome.refused) > MOST_NAMED else ""
    return f"{len(outcome.changed)} rules changed.{refused}{more}"


def _audit(project: Project, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_audit, f"audit-{project.pk}", project.pk, user.pk) else ALREADY


def _prepare(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_prepare, f"prepare-{account.pk}", account.pk, user.pk) else ALREADY


def _plan(account: PipedriveAccount, user: Any, form: PlanForm) -> str:
    limit, named = form.cleaned_data.get("limit") or 0, sorted(form.cleaned_data.get("only_ids") or ())
    return STARTED if jobs.begin(jobs.desk_plan, f"plan-{account.pk}", account.pk, user.pk, 0, limit, named) else ALREADY


def _verify(account: PipedriveAccount, user: Any, form: None) -> str:
    run = texts.newest_run(account)
    if run is None:
        raise lifecycle.RunRefused("Nothing was loaded into this account yet.")
    return STARTED if jobs.begin(jobs.desk_verify, f"verify-{account.pk}", run.pk, user.pk) else ALREADY


def _approve_batches(run: Run, user: Any, form: None) -> str:
    approved = lifecycle.approve_batches(run, user=user)
    if not approved:
        raise lifecycle.RunRefused("No batch waits for approval.")
    jobs.let_run_go(run)
    return f"{approved} batches are approved."


def _push(run: Run, user: Any, form: None) -> str:
    waiting = Batch.objects.filter(phase__run=run, state=BatchState.PLANNED).count()
    ready = Batch.objects.filter(phase__run=run).exclude(state=BatchState.PLANNED).exists()
    if waiting and not ready:
        raise lifecycle.RunRefused("No batch is approved yet: approve batches first, then push.")
    return _go(run, user, f"{str(run).capitalize()} is pushed.")


def _resume(run: Run, user: Any, form: ResumeForm) -> str:
    if form.cleaned_data.get("accept"):
        lifecycle.accept_changes(run, user=user)
    return _go(run, user, f"{str(run).capitalize()} goes on.")


def _go(run: Run, user: Any, said: str) -> str:
    lifecycle.resume(run, user=user)
    jobs.let_run_go(run)
    return said


def _pause(run: Run, user: Any, form: None) -> str:
    if not lifecycle.pause(run, user=user):
        raise lifecycle.RunRefused(f"The run is {run.get_state_display()}; only a running one can be paused.")
    return f"{str(run).capitalize()} is paused; what is on its way arrives, nothing more is sent."


def _cancel(run: Run, user: Any, form: None) -> str:
    if not lifecycle.cancel(run, user=user):
        raise lifecycle.RunRefused(f"The run is {run.get_state_display()} and cannot be cancelled any more.")
    return f"{str(run).capitalize()} is cancelled; what is in Pipedrive stays there."


def _retry(account: PipedriveAccount, user: Any, form: None) -> str:
    """Approves only the batches that the retry makes: others keep waiting for their own approval."""
    before = set(Batch.objects.filter(phase__run__account=account).values_list("pk", flat=True))
    refused = texts.refused(account)
    run = retrying.retry_refused(account, user=user)
    if run is None or not refused:
        raise lifecycle.RunRefused("No record was refused in the last run.")
    lifecycle.approve_batches(run, user=user, batches=Batch.objects.filter(phase__run=run).exclude(pk__in=before))
    return _go(run, user, f"{refused:,} records are sent again.")


def _rerun_batch(batch: Batch, user: Any, form: None) -> str:
    run = retrying.rerun_batch(batch, user=user)
    return _go(run, user, f"{str(batch).capitalize()} is sent again by {run}.")


def _foresee_undo(target: Any, user: Any, form: None) -> str:
    run, scope = reach.scope_around(target)
    begun = jobs.begin(jobs.desk_foresee_undo, f"undo-{run.account_id}", run.pk, user.pk, scope.as_dict())
    return STARTED if begun else ALREADY


def _undo(target: Any, user: Any, form: Any) -> str:
    run, scope = reach.scope_around(target)
    rollback.begin(run, scope, user=user)
    jobs.launch_undo(run)
    what = str(run).capitalize() if scope.whole else f"{str(scope).capitalize()} of {run}"
    return f"{what} is being undone; what people changed since stays, and is listed under the differences of the run."


def _foresee_correction(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_foresee_correction, f"correct-{account.pk}", account.pk, user.pk) else ALREADY


def _correct(account: PipedriveAccount, user: Any, form: None) -> str:
    return STARTED if jobs.begin(jobs.desk_correct, f"correct-{account.pk}", account.pk, user.pk) else ALREADY


def _filters(account: PipedriveAccount, user: Any, form: None) -> str:
    made = saved_filters.make(account, user=user)
    return f"Made in Pipedrive: {', '.join(made)}." if made else "All of these filters are there already."


def _mails(project: Project, user: Any, form: None) -> str:
    mine = project.memberships.filter(user=user)
    now = not mine.filter(mails=True).exists()
    if not mine.update(mails=now):
        raise lifecycle.RunRefused("Mails go to the people who take part in the project, and you do not.")
    return "You get mails about this project." if now else "You get no more mails about this project."


ACTIONS = {
    action.name: action
    for action in (
        DeskAction("upload", "Upload export", "upload", "upload", "project", texts.upload, _upload, UploadForm),
        DeskAction("put-in-force", "Put in force", "rule", "upload", "upload", texts.put_in_force, _put_in_force, ForceForm),
        DeskAction("propose", "Propose map", "auto_awesome", "map", "project", texts.propose, _propose),
        DeskAction("read-map", "Read the map back", "upload_file", "map", "project", texts.read_map, _read_map, MapForm),
        DeskAction("approve", "Approve map", "approval", "approve", "project", texts.approve, _approve),
        DeskAction("audit", "Run audit", "troubleshoot", "audit", "project", texts.audit, _audit),
        DeskAction("prepare", "Prepare account", "construction", "load", "account", texts.prepare, _prepare),
        DeskAction("plan", "Plan load", "list_alt", "load", "account", texts.plan, _plan, PlanForm),
        DeskAction("approve-batches", "Approve batches", "fact_check", "load", "run", texts.approve_batches, _approve_batches),
        DeskAction("push", "Push approved batches", "rocket_launch", "load", "run", texts.push, _push, CompanyForm),
        DeskAction("pause", "Pause", "pause", "load", "run", texts.pause, _pause),
        DeskAction("resume", "Resume", "play_arrow", "load", "run", texts.resume, _resume, ResumeForm),
        DeskAction("cancel", "Cancel load", "cancel", "load", "run", texts.cancel, _cancel, destructive=True),
        DeskAction("retry", "Retry refused", "replay", "load", "account", texts.retry, _retry),
        DeskAction("verify", "Verify", "fact_check", "verify", "account", texts.verify, _verify),
        DeskAction("foresee-undo", "What would undoing do?", "preview", "load", "run", texts.foresee_undo, _foresee_undo),
        DeskAction("undo", "Undo load", "undo", "load", "run", texts.undo, _undo, CompanyForm, destructive=True),
        DeskAction("rerun-batch", "Run batch again", "replay", "load", "batch", texts.rerun_batch, _rerun_batch),
        DeskAction("foresee-undo-batch", "What would undoing do?", "preview", "load", "batch", texts.foresee_undo, _foresee_undo),
        DeskAction("undo-batch", "Undo batch", "undo", "load", "batch", texts.undo, _undo, CompanyForm, destructive=True),
        DeskAction("foresee-undo-record", "What would undoing do?", "preview", "load", "record", texts.foresee_undo, _foresee_undo),
        DeskAction("undo-record", "Undo record", "undo", "load", "record", texts.undo, _undo, CompanyForm, destructive=True),
        DeskAction("foresee-correction", "Preview correction", "preview", "load", "account", texts.foresee_correction, _foresee_correction),
        DeskAction("filters", "Save clean-up filters", "filter_alt", "load", "account", texts.filters, _filters),
        DeskAction("mails", "Mails on or off", "mail", "view", "project", texts.mails, _mails),
        DeskAction("correct", "Correct records", "published_with_changes", "load", "account", texts.correct, _correct),
    )
}
