"""discover: what arrived beside what the old screens say, and what an account of Pipedrive holds already."""

from argparse import ArgumentParser
from typing import Any

from migrations_app import verbs
from migrations_app.management.verbs.common import ROLES, account_of, failing_softly, project_of, with_project
from migrations_app.models import require
from migrations_app.services import arrivals, holdings
from migrations_app.verbs import USAGE, Answer, Call, VerbFailed


def discover(call: Call) -> Answer:
    project = project_of(call)
    require(call.user, "view", project)
    if call.options["screen"]:
        try:
            arrivals.tell(project, arrivals.read(call.options["screen"]), user=call.user)
        except arrivals.UnknownList as error:
            raise VerbFailed(f"--screen: {error}", USAGE) from None
    found = arrivals.compared(project)
    data: dict[str, Any] = {
        "lists": [{"object": each.object, "arrived": each.arrived, "screen": each.on_screen, "missing": each.missing} for each in found]
    }
    lines = [f"{each.label}: {each.arrived:,} arrived, {each.in_words}" for each in found if each.arrived or each.on_screen is not None]
    if call.options["role"]:
        account = account_of(call, project)
        data["account"] = holdings.look(account, user=call.user, progress=call.progress)
        lines.append(holdings.in_words(data["account"]))
    return Answer(data, tuple(lines))


def _arguments(parser: ArgumentParser) -> None:
    with_project(parser)
    parser.add_argument("--role", choices=ROLES, help="also read the account: users, fields, persons, deals, open deals, names that meet")
    parser.add_argument("--screen", metavar="LIST=N,...", help="how many records the screens of the old system show")


verbs.register("discover", "what arrived beside what the old screens say, and what the account holds", failing_softly(discover), _arguments)
