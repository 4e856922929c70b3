"""What hangs on a record may touch it: with the feature `parents_touched` its time of change follows what is hung on it or taken off.

The documents do not say whether Pipedrive does that, so a loader has to do with both.
"""

from .call import Call
from .store import Record

_LINKS = {"org_id": "organization", "person_id": "person", "deal_id": "deal"}


def touch_parents(call: Call, *records: Record | None) -> None:
    """`records` are those that were made, changed (before and after) or removed."""
    if not call.account.feature("parents_touched"):
        return
    named = {(entity, record.get(link)) for record in records if record for link, entity in _LINKS.items()}
    for entity, id in named:
        parent = call.store.get(call.company, entity, id) if id else None
        if parent and not parent.get("is_deleted"):
            call.store.update({**parent, "update_time": call.now})
