"""refill, pin: what belongs to test runs beside loading them."""

from argparse import ArgumentParser

from migrations_app import verbs
from migrations_app.management.verbs import loads
from migrations_app.management.verbs.common import account_of, failing_softly, project_of, with_project
from migrations_app.services import choosing, lifecycle, pinning, refilling
from migrations_app.services.stopping import Stop
from migrations_app.verbs import UNFINISHED, Answer, Call


def refill(call: Call) -> Answer:
    """Exit 4 where the wiping is not through within the patience; called again it goes on."""
    call.options["role"] = "staging"
    account = account_of(call, project_of(call))
    price = refilling.cost(account)
    if call.options["dry_run"]:
        data = {"dry_run": True, "runs": price.runs, "records": price.records, "wiping": price.wiping, "loading": price.loading}
        return Answer({**data, "tokens": price.wiping + price.loading, "days": price.days}, (price.in_words(),))
    undone, through = refilling.wipe(account, user=call.user, patience=call.options["patience"], progress=call.progress)
    wiped = {"wiped": [run.pk for run in undone]}
    if not through:
        return Answer({**wiped, "state": "rolling_back"}, ("Wiping is not through yet; call again to go on.",), UNFINISHED)
    loaded = loads.load(call)
    return Answer({**loaded.data, **wiped}, loaded.lines, loaded.status)


def pin(call: Call) -> Answer:
    project = project_of(call)
    listed = call.options["ids"]
    wanted = choosing.read_rows(project, listed) if listed else frozenset()
    count = pinning.pin(project, wanted, user=call.user)
    return Answer({"pinned": count, "records": pinning.as_text(project).splitlines()}, (f"{count} records are in every test run",))


def _refill_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    loads.how_much(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what it costs; nothing is read or sent")


def _pin_arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--ids", default="", metavar="LIST", help="a,b,c or a file with one source id a line; none: nothing is pinned")


_KNOWN = (lifecycle.RunRefused, Stop, choosing.UnknownRows)
verbs.register("refill", "take everything out of staging again and load it anew", failing_softly(refill, *_KNOWN), _refill_arguments)
verbs.register("pin", "name the records that every test run holds", failing_softly(pin, *_KNOWN), _pin_arguments)
