"""report, status."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from migrations_app import gates, verbs
from migrations_app.management.verbs.common import failing_softly, project_of, with_project
from migrations_app.services import journey, reporting
from migrations_app.verbs import Answer, Call


def report(call: Call) -> Answer:
    written = reporting.write_report(project_of(call), Path(call.options["out"]))
    return Answer({"files": [str(path) for path in written]}, tuple(str(path) for path in written))


def _report_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--out", required=True, metavar="DIR")


def status(call: Call) -> Answer:
    project = project_of(call)
    closed: list[dict[str, Any]] = [
        {"role": account.role, "gate": gate.name, "missing": [asdict(each) for each in gate.missing]}
        for account in project.accounts.all()
        for gate in gates.closed(account)
    ]
    runs = [
        {"run": run.pk, "role": run.account.role, "kind": run.kind, "state": run.state, "reason": run.reason}
        for run in project.runs.select_related("account").order_by("pk")
    ]
    stage, waiting = journey.stage_of(project), verbs.open_counts(project)
    lines = [f"stage: {stage}", *(f"{gate['role']}, closed: {gate['gate']}" for gate in closed)]
    lines += [f"run {run['run']} ({run['role']}): {run['state']} {run['reason']}" for run in runs]
    lines += [f"open {queue}: {count}" for queue, count in waiting.items()]
    return Answer({"project": project.slug, "stage": stage, "gates": closed, "runs": runs, "open": waiting}, tuple(lines))


verbs.register("report", "write all tables as csv and xlsx", failing_softly(report), _report_arguments)
verbs.register("status", "where the journey stands", failing_softly(status), with_project)
