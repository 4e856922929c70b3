"""The weekend of the change: its steps with owner, time and evidence, and the dates around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max

from migrations_app.models import (
    CutoverStep,
    Difference,
    PipedriveAccount,
    Project,
    Run,
    SuppressionPass,
    Upload,
    require,
)
from migrations_app.rules import calendar
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import clock, confirming, estimate, turning_back
from migrations_app.services.mailing import suppressing
from migrations_app.states import RunState, UploadState


class StepRefused(Exception):
    """The step cannot be ticked yet; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Step:
    """`needs` is what must be true before it can be ticked, as a sentence (empty: it is true); `seen` is what the program itself knows;
    `concerns` says whether the project has such a step at all."""

    name: str
    title: str
    text: str
    needs: Callable[[Project], str] = lambda project: ""
    seen: Callable[[Project], str] = lambda project: ""
    concerns: Callable[[Project], bool] = lambda project: True


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as the page and the command tell it; `blocked` says what it waits for."""

    step: Step
    row: CutoverStep | None
    seen: str
    blocked: str

    @property
    def done(self) -> bool:
        return self.row is not None and self.row.done_at is not None

    def as_dict(self) -> dict[str, Any]:
        row = self.row
        return {
            "step": self.step.name,
            "title": self.step.title,
            "owner": row.owner.username if row and row.owner else "",
            "planned_at": row.planned_at.isoformat() if row and row.planned_at else None,
            "done_at": row.done_at.isoformat() if row and row.done_at else None,
            "done_by": row.done_by.username if row and row.done_by else "",
            "evidence": (row.evidence if row else "") or self.seen,
            "blocked": self.blocked,
        }


# --- steps -----------------------------------------------------------------------------------------------------------


def shown(project: Project) -> list[StepShown]:
    """All steps in their order. A constant number of queries."""
    kept = {row.name: row for row in CutoverStep.objects.filter(project=project).select_related("owner", "done_by")}
    steps = (step for step in STEPS.values() if step.concerns(project))
    return [StepShown(step, kept.get(step.name), step.seen(project), step.needs(project)) for step in steps]


def next_step(project: Project) -> Step | None:
    """The first that nobody has done; None where all are done."""
    done = set(CutoverStep.objects.filter(project=project, done_at__isnull=False).values_list("name", flat=True))
    return next((step for name, step in STEPS.items() if name not in done and step.concerns(project)), None)


def plan(project: Project, name: str, *, user: Any, owner: str = "", planned_at: datetime | None = None) -> CutoverStep:
    """Who does a step, and when. Raises Forbidden and StepRefused (no such step or person)."""
    require(user, "cutover", project)
    row = _row(project, name)
    if owner:
        person = get_user_model().objects.filter(username=owner, memberships__project=project).first()
        if person is None:
            raise StepRefused(f"Nobody called “{owner}” takes part in {project}.")
        row.owner = person
    row.planned_at = planned_at or row.planned_at
    row.save(update_fields=["owner", "planned_at"])
    return row


def tick(project: Project, name: str, *, user: Any, evidence: str = "") -> CutoverStep:
    """The step is done, by this person; a step that the program cannot see for itself wants evidence in words.

    Raises Forbidden and StepRefused.
    """
    step = _step(name)
    require(user, "confirm" if name == DECLARED else "cutover", project)
    if blocked := step.needs(project):
        raise StepRefused(f"“{step.title}” cannot be ticked yet: {blocked}")
    said = evidence.strip() or step.seen(project) or (f"declared by {user.get_full_name() or user}" if name == DECLARED else "")
    if not said:
        raise StepRefused(f"Say in a few words what shows that “{step.title}” is done.")
    with transaction.atomic():
        row = _row(project, name)
        row.done_at, row.done_by, row.evidence = clock.db_now(), user, said
        row.save(update_fields=["done_at", "done_by", "evidence"])
        if name == DECLARED and not confirming.standing(confirming.account_for(project), confirming.CUTOVER).exists():
            confirming.confirm(confirming.account_for(project), confirming.CUTOVER, user=user)
    return row


def untick(project: Project, name: str, *, user: Any) -> CutoverStep:
    """It was not done after all; owner and plan stay. Raises Forbidden."""
    require(user, "confirm" if name == DECLARED else "cutover", project)
    row = _row(project, name)
    row.done_at, row.done_by, row.evidence = None, None, ""
    row.save(update_fields=["done_at", "done_by", "evidence"])
    if name == DECLARED:
        confirming.withdraw(confirming.account_for(project), confirming.CUTOVER, user=user)
    return row


def went_live(project: Project) -> datetime | None:
    """When Pipedrive was declared the system of record."""
    account = production(project)
    tick = confirming.standing(account, confirming.CUTOVER).first() if account else None
    return tick.at if tick else None


def _step(name: str) -> Step:
    if name not in STEPS:
        raise StepRefused(f"There is no step “{name}”. There are: {', '.join(STEPS)}.")
    return STEPS[name]


def _row(project: Project, name: str) -> CutoverStep:
    _step(name)
    return CutoverStep.objects.get_or_create(project=project, name=name)[0]


# --- what the program sees for itself ----------------------------------------------------------------------------------


def production(project: Project) -> PipedriveAccount | None:
    return project.accounts.filter(role=PipedriveAccount.Role.PRODUCTION).select_related("project").first()


def newest_run(project: Project) -> Run | None:
    """The load into production that would be undone first; None where nothing of any stands there by our doing."""
    runs = Run.objects.filter(project=project, account__role=PipedriveAccount.Role.PRODUCTION)
    return runs.exclude(state=RunState.ROLLED_BACK).order_by("-pk").first()


def has_begun(project: Project) -> bool:
    """Whether anything was ever loaded into production."""
    return newest_run(project) is not None


def _newest_export(project: Project) -> Upload | None:
    return Upload.objects.filter(project=project, state=UploadState.READY).exclude(kind=Upload.Kind.SAMPLE).order_by("-pk").first()


def _export_seen(project: Project) -> str:
    """Only what came after the freeze is the last export."""
    frozen = CutoverStep.objects.filter(project=project, name="freeze").values_list("done_at", flat=True).first()
    upload = _newest_export(project)
    there = upload is not None and frozen is not None and upload.created_at > frozen
    return f"{upload} arrived {upload.created_at:%Y-%m-%d %H:%M} UTC" if upload and there else ""


def _loaded_seen(project: Project) -> str:
    """A load that knows the newest export."""
    run, upload = newest_run(project), _newest_export(project)
    if run is None or run.state != RunState.FINISHED or (upload is not None and run.started_at < upload.created_at):
        return ""
    made = sum(phase.report.get("created", 0) for phase in run.phases.all())
    return f"{run} is finished: {made:,} records made, every phase balances"


def _verified_seen(project: Project) -> str:
    run = newest_run(project)
    if run is None or run.state != RunState.FINISHED:
        return ""
    moment = run.phases.aggregate(at=Max("verified_at"))["at"]
    ours = Difference.objects.filter(phase__run=run, kind="value", ours=True).count()
    phases = [(phase.report.get("verified", 0), phase.entity) for phase in run.phases.all()]
    counted = ", ".join(f"{there:,} {many(entity)}" for there, entity in phases if there)
    said = f"read back {moment:%Y-%m-%d %H:%M} UTC, {ours} values differ from what was written" if moment else ""
    return f"{said}; counted there: {counted}" if said and counted else said


def _declared_seen(project: Project) -> str:
    moment = went_live(project)
    return f"declared {moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _quiet_ended(project: Project) -> str:
    account = production(project)
    there = account is not None and confirming.standing(account, confirming.SWITCHED_ON).exists()
    return "the list of what was switched off is ticked as on again" if there else ""


def _must_be_loaded(project: Project) -> str:
    return "" if _loaded_seen(project) else "no load of the newest export into production is finished."


def _must_be_verified(project: Project) -> str:
    return _must_be_loaded(project) or ("" if _verified_seen(project) else "production was not read back yet.")


def _must_be_decided(project: Project) -> str:
    if missing := _must_be_verified(project):
        return missing
    decided = CutoverStep.objects.filter(project=project, name="go", done_at__isnull=False).exists()
    return "" if decided else "nobody decided yet whether to go or to turn back."


def _opt_outs_seen(project: Project) -> str:
    """What was written after the newest load; nothing while the marketing status of somebody is still to be set."""
    run, kept = newest_run(project), _newest_pass(project)
    if run is None or kept is None or kept.kind == SuppressionPass.Kind.COMPARED or kept.at < run.started_at or _still_mailed(kept):
        return ""
    said = f"{kept.get_kind_display()} {kept.at:%Y-%m-%d %H:%M} UTC: {kept.suppressed:,} of {kept.persons:,} persons are on the list"
    ignored = [email for _, email, _, after in kept.facts.get("marketing", ()) if after != suppressing.UNSUBSCRIBED]
    return f"{said}; {len(ignored):,} whom Pipedrive passed over are to be unsubscribed there by hand" if ignored else said


def _newest_pass(project: Project) -> SuppressionPass | None:
    return SuppressionPass.objects.filter(account__project=project, account__role=PipedriveAccount.Role.PRODUCTION).first()


def _still_mailed(kept: SuppressionPass) -> bool:
    """Pipedrive itself would still write to somebody on the list; where a change was passed over, no second one helps."""
    return bool(kept.facts.get("due")) and kept.kind != SuppressionPass.Kind.MARKETING


DECLARED = "system_of_record"
STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("freeze", "Source frozen", "From now on nobody changes anything in the old system."),
        Step("last_export", "Last export", "Exported after the freeze, by an admin who sees everything, and uploaded.", seen=_export_seen),
        Step("delta_compared", "Changes compared", "What the last export adds and changes was looked at before it is loaded."),
        Step("loaded", "Loaded", "The last changes are in production.", _must_be_loaded, _loaded_seen),
        Step("verified", "Read back", "Every record was read back and compared.", _must_be_verified, _verified_seen),
        Step("spot_checked", "Spot checks", "The customer looked at the accounts that they know by heart.", _must_be_loaded),
        Step("go", "Go or turn back", "Decided with the clock in view.", _must_be_verified),
        Step(DECLARED, "Pipedrive is the system of record", "Declared by a named person.", _must_be_decided, _declared_seen),
        Step(
            "opt_outs",
            "Opt-outs",
            "Who must not be written to is flagged once more, and unsubscribed where the account has Campaigns.",
            _must_be_decided,
            _opt_outs_seen,
            suppressing.concerns,
        ),
        Step("automations_on", "Automations on again", "What was switched off for the load works again.", _must_be_decided, _quiet_ended),
        Step("users_told", "Users told", "Everybody knows where to work from now on.", _must_be_decided),
        Step("source_read_only", "Source read only", "The old system can be looked at, not written to."),
        Step(
            "late_entries", "Late entries", "What was entered after the freeze was found by one more export, and loaded.", _must_be_loaded
        ),
    )
}


# --- the dates -------------------------------------------------------------------------------------------------------


def dates(project: Project) -> list[calendar.Stretch]:
    """Preload, weekend, go-live and the week after, from the forecast; around the freeze, where people planned one."""
    days = estimate.estimate(project, account=production(project))["days"]
    planned = CutoverStep.objects.filter(project=project, name="freeze").values_list("planned_at", flat=True).first()
    zone = ZoneInfo(project.timezone or "UTC")
    freeze = planned.astimezone(zone).date() if planned else None
    return calendar.plan(clock.db_now().astimezone(zone).date(), load_days=days, freeze=freeze)


def as_dict(project: Project) -> dict[str, Any]:
    account = production(project)
    steps: Sequence[dict[str, Any]] = [each.as_dict() for each in shown(project)]
    return {
        "project": project.slug,
        "dates": calendar.as_dicts(dates(project)),
        "steps": steps,
        "clock": turning_back.go_clock(account).as_dict() if account else None,
    }
