"""What a rollback would do, and what it did: counts, price, and the records that are left to people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference, LinkEvent, LinkParent, Phase, PipedriveAccount, RecordLink, Run, require
from migrations_app.rules import budget
from migrations_app.rules.kinds_of_record import many
from migrations_app.rules.plans import PLANS
from migrations_app.rules.spec import ACTIVITY, CALL_LOG
from migrations_app.services import connecting, reach, reporting, rollback
from migrations_app.services.judging import AT_ONCE, Hanging, Judge, Verdict, looking
from migrations_app.services.mailing import deal_campaigns
from migrations_app.services.reach import Scope
from migrations_app.states import LINK_OPEN, LinkState

EXAMPLES = 5
ON_DEALS = "{:,} deals keep the campaigns that were put onto them: no load did that, “deal-campaigns --take-back” takes them off"


@dataclass(slots=True)
class Outlook:
    """Counts by entity. `tokens` is what the rollback will cost, reading included; looking ahead has cost the readings alone."""

    remove: Counter[str] = field(default_factory=Counter)
    restore: Counter[str] = field(default_factory=Counter)
    left: list[dict[str, Any]] = field(default_factory=list)
    on_their_way: int = 0
    tokens: int = 0
    days: int = 0


def look_ahead(run: Run, scope: Scope, *, user: Any) -> Outlook:
    """What undoing would do as things stand now. Reads the records from Pipedrive and writes nothing there.

    Raises Forbidden, RunRefused and what reading the account raises.
    """
    require(user, "load", run.project)
    reach.demand_no_later_run(run, scope)
    outlook = Outlook(on_their_way=RecordLink.objects.filter(run=run, state__in=LINK_OPEN).count())
    staying: Counter[Hanging] = Counter()
    client = connecting.client_for(run.account)
    try:
        phases = reach.phases(run, scope)
        first = {phase.pk for phase in reach.to_be_looked_at_first(phases)}
        for phase in phases:
            readings = 2 if phase.pk in first else 1
            for verdict in _verdicts(run, phase, scope, client, staying, outlook, readings):
                _count(outlook, phase, verdict)
    finally:
        connecting.note_spend(run.account, client.door.spent)
    outlook.days = budget.days(outlook.tokens, tokens_per_day(run.account))
    return outlook


def tokens_per_day(account: PipedriveAccount) -> int:
    return PLANS[account.plan].tokens_per_day(account.seats, account.share)


def _verdicts(
    run: Run, phase: Phase, scope: Scope, client: Pipedrive, staying: Counter[Hanging], outlook: Outlook, readings: int
) -> Iterator[Verdict]:
    judge = Judge(run, phase.entity, client)
    rows = reach.links(run, phase.entity, scope).order_by("-pk")
    page = list(rows[:AT_ONCE])
    while page:
        going = _going(run, page) if scope.whole else Counter()
        verdicts = judge.look(page, going - staying)
        outlook.tokens += looking(phase.entity, len(page))[1] * readings
        staying += _held(each.link for each in verdicts if each.why)
        yield from verdicts
        page = list(rows.filter(pk__lt=page[-1].pk)[:AT_ONCE])


def _going(run: Run, links: Sequence[RecordLink]) -> Counter[Hanging]:
    """Records of the same run that hang on these: they will be gone when their turn comes."""
    pks = [link.pk for link in links]
    merged = Q(parent__survivor__in=pks, parent__state=LinkState.MERGED)
    return _hanging(LinkParent.objects.filter(Q(parent__in=pks) | merged, link__written_run=run, link__state=LinkState.CREATED))


def _held(links: Iterable[RecordLink]) -> Counter[Hanging]:
    """What the records that stay hang on."""
    return _hanging(LinkParent.objects.filter(link__in=[link.pk for link in links]))


def _hanging(rows: Any) -> Counter[Hanging]:
    """A call log counts as the activity that it stands on."""
    found: Counter[Hanging] = Counter()
    for parent, state, survivor, entity in rows.values_list("parent", "parent__state", "parent__survivor", "link__entity"):
        found[survivor if state == LinkState.MERGED and survivor else parent, ACTIVITY if entity == CALL_LOG else entity] += 1
    return found


def _count(outlook: Outlook, phase: Phase, verdict: Verdict) -> None:
    if verdict.why:
        outlook.left.append(_left(phase, verdict.link, verdict.why))
    elif verdict.change is not None:
        (outlook.remove if verdict.change.body is None else outlook.restore)[phase.entity] += 1
        outlook.tokens += verdict.change.cost


def _left(phase: Phase, link: RecordLink, why: str) -> dict[str, Any]:
    return {"object": phase.object, "source_id": link.source_id, "pipedrive_id": link.pipedrive_id, "why": why}


# --- as data ---------------------------------------------------------------------------------------------------------


def outlook_as_dict(run: Run, outlook: Outlook) -> dict[str, Any]:
    """The shape of the real thing; `removed`, `restored` and `tokens` are what they would be."""
    data = reporting.run_as_dict(run) | {"dry_run": True, "tokens": outlook.tokens, "days": outlook.days}
    data |= {"left": outlook.left, "on_their_way": outlook.on_their_way, "deals_with_campaigns": deal_campaigns.standing(run.account)}
    return _with_counts(data, outlook.remove, outlook.restore)


def result_as_dict(run: Run) -> dict[str, Any]:
    """What the newest rollback of the run has done so far."""
    data = reporting.run_as_dict(run) | {"dry_run": False, "tokens": rollback.tokens_of(run), "left": list(left_records(run))}
    data["deals_with_campaigns"] = deal_campaigns.standing(run.account)
    events = LinkEvent.objects.filter(run=run)
    verbs = (LinkEvent.Verb.REMOVE, LinkEvent.Verb.RESTORE)
    removed, restored = (Counter(events.filter(verb=verb).values_list("link__entity", flat=True).iterator(2000)) for verb in verbs)
    return _with_counts(data, removed, restored)


def left_records(run: Run) -> Iterator[dict[str, Any]]:
    """Records that the newest rollback left to people, and why."""
    rows = Difference.objects.filter(phase__run=run, kind=rollback.LEFT, field="", link__isnull=False)
    for row in rows.select_related("phase", "link").order_by("-phase__position", "-link").iterator(2000):
        if row.link is not None:
            yield _left(row.phase, row.link, str(row.live))


def in_words(run: Run, outlook: Outlook) -> str:
    """What the dry run found, in a few sentences."""
    counted = [f"{count:,} {many(entity)} removed" for entity, count in outlook.remove.items()]
    counted += [f"{count:,} {many(entity)} restored" for entity, count in outlook.restore.items()]
    cost = f"Cost: {outlook.tokens:,} tokens, {outlook.days} day(s)."
    left = [f"{each['source_id']} ({each['why']})" for each in outlook.left[:EXAMPLES]]
    more = f" and {len(outlook.left) - EXAMPLES:,} more" if len(outlook.left) > EXAMPLES else ""
    stays = f" Left as they are: {'; '.join(left)}{more}." if left else ""
    carrying = deal_campaigns.standing(run.account)
    apart = f" {ON_DEALS.format(carrying)}." if carrying else ""
    return f"Undoing {run}: {', '.join(counted) or 'nothing to take back'}. {cost}{stays}{apart}"


def _with_counts(data: dict[str, Any], removed: Mapping[str, int], restored: Mapping[str, int]) -> dict[str, Any]:
    for phase in data["phases"]:
        phase["removed"], phase["restored"] = removed.get(phase["object"], 0), restored.get(phase["object"], 0)
    return data


def lines(data: Mapping[str, Any]) -> Iterator[str]:
    """For people at a terminal."""
    would = "would be " if data["dry_run"] else ""
    for phase in data["phases"]:
        yield f"{many(phase['object'])}: {phase['removed']} {would}removed, {phase['restored']} {would}restored"
    for each in data["left"]:
        yield f"left: {each['object']} {each['source_id']} ({each['pipedrive_id']}): {each['why']}"
    if data["deals_with_campaigns"]:
        yield ON_DEALS.format(data["deals_with_campaigns"])
    cost = f"it would cost {data['tokens']} tokens, {data['days']} day(s)" if data["dry_run"] else f"{data['tokens']} tokens"
    yield f"run {data['run']} is {data['state']}{': ' + data['reason'] if data['reason'] else ''}; {cost}"
