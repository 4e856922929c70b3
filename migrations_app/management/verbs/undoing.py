"""rollback, correct, undo: what a run did in Pipedrive is taken back, or brought to what the map and the answers say now."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import account_of, failing_softly, project_of, run_of, with_account, with_project
from migrations_app.management.verbs.loads import EXIT
from migrations_app.models import Decision, PipedriveAccount, Run
from migrations_app.rules.kinds_of_record import KINDS, many
from migrations_app.services import corrections, lifecycle, reach, reporting, rollback, undo_outlook, working
from migrations_app.services.stopping import Stop
from migrations_app.states import RunState
from migrations_app.verbs import DONE, FAILED, UNFINISHED, Answer, Call, VerbFailed

PATIENCE = 300.0


def undo_run(call: Call) -> Answer:
    options = call.options
    run = run_of(project_of(call), options["run"])
    scope = reach.scope_of(run, entity=options["phase"] or "", batch=options["batch"], record=options["record"])
    if options["dry_run"]:
        data = undo_outlook.outlook_as_dict(run, undo_outlook.look_ahead(run, scope, user=call.user))
        return Answer(data, tuple(undo_outlook.lines(data)))
    rollback.begin(run, scope, user=call.user)
    rollback.work_through(run, patience=options["patience"], progress=call.progress)
    data = undo_outlook.result_as_dict(run)
    return Answer(data, tuple(undo_outlook.lines(data)), _status(run))


def correct(call: Call) -> Answer:
    account = account_of(call, project_of(call))
    if call.options["dry_run"]:
        return _foreseen(corrections.look_ahead(account, user=call.user))
    return _corrected(call, account)


def undo_decision(call: Call) -> Answer:
    """One that was taken back before is not taken back again; the records are corrected all the same."""
    project = project_of(call)
    decision = Decision.objects.filter(project=project, pk=call.options["decision"]).select_related("project").first()
    if decision is None:
        raise VerbFailed(f"{project} has no decision {call.options['decision']}.")
    account = account_of(call, project)
    if call.options["dry_run"]:
        return _foreseen(corrections.look_ahead(account, user=call.user, without=decision))
    undone = corrections.take_back(decision, account, user=call.user)
    answer = _corrected(call, account)
    return Answer({**answer.data, "decision": decision.pk, "taken_back": undone}, answer.lines, answer.status)


def _foreseen(outlook: corrections.Outlook) -> Answer:
    data = outlook.as_dict() | {"dry_run": True}
    lines = [f"{many(phase['object'])}: {phase['records']} would be changed: {phase['fields']}" for phase in data["phases"]]
    for each in data["examples"]:
        lines += [f"{each['source_id']}, {change['field']}: {change['before']} → {change['after']}" for change in each["changes"]]
    lines += [f"left: {each['object']} {each['source_id']}: {each['why']}" for each in data["left"]]
    return Answer(data, (*lines, f"it would cost {data['tokens']} tokens, {data['days']} day(s)"))


def _corrected(call: Call, account: PipedriveAccount) -> Answer:
    run = corrections.unfinished(account) or corrections.begin(account, user=call.user)
    if run is None:
        outlook = corrections.look_ahead(account, user=call.user)
        return Answer({**outlook.as_dict(), "run": None, "kept": []}, ("Every record says what the map and the answers say.",))
    lifecycle.let_go(run)
    working.work_through(run, patience=call.options["patience"], progress=call.progress)
    run.refresh_from_db()
    data = reporting.run_as_dict(run) | {"kept": list(corrections.kept(run))}
    lines = [f"kept: {each['object']} {each['source_id']} {each['field']}: {each['live']}" for each in data["kept"]]
    return Answer(data, (*reporting.table_lines(data), *lines), EXIT.get(RunState(run.state), FAILED))


def _status(run: Run) -> int:
    if run.state != RunState.ROLLING_BACK:
        return DONE
    return FAILED if run.reason and run.resume_at is None else UNFINISHED


def _rollback_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--run", type=int, required=True, metavar="N")
    parser.add_argument("--phase", metavar="ENTITY", help=f"only one of {', '.join(KINDS)}")
    parser.add_argument("--batch", type=int, default=0, metavar="N", help="only this batch of the phase")
    parser.add_argument("--record", default="", metavar="KEY", help="only the record with this source id")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and what it costs; nothing is sent")
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")


def _correct_arguments(parser: ArgumentParser) -> None:
    with_account(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would change and what it costs; nothing is sent")
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")


def _undo_arguments(parser: ArgumentParser) -> None:
    _correct_arguments(parser)
    parser.add_argument("--decision", type=int, required=True, metavar="N", help="the decision to take back")


_KNOWN = (lifecycle.RunRefused, Stop)
verbs.register("rollback", "undo what a run did in Pipedrive", failing_softly(undo_run, *_KNOWN), _rollback_arguments)
verbs.register(
    "correct", "bring records in Pipedrive to what map and answers say now", failing_softly(correct, *_KNOWN), _correct_arguments
)
verbs.register("undo", "take a decision back and correct what rests on it", failing_softly(undo_decision, *_KNOWN), _undo_arguments)
