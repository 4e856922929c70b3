"""report, status."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from migrations_app import gates, verbs
from migrations_app.management.verbs.common import failing_softly, project_of, typed_counts, with_project
from migrations_app.management.verbs.signing import approval_as_dict
from migrations_app.services import drift, journey, left_out_files, reporting, signing
from migrations_app.services.papers import shelf
from migrations_app.services.papers.facts import Facts
from migrations_app.services.papers.words import UnknownLanguage
from migrations_app.verbs import Answer, Call


def report(call: Call) -> Answer:
    project, folder, options = project_of(call), Path(call.options["out"]), call.options
    written = reporting.write_report(project, folder)
    if options["files"]:
        left_out_files.write_zip(project, folder / "left_out_files.zip")
        written.append(folder / "left_out_files.zip")
    if options["language"] is not None:
        shelf.write_like(project, options["language"], user=call.user)
    if options["papers"] is not None:
        facts = Facts(project, counts=typed_counts(options["counts"]))
        wanted = {"names": options["papers"], "formats": options["format"]}
        written += shelf.write_all(facts, folder / "papers", user=call.user, progress=call.progress, **wanted)
    return Answer({"files": [str(path) for path in written]}, tuple(str(path) for path in written))


def _report_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--files", action="store_true", help="also a zip of the files that cannot go to Pipedrive, with an index")
    parser.add_argument("--papers", nargs="*", choices=[*shelf.PAPERS], help="also write these papers, all of them without a name")
    parser.add_argument("--format", nargs="*", choices=[*shelf.FORMATS], default=[], help="only in these formats")
    parser.add_argument("--language", metavar="de", help="language of the project's papers, numbers and dates included; kept")
    parser.add_argument("--counts", default="", metavar="companies=N,...", help="typed counts for the papers, before any file is there")


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
    last, differing = signing.newest(project), drift.drift(project)
    lines = [f"stage: {stage}", *(f"{gate['role']}, closed: {gate['gate']}" for gate in closed)]
    lines += [f"run {run['run']} ({run['role']}): {run['state']} {run['reason']}" for run in runs]
    lines += [f"open {queue}: {count}" for queue, count in waiting.items()]
    if last is not None:
        lines.append(f"{last.run}: {last}, by {last.by}")
    lines += [str(each) for each in differing if each.needed]
    data = {"project": project.slug, "stage": stage, "gates": closed, "runs": runs, "open": waiting}
    said = {"signoff": approval_as_dict(last) if last else None, "drift": [each.as_dict() for each in differing]}
    return Answer(data | said, tuple(lines))


verbs.register("report", "write all tables as csv and xlsx, and papers", failing_softly(report, UnknownLanguage), _report_arguments)
verbs.register("status", "where the journey stands", failing_softly(status), with_project)
