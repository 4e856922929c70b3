"""life, cutover, hypercare, close, filters, digest: the days around the go-live."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from migrations_app import verbs
from migrations_app.management.verbs.common import account_of, failing_softly, project_of, with_account, with_project
from migrations_app.models import HypercareItem, Project
from migrations_app.services import confirming, cutover, hypercare, lifecycle, lineage, saved_filters, telling
from migrations_app.verbs import USAGE, Answer, Call, VerbFailed


def life(call: Call) -> Answer:
    told = lineage.life(lineage.find(project_of(call), call.options["record"])).as_dict()
    lines = [f"{told['object']} {told['pipedrive_id']}: {told['now']}; {told['map']}, approved by {told['approved_by'] or 'nobody'}"]
    for row in told["rows"]:
        lines.append(f"{row['object']} {row['source_id']}: {row['file']} {row['sheet']} line {row['line']}")
        lines += [
            f"  {cell['column']}: {cell['value']} → {cell['field'] or 'not carried over'} ({cell['reason']})" for cell in row["cells"]
        ]
    lines += [f"decision {each['number']} by {each['by']}: {each['about']}: {each['answer']}" for each in told["decisions"]]
    lines += [f"{each['at']}: {each['what']}" for each in told["events"]]
    lines += [f"{each['field']}: sent {each['sent']!r}, is {each['live']!r}" for each in told["values"] if not each["same"]]
    return Answer(told, tuple(lines))


def steps(call: Call) -> Answer:
    project, options = project_of(call), call.options
    if name := options["plan"]:
        cutover.plan(project, name, user=call.user, owner=options["owner"], planned_at=_moment(options["at"], project))
    if name := options["tick"]:
        cutover.tick(project, name, user=call.user, evidence=options["evidence"])
    if name := options["untick"]:
        cutover.untick(project, name, user=call.user)
    told = cutover.as_dict(project)
    lines = [f"{each['start']} to {each['end']}: {each['title']}" for each in told["dates"]]
    lines += [f"{'done' if each['done_at'] else 'open'}  {each['step']}: {each['title']}. {_standing(each)}" for each in told["steps"]]
    return Answer(told, (*lines, told["clock"]["text"] if told["clock"] else "There is no production account yet."))


def _standing(step: dict[str, Any]) -> str:
    waits = step["blocked"] and not step["done_at"]
    return f"Not yet: {step['blocked']}" if waits else str(step["evidence"])


def care(call: Call) -> Answer:
    project, options = project_of(call), call.options
    if options["report"]:
        due = parse_date(options["due"]) if options["due"] else None
        hypercare.report(project, options["report"], user=call.user, about=options["about"], due=due)
    if options["patch"]:
        hypercare.patch(_item(project, options["item"]), dict(_pair(each) for each in options["patch"]), user=call.user)
    if options["apply"]:
        hypercare.apply_again(_item(project, options["item"]), user=call.user)
    if options["close"]:
        item = _item(project, options["item"])
        hypercare.close_item(item, user=call.user, cause=options["cause"], answer=options["answer"], fix=options["fix"])
    told = hypercare.as_dict(project)
    lines = [f"{each['item']} {'closed' if each['closed_at'] else 'open'}: {each['title']} {each['answer']}" for each in told["items"]]
    lines += [f"{cause}: {count}" for cause, count in told["by_cause"].items()]
    return Answer(told, tuple(lines) or ("Nothing was reported.",))


def close(call: Call) -> Answer:
    project = project_of(call)
    (hypercare.reopen_project if call.options["reopen"] else hypercare.close_project)(project, user=call.user)
    told = hypercare.as_dict(project)
    said = f"closed; its data is due to be deleted on {told['delete_after']}" if told["closed_at"] else "open again"
    return Answer(told, (f"{project} is {said}",))


def digest(call: Call) -> Answer:
    sent = telling.digest(project_of(call))
    return Answer({"sent": sent}, ("the digest is on its way" if sent else "nothing waits: no mail",))


def filters(call: Call) -> Answer:
    made = saved_filters.make(account_of(call, project_of(call)), user=call.user)
    return Answer({"made": made}, tuple(f"made: {name}" for name in made) or ("all of them are there already",))


def _item(project: Project, number: int) -> HypercareItem:
    item = HypercareItem.objects.filter(project=project, pk=number).select_related("link__account__project", "project").first()
    if item is None:
        raise VerbFailed(f"{project} has no reported item {number}.", USAGE)
    return item


def _pair(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise VerbFailed(f"“{text}” is no FIELD=VALUE.", USAGE)
    return name.strip(), value if value else None


def _moment(text: str, project: Project) -> datetime | None:
    if not text:
        return None
    moment = parse_datetime(text)
    if moment is None:
        raise VerbFailed(f"“{text}” is no date and time such as 2026-11-27T18:00.", USAGE)
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=ZoneInfo(project.timezone or "UTC"))


def _life_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("record", metavar="ADDRESS", help="a Pipedrive address, `deal 17`, or the id of a source row")


def _cutover_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    names = list(cutover.STEPS)
    parser.add_argument("--tick", choices=names, metavar="STEP", help=f"the step is done: {', '.join(names)}")
    parser.add_argument("--untick", choices=names, metavar="STEP", help="it was not done after all")
    parser.add_argument("--evidence", default="", metavar="TEXT", help="what shows that it is done")
    parser.add_argument("--plan", choices=names, metavar="STEP", help="say who does a step, and when")
    parser.add_argument("--owner", default="", metavar="USER")
    parser.add_argument("--at", default="", metavar="TIME", help="in the source's time zone, such as 2026-11-27T18:00")


def _care_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--report", default="", metavar="TEXT", help="write down what somebody says")
    parser.add_argument("--about", default="", metavar="ADDRESS", help="the record it is about")
    parser.add_argument("--due", default="", metavar="DATE")
    parser.add_argument("--item", type=int, default=0, metavar="N", help="the item that is meant")
    parser.add_argument("--patch", nargs="*", default=[], metavar="FIELD=VALUE", help="change this one record in Pipedrive")
    parser.add_argument("--apply", action="store_true", help="bring all records to what map and answers say now")
    parser.add_argument("--close", action="store_true", help="the item is answered")
    parser.add_argument("--cause", default="", choices=["", *filter(None, HypercareItem.Cause.values)])
    parser.add_argument("--fix", default="", choices=["", *filter(None, HypercareItem.Fix.values)])
    parser.add_argument("--answer", default="", metavar="TEXT", help="what was found, for the customer")


def _close_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--reopen", action="store_true", help="the project goes on after all")


_KNOWN = (
    lineage.NotOurs,
    cutover.StepRefused,
    hypercare.NothingToFix,
    hypercare.CannotClose,
    confirming.NothingToConfirm,
    lifecycle.RunRefused,
)
verbs.register("life", "the whole life of one record, from its row to Pipedrive", failing_softly(life, *_KNOWN), _life_arguments)
verbs.register(
    "cutover", "the steps of the change-over, and until when one can turn back", failing_softly(steps, *_KNOWN), _cutover_arguments
)
verbs.register("hypercare", "what is reported after the go-live, and its answers", failing_softly(care, *_KNOWN), _care_arguments)
verbs.register("close", "the move is over", failing_softly(close, *_KNOWN), _close_arguments)
verbs.register("filters", "save filters for the clean-up in Pipedrive", failing_softly(filters, *_KNOWN), with_account)
verbs.register("digest", "mail the customer what waits, if anything does", failing_softly(digest), with_project)
