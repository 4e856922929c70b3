"""Campaigns onto deals that stand in the account: those that a deal's contact was in while it was open, those that a column of the
exports links with it, those of a list made by hand. And off again.

The field *Campaigns* of a deal only gains options, and none that people took off, so doing it again writes nothing. What was put
where is kept (`DealCampaign`): taking back removes that and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app import gates
from migrations_app.models import DealCampaign, PipedriveAccount, Project, require
from migrations_app.rules.spec import DEAL, custom_field
from migrations_app.services import connecting, lists, policies, schema
from migrations_app.services.mailing import deal_links, deal_wanted, deal_writing
from migrations_app.services.mailing.deal_links import Finder, Known, Link
from migrations_app.services.mailing.deal_wanted import Deal, Wanted
from migrations_app.services.mailing.deal_writing import PATCH_COST, Added, State

SETTING, NO, OF_CONTACT, BY_COLUMN = "deal_campaigns", "no", "contact", "column"
FIELD = custom_field("Campaigns", "set")
HEADS = ("deal_id", "title", "added", "why")
KEPT_HEADS = ("deal_id", "title", "campaign", "why", "state", "at")
Progress = Callable[[str], None]


class NoDealCampaigns(Exception):
    """The project does not want it, or the account or the exports are not prepared for it."""


@dataclass(slots=True)
class Outcome:
    """`refused` are (deal, campaign, why, where it stands); `spared` are (deal, campaign) that people took off before. `tokens` is
    what it takes, reading included."""

    deals: int = 0
    added: list[Added] = field(default_factory=list)
    refused: list[tuple[str, str, str, str]] = field(default_factory=list)
    spared: list[tuple[int, str]] = field(default_factory=list)
    tokens: int = 0

    def refuse_link(self, link: Link, why: str) -> None:
        self.refused.append((link.deal or link.title, link.campaign, why, link.place))

    def refuse_deal(self, each: Added, why: str) -> None:
        self.refused.append((str(each.deal), "; ".join(each.labels), why, each.title))


@dataclass(slots=True)
class TakenBack:
    """`gone` were taken off by people before; `left` are (deal, title, why)."""

    deals: int = 0
    campaigns: int = 0
    gone: int = 0
    left: list[tuple[int, str, str]] = field(default_factory=list)
    tokens: int = 0


def put(
    account: PipedriveAccount,
    *,
    user: Any,
    listed: Iterable[Sequence[str]] = (),
    dry_run: bool = False,
    progress: Progress = lambda text: None,
) -> Outcome:
    """One pass over the deals of the account: 10 tokens for 500 deals and persons, 5 for each deal that gains something and 10 for
    a hundred of them. `listed` are the fields of Links.

    Raises Forbidden, GateClosed (a run is under way), NoDealCampaigns and the client's errors.
    """
    code, options = _begin(account, user)
    _demand_wanted(account.project)
    client = connecting.client_for(account)
    try:
        progress("reading deals")
        deals = dict(_deals(client, code))
        outcome = Outcome(len(deals))
        deal_writing.settle(account, {id: deal.there for id, deal in deals.items()})
        wanted = _wanted(account, user, client, deals, options, [Link(*each) for each in listed], outcome)
        due = list(_missing(account, deals, options, wanted, outcome))
        outcome.tokens = client.door.spent + deal_writing.price(len(due))
        if dry_run:
            outcome.added = due
            return outcome
        for each in deal_writing.put_on(account, client, code, due, user, outcome.refuse_deal):
            outcome.added.append(each)
            progress(f"{len(outcome.added)} of {len(due)} deals")
        outcome.tokens = client.door.spent
    finally:
        connecting.note_spend(account, client.door.spent)
    return outcome


def take_back(account: PipedriveAccount, *, user: Any, dry_run: bool = False, progress: Progress = lambda text: None) -> TakenBack:
    """Take off what we put onto deals, as far as it still stands there: 10 tokens for a hundred deals, 5 for each that loses something.

    What people put there or took off stays as they left it. Raises what `put` raises.
    """
    code, _ = _begin(account, user)
    client, done = connecting.client_for(account), TakenBack()
    try:
        for some in _standing(account):
            off = deal_writing.take_off(client, code, some, dry_run=dry_run)
            done.deals += len(off.deals)
            done.campaigns += off.options
            done.gone += off.gone
            done.left += off.left
            progress(f"{done.deals} deals")
        done.tokens = client.door.spent + (done.deals * PATCH_COST if dry_run else 0)
    finally:
        connecting.note_spend(account, client.door.spent)
    return done


def standing(account: PipedriveAccount) -> int:
    """How many deals carry campaigns that we put there, as far as we know."""
    mine = DealCampaign.objects.filter(account=account, state__in=DealCampaign.STANDING)
    return mine.order_by().values("deal").distinct().count()


def kept(project: Project) -> Iterator[tuple[Any, ...]]:
    """What was put where, and what became of it: lines under KEPT_HEADS."""
    for each in DealCampaign.objects.filter(account__project=project).order_by("account", "deal", "pk").iterator(2000):
        yield each.deal, each.title, each.label, each.why, each.get_state_display(), each.at.isoformat(timespec="seconds")


def in_words(done: Outcome) -> str:
    spared = f" {len(done.spared):,} stay off: people took them off." if done.spared else ""
    refused = f" {len(done.refused):,} were left out, such as {done.refused[0][3]}: {done.refused[0][2]}." if done.refused else ""
    return f"{len(done.added):,} of {done.deals:,} deals gain campaigns, for {done.tokens:,} tokens.{spared}{refused}"


def back_in_words(done: TakenBack, *, would: bool = False) -> str:
    gone = f" {done.gone:,} were taken off by people before." if done.gone else ""
    left = f" {len(done.left):,} deals are left as they are, such as {done.left[0][1]}: {done.left[0][2]}." if done.left else ""
    verb = "would lose" if would else "lost"
    return f"{done.deals:,} deals {verb} {done.campaigns:,} campaigns that were put there, for {done.tokens:,} tokens.{gone}{left}"


def _begin(account: PipedriveAccount, user: Any) -> tuple[str, Mapping[str, int]]:
    """The code of the deals' field Campaigns and its options by folded label."""
    require(user, "load", account.project)
    gates.require(account, ("settled",))
    target = schema.account_schema(account)
    code = target.fields.get((DEAL, FIELD))
    if not code:
        raise NoDealCampaigns(f"Deals have no field for campaigns: choose {SETTING} in the settings, then prepare the account.")
    return code, target.options.get((DEAL, FIELD), {})


def _demand_wanted(project: Project) -> None:
    choice = policies.value(project, SETTING)
    if choice == NO:
        raise NoDealCampaigns(f"Nobody has asked for campaigns on deals: choose {SETTING} in the settings, then prepare the account.")
    if choice == BY_COLUMN and not deal_links.deal_columns(project):
        why = "No column of campaigns, their members or contacts names a deal"
        raise NoDealCampaigns(f"{why}: say in the settings how it is called ({deal_links.COLUMN}), or hand in a list.")


def _deals(client: Pipedrive, code: str) -> Iterator[tuple[int, Deal]]:
    for page in client.pages(DEAL):
        for deal in page:
            ended = (
                "" if deal.get("status") == "open" else str(deal.get("close_time") or deal.get("won_time") or deal.get("lost_time") or "")
            )
            began, title = str(deal.get("add_time") or "")[:10], str(deal.get("title") or "")
            org, person = int(deal.get("org_id") or 0), int(deal.get("person_id") or 0)
            yield int(deal["id"]), Deal(title, org, person, began, ended[:10], deal_writing.options_of(deal, code))


def _wanted(
    account: PipedriveAccount,
    user: Any,
    client: Pipedrive,
    deals: Mapping[int, Deal],
    options: Mapping[str, int],
    listed: Sequence[Link],
    outcome: Outcome,
) -> Wanted:
    project, choice = account.project, policies.value(account.project, SETTING)
    wanted = deal_wanted.by_contact(project, client, deals) if choice == OF_CONTACT else {}
    finder = Finder(account, user, client, {id: Known(deal.title, deal.org) for id, deal in deals.items()})
    if choice == BY_COLUMN:
        linked = deal_links.of_exports(project)
        deal_wanted.add_links(wanted, linked, deal_wanted.COLUMN, finder, options, outcome.refuse_link)
    if listed:
        named = deal_wanted.named(project, listed)
        deal_wanted.add_links(wanted, named, deal_wanted.LISTED, finder, options, outcome.refuse_link)
    return wanted


def _missing(
    account: PipedriveAccount, deals: Mapping[int, Deal], options: Mapping[str, int], wanted: Wanted, outcome: Outcome
) -> Iterator[Added]:
    """What the deals do not have yet. What was put there before and is not there now, people took off: they know better."""
    before = DealCampaign.objects.filter(account=account, state__in=(State.ADDED, State.GONE))
    put_before = set(before.values_list("deal", "option"))
    for deal, why in sorted(wanted.items()):
        new: dict[int, str] = {}
        for label in why:
            id = options.get(label.casefold())
            if id is None or id in deals[deal].there:
                continue
            if (deal, id) in put_before:
                outcome.spared.append((deal, label))
            else:
                new[id] = label
        if new:
            yield Added(deal, deals[deal].title, new, ", ".join(dict.fromkeys(why[label] for label in new.values())))


def _standing(account: PipedriveAccount) -> Iterator[list[DealCampaign]]:
    """Our options of a hundred deals at a time, by the number of the deal."""
    mine, last = DealCampaign.objects.filter(account=account, state__in=DealCampaign.STANDING), 0
    while deals := list(mine.filter(deal__gt=last).order_by("deal").values_list("deal", flat=True).distinct()[: lists.IDS_AT_ONCE]):
        last = deals[-1]
        yield list(mine.filter(deal__in=deals))
