"""Records of ours as they stand in Pipedrive now: may they be taken back, or have people touched them since?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import RecordLink, Run
from migrations_app.rules import differing
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.spec import ACTIVITY, CALL_LOG
from migrations_app.services import history, lists
from migrations_app.services.changing import REMOVING, RESTORING, Change, removal
from migrations_app.services.likeness import likeness_in, moment
from migrations_app.services.lines import VALUE, with_lines
from migrations_app.states import LinkState

AT_ONCE = 100  # ids of one list request (API.md 5.1)
READ_COST = 10
GONE = "deleted or merged in Pipedrive since"
ARCHIVED = "archived in Pipedrive since; archived deals cannot be changed"
CHANGED_BESIDE = "its activity was changed in Pipedrive since"
CHANGED_AT = "update_time"
A_MINUTE = timedelta(minutes=1)
TOUCHED = frozenset({"organization", "person", "deal"})  # by what is hung on them or taken off: looked at first, then again
FINAL = (GONE, ARCHIVED)  # no later look finds anything else to do

# What may hang on a record: the counts that the list gives, and the lists to ask where a server gives none.
COUNTED: Mapping[str, Mapping[str, str]] = {
    "organization": {
        "open_deals_count": "deal", "closed_deals_count": "deal", "people_count": "person", "activities_count": "activity",
        "notes_count": "note", "files_count": "file",
    },
    "person": {
        "open_deals_count": "deal", "closed_deals_count": "deal", "activities_count": "activity", "notes_count": "note",
        "files_count": "file",
    },
    "deal": {"activities_count": "activity", "notes_count": "note", "files_count": "file", "products_count": "deal_product"},
}  # fmt: skip
LISTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "organization": ("org_id", ("deal", "person", "activity", "note")),
    "person": ("person_id", ("deal", "activity", "note")),
    "deal": ("deal_id", ("activity", "note")),
}
Hanging = tuple[int, str]  # a link, and the kind of what hangs on it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one record: `change` is still to be sent, `done` was sent before and arrived, else it is left (`why`).

    `differing` has (field, as we wrote it, as it stands). All three empty: this run has nothing to take back here.
    """

    link: RecordLink
    change: Change | None = None
    done: Change | None = None
    why: str = ""
    differing: tuple[tuple[str, Any, Any], ...] = ()


class Judge:
    """Looks at records of one entity for the rollback of one run."""

    def __init__(self, run: Run, entity: str, client: Pipedrive) -> None:
        self.run = run
        self.entity = entity
        self._client = client
        self._unders: dict[int, str] = {}
        self._beside: dict[str, dict[str, Any]] = {}
        self._likeness = likeness_in(run.account.schema, entity)
        fields = run.account.schema.get("fields", {}).get(entity, [])
        self._names = {each["code"]: each["name"] for each in fields}

    def _live(self, links: Sequence[RecordLink]) -> dict[str, dict[str, Any]]:
        counts = COUNTED.get(self.entity, {})
        return lists.by_id(self._client, links, **({"include_fields": ",".join(counts)} if counts else {}))

    def look(self, links: Sequence[RecordLink], going: Mapping[Hanging, int]) -> list[Verdict]:
        """10 tokens for at most a hundred links. `going` counts our own records that hang on a link, but not for long."""
        written, live = self._read(links)
        self._unders = lists.unders(links)
        self._beside = self._read_beside(live.values())
        return [self._judge(link, written.get(link.pk, history.Written()), live.get(link.pipedrive_id), going) for link in links]

    def _read_beside(self, live: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """The activities of call logs: deleting a call log leaves them. 10 tokens for at most a hundred."""
        ids = [str(each["activity_id"]) for each in live if each.get("activity_id")] if self.entity == CALL_LOG else []
        pages = self._client.pages(ACTIVITY, ids=",".join(ids)) if ids else ()
        return {str(each["id"]): each for page in pages for each in page}

    def look_first(self, links: Sequence[RecordLink]) -> list[Verdict]:
        """Those that people changed in something that we did not load: only the time of change tells, and taking off what hangs on
        them may move that. 10 tokens for at most a hundred links."""
        written, live = self._read([link for link in links if link.written_run_id == self.run.pk])
        there = [(link, written[link.pk], live[link.pipedrive_id]) for link in links if link.pk in written and link.pipedrive_id in live]
        found = [self._edited(link, mine, now) for link, mine, now in there if not self._changed(link, mine.values, differing.flat(now))]
        return [verdict for verdict in found if verdict]

    def _read(self, links: Sequence[RecordLink]) -> tuple[dict[int, history.Written], dict[str, dict[str, Any]]]:
        written, live = history.written(links), self._live(links)
        for pk in with_lines(links):
            written[pk].values.pop(VALUE, None)
        history.note_touches(written, links, self._client.door.skew)  # the server's clock is known once it has answered
        return written, live

    def _judge(self, link: RecordLink, mine: history.Written, live: Mapping[str, Any] | None, going: Mapping[Hanging, int]) -> Verdict:
        ours = link.written_run_id == self.run.pk and link.state == LinkState.CREATED
        if not ours and self.run.pk not in mine.before:
            return Verdict(link, done=Change(link, RESTORING, {})) if link.written_run_id == self.run.pk else Verdict(link)
        if live is None and ours and link.reason == REMOVING:
            return Verdict(link, done=Change(link, REMOVING))
        if live is None or live.get("is_deleted"):
            return Verdict(link, why=GONE)
        if live.get("is_archived"):
            return Verdict(link, why=ARCHIVED)
        return self._removal(link, mine, live, going) if ours else self._restoring(link, mine, live)

    def _removal(self, link: RecordLink, mine: history.Written, live: Mapping[str, Any], going: Mapping[Hanging, int]) -> Verdict:
        if touched := self._touched(link, mine, live):
            return touched
        counts = {kind: count - going.get((link.pk, kind), 0) for kind, count in self._hanging(link, live).items()}
        if staying := " and ".join(_counted(kind, count) for kind, count in counts.items() if count > 0):
            return Verdict(link, why=f"still in use: {staying}")
        beside = self._beside.get(str(live.get("activity_id") or "")) if self.entity == CALL_LOG else None
        if beside and _was_changed(beside):
            return Verdict(link, why=CHANGED_BESIDE)
        activity = str(beside["id"]) if beside else ""
        return Verdict(link, change=Change(link, REMOVING, beside=activity, under=self._unders.get(link.pk, "")))

    def _restoring(self, link: RecordLink, mine: history.Written, live: Mapping[str, Any]) -> Verdict:
        """Only the fields that the run changed count: what people changed beside them is not overwritten."""
        before, now = mine.before[self.run.pk], differing.flat(live)
        wrote = {name: mine.values.get(name) for name in before}
        wanted = {name: value for name, value in before.items() if not self._likeness.same(name, value, now)}
        body = differing.nested(self.entity, differing.changes(self.entity, {name: wrote[name] for name in wanted}, wanted))
        told: dict[str, Any] = {"sent": differing.nested(self.entity, before), "previous": differing.nested(self.entity, wrote)}
        change = Change(link, RESTORING, body, under=self._unders.get(link.pk, ""), stamp=mine.stamp if edited(mine, live) else "", **told)
        if not body:
            return Verdict(link, done=replace(change, stamp=seen(mine, live)))
        return self._changed(link, {name: wrote[name] for name in wanted}, now) or Verdict(link, change=change)

    def _touched(self, link: RecordLink, mine: history.Written, live: Mapping[str, Any]) -> Verdict | None:
        if changed := self._changed(link, mine.values, differing.flat(live)):
            return changed
        return self._edited(link, mine, live)

    def _edited(self, link: RecordLink, mine: history.Written, live: Mapping[str, Any]) -> Verdict | None:
        if not edited(mine, live):
            return None
        why = f"changed in Pipedrive since, at {live['update_time']}, in something that was not loaded"
        return Verdict(link, why=why, differing=((CHANGED_AT, mine.stamp, live["update_time"]),))

    def _changed(self, link: RecordLink, wrote: Mapping[str, Any], now: Mapping[str, Any]) -> Verdict | None:
        found = tuple((name, value, now.get(name)) for name, value in wrote.items() if not self._likeness.same(name, value, now))
        names = ", ".join(self._names.get(name, name) for name, _, _ in found)
        return Verdict(link, why=f"changed in Pipedrive since: {names}", differing=found) if found else None

    def _hanging(self, link: RecordLink, live: Mapping[str, Any]) -> dict[str, int]:
        counted: dict[str, int] = {}
        counting = COUNTED.get(self.entity, {})
        for name, kind in counting.items():
            counted[kind] = counted.get(kind, 0) + int(live.get(name) or 0)
        if any(name in live for name in counting) or self.entity not in LISTED:
            return counted
        key, kinds = LISTED[self.entity]
        of_it: dict[str, Any] = {key: link.pipedrive_id}
        return {kind: sum(len(page) for page in self._client.pages(kind, **of_it)) for kind in kinds}


def edited(mine: history.Written, live: Mapping[str, Any]) -> bool:
    """Whether somebody changed the record after our last write to it. Writing to what hangs on it may have touched it too."""
    changed = moment(live.get("update_time"))
    return bool(mine.stamp) and changed > moment(mine.stamp) and not any(since <= changed <= until for since, until in mine.touched)


def seen(mine: history.Written, live: Mapping[str, Any]) -> str:
    """The time of our last write where nothing is left to be sent: as it stands there, unless somebody else moved it."""
    return mine.stamp if edited(mine, live) else str(live.get("update_time") or mine.stamp)


def _was_changed(beside: Mapping[str, Any]) -> bool:
    """Whether somebody did more to it than Pipedrive itself, which may still be at a record that it has just made."""
    made, changed = moment(beside.get("add_time")), moment(beside.get("update_time"))
    return bool(made and changed) and datetime.fromisoformat(changed) > datetime.fromisoformat(made) + A_MINUTE


def looking(entity: str, count: int) -> tuple[int, int]:
    """(requests, tokens) of one look at so many records of a kind, and at what Pipedrive made beside them."""
    beside = -(-count // AT_ONCE) if entity == CALL_LOG else 0
    return lists.requests_by_id(entity, count) + beside, lists.cost_by_id(entity, count) + beside * READ_COST


def undoing(counts: Mapping[str, int]) -> tuple[int, int]:
    """(requests, tokens) of taking so many records of each kind away, with all looks at them before."""
    requests = tokens = 0
    for entity, count in counts.items():
        looks, (asked, cost) = 2 if entity in TOUCHED else 1, looking(entity, count)
        requests += looks * asked + count * (2 if entity == CALL_LOG else 1)
        tokens += looks * cost + count * removal(entity)
    return requests, tokens


def _counted(kind: str, count: int) -> str:
    return f"{count} {KINDS[kind].one if count == 1 else KINDS[kind].many}"
