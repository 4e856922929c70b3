"""propose, approve, audit."""

import csv
from argparse import ArgumentParser
from pathlib import Path

from migrations_app import verbs
from migrations_app.management.verbs.common import failing_softly, file_of, project_of, with_project
from migrations_app.services import approving, audit, map_sheets, proposing, reporting
from migrations_app.verbs import PARTS, Answer, Call


def propose(call: Call) -> Answer:
    project = project_of(call)
    map_file = file_of(call.options["file"]) if call.options["file"] else None
    filled_in = map_sheets.read_back(project, map_file, user=call.user) if map_file else map_sheets.Outcome()
    mapping = proposing.propose_map(project, user=call.user)
    counts = proposing.counts(mapping)
    if call.options["out"]:
        with Path(call.options["out"]).open("w", newline="", encoding="utf-8") as file:
            proposing.listing(mapping, csv.writer(file).writerow)
    text = "{rules} rules: {certain} certain, {unsure} to look at, {ignored} not carried over".format(**counts)
    data = {"mapping": mapping.version, **counts, "changed": filled_in.changed, "refused": [list(each) for each in filled_in.refused]}
    lines = [*filled_in.changed, *(f"refused: {column}: {why}" for column, why in filled_in.refused)]
    return Answer(data, (*lines, f"Map {mapping.version}: {text}."))


def _propose_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--out", metavar="FILE.csv")
    parser.add_argument(
        "--file", metavar="FIELD-MAP.xlsx", help="the paper Field map, filled in: its changes become edits of the new version"
    )


def approve(call: Call) -> Answer:
    mapping = approving.approve(project_of(call), user=call.user)
    counts = proposing.counts(mapping)
    text = f"Map {mapping.version} is approved, {counts['unsure']} unsure rules included."
    return Answer({"mapping": mapping.version, **counts}, (text,))


def run_audit(call: Call) -> Answer:
    project = project_of(call)
    done = audit.run_audit(project, user=call.user, progress=call.progress)
    if call.options["out"]:
        folder = Path(call.options["out"])
        folder.mkdir(parents=True, exist_ok=True)
        reporting.write_findings(done, folder / "findings.csv")
        for part in PARTS.audit_files:
            part(project, folder)
    findings, waiting = audit.counts(done), verbs.open_counts(project)
    lines = [f"{code}: {count}" for code, count in sorted(findings.items())]
    lines += [f"open {queue}: {count}" for queue, count in waiting.items()]
    late = done.derived["late_activities"]
    lines += [f"undone activities of long ago: {late}"] if late else []
    return Answer({"findings": findings, "open": waiting, "late_activities": late}, tuple(lines))


def _audit_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--out", metavar="DIR", help="write findings.csv, duplicates.csv, orphans.csv and owners.csv here")


_NOTHING = (proposing.NothingToPropose, audit.NothingToAudit)
verbs.register(
    "propose", "propose a rule for every column", failing_softly(propose, *_NOTHING, map_sheets.NoMapWorkbook), _propose_arguments
)
verbs.register("approve", "approve the newest proposal", failing_softly(approve, *_NOTHING), with_project)
verbs.register("audit", "look at every row", failing_softly(run_audit, *_NOTHING), _audit_arguments)
