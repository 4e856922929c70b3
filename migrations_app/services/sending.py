"""Requests of a handful: which records go out together, and what an answer says about each of them. No database here."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.errors import (
    AccessDenied,
    Blocked,
    BudgetSpent,
    LimitReached,
    NotSent,
    OutcomeUnknown,
    PipedriveError,
    RecordRefused,
    WaitAndRepeat,
)
from connectors.pipedrive.answers import Reply
from connectors.pipedrive.client import MOST_LINES, Pipedrive
from connectors.pipedrive.costs import cost_of
from connectors.pipedrive.limiter import Grant
from migrations_app.rules import budget, marks
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.refusals import in_plain_words
from migrations_app.services.building import Prepared
from migrations_app.services.recording import Outcome
from migrations_app.states import LinkState

UNSENT = (NotSent, WaitAndRepeat, BudgetSpent, AccessDenied, LimitReached, Blocked)  # Pipedrive did nothing
BULK_COST = cost_of("POST", "/api/v2/deals/1/products/bulk")
FROM_SIX = BULK_COST // budget.PRICES["deal_product"].create + 1  # lines of one deal that are cheaper together
OWN_FACTS = ("sha256", "file_size")  # of a file: what we know of its bytes, not what is sent beside them


@dataclass(frozen=True, slots=True)
class Request:
    """One record, or several lines of one deal."""

    records: tuple[Prepared, ...]

    @property
    def cost(self) -> int:
        return BULK_COST if len(self.records) > 1 else budget.PRICES[self.records[0].link.entity].create


def pack(ready: deque[Prepared], most: int) -> list[Request]:
    """Take at most `most` requests from what is ready."""
    requests: list[Request] = []
    while ready and len(requests) < most:
        first = ready.popleft()
        beside = [each for each in ready if _together(first, each)][: MOST_LINES - 1] if first.under is not None else []
        if len(beside) + 1 < FROM_SIX:
            beside = []
        for each in beside:
            ready.remove(each)
        requests.append(Request((first, *beside)))
    return requests


def _together(first: Prepared, other: Prepared) -> bool:
    """Lines that were lost before go singly: an answer to one of them says what became of it."""
    return other.under == first.under and not first.link.absences and not other.link.absences


def send(client: Pipedrive, request: Request, grant: Grant, deadline: float, halted: threading.Event) -> list[Outcome]:
    """One request. An answer that concerns the others of the handful as well sets `halted`: those not yet started stay planned."""
    if halted.is_set():
        error = NotSent("Not sent: Pipedrive turned an earlier record of the handful away.")
        return [_outcome(each, LinkState.PLANNED, error) for each in request.records]
    try:
        if len(request.records) > 1:
            return _paired(request.records, _send_lines(client, request.records, grant, deadline))
        [each] = request.records
        return [_created(each, *_send_one(client, each, grant, deadline))]
    except RecordRefused as error:
        return _refused(request.records, error)
    except OutcomeUnknown as error:
        return [_outcome(each, LinkState.UNKNOWN, error) for each in request.records]
    except UNSENT as error:
        halted.set()
        return [_outcome(each, LinkState.PLANNED, error) for each in request.records]


def _send_one(client: Pipedrive, each: Prepared, grant: Grant, deadline: float) -> tuple[Mapping[str, Any], Reply]:
    assert each.body is not None
    if each.content is not None:
        parents = {name: value for name, value in each.body.items() if name not in (*OWN_FACTS, "name")}
        reply = client.create_file(each.body["name"], each.content.read_bytes(), parents, grant=grant, before=deadline)
    else:
        reply = client.create(each.link.entity, each.body, parent=each.under or "", grant=grant, before=deadline)
    return reply.data, reply


def _send_lines(client: Pipedrive, records: Sequence[Prepared], grant: Grant, deadline: float) -> Reply:
    under = records[0].under
    assert under is not None
    return client.create_lines(under, [each.body or {} for each in records], grant=grant, before=deadline)


def _paired(records: Sequence[Prepared], reply: Reply) -> list[Outcome]:
    """Lines of one answer by what they carry, never by their place in it; what is not in it is looked for later."""
    kind = KINDS[records[0].link.entity]
    made: dict[str, list[Mapping[str, Any]]] = {}
    for line in reply.data if isinstance(reply.data, list) else []:
        known = marks.reference_in(kind, line) or marks.fingerprint(kind, line, records[0].under)
        made.setdefault(known, []).append(line)
    outcomes = []
    for each in records:
        found = made.get(each.fingerprint or marks.reference(kind, each.link.key))
        line = found.pop(0) if found else {}
        if line.get("id"):
            outcomes.append(_created(each, line, reply))
        else:
            outcomes.append(_outcome(each, LinkState.UNKNOWN, OutcomeUnknown("Pipedrive's answer about several lines lacks this one.")))
    return outcomes


def _refused(records: Sequence[Prepared], error: RecordRefused) -> list[Outcome]:
    """Of several lines nobody knows which one Pipedrive minds, nor whether the others were made: they are looked for, then go singly."""
    if len(records) > 1:
        return [_outcome(each, LinkState.UNKNOWN, error) for each in records]
    return [_outcome(each, LinkState.REFUSED, error, in_plain_words(str(error), error.status)) for each in records]


def _created(each: Prepared, record: Mapping[str, Any], reply: Reply) -> Outcome:
    assert each.body is not None
    return Outcome(
        each.link,
        each.body,
        LinkState.CREATED,
        pipedrive_id=str(record["id"]),
        message=each.message,
        request_id=reply.headers.get("x-correlation-id", ""),
        stamp=str(record.get("update_time") or ""),
    )


def _outcome(each: Prepared, state: str, error: PipedriveError, message: str = "") -> Outcome:
    assert each.body is not None
    reason = "refused by Pipedrive" if state == LinkState.REFUSED else ""
    return Outcome(each.link, each.body, state, "", reason, message or str(error), error.correlation_id, "", error)
