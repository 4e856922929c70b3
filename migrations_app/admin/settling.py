"""What blocks a load, in the words of the screens, with a link to where it is settled."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from migrations_app.admin.actions import ACTIONS, address
from migrations_app.admin.base import link, page_of, who_may
from migrations_app.gates import ClosedGate, Missing
from migrations_app.models import PipedriveAccount, Project
from migrations_app.services.mailing import detail

TITLES = {
    "mapping": "the map",
    "settled": "earlier loads",
    "capacity": "the account",
    "owners": "owners",
    "orphans": "deals without a company",
    "existing": "records that live in Pipedrive already",
    "suppression": "people who must not be mailed",
    "test_run": "the test run",
    "quiet": "quiet in Pipedrive",
    "phase": "the phase before",
    "consent": "consent",
}
# Verbs of the command line, as gates name them, and the action that does the same here.
ON_PROJECT = {"propose": "propose", "approve": "approve", "audit": "audit", "intake": "upload"}
ON_ACCOUNT = {"prepare": "prepare", "load": "plan", "verify": "verify", "retry": "retry"}


@dataclass(frozen=True, slots=True)
class Way:
    """Where something is settled, what the button there is called, and the right that it takes; a page can be looked at by all."""

    address: str
    label: str = "Settle it"
    right: str = "view"
    page: bool = True


def gate_title(gate: ClosedGate) -> str:
    return TITLES.get(gate.name, gate.name.replace("_", " "))


def settling_link(missing: Missing, project: Project, accounts: Sequence[PipedriveAccount], may: Callable[[str], bool]) -> str:
    """A link to the page that settles it, or whom it is for; a command for which there is no page is shown as it is typed."""
    way = way_to(missing.where, project, accounts)
    if way is None:
        return format_html("<code>{}</code>", missing.where)
    open_to_them = way.page or may(way.right)
    return link(way.address, "settle it") if open_to_them else format_html('<span class="cd-dim">for {}</span>', who_may(way.right))


def way_to(where: str, project: Project, accounts: Sequence[PipedriveAccount]) -> Way | None:
    """The page for what a gate names: an address of ours (where people answer), one of Pipedrive, or a command."""
    if where.startswith("/"):
        return Way(where, right="answer")
    return Way(where) if where.startswith(("https://", "http://")) else _way_of_command(where, project, accounts)


def _way_of_command(command: str, project: Project, accounts: Sequence[PipedriveAccount]) -> Way | None:
    """The page that does what the command does."""
    verb, *words = shlex.split(command)[1:]
    if not words or words[0] != project.slug:
        return None
    if verb in ON_PROJECT:
        return _way_of_action(ON_PROJECT[verb], project)
    if verb == "signoff":
        return Way(reverse("admin:crossdock_review", args=[project.pk, words[words.index("--run") + 1]]), "Review", "sign")
    if verb == "settings":
        return Way(_where_set(words[words.index("--set") + 1], project), right="map")
    role = PipedriveAccount.Role.PRODUCTION if verb == "confirm" else ""
    account = next((each for each in accounts if each.role in (role, *words[1:])), None)
    if account is None:
        return None
    if verb == "account":
        return Way(page_of(account), "Look at the account", "connect")
    name = words[1] if verb == "confirm" else "test-run" if "--test-run" in words else ON_ACCOUNT.get(verb, "")
    return _way_of_action(name, account) if name else None


def _way_of_action(name: str, target: Any) -> Way:
    return Way(address(name, target), ACTIONS[name].label, ACTIONS[name].right, page=False)


def _where_set(setting: str, project: Project) -> str:
    """The page on which people choose it."""
    of_mailings = setting.partition("=")[0] in (detail.SENDS, detail.OWNER, detail.NOTES)
    return reverse("admin:crossdock_mailings", args=[project.pk]) if of_mailings else page_of(project)
