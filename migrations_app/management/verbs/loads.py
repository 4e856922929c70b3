"""load, retry, verify, pause, resume, cancel."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from functools import partial
from typing import Any

from migrations_app import jobs, verbs
from migrations_app.management.verbs.common import account_of, failing_softly, project_of, with_account
from migrations_app.models import PipedriveAccount, Run
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT, KINDS
from migrations_app.services import audit, choosing, connecting, lifecycle, proposing, reporting, retrying, verifying, working
from migrations_app.services.choosing import Choice
from migrations_app.services.stopping import Stop
from migrations_app.states import RunState
from migrations_app.verbs import DONE, FAILED, UNFINISHED, Answer, Call, VerbFailed

PATIENCE = 300.0
TEST_RUN_SIZE = 100
PHASES = [*KINDS, *KIND_OF_OBJECT]
EXIT = {
    RunState.FINISHED: DONE,
    RunState.PAUSED: UNFINISHED,
    RunState.RUNNING: UNFINISHED,
    RunState.PLANNING: DONE,
    RunState.FAILED: FAILED,
    RunState.CANCELLED: FAILED,
}


def load(call: Call) -> Answer:
    account = account_of(call, project_of(call))
    only = _entity(call.options["phase"])
    if call.options["accept_changes"] and (halted := lifecycle.unfinished(account)):
        lifecycle.accept_changes(halted, user=call.user)
    run = lifecycle.start(account, user=call.user, only_phase=only, choice=_choice(call, account), progress=call.progress)
    if not call.options["plan_only"]:
        lifecycle.push(run, user=call.user)
        run = _drive(call, run)
    return _answer(run)


def _entity(phase: str | None) -> str:
    return KIND_OF_OBJECT[phase].entity if phase and phase in KIND_OF_OBJECT else phase or ""


def _choice(call: Call, account: PipedriveAccount) -> Choice:
    try:
        named = choosing.read_rows(account.project, call.options["only_ids"]) if call.options["only_ids"] else frozenset()
    except choosing.UnknownRows as error:
        raise VerbFailed(str(error)) from error
    return Choice(call.options["limit"], named, call.options["test_run"])


def _drive(call: Call, run: Run) -> Run:
    enqueue = jobs.launch if call.options["wait"] else None
    return working.work_through(run, patience=call.options["patience"], progress=call.progress, enqueue=enqueue)


def _load_arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    how_much(parser)


def how_much(parser: ArgumentParser) -> None:
    """What a load can be told beside the account."""
    parser.add_argument("--phase", choices=PHASES)
    some = parser.add_mutually_exclusive_group()
    some.add_argument(
        "--test-run", type=_count, nargs="?", metavar="N", default=0, const=TEST_RUN_SIZE, help="N records that show everything"
    )
    some.add_argument("--limit", type=_count, metavar="N", default=0, help="the first N of each phase, and what they hang on")
    some.add_argument("--only-ids", metavar="LIST", default="", help="a,b,c or a file with one source id a line, and what they hang on")
    parser.add_argument("--plan-only", action="store_true", help="plan and stop; approve and push in the admin, or load again")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--inline", action="store_true", help="work the jobs in this process (the default)")
    how.add_argument("--wait", action="store_true", help="leave the jobs to the workers and wait for them")
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")
    _with_acceptance(parser)


def _with_acceptance(parser: ArgumentParser) -> None:
    text = "go on with the account as it is now, where people renamed a stage or an owner left"
    parser.add_argument("--accept-changes", action="store_true", help=text)


def resume(call: Call) -> Answer:
    return _changing(partial(lifecycle.resume, accept=call.options["accept_changes"]), "resumed")(call)


def _resume_arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    _with_acceptance(parser)


def retry(call: Call) -> Answer:
    account = account_of(call, project_of(call))
    run = retrying.retry_refused(account, user=call.user)
    if run is None:
        raise VerbFailed("Nothing was loaded into this account yet.")
    if run.state != RunState.FINISHED:
        lifecycle.push(run, user=call.user)
        run = working.work_through(run, patience=PATIENCE, progress=call.progress)
    return _answer(run)


def rerun(call: Call) -> Answer:
    options = call.options
    account = account_of(call, project_of(call))
    batch = retrying.batch_of(account, options["batch"], entity=_entity(options["phase"]), run=options["run"])
    run = retrying.rerun_batch(batch, user=call.user)
    lifecycle.push(run, user=call.user)
    return _answer(working.work_through(run, patience=options["patience"], progress=call.progress))


def _rerun_arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    parser.add_argument("--batch", type=int, required=True, metavar="N")
    parser.add_argument("--phase", choices=PHASES, help="where several phases have a batch of that number")
    parser.add_argument("--run", type=int, default=0, metavar="N", help="the newest one unless said")
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")


def verify(call: Call) -> Answer:
    account = account_of(call, project_of(call))
    run = Run.objects.filter(account=account).exclude(state=RunState.PLANNING).order_by("-pk").first()
    if run is None:
        raise VerbFailed("Nothing was loaded into this account yet.")
    sound = verifying.verify_run(run, connecting.client_for(account), user=call.user, progress=call.progress)
    answer = _answer(run)
    return Answer(answer.data, answer.lines, DONE if sound else FAILED)


def _changing(change: Callable[..., Any], past: str) -> Callable[[Call], Answer]:
    """A verb that changes the load under way; `change` gives False where it could not, `past` says what it would be then."""

    def run_verb(call: Call) -> Answer:
        account = account_of(call, project_of(call))
        run = lifecycle.unfinished(account)
        if run is None:
            raise VerbFailed("No load into this account is under way.")
        if change(run, user=call.user) is False:
            raise VerbFailed(f"{str(run).capitalize()} is {run.get_state_display()} and cannot be {past}.")
        answer = _answer(run)
        return Answer(answer.data, answer.lines, DONE) if run.state == RunState.CANCELLED else answer

    return run_verb


def _answer(run: Run) -> Answer:
    run.refresh_from_db()
    data = reporting.run_as_dict(run)
    return Answer(data, tuple(reporting.table_lines(data)), EXIT.get(RunState(run.state), FAILED))


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ArgumentTypeError("it has to be 1 or more")
    return count


_KNOWN = (lifecycle.RunRefused, audit.NothingToAudit, proposing.NothingToPropose, Stop)
verbs.register("load", "plan, approve and push", failing_softly(load, *_KNOWN), _load_arguments)
verbs.register("retry", "send refused records again, and only those", failing_softly(retry, *_KNOWN), with_account)
verbs.register("rerun", "send again what of one batch was refused or undone", failing_softly(rerun, *_KNOWN), _rerun_arguments)
verbs.register("verify", "read everything back and compare", failing_softly(verify, *_KNOWN), with_account)
verbs.register("pause", "hold the load that is under way", failing_softly(_changing(lifecycle.pause, "paused")), with_account)
verbs.register("resume", "let a paused load go on", failing_softly(resume), _resume_arguments)
verbs.register("cancel", "end the load that is under way", failing_softly(_changing(lifecycle.cancel, "cancelled")), with_account)
