"""What blocks a load, in the words of the screens, with a link to where it is settled."""

import shlex
from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import format_html

from migrations_app.admin.actions import address
from migrations_app.admin.base import link, page_of
from migrations_app.gates import ClosedGate, Missing
from migrations_app.models import PipedriveAccount, Project

TITLES = {
    "mapping": "the map",
    "settled": "earlier loads",
    "capacity": "the account",
    "owners": "owners",
    "orphans": "deals without a company",
    "suppression": "people who must not be mailed",
    "test_run": "the test run",
    "quiet": "quiet in Pipedrive",
    "phase": "the phase before",
    "consent": "consent",
}
# Verbs of the command line, as gates name them, and the action that does the same here.
ON_PROJECT = {"propose": "propose", "approve": "approve", "audit": "audit", "intake": "upload"}
ON_ACCOUNT = {"prepare": "prepare", "load": "plan", "verify": "verify", "retry": "retry"}


def gate_title(gate: ClosedGate) -> str:
    return TITLES.get(gate.name, gate.name.replace("_", " "))


def settling_link(missing: Missing, project: Project, accounts: Sequence[PipedriveAccount]) -> str:
    """An address becomes a link, a command the page that does the same; any other command is shown as it is typed."""
    path = settled_at(missing.where, project, accounts)
    return link(path, "settle it") if path else format_html("<code>{}</code>", missing.where)


def settled_at(where: str, project: Project, accounts: Sequence[PipedriveAccount]) -> str:
    """The page for what a gate names, an address or a command; empty where there is none."""
    return where if where.startswith(("/", "https://", "http://")) else page_of_command(where, project, accounts)


def page_of_command(command: str, project: Project, accounts: Sequence[PipedriveAccount]) -> str:
    """The address of the page that does what the command does; empty where there is none."""
    words = shlex.split(command)[1:]
    if len(words) < 2 or words[1] != project.slug:
        return ""
    if words[0] in ON_PROJECT:
        return address(ON_PROJECT[words[0]], project)
    if words[0] == "signoff":
        return reverse("admin:crossdock_review", args=[project.pk, words[words.index("--run") + 1]])
    role = PipedriveAccount.Role.PRODUCTION if words[0] == "confirm" else ""
    account = next((each for each in accounts if each.role in (role, *words[2:])), None)
    if account is None:
        return ""
    if words[0] == "confirm" or "--test-run" in words:
        return address(words[2] if words[0] == "confirm" else "test-run", account)
    return page_of(account) if words[0] == "account" else address(ON_ACCOUNT[words[0]], account) if words[0] in ON_ACCOUNT else ""
