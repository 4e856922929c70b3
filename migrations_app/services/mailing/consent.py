"""`marketing_status`: set once, last, for those who must not be written to, after two people have put their name to the count.

Pipedrive takes one change of it and passes over any other in silence (API.md 8): what was set is read back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app import gates
from migrations_app.gates import ClosedGate, GateClosed, Missing
from migrations_app.models import Confirmation, PipedriveAccount, SuppressionPass, require
from migrations_app.services import confirming, connecting
from migrations_app.services.mailing import suppressing
from migrations_app.services.mailing.suppressing import UNSUBSCRIBED, Person
from migrations_app.states import Role, RunState

CONSENT = "consent"
CUSTOMER, FIRM = frozenset({Role.CUSTOMER_ADMIN}), frozenset({Role.STAFF, Role.CONSULTANT})
FOR_GOOD = "this cannot be taken back by any program"


@dataclass(frozen=True, slots=True)
class Marketing:
    """What became of the persons: set and read back, or passed over by Pipedrive."""

    kept: SuppressionPass
    changed: list[Person]
    ignored: list[Person]


def lines(account: PipedriveAccount) -> list[str]:
    """What the two people sign: the difference as the newest comparison counted it."""
    newest = SuppressionPass.objects.filter(account=account).exclude(kind=SuppressionPass.Kind.MARKETING).first()
    if newest is None:
        return ["no person of the account has been compared with the suppression list yet"]
    count = len(newest.facts.get("due", ()))
    return [f"{count:,} of {newest.persons:,} persons become unsubscribed in {account}; {FOR_GOOD}"]


def missing(account: PipedriveAccount) -> Iterator[Missing]:
    """Who still has to put their name to it: one person of the customer and another one of the firm."""
    signed = [tick for tick in confirming.standing(account, CONSENT).select_related("by") if tick.items == lines(account)]
    sides = [_sides(account, tick) for tick in signed]
    if not _two_sides(sides):
        where = f"crossdock confirm {account.project.slug} consent"
        yield Missing("names under the count: one of the customer and one of the firm, two people", 2 - min(1, len(sides)), where)


def _sides(account: PipedriveAccount, tick: Confirmation) -> frozenset[str]:
    if tick.by is None:
        return frozenset()
    if tick.by.is_superuser:
        return frozenset({"customer", "firm"})
    roles = set(account.project.memberships.filter(user=tick.by).values_list("role", flat=True))
    return frozenset(side for side, mine in (("customer", CUSTOMER), ("firm", FIRM)) if roles & mine)


def _two_sides(sides: Sequence[frozenset[str]]) -> bool:
    return any("customer" in one and "firm" in other for at, one in enumerate(sides) for to, other in enumerate(sides) if at != to)


def set_marketing(account: PipedriveAccount, *, user: Any, progress: Callable[[str], None] = lambda text: None) -> Marketing:
    """Set it for everybody who is due, and read it back.

    Raises Forbidden, GateClosed (consent, suppression, a run under way), NothingToSuppress and the client's errors.
    """
    require(user, "load", account.project)
    if account.role != PipedriveAccount.Role.PRODUCTION or not account.runs.filter(state=RunState.FINISHED).exists():
        raise suppressing.NothingToSuppress("The marketing status is set last: in the production account, after its load has finished.")
    gates.require(account, ("settled", "suppression"))
    if unsigned := tuple(missing(account)):
        raise GateClosed([ClosedGate(CONSENT, unsigned)])
    client = connecting.client_for(account)
    try:
        compared = suppressing.compare(account, client)
        if not compared.has_campaigns:
            raise suppressing.NothingToSuppress(f"{account} does not use Pipedrive's Campaigns: it has no marketing status.")
        due = suppressing.due_for_marketing(account.project, compared)
        for number, person in enumerate(due, start=1):
            client.update("person", person.id, {"marketing_status": UNSUBSCRIBED})
            progress(f"{number} of {len(due)} persons unsubscribed")
        changed, ignored = _read_back(client, due)
    finally:
        connecting.note_spend(account, client.door.spent)
    told = [[each.id, each.email, each.marketing, UNSUBSCRIBED if each in changed else each.marketing] for each in due]
    kept = suppressing.keep(account, compared, SuppressionPass.Kind.MARKETING, user, marketing=told)
    confirming.standing(account, CONSENT).update(withdrawn_at=kept.at)
    return Marketing(kept, changed, ignored)


def in_words(done: Marketing) -> str:
    return f"{len(done.changed):,} persons are unsubscribed for good; Pipedrive passed over {len(done.ignored):,}."


def _read_back(client: Pipedrive, due: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    now: dict[str, str] = {}
    for first in range(0, len(due), 100):
        ids = ",".join(each.id for each in due[first : first + 100])
        for page in client.pages("person", ids=ids, include_fields="marketing_status"):
            now |= {str(record["id"]): str(record.get("marketing_status") or "") for record in page}
    changed = [each for each in due if now.get(each.id) == UNSUBSCRIBED]
    return changed, [each for each in due if now.get(each.id) != UNSUBSCRIBED]


def register_all() -> None:
    """Called once, when the app is ready."""
    confirming.register(confirming.Tick(CONSENT, "Who must not be written to is unsubscribed in Pipedrive", lines, people=2))
