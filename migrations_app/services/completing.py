"""A record that lived in the account before us, and stands for a row now: what may be written to it.

Owner, name and visibility stay; what is empty there is filled (`fill`), or everything else is taken over (`overwrite`), or only
what tells the record to be ours is written (`leave`). What stood there before goes into the history, for the rollback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F

from migrations_app.models import LinkEvent, PipedriveAccount, RecordLink, Run
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import schema
from migrations_app.services.differences import Pending
from migrations_app.states import LinkState, transition

FILL, OVERWRITE, LEAVE = "fill", "overwrite", "leave"
MATCH = LinkEvent.Verb.MATCH
OF_THE_ACCOUNT = frozenset({"name", "first_name", "last_name", "visible_to", "add_time"})
OF_THE_LOADER = (schema.SOURCE_ID, schema.MATCHED_DOMAIN)


def is_blank(value: Any) -> bool:
    """Whether nothing stands there: an entry without a value is nothing, too."""
    if isinstance(value, Mapping):
        return is_blank(value.get("value"))
    if isinstance(value, list | tuple):
        return all(is_blank(each) for each in value)
    return value is None or value == ""


def own_codes(account: PipedriveAccount, entity: str) -> frozenset[str]:
    """Keys of the fields by which the loader knows its records."""
    fields = schema.account_schema(account).fields
    return frozenset(code for name in OF_THE_LOADER if (code := fields.get((entity, name))))


def allowed(entity: str, how: str, values: Mapping[str, Any], live: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
    """Those of `values` that may go into a record that stands as `live` (both flat)."""
    untouched = OF_THE_ACCOUNT | {KINDS[entity].owner}
    found = {name: value for name, value in values.items() if name not in untouched}
    if how == OVERWRITE:
        return {name: value for name, value in found.items() if not is_blank(value)}
    return {name: value for name, value in found.items() if name in own or (how == FILL and is_blank(live.get(name)))}


def narrowed(each: Pending, live: Mapping[str, Any], own: frozenset[str], intended: Mapping[str, Any]) -> tuple[Pending, dict[str, Any]]:
    """What we wrote before goes on like any other update; of the rest only what is allowed, with what stands there as before.

    `intended` are fields that were about to be written, with what stood there then: an answer may have been lost. Answers the
    record, and what is about to be written for the first time, with what stands there now.
    """
    new = {name: value for name, value in each.values.items() if name not in each.mine.values}
    asked = {name: value for name, value in new.items() if name in intended}
    new = asked | allowed(each.link.entity, each.link.completing, new, live, own)
    before = {name: intended[name] if name in intended else live.get(name) for name in new}
    values = {name: value for name, value in each.values.items() if name in each.mine.values or name in new}
    pending = replace(each, values=values, mine=replace(each.mine, values=each.mine.values | before))
    return pending, {name: value for name, value in before.items() if name not in intended}


def without_blanks(each: Pending) -> Pending:
    """What no row stood for when we made it keeps what it has where its row says nothing now."""
    return replace(each, values={name: value for name, value in each.values.items() if not is_blank(value)})


# --- links -----------------------------------------------------------------------------------------------------------


def adopt(run: Run, links: Sequence[RecordLink]) -> int:
    """These stand for records that are there: they hang together with ours from now on, and the next update completes them.

    Call it inside a transaction that holds the lease. Answers how many moved.
    """
    rows = RecordLink.objects.filter(pk__in=[link.pk for link in links])
    fresh = {"stale": True, "written_run": run, "reason": "", "message": ""}
    moved = transition(rows, LinkState.PLANNED, LinkState.MATCHED, pipedrive_id=F("existing_id"), **fresh)
    LinkEvent.objects.bulk_create(
        LinkEvent(link=link, run=run, verb=MATCH, previous={"id": link.existing_id, "completing": link.completing}) for link in links
    )
    return moved


def intended(links: Sequence[RecordLink]) -> dict[int, dict[str, Any]]:
    """{link: what stood in the fields that we were about to write}, of those that were looked at before. One query."""
    found: dict[int, dict[str, Any]] = {}
    events = LinkEvent.objects.filter(link__in=[link.pk for link in links], verb=MATCH).order_by("pk")
    for pk, previous in events.values_list("link_id", "previous"):
        found[pk] = {} if "id" in (previous or {}) else found.get(pk, {}) | (previous or {}).get("before", {})
    return found


def intend(run: Run, intents: Mapping[RecordLink, Mapping[str, Any]]) -> None:
    """Written down before anything is sent: what stood there must not get lost with an answer."""
    LinkEvent.objects.bulk_create(
        LinkEvent(link=link, run=run, verb=MATCH, previous={"before": dict(before)}) for link, before in intents.items() if before
    )


def release(links: Sequence[RecordLink]) -> None:
    """Their records are gone, and nothing of ours was in them: they are made anew."""
    rows = RecordLink.objects.filter(pk__in=[link.pk for link in links])
    blank = {"pipedrive_id": "", "existing_id": "", "completing": "", "written_run": None}
    transition(rows, LinkState.MATCHED, LinkState.PLANNED, stale=False, reason="", **blank)


def let_go(run: Run, links: Sequence[RecordLink]) -> None:
    """What `run` linked is restored, and not ours any more: it lives on in the account as it did before."""
    rows = RecordLink.objects.filter(pk__in=[link.pk for link in links], written_run=run)
    blank = {"pipedrive_id": "", "existing_id": "", "completing": "", "stale": False}
    transition(rows, LinkState.MATCHED, LinkState.REMOVED, message="", **blank)
