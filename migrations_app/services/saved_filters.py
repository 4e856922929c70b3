"""Filters of deals, saved in Pipedrive for whoever cleans up after the move."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.errors import LimitReached
from migrations_app.models import PipedriveAccount, RecordLink, require
from migrations_app.services import clock, connecting, policies, schema
from migrations_app.states import LINK_IN_TARGET

Condition = dict[str, Any]


def make(account: PipedriveAccount, *, user: Any) -> list[str]:
    """Save those that the account lacks; answers their names. A second call makes nothing, also after a lost answer.

    Raises Forbidden and what the client raises; a full account (LimitReached) keeps what was made.
    """
    require(user, "load", account.project)
    client = connecting.client_for(account)
    made: list[str] = []
    try:
        there, numbers = client.filters("deals"), client.deal_field_numbers()
        for name, conditions in _wanted(account, numbers):
            if name not in there:
                client.create_filter(name, "deals", conditions)
                made.append(name)
    except LimitReached:
        if not made:
            raise
    finally:
        connecting.note_spend(account, client.door.spent)
    return made


def _wanted(account: PipedriveAccount, numbers: Mapping[str, int]) -> Iterator[tuple[str, list[Condition]]]:
    """Each filter looks at our own deals only. One is left out where the account has no field for it."""
    fields, source = schema.account_schema(account).fields, account.project.get_source_label()
    codes = {name: fields.get(("deal", name), "") for name in (schema.SOURCE_ID, schema.ORIGINAL_OWNER)}
    number = {name: numbers.get(code) for name, code in codes.items()}
    number |= {name: numbers.get(name) for name in ("org_id", "status", "expected_close_date", "close_time")}
    today = clock.db_now().date()

    def holds(name: str, operator: str, value: Any = None) -> Condition:
        return {"object": "deal", "field_id": str(number[name]), "operator": operator, "value": value, "extra_value": None}

    if not number[schema.SOURCE_ID]:
        return
    ours = holds(schema.SOURCE_ID, "IS NOT NULL")
    if number["org_id"]:
        yield f"From {source}: no company", [ours, holds("org_id", "IS NULL")]
        placeholder = RecordLink.objects.filter(account=account, key__startswith="placeholder:", state__in=LINK_IN_TARGET).first()
        if placeholder:
            yield f"From {source}: to clean up", [ours, holds("org_id", "=", placeholder.pipedrive_id)]
    if number[schema.ORIGINAL_OWNER]:
        yield f"From {source}: owner left", [ours, holds(schema.ORIGINAL_OWNER, "IS NOT NULL")]
    if number["status"] and number["expected_close_date"]:
        past = holds("expected_close_date", "<", today.isoformat())
        yield f"From {source}: open past close date", [ours, holds("status", "=", "open"), past]
    if number["status"] and number["close_time"] and (days := int(policies.value(account.project, policies.ARCHIVE_DAYS))):
        long_ago = holds("close_time", "<", (today - timedelta(days=days)).isoformat())
        yield f"From {source}: closed long ago, to archive last", [ours, holds("status", "!=", "open"), long_ago]
