"""Sign-off: the customer's word on a test run, what it froze, and whether it still covers what production would get."""

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q

from migrations_app import gates
from migrations_app.gates import ClosedGate, GateClosed, Missing
from migrations_app.models import Approval, Decision, PipedriveAccount, Project, Remark, Run, Upload, require
from migrations_app.rules.resigning import Since
from migrations_app.services import losses, proposing, rows, verifying
from migrations_app.services.loss import Loss
from migrations_app.services.since import examples, settings_of, since
from migrations_app.states import TEST, RunState

GATE = "test_run"
BEFORE_DEALS = ("organization", "person", "product")  # phases
SIGNABLE = (RunState.FINISHED, RunState.ROLLED_BACK)  # what was looked at may have been taken out of the account again


class CannotSign(Exception):
    """There is nothing that could be signed like this; the text says why and what to do."""


def register() -> None:
    gates.register(GATE, test_run_gate, staging=False)


def gates_for(*, sample: bool, only_phase: str = "") -> list[str]:
    """Gates that a load asks about: a test run waits for no test run, and deals without a company matter where deals load."""
    spared = {GATE} if sample else set()
    spared |= {"orphans"} if only_phase in BEFORE_DEALS else set()
    return [name for name in gates.ORDER if name not in spared]


# --- signing ---------------------------------------------------------------------------------------------------------


def sign(run: Run, *, user: Any, on_behalf_of: str = "", ticked: Collection[str] | None = None) -> Approval:
    """Sign `run` off, or what changed since it was signed; `ticked` are keys of known losses, None ticks all.

    Raises Forbidden (only the customer's own admin signs), CannotSign, and GateClosed where only a new test run will do.
    """
    project = run.project
    require(user, "sign", project)
    _demand_signable(run)
    lines = losses.known_losses(project)
    if missing := [loss for loss in lines if ticked is not None and loss.key not in ticked]:
        raise CannotSign(f"{len(missing)} of {len(lines)} known losses are not ticked yet: {missing[0].what}.")
    first = _base(project, run)
    if first is None:
        return _write(run, user, on_behalf_of, lines, mapping=run.mapping)
    if (whole := since(first)).large:
        raise GateClosed([ClosedGate(GATE, (_new_test_run(project, whole),))])
    last = newest(project) or first
    found = since(last)
    if not found.changes:
        raise CannotSign(f"{str(run).capitalize()} is signed off already, and nothing has changed since.")
    told = _difference(last, found)
    return _write(run, user, on_behalf_of, lines, mapping=proposing.approved(project), kind=Approval.Kind.DIFFERENCE, difference=told)


def _difference(last: Approval, found: Since) -> dict[str, Any]:
    """What the customer sees before they sign a difference: rules changed, records touched, before and after of five."""
    return {
        "rules": found.rules,
        "answers": found.answers,
        "records": found.records,
        "changes": [each.as_dict() for each in found.changes],
        "examples": examples(last, found),
    }


def reject(run: Run, remark: str, *, user: Any) -> Approval:
    """Say no to a test run: what was remarked about it becomes work to do. Raises Forbidden, CannotSign."""
    require(user, "sign", run.project)
    _demand_signable(run)
    with transaction.atomic():
        if remark:
            Remark.objects.create(run=run, text=remark, by=user)
        if not Remark.objects.filter(run=run).exists():
            raise CannotSign("Say what is wrong: a rejected test run needs at least one remark.")
        Remark.objects.filter(run=run, state=Remark.State.NOTE).update(state=Remark.State.TASK)
        return _write(run, user, "", [], mapping=run.mapping, verdict=Approval.Verdict.REJECTED, remark=remark)


def newest(project: Project) -> Approval | None:
    """The customer's last word."""
    return project.approvals.select_related("mapping", "run", "by").order_by("-pk").first()


def awaiting(project: Project) -> Run | None:
    """The newest run that could be signed and that nobody has said anything about."""
    run = signable(project).order_by("-pk").first()
    return run if run is not None and not run.approvals.exists() else None


def signable(project: Project) -> Any:
    """Runs that a customer can judge: test runs, and loads of everything."""
    whole = Q(kind=TEST) | Q(kind="full", choice={})
    runs = Run.objects.filter(whole, project=project, state__in=SIGNABLE, phases__isnull=False, only_phase="")
    return runs.select_related("account", "mapping", "project").distinct()


def may_be_judged(run: Run) -> bool:
    """What `signable` says, of a run at hand and without a query."""
    return run.state in SIGNABLE and not run.only_phase and (run.kind == TEST or (run.kind == "full" and not run.choice))


def _demand_signable(run: Run) -> None:
    if not signable(run.project).filter(pk=run.pk).exists():
        state = f"it is {run.get_state_display()}" if run.state not in SIGNABLE else "it holds only a part of what a load makes"
        raise CannotSign(f"{str(run).capitalize()} cannot be signed off: {state}. Load a test run to its end first.")


def _base(project: Project, run: Run) -> Approval | None:
    """The signature on this very test run, where the last word was a yes."""
    last = newest(project)
    if last is None or last.verdict == Approval.Verdict.REJECTED or last.run_id != run.pk:
        return None
    return _test_run_of(last)


def _test_run_of(approval: Approval) -> Approval:
    """The signature on the test run that `approval` belongs to: a difference adds to it."""
    same = Approval.objects.filter(run=approval.run_id, kind=Approval.Kind.TEST_RUN, verdict=Approval.Verdict.SIGNED)
    return same.select_related("mapping", "project").order_by("-pk").first() or approval


def _write(run: Run, user: Any, on_behalf_of: str, lines: list[Loss], **how: Any) -> Approval:
    told = [loss.as_dict() for loss in lines]
    return Approval.objects.create(
        project=run.project, run=run, by=user, on_behalf_of=on_behalf_of[:200], losses=told, seen=_seen(run), **how
    )


# --- what was seen ---------------------------------------------------------------------------------------------------


def _seen(run: Run) -> dict[str, Any]:
    project = run.project
    project.refresh_from_db()
    force = rows.tables_in_force(project)
    uploads = {table.upload_id for tables in force.values() for table in tables}
    digest, answers = _decisions(project)
    return {
        "map": run.mapping.version,
        "uploads": list(Upload.objects.filter(pk__in=uploads).order_by("pk").values("pk", "name", "kind", "digest")),
        "rows": {object: rows.count(tables) for object, tables in force.items()},
        "decision_seq": project.decision_seq,
        "decisions": digest,
        "answers": answers,
        "settings": settings_of(project),
        "phases": [phase.report or verifying.phase_counts(phase) for phase in run.phases.order_by("position")],
    }


def _decisions(project: Project) -> tuple[str, dict[str, int]]:
    """(digest of all answers that count, {kind: how many})."""
    digest, counts = hashlib.sha256(), dict.fromkeys(map(str, Decision.Kind.values), 0)
    found = Decision.objects.filter(project=project, undone_at__isnull=True).order_by("pk")
    for kind, *rest in found.values_list("kind", "object", "source_key", "answer").iterator(2000):
        digest.update(json.dumps([kind, *rest], sort_keys=True).encode())
        counts[kind] += 1
    return digest.hexdigest(), counts


# --- the gate --------------------------------------------------------------------------------------------------------


def test_run_gate(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut until a test run is signed off whose map, settings and answers are those of today."""
    project = account.project
    last = newest(project)
    if last is None:
        yield _nothing_signed(project)
    elif last.verdict == Approval.Verdict.REJECTED:
        tasks = Remark.objects.filter(run=last.run_id, state=Remark.State.TASK).count()
        what = f"{last.run} was rejected: settle the remarks, then load a new test run and have it signed off"
        yield Missing(what, max(1, tasks), _load_command(project))
    elif (whole := since(_test_run_of(last))).large:
        yield _new_test_run(project, whole)
    elif (found := since(last)).changes:
        yield Missing(f"{found} since the sign-off: the customer signs the difference", 1, _sign_command(last.run))


def _nothing_signed(project: Project) -> Missing:
    waiting = awaiting(project)
    if waiting is None:
        return Missing("no test run is loaded and signed off yet", 1, _load_command(project))
    return Missing(f"{waiting} into {waiting.account} is not signed off by the customer", 1, _sign_command(waiting))


def _new_test_run(project: Project, found: Since) -> Missing:
    return Missing(f"a new test run is needed, for {found.why_large()} ({found})", 1, _load_command(project))


def _load_command(project: Project) -> str:
    return f"crossdock load {project.slug} --role staging --test-run 100"


def _sign_command(run: Run) -> str:
    return f"crossdock signoff {run.project.slug} --run {run.pk}"
