"""Ticks that only a named person can give, each about one account: quiet, and what may follow later (DESIGN.md 6)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from migrations_app import gates, hooks
from migrations_app.gates import Missing
from migrations_app.models import Confirmation, PipedriveAccount, Project, RecordLink, Run, require
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.states import RUN_UNFINISHED, LinkState

QUIET, SWITCHED_ON, OWNERS, LATER, CUTOVER = "quiet", "switched-on", "owners", "later", "cutover"
# Everything in the target that would tell people, write mails or call other systems while records arrive (PRACTICE.md 1.7).
SOURCES_OF_NOISE = (
    "automations",
    "sequences and campaigns",
    "calendar and contact synchronisation",
    "e-mail synchronisation",
    "notification mails to users",
    "webhooks",
    "other integrations (Zapier, Make, accounting, telephony)",
)


class NothingToConfirm(Exception):
    """There is nothing that the tick could be about; the text says why."""


@dataclass(frozen=True, slots=True)
class Tick:
    """`lines(account)` are the single ticks, as they stand on the page; `ends` names ticks that it takes back."""

    name: str
    title: str
    lines: Callable[[PipedriveAccount], Sequence[str]]
    ends: tuple[str, ...] = ()
    people: int = 1  # how many have to give it; each one's own replaces only that one's


TICKS: dict[str, Tick] = {}


def register(tick: Tick) -> None:
    TICKS[tick.name] = tick


def account_for(project: Project) -> PipedriveAccount:
    """The account that ticks are about. Raises NothingToConfirm."""
    account = project.accounts.filter(role=PipedriveAccount.Role.PRODUCTION).select_related("project").first()
    if account is None:
        raise NothingToConfirm(f"{project} has no production account yet: connect one first.")
    return account


def confirm(account: PipedriveAccount, what: str, *, user: Any, ticked: Collection[str] | None = None) -> Confirmation:
    """Keep the tick with the person's name; None ticks every line. Raises Forbidden, NothingToConfirm."""
    require(user, "confirm", account.project)
    tick = TICKS[what]
    lines = list(tick.lines(account))
    if missing := [line for line in lines if ticked is not None and line not in ticked]:
        raise NothingToConfirm(f"Not ticked yet: {missing[0]}.")
    for ended in tick.ends:
        _end(standing(account, ended), user)
    before = standing(account, what)
    _end(before if tick.people == 1 else before.filter(by=user), user)
    return Confirmation.objects.create(project=account.project, account=account, what=what, items=lines, by=user)


def withdraw(account: PipedriveAccount, what: str, *, user: Any) -> int:
    """Take a tick back. Raises Forbidden."""
    require(user, "confirm", account.project)
    return _end(standing(account, what), user)


def standing(account: PipedriveAccount, what: str) -> Any:
    """The ticks of this name that count."""
    return Confirmation.objects.filter(account=account, what=what, withdrawn_at__isnull=True)


def _end(ticks: Any, user: Any) -> int:
    return int(ticks.update(withdrawn_at=timezone.now(), withdrawn_by=user))


# --- the ticks that every move has -----------------------------------------------------------------------------------


def quiet_gate(account: PipedriveAccount) -> Iterator[Missing]:
    """Shut until a named person says that nothing in the account will react to records that arrive."""
    if not standing(account, QUIET).exists():
        what = "ways in which Pipedrive would react to new records have to be switched off, and ticked by name"
        yield Missing(what, len(SOURCES_OF_NOISE), f"crossdock confirm {account.project.slug} quiet")


def follow_later(run: Run) -> bool:
    """Whether a person said that the rows of this run which wait for answers may follow with a later one."""
    return bool(standing(run.account, LATER).exists())


def used_up(run: Run) -> None:
    """What was said about the rows of one run does not speak for the next."""
    _end(standing(run.account, LATER), None)


def _switched_off(account: PipedriveAccount) -> list[str]:
    return [f"off: {each}" for each in SOURCES_OF_NOISE]


def _on_again(account: PipedriveAccount) -> list[str]:
    return [f"on again, where it was on before: {each}" for each in SOURCES_OF_NOISE]


def _waiting(account: PipedriveAccount) -> list[str]:
    """What waits in the unfinished run, or will be waiting in the next one."""
    run = Run.objects.filter(account=account, state__in=RUN_UNFINISHED).order_by("-pk").first()
    links = RecordLink.objects.filter(run=run, state=LinkState.WAITING) if run else RecordLink.objects.none()
    counts: dict[str, int] = {}
    for entity in links.values_list("entity", flat=True):
        counts[entity] = counts.get(entity, 0) + 1
    told = {entity: KINDS[entity].one if count == 1 else KINDS[entity].many for entity, count in counts.items()}
    lines = [f"waiting for answers, to follow with a later load: {count:,} {told[entity]}" for entity, count in counts.items()]
    return lines or ["what waits for answers when the next load ends follows with a later one"]


def register_all() -> None:
    """Called once, when the app is ready."""
    gates.register("quiet", quiet_gate, staging=False)
    hooks.listen("run_finished", used_up)
    register(Tick(QUIET, "Nothing in Pipedrive reacts to new records", _switched_off, ends=(SWITCHED_ON,)))
    register(Tick(SWITCHED_ON, "What was switched off is on again", _on_again, ends=(QUIET,)))
    register(Tick(LATER, "Rows that wait for answers may follow", _waiting))
    register(Tick(CUTOVER, "Pipedrive is the system of record", lambda account: [f"{account} is the system of record from now on"]))
