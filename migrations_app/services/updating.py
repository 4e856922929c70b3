"""Stage load, updates: records in Pipedrive that would be built otherwise now get what differs, and only that.

The difference is between what we last wrote and what rows, map and answers give now; a value that people changed in Pipedrive
meanwhile stays theirs and is listed. An update can be repeated without harm, so nothing has to be remembered about what is
still to be sent: a record is `stale` until what became of it is written down.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import LinkEvent, Phase, RecordLink, Run
from migrations_app.rules import differing
from migrations_app.services import completing, conflicts, history, judging, lists
from migrations_app.services.building import Builder
from migrations_app.services.changing import CORRECTING, Change, Hand, Made, Right
from migrations_app.services.charging import charge
from migrations_app.services.conflicts import Answers
from migrations_app.services.differences import Comparer, Kept, Pending, keep
from migrations_app.services.likeness import likeness_in
from migrations_app.states import LINK_IN_TARGET, LinkState


class Updater:
    """One worker bringing the stale records of a batch up to date, in handfuls, under the lease of the batch."""

    def __init__(self, phase: Phase, client: Pipedrive, builder: Builder, lease: Right) -> None:
        self._phase, self._client, self._lease = phase, client, lease
        self._run: Run = phase.run
        self._comparer = Comparer(builder)
        self._own = completing.own_codes(self._run.account, phase.entity)
        self._likeness = likeness_in(self._run.account.schema, phase.entity)
        self._charged = (client.door.spent, client.door.lost)
        self._unders: dict[int, str] = {}

    def work(self, links: Any, *, until: float) -> bool:
        """True when no record of `links` is stale any more; False when `until` (monotonic) came first.

        Raises Stop, what the lease raises when it is lost, and what reading the account raises.
        """
        stale = links.filter(stale=True, state__in=LINK_IN_TARGET).order_by("order", "pk")
        if not stale.exists():
            return True
        hand = Hand(self._client, self._lease, self._record)
        try:
            while some := list(stale[: judging.AT_ONCE]):
                if time.monotonic() >= until:
                    return False
                hand.work(self._look(some))  # those whose answers were lost stay stale, and are looked at again
                self._charge()
            return True
        finally:
            hand.close()
            self._charge()

    def _look(self, links: Sequence[RecordLink]) -> list[Change]:
        """What is to be sent for these; what needs no request is written down here, under the lease."""
        pending = {each.link: each for each in self._comparer.pending(links)}
        differing_ = [each.link for each in pending.values() if each.values]
        live = lists.by_id(self._client, differing_)
        history.note_touches({each.link.pk: each.mine for each in pending.values()}, differing_, self._client.door.skew)
        self._unders = lists.unders(differing_)
        answers = conflicts.answered(differing_)
        gone, intents = self._complete(pending, live)
        changes: list[Change] = []
        kept: dict[RecordLink, list[Kept]] = {link: [] for link in links if link not in gone}
        for link, each in pending.items():
            change, kept[link] = self._judge(each, live.get(link.pipedrive_id), answers)
            changes += [change] if change is not None else []
        to_send = [change for change in changes if change.body]
        with transaction.atomic():
            self._lease.renew()
            completing.release(gone)
            completing.intend(self._run, intents)
            self._record([Made(change, done=True) for change in changes if not change.body])
            self._settle(kept.keys() - {change.link for change in to_send}, kept)
        return to_send

    def _complete(
        self, pending: dict[RecordLink, Pending], live: Mapping[str, Mapping[str, Any]]
    ) -> tuple[list[RecordLink], Mapping[RecordLink, Any]]:
        """Records that were there before us: only what may be written to them stays in `pending`. Those that are gone leave it."""
        matched = [link for link, each in pending.items() if link.state == LinkState.MATCHED and not each.why]
        gone = [link for link in matched if link.pipedrive_id not in live and not pending[link].mine.values]
        intended, intents = completing.intended(matched), {}
        pending |= {link: completing.without_blanks(each) for link, each in pending.items() if link.completing and link not in matched}
        for link in matched:
            if link in gone:
                del pending[link]
            elif (stands := live.get(link.pipedrive_id)) is not None:
                known = intended.get(link.pk, {})
                pending[link], intents[link] = completing.narrowed(pending[link], differing.flat(stands), self._own, known)
        return gone, intents

    def _judge(self, each: Pending, live: Mapping[str, Any] | None, answers: Answers) -> tuple[Change | None, list[Kept]]:
        """What is to be sent or noted, and what people changed; theirs stays, unless somebody took the export's value."""
        if each.why:
            return None, [Kept(live=each.why)]
        if live is None or live.get("is_deleted") or live.get("is_archived"):
            return None, [Kept(live=judging.ARCHIVED if live and live.get("is_archived") else judging.GONE)]
        now, same = differing.flat(live), self._likeness.same
        there = {name for name, value in each.values.items() if same(name, value, now)}
        theirs = {name for name, value in each.before.items() if name not in there and not same(name, value, now)}
        both = [Kept(name, each.before[name], each.values[name], now.get(name)) for name in each.values if name in theirs]
        stays = [kept for kept in both if not conflicts.overruled(each.link, kept, answers)]
        mine = {name: value for name, value in each.values.items() if name not in {kept.field for kept in stays}}
        if not mine:
            return None, stays
        send = {name: value for name, value in mine.items() if name not in there}
        change = Change(
            each.link,
            CORRECTING,
            differing.nested(self._phase.entity, send),
            sent=differing.nested(self._phase.entity, mine),
            previous=differing.nested(self._phase.entity, {name: self._stood(each, name, theirs, now) for name in mine}),
            under=self._unders.get(each.link.pk, ""),
            stamp=judging.seen(each.mine, live) if not send or judging.edited(each.mine, live) else "",
        )
        return change, stays

    def _stood(self, each: Pending, name: str, theirs: set[str], now: Mapping[str, Any]) -> Any:
        return now.get(name) if name in theirs else each.before[name]

    def _record(self, made: Sequence[Made]) -> None:
        """What is known of a handful: done, or refused and so listed. What is not known stays stale."""
        done = [each for each in made if each.done]
        LinkEvent.objects.bulk_create([self._event(each) for each in done])
        _put_away([each.change.link for each in done])
        refused = {each.change.link: [Kept(live=str(each.error))] for each in made if each.refused}
        _put_away(list(refused), content_hash="")
        keep(self._phase, refused)

    def _event(self, made: Made) -> LinkEvent:
        change = made.change
        verb = LinkEvent.Verb.UPDATE
        return LinkEvent(link=change.link, run=self._run, verb=verb, previous=change.previous, sent=change.sent, **made.told)

    def _settle(self, settled: set[RecordLink], kept: Mapping[RecordLink, Sequence[Kept]]) -> None:
        """`settled` need no request. What could not be built is looked at again by the next load, whatever its row says then."""
        _put_away(list(settled))
        keep(self._phase, kept)
        conflicts.note(self._run, self._phase, {link: [each for each in some if each.field] for link, some in kept.items()})
        unbuilt = [link for link in settled if any(not each.field and each.live not in judging.FINAL for each in kept[link])]
        _put_away(unbuilt, content_hash="")

    def _charge(self) -> None:
        (spent, lost), self._charged = self._charged, (self._client.door.spent, self._client.door.lost)
        charge(self._run, self._phase.entity, self._client.door.spent - spent, self._client.door.lost - lost)


def _put_away(links: Sequence[RecordLink], **fields: str) -> None:
    """They are not stale any more, and the mark of the intent goes."""
    RecordLink.objects.filter(pk__in=[link.pk for link in links]).update(stale=False, reason="", **fields)
