"""The verb `scope`: rules that leave rows out, with what each would leave out, before and after it is saved."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrations_app.management.verbs.common import failing_softly, file_of, project_of, with_project
from migrations_app.models import Project
from migrations_app.rules.scopes import BadCondition
from migrations_app.services import proposing, scope_rules, scoping
from migrations_app.verbs import USAGE, Answer, Call, VerbFailed
from reconciliation import scope_sheets
from reconciliation.services.answers import CannotAnswer, Outcome

EXPECTED = (BadCondition, scope_rules.NoSuchRule, proposing.NothingToPropose, CannotAnswer)


def arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument(
        "--add", default="", metavar="NAME", help="write a rule of this name, switched on; its name is the reason that is counted"
    )
    parser.add_argument("--object", default="contacts", metavar="contacts", help="what the rule is about")
    parser.add_argument("--where", action="append", metavar="“Contact Type is V”", help="a condition; several have to hold together")
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.add_argument("--drop-open-deals", action="store_true", help="also leave out what has an open deal")
    parser.add_argument("--dry-run", action="store_true", help="only say what the rule would leave out")
    parser.add_argument("--on", default="", metavar="NAME", help="switch a rule on")
    parser.add_argument("--off", default="", metavar="NAME", help="switch a rule off")
    parser.add_argument("--remove", default="", metavar="NAME")
    parser.add_argument("--file", type=Path, metavar="RULES.xlsx", help="rules as an exported workbook says")
    parser.add_argument("--out", type=Path, metavar="RULES.xlsx", help="write the rules as a workbook")


def _run(call: Call) -> Answer:
    project, options = project_of(call), call.options
    foretold = _add(project, call) if options.get("add") or options.get("where") else None
    for name, on in (("on", True), ("off", False)):
        if options.get(name):
            scope_rules.switch(project, options[name], on=on, user=call.user)
    if options.get("remove"):
        scope_rules.remove(project, options["remove"], user=call.user)
    outcome = _from_file(project, call)
    if options.get("out"):
        scope_sheets.export_workbook(project, options["out"])
    mapping = proposing.newest(project)
    data = {
        "mapping": mapping.version if mapping else None,
        "approved": bool(mapping and mapping.approved_at),
        "rules": list(scope_rules.listing(mapping)) if mapping else [],
        "foretold": foretold.as_dict() if foretold else None,
        "changed": outcome.answered,
        "refused": [each.as_dict("rule") for each in outcome.refused],
    }
    return Answer(data, tuple(_lines(data, foretold, outcome)))


run = failing_softly(_run, *EXPECTED)


def _add(project: Project, call: Call) -> scoping.Outlook:
    options = call.options
    if not options.get("where"):
        raise VerbFailed("--add needs --where: say which rows are left out.", USAGE)
    kept = not options.get("drop_open_deals")
    condition = scope_rules.condition_of(project, options["object"], "\n".join(options["where"]), keep_open_deals=kept)
    mapping = proposing.newest(project)
    if mapping is None:
        raise proposing.NothingToPropose(f"{project} has no map yet: propose one first.")
    if not options.get("dry_run"):
        name, reason = options.get("add") or "", options.get("reason") or ""
        scope_rules.write(project, name, options["object"], condition, enabled=True, reason=reason, user=call.user)
    return scoping.outlook(mapping, options["object"], condition)


def _from_file(project: Project, call: Call) -> Outcome:
    path = call.options.get("file")
    return scope_sheets.import_workbook(project, file_of(path), user=call.user) if path else Outcome()


def _lines(data: dict[str, Any], foretold: scoping.Outlook | None, outcome: Outcome) -> Iterator[str]:
    if foretold:
        yield foretold.in_words()
    for each in data["rules"]:
        where = " and ".join(each["where"].splitlines())
        yield f"{each['name']} ({'on' if each['on'] else 'off'}): {where}: {each['records']:,} records, {each['kept']:,} kept"
    yield from (f"refused: {each.by_key}" for each in outcome.refused)
    if not data["rules"]:
        yield "No rule leaves records out yet."
    elif not data["approved"]:
        yield f"Map {data['mapping']} waits for approval; until then nothing changes."
