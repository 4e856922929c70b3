"""Options of the field Campaigns onto deals and off again: written down, read once more, sent, settled, a hundred deals at a time.

A pass may die anywhere: what it had written down is settled by the next one, by what stands at the deals.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import RecordRefused
from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.entities import entity as entity_of
from migrations_app.models import DealCampaign, PipedriveAccount
from migrations_app.rules.spec import DEAL
from migrations_app.services import clock, lists
from migrations_app.services.papers.words import printable
from migrations_app.services.staging import chunks

State = DealCampaign.State
PATCH_COST = cost_of("PATCH", f"{entity_of(DEAL).path}/1")
NOT_THERE = "it is deleted or archived"
Options = frozenset[int]


@dataclass(frozen=True, slots=True)
class Added:
    """What one deal gains; `new` are its options by id."""

    deal: int
    title: str
    new: Mapping[int, str]
    why: str

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.new.values())

    def line(self) -> tuple[Any, ...]:
        return self.deal, self.title, "; ".join(self.labels), self.why


@dataclass(slots=True)
class Off:
    """What a hundred deals lose, or would lose; `gone` were taken off by people before, `left` are (deal, title, why)."""

    deals: list[int] = field(default_factory=list)
    options: int = 0
    gone: int = 0
    left: list[tuple[int, str, str]] = field(default_factory=list)


def price(deals: int) -> int:
    """Tokens of changing so many deals, which are read once more before."""
    return lists.cost_by_id(DEAL, deals) + deals * PATCH_COST


def options_of(deal: Mapping[str, Any], code: str) -> Options:
    there = (deal.get("custom_fields") or {}).get(code) or ()
    return frozenset(int(each["id"] if isinstance(each, dict) else each) for each in there)


def there_now(client: Pipedrive, code: str, deals: Iterable[int]) -> dict[int, Options]:
    """{deal: its options as they stand} of at most a hundred deals. Who is deleted or archived is not in it."""
    pages = client.pages(DEAL, ids=",".join(map(str, deals)))
    return {int(deal["id"]): options_of(deal, code) for page in pages for deal in page if not deal.get("is_deleted")}


# --- onto deals --------------------------------------------------------------------------------------------------------


def put_on(
    account: PipedriveAccount, client: Pipedrive, code: str, due: Iterable[Added], user: Any, refuse: Callable[[Added, str], None]
) -> Iterator[Added]:
    """What was put where, as it happens; what cannot be is told to `refuse`."""
    for some in chunks(due, lists.IDS_AT_ONCE):
        _intend(account, some, user)
        there = there_now(client, code, [each.deal for each in some])
        done: list[int] = []
        refused: list[int] = []
        try:
            for each in some:
                if why := _add(client, code, each, there.get(each.deal)):
                    refused.append(each.deal)
                    refuse(each, why)
                else:
                    done.append(each.deal)
                    yield each
        finally:
            mine = DealCampaign.objects.filter(account=account, state=State.ADDING)
            mine.filter(deal__in=done).update(state=State.ADDED)
            mine.filter(deal__in=refused).delete()


def _intend(account: PipedriveAccount, some: Sequence[Added], user: Any) -> None:
    at, by = clock.db_now(), user if user.pk else None
    told = [
        DealCampaign(account=account, deal=each.deal, title=printable(each.title)[:255], option=id, label=label, why=each.why, by=by, at=at)
        for each in some
        for id, label in each.new.items()
    ]
    fields = ["title", "label", "why", "state", "by", "at"]
    DealCampaign.objects.bulk_create(told, update_conflicts=True, unique_fields=["account", "deal", "option"], update_fields=fields)


def _add(client: Pipedrive, code: str, each: Added, there: Options | None) -> str:
    """Why it was not possible; "" where it was."""
    if there is None:
        return NOT_THERE
    if each.new.keys() <= there:
        return "somebody else has just put it there"
    return _send(client, code, each.deal, there | each.new.keys())


def _send(client: Pipedrive, code: str, deal: int, options: Iterable[int]) -> str:
    try:
        client.update(DEAL, deal, {"custom_fields": {code: sorted(options) or None}})
    except RecordRefused as error:
        return str(error)
    return ""


def settle(account: PipedriveAccount, there: Mapping[int, Options]) -> None:
    """Options of a pass that died are ours where they arrived."""
    open_ = DealCampaign.objects.filter(account=account, state=State.ADDING)
    arrived = [pk for pk, deal, option in open_.values_list("pk", "deal", "option") if option in there.get(deal, ())]
    for some in chunks(arrived, lists.IDS_AT_ONCE):
        DealCampaign.objects.filter(pk__in=some).update(state=State.ADDED)


# --- and off again -----------------------------------------------------------------------------------------------------


def take_off(client: Pipedrive, code: str, rows: Sequence[DealCampaign], *, dry_run: bool) -> Off:
    """What we put onto at most a hundred deals and what still stands there; the rest of their options stays."""
    by_deal: dict[int, list[DealCampaign]] = {}
    for row in rows:
        by_deal.setdefault(row.deal, []).append(row)
    there, off = there_now(client, code, by_deal), Off()
    standing = {deal: [row for row in mine if row.option in there.get(deal, ())] for deal, mine in by_deal.items()}
    off.left += [(deal, mine[0].title, NOT_THERE) for deal, mine in by_deal.items() if deal not in there]
    missing = [row for deal, mine in by_deal.items() if deal in there for row in mine if row.option not in there[deal]]
    off.gone = sum(row.state == State.ADDED for row in missing)
    if dry_run:
        off.deals = [deal for deal, mine in standing.items() if mine]
        off.options = sum(map(len, standing.values()))
        return off
    _settle_missing(missing)
    _mark([row for mine in standing.values() for row in mine], State.TAKING)
    for deal, mine in standing.items():
        if mine:
            _take_off_one(client, code, mine, there[deal], off)
    return off


def _take_off_one(client: Pipedrive, code: str, mine: list[DealCampaign], there: Options, off: Off) -> None:
    deal = mine[0].deal
    if why := _send(client, code, deal, there - {row.option for row in mine}):
        off.left.append((deal, mine[0].title, why))
        _mark(mine, State.ADDED)
        return
    _mark(mine, State.TAKEN)
    off.deals.append(deal)
    off.options += len(mine)


def _settle_missing(missing: Sequence[DealCampaign]) -> None:
    """Not there any more: people took it off, a pass that died had done it already, or it never arrived."""
    _mark([row for row in missing if row.state == State.ADDED], State.GONE)
    _mark([row for row in missing if row.state == State.TAKING], State.TAKEN)
    DealCampaign.objects.filter(pk__in=[row.pk for row in missing if row.state == State.ADDING]).delete()


def _mark(rows: Sequence[DealCampaign], state: DealCampaign.State) -> None:
    if rows:
        DealCampaign.objects.filter(pk__in=[row.pk for row in rows]).update(state=state)
