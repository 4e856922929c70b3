"""Stage load, last part of a handful: what became of its records goes into the ledger."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.errors import PipedriveError
from migrations_app.models import LinkEvent, RecordLink, Run
from migrations_app.services import statements
from migrations_app.services.charging import charge
from migrations_app.services.staging import insert_rows
from migrations_app.states import LINK_OPEN, LinkState

VERBS = {str(LinkState.CREATED): str(LinkEvent.Verb.CREATE), str(LinkState.REFUSED): str(LinkEvent.Verb.REFUSE)}
EVENT_COLUMNS = ("link_id", "run_id", "verb", "sent", "request_id", "stamp", "at")


@dataclass(slots=True)
class Outcome:
    """What became of one request. `state` is the link's next state; exactly the fields that it needs are set."""

    link: RecordLink
    body: dict[str, Any]
    state: str
    pipedrive_id: str = ""
    reason: str = ""
    message: str = ""
    request_id: str = ""
    stamp: str = ""
    error: PipedriveError | None = None


def record(run: Run, entity: str, outcomes: Sequence[Outcome], tokens: int, lost: int) -> None:
    """Write the outcomes in one transaction, and what they cost. `attempt` guards them: what was settled meanwhile stays as it is."""
    with transaction.atomic():
        _write(run, _still_open(outcomes))
        charge(run, entity, tokens, lost)


def _still_open(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those whose links still wait for this very attempt; the rows stay locked. A creation that is certain also counts where
    the link was found absent and planned again meanwhile: its next attempt has not begun."""
    now = statements.standing([each.link.pk for each in outcomes])
    open_to = {LinkState.CREATED: (*LINK_OPEN, LinkState.PLANNED)}
    return [
        each
        for each in outcomes
        if now[each.link.pk][0] == each.link.attempt and now[each.link.pk][1] in open_to.get(LinkState(each.state), LINK_OPEN)
    ]


def _write(run: Run, outcomes: Sequence[Outcome]) -> None:
    at = statements.moment(timezone.now())
    states, events = [], []
    for each in outcomes:
        written = run.pk if each.state == LinkState.CREATED else None
        states.append((str(each.state), each.pipedrive_id, each.reason, each.message, written, each.link.pk))
        if verb := VERBS.get(each.state):
            events.append((each.link.pk, run.pk, verb, json.dumps(each.body), each.request_id, each.stamp, at))
    statements.change_each(statements.OUTCOME, states)
    insert_rows(LinkEvent, EVENT_COLUMNS, events)
