"""The account beside the rows that would be made: which of its records they may be (PRACTICE.md 3 row 32, LEDGER.md 7).

One look before each plan. It reads the account by lists, compares only what shares a domain, an address, or a name with a phone, and
keeps what it finds as Counterparts; answers of before stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Counterpart, PipedriveAccount, RecordLink, Run
from migrations_app.rules import differing, resolve
from migrations_app.rules.counterparts import CREATE, LINK, Known, Match, domain_of, matches
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.spec import ORGANIZATION, PERSON, Draft
from migrations_app.services import completing, counterparts, inhabitants, left_over, lists, planning, policies, proposing, rows, schema
from migrations_app.services.decisions import ON_ITS_WAY
from migrations_app.services.inhabitants import Inhabitants
from migrations_app.services.likeness import moment
from migrations_app.services.planners.organizations import customers_there
from migrations_app.services.planners.plan import Plan, cell
from migrations_app.services.staging import chunks
from migrations_app.services.wanted import Wanted
from migrations_app.states import LINK_IN_TARGET, LinkState

COPIED = ("object source_key label pipedrive_id there strength suggestion confidence reason meanwhile facts present").split()
ANSWERED = ("answer", "answered_by", "answered_at")
SHOWN, TEXT = 20, 200  # fields kept for the screen, signs of each
Record = Mapping[str, Any]


@dataclass(slots=True)
class Row:
    """One record that would be made, and what it is known by."""

    wanted: Wanted
    known: Known
    draft: Draft


@dataclass(slots=True)
class Look:
    """What one look found: rows by entity and key that share a mark with something there, and the ids that they share it with."""

    account: PipedriveAccount
    there: Inhabitants
    plan: Plan
    target: schema.Target
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    ids: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    live: dict[str, dict[str, Record]] = field(default_factory=dict)
    mail_domains: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # of companies, by link key


def look(account: PipedriveAccount, client: Pipedrive) -> int:
    """Read the account and bring the list of what may be there to what it holds now; answers how many rows concern it.

    Costs 10 tokens for 500 organizations or persons that live there, and 10 for a hundred that have to be looked at closely.
    """
    mapping = proposing.approved(account.project)
    if mapping is None:
        return 0
    force = rows.tables_in_force(account.project)
    run = Run(project=account.project, account=account, mapping=mapping, tables=[table.pk for each in force.values() for table in each])
    there = Inhabitants(account, left_over.ids(run, force))
    there.read(client)
    account.living = dict(there.counts)
    PipedriveAccount.objects.filter(pk=account.pk).update(living=account.living)
    found: list[Counterpart] = []
    if any(there.strangers.values()):
        it = Look(account, there, planning.read(run), schema.account_schema(account))
        for entity in (PERSON, ORGANIZATION):
            _gather(it, entity)
            found += _compare(it, entity, client)
    _store(account, found)
    return len(found)


# --- what would be made --------------------------------------------------------------------------------------------------


def _gather(it: Look, entity: str) -> None:
    """Stream the rows; only those that share a mark are kept. Customers of QuickBooks' list are told by it."""
    listed = customers_there(it.plan)
    for some in planning.wanted(it.plan, entity):
        some = [each for each in _unsent(it.account, entity, some) if each.key not in listed]
        drafts = _drafts(it, entity, some)
        for wanted in some:
            draft = drafts.get(wanted.key)
            if draft is None:
                continue
            known = _known(it, entity, wanted, *draft)
            if ids := it.there.find(entity, known):
                it.rows[entity][wanted.key] = Row(wanted, known, draft[0])
                it.ids[entity][wanted.key] = ids


def _unsent(account: PipedriveAccount, entity: str, some: Sequence[Wanted]) -> list[Wanted]:
    sent = set(
        RecordLink.objects.filter(account=account, entity=entity, state__in=ON_ITS_WAY, key__in=[each.key for each in some]).values_list(
            "key", flat=True
        )
    )
    open_ = (LinkState.PLANNED, LinkState.WAITING)
    return [each for each in some if each.key not in sent and each.state in open_ and not each.key.startswith("placeholder:")]


def _drafts(it: Look, entity: str, some: Sequence[Wanted]) -> dict[str, tuple[Draft, str]]:
    """{link key: what the map makes of the row, and an address that the row names}. A few queries."""
    found = rows.by_key(it.plan.tables.get(KINDS[entity].object, []), [each.source[1] for each in some if each.source])
    drafts = {}
    for each in some:
        if each.source is None:
            drafts[each.key] = Draft({"name": str(each.facts.get("name", ""))}), ""
        elif row := found.get(each.source[1]):
            drafts[each.key] = it.plan.draft(row), cell(row, "email") if entity == ORGANIZATION else ""
    return drafts


def _known(it: Look, entity: str, wanted: Wanted, draft: Draft, email: str) -> Known:
    values, shared = draft.values, it.there.shared
    emails = frozenset(inhabitants.emails(values.get("emails")))
    if entity == PERSON:
        employer = next((key for role, key in wanted.parents if role == ORGANIZATION), "")
        if employer:
            it.mail_domains[employer] |= {each for each in inhabitants.mail_domains(emails, shared) if it.there.with_domain(each)}
        phones = frozenset(inhabitants.phones(values.get("phones"), it.account.project.country))
        return Known(wanted.key, str(values.get("name", "")), emails=emails, phones=phones)
    website = domain_of(str(values.get("website") or ""), shared)
    people = frozenset(it.mail_domains.get(wanted.key, ())) | inhabitants.mail_domains([email], shared)
    return Known(wanted.key, str(values.get("name", "")), frozenset({website} - {""}), people)


# --- comparing -----------------------------------------------------------------------------------------------------------


def _compare(it: Look, entity: str, client: Pipedrive) -> list[Counterpart]:
    live = it.live[entity] = _read(client, entity, sorted({id for ids in it.ids[entity].values() for id in ids}))
    pairs = [
        (row.known, _with_people(it, entity, it.there.known(entity, live[str(id)]), row.known))
        for key, row in it.rows[entity].items()
        for id in sorted(it.ids[entity][key])
        if str(id) in live
    ]
    since = _first_load(it.account, client)
    return [_counterpart(it, entity, match, since) for match in matches(entity, pairs)]


def _read(client: Pipedrive, entity: str, ids: Sequence[int]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for some in chunks(ids, lists.IDS_AT_ONCE):
        for page in client.pages(entity, ids=",".join(map(str, some))):
            found |= {str(record["id"]): record for record in page if not record.get("is_deleted")}
    return found


def _with_people(it: Look, entity: str, theirs: Known, ours: Known) -> Known:
    """An organization found by a domain that it does not name itself was found by its people's addresses."""
    if entity != ORGANIZATION:
        return theirs
    people = {each for each in ours.domains | ours.mail_domains if int(theirs.id) in it.there.with_domain(each)}
    return Known(theirs.id, theirs.name, theirs.domains, frozenset(people) - theirs.domains)


def _first_load(account: PipedriveAccount, client: Pipedrive) -> str:
    """The server's time of our first load into the account; empty where nothing of ours is there."""
    runs = Run.objects.filter(links__account=account, links__state__in=LINK_IN_TARGET)
    first = runs.aggregate(first=Min("started_at"))["first"]
    late = (client.door.skew or timedelta(0)) - timedelta(seconds=1)  # the server tells its time in whole seconds, rounded down
    return moment((first + late).isoformat()) if first else ""


def _counterpart(it: Look, entity: str, match: Match, since: str) -> Counterpart:
    row, live = it.rows[entity][match.ours], it.live[entity][match.theirs]
    left = match.theirs in it.there.left[entity]
    policy = policies.value(it.account.project, counterparts.POLICY)
    link = policy if policy != Counterpart.Answer.CREATE else Counterpart.Answer.FILL
    return Counterpart(
        project=it.account.project,
        account=it.account,
        entity=entity,
        object=KINDS[entity].object,
        key=match.ours,
        source_key=match.ours.removeprefix(f"{entity}:"),
        label=_plain(row.known.name),
        pipedrive_id=match.theirs,
        there=_plain(str(live.get("name") or "")),
        strength=match.likeness.strength,
        suggestion=link if match.likeness.suggestion == LINK else CREATE,
        confidence=match.likeness.confidence,
        reason=_plain(match.likeness.reason + (left_over.TOLD if left else ""), 1000),
        meanwhile=bool(since) and not left and moment(live.get("add_time")) > since,
        facts=_facts(it, entity, row, live) | {"others": list(match.others[:SHOWN])},
    )


def _facts(it: Look, entity: str, row: Row, live: Record) -> dict[str, Any]:
    """Both sides as people read them, and what would be filled."""
    body, _ = resolve.resolve(entity, row.draft.values, it.target)
    ours, theirs = differing.flat(body), differing.flat(live)
    filled = completing.allowed(entity, completing.FILL, ours, theirs, frozenset())
    names = {each["code"]: each["name"] for each in schema.fields_of(it.account.schema, entity)}
    shown = [name for name in ours if name not in ("visible_to", "add_time")][:SHOWN]
    return {"lines": [[names.get(name, name), _text(ours[name]), _text(theirs.get(name)), name in filled] for name in shown]}


def _text(value: Any) -> str:
    if completing.is_blank(value):
        return ""
    if isinstance(value, Mapping):
        return _text(value.get("value"))
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))[:TEXT]
    return _plain(str(value), TEXT)


def _plain(text: str, most: int = 255) -> str:
    """As a database column may hold it: PostgreSQL takes no NUL."""
    return text.replace("\0", "")[:most]


# --- keeping -------------------------------------------------------------------------------------------------------------


def _store(account: PipedriveAccount, found: Iterable[Counterpart]) -> None:
    """What was found takes the place of what was known of rows that are not sent yet; answers are mirrored anew."""
    with transaction.atomic():
        known = Counterpart.objects.filter(account=account, present=True)
        counterparts.unlinked(known).update(present=False)
        for some in chunks(found, 500):
            counterparts.take_answers(account.project, some)
            Counterpart.objects.bulk_create(
                some, update_conflicts=True, unique_fields=["account", "entity", "key"], update_fields=[*COPIED, *ANSWERED]
            )
