"""The verb `findings`: what the newest audit found, by kind; answers to it, and answers taken back."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from migrations_app.management.verbs.common import file_of, project_of, with_project
from migrations_app.models import FindingAnswer, FindingRow, Forbidden, Project
from migrations_app.services.decisions import TooLate
from migrations_app.verbs import FAILED, USAGE, Answer, Call, VerbFailed
from reconciliation import finding_sheets
from reconciliation.services import findings
from reconciliation.services.answers import CannotAnswer, Outcome, chunks
from reconciliation.services.findings import How, Say
from reconciliation.sheet_rows import RowRefused


def arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--object", default="", metavar="contacts", help="only findings of this object")
    parser.add_argument("--code", default="", metavar="invalid_email", help="only findings of this kind")
    parser.add_argument("--field", default="", help="only findings about this field")
    parser.add_argument("--ids", default="", metavar="A,B,C", help="only these source ids")
    parser.add_argument("--answer", choices=How.values, default="", help="answer all of these that are open")
    parser.add_argument("--new", default="", metavar="VALUE", help="with --answer fix: what it should say")
    parser.add_argument("--why", default="", metavar="TEXT")
    parser.add_argument("--due", default="", metavar="2025-12-31", help="with --answer source: until when")
    parser.add_argument("--assignee", default="", metavar="USER", help="with --answer source: who corrects it")
    parser.add_argument("--take-back", action="store_true", help="take the answers to these back")
    parser.add_argument("--file", type=Path, metavar="FINDINGS.xlsx", help="answers as an exported workbook says")
    parser.add_argument("--out", type=Path, metavar="FINDINGS.xlsx", help="write these as a workbook, to be filled in")


def run(call: Call) -> Answer:
    project = project_of(call)
    try:
        taken_back = _take_back(project, call) if call.options.get("take_back") else 0
        outcome = _from_file(project, call) + _answer(project, call)
    except (CannotAnswer, Forbidden, TooLate) as problem:
        raise VerbFailed(str(problem), FAILED) from problem
    if call.options.get("out"):
        finding_sheets.export_workbook(_chosen(project, call), call.options["out"])
    data = {
        "findings": list(findings.summary(project)),
        "answered": outcome.answered,
        "taken_back": taken_back,
        "refused": [each.as_dict() for each in outcome.refused],
        "answers": [findings.as_dict(each) for each in _answers(project, call)] if _narrow(call) else [],
    }
    return Answer(data, (*_lines(data), *(f"refused: {each.by_key}" for each in outcome.refused)))


def _chosen(project: Project, call: Call) -> Any:
    found = findings.newest(project)
    for name, path in (("object", "finding__object"), ("code", "finding__code"), ("field", "field")):
        if call.options.get(name):
            found = found.filter(**{path: call.options[name]})
    ids = _ids(call)
    return found.filter(key__in=ids) if ids else found


def _answers(project: Project, call: Call) -> Any:
    found = FindingAnswer.objects.filter(project=project).select_related("decision")
    for name in ("object", "code", "field"):
        if call.options.get(name):
            found = found.filter(**{name: call.options[name]})
    ids = _ids(call)
    return found.filter(source_key__in=ids) if ids else found


def _answer(project: Project, call: Call) -> Outcome:
    how = call.options.get("answer") or ""
    if not how:
        return Outcome()
    if not _narrow(call):
        raise VerbFailed("--answer needs --object, --code, --field or --ids: say which findings are meant.", USAGE)
    try:
        say = Say(
            how,
            call.options.get("new") or "",
            call.options.get("why") or "",
            finding_sheets.day_of(call.options.get("due") or ""),
            _user(project, call.options.get("assignee") or ""),
        )
    except RowRefused as problem:
        raise VerbFailed(str(problem), USAGE) from problem
    ids, chosen = _ids(call), _chosen(project, call)
    wanted = chosen if ids else findings.answered(chosen, yes=False)
    outcome = Outcome()
    for some in chunks(_pages(wanted)):
        outcome += findings.answer(project, [(row, say) for row in some], user=call.user)
    return outcome


def _pages(rows: Any) -> Iterator[FindingRow]:
    """By key, not by an open cursor: what is read here is being answered."""
    pks = list(rows.values_list("pk", flat=True))
    for some in chunks(pks):
        yield from rows.model.objects.filter(pk__in=some).select_related("finding__audit__project", "table").order_by("pk")


def _take_back(project: Project, call: Call) -> int:
    if not _narrow(call):
        raise VerbFailed("--take-back needs --object, --code, --field or --ids: say which answers are meant.", USAGE)
    return findings.take_back(project, list(_answers(project, call)), user=call.user)


def _from_file(project: Project, call: Call) -> Outcome:
    path = call.options.get("file")
    return finding_sheets.import_workbook(project, file_of(path), user=call.user) if path else Outcome()


def _narrow(call: Call) -> bool:
    return any(call.options.get(name) for name in ("object", "code", "field", "ids"))


def _ids(call: Call) -> list[str]:
    return [each.strip() for each in (call.options.get("ids") or "").split(",") if each.strip()]


def _user(project: Project, name: str) -> int | None:
    if not name:
        return None
    user = User.objects.filter(username=name, is_active=True, memberships__project=project).first()
    if user is None:
        raise VerbFailed(f"Nobody in the project is called “{name}”.", USAGE)
    return int(user.pk)


def _lines(data: dict[str, Any]) -> Iterator[str]:
    for each in data["findings"]:
        said = "".join(f", {count} {how}" for how, count in each["answers"].items())
        yield f"{each['object']} {each['code']}: {each['rows']} rows, {each['open']} open{said}"
    for name in ("answered", "taken_back"):
        if data[name]:
            yield f"{name.replace('_', ' ')}: {data[name]}"
