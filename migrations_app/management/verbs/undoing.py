"""rollback: what a run did in Pipedrive is taken back."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.models import Project, Run
from migrations_app.services import lifecycle, reach, rollback, undo_outlook
from migrations_app.services.stopping import Stop
from migrations_app.states import RunState
from migrations_app.verbs import DONE, FAILED, UNFINISHED, Answer, Call, VerbFailed

PATIENCE = 300.0


def undo_run(call: Call) -> Answer:
    options = call.options
    run = _run_of(project_of(call), options["run"])
    scope = reach.scope_of(run, entity=options["phase"] or "", batch=options["batch"], record=options["record"])
    if options["dry_run"]:
        data = undo_outlook.outlook_as_dict(run, undo_outlook.look_ahead(run, scope, user=call.user))
        return Answer(data, tuple(undo_outlook.lines(data)))
    rollback.begin(run, scope, user=call.user)
    rollback.work_through(run, patience=options["patience"], progress=call.progress)
    data = undo_outlook.result_as_dict(run)
    return Answer(data, tuple(undo_outlook.lines(data)), _status(run))


def _run_of(project: Project, number: int) -> Run:
    run = Run.objects.filter(project=project, pk=number).select_related("account__project", "project").first()
    if run is None:
        raise VerbFailed(f"{project} has no run {number}.")
    return run


def _status(run: Run) -> int:
    if run.state != RunState.ROLLING_BACK:
        return DONE
    return FAILED if run.reason and run.resume_at is None else UNFINISHED


def _rollback_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--run", type=int, required=True, metavar="N")
    parser.add_argument("--phase", metavar="ENTITY", help="only organization, person or deal")
    parser.add_argument("--batch", type=int, default=0, metavar="N", help="only this batch of the phase")
    parser.add_argument("--record", default="", metavar="KEY", help="only the record with this source id")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and what it costs; nothing is sent")
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")


verbs.register("rollback", "undo what a run did in Pipedrive", failing_softly(undo_run, lifecycle.RunRefused, Stop), _rollback_arguments)
