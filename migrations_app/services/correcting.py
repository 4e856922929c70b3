"""Corrections: records in Pipedrive that would be built otherwise now get what differs, and only that.

The difference is between what we last wrote and what the map and the answers give now; a value that people changed in
Pipedrive meanwhile stays theirs and is listed. An update can be repeated without harm, so nothing has to be remembered about
what is still to be sent: what was recorded no longer differs.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference, LinkEvent, Phase, RecordLink, Run
from migrations_app.rules import differing
from migrations_app.rules.resolve import MissingInAccount
from migrations_app.services import clock, history, judging, relinking
from migrations_app.services.building import Builder
from migrations_app.services.changing import CORRECTING, Change, Hold, Made
from migrations_app.services.likeness import likeness_in
from migrations_app.services.stopping import Stop
from migrations_app.services.walks import Walk, note, noted
from migrations_app.states import CORRECTION, LinkState, RunState

NOTES = "correction"  # in Run.progress
KEPT = "kept"  # kind of Difference
NOT_BUILT = "it would not be loaded as it is now: {reason}"
Kept = tuple[str, Any, Any]  # field, as we would write it, as it stands; without a field the last one says why


@dataclass(slots=True)
class Pending:
    """One record that would be built otherwise now. `values` are what differs (flat), `why` says that an update cannot help."""

    link: RecordLink
    mine: history.Written
    values: dict[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def before(self) -> dict[str, Any]:
        return {name: self.mine.values.get(name) for name in self.values}


class Corrector:
    """Compares the records of one entity with what would be built of them now. Nothing is asked of Pipedrive here."""

    def __init__(self, run: Run, entity: str, object: str, trouble: Mapping[str, str]) -> None:
        self.entity = entity
        self._builder = Builder(run, entity, object)
        self._trouble = trouble

    def pending(self, links: Sequence[RecordLink]) -> list[Pending]:
        """Those that differ, or cannot be built any more. A constant number of queries. Raises Stop."""
        self._builder.refresh()
        try:
            built = self._builder.build(links)
        except MissingInAccount as error:
            raise Stop(f"The account lacks what the map needs: {error}. Prepare it again.") from error
        written = history.written(links)
        found = [self._compare(each, written.get(each.link.pk, history.Written())) for each in built]
        return [each for each in found if each.values or each.why]

    def _compare(self, built: Any, mine: history.Written) -> Pending:
        if why := self._trouble.get(built.link.key, ""):
            return Pending(built.link, mine, why=why)
        if built.body is None:
            return Pending(built.link, mine, why=NOT_BUILT.format(reason=built.message or built.reason))
        return Pending(built.link, mine, differing.changes(self.entity, mine.values, differing.flat(built.body)))


def in_pipedrive(run: Run, entity: str) -> QuerySet[RecordLink]:
    """Records that a correction may change: those that we made. What was there before us is not ours to correct."""
    return RecordLink.objects.filter(account=run.account, entity=entity, state=LinkState.CREATED).exclude(pipedrive_id="")


# --- going through ---------------------------------------------------------------------------------------------------


def waits(run: Run) -> bool:
    """Whether the run is a correction with records still to be looked at."""
    return run.kind == CORRECTION and not noted(run, NOTES).get("done", False)


def go_on(run: Run, client: Pipedrive, *, until: float | None = None) -> None:
    """One stretch of the correction. Raises Stop, changing.Taken and what reading the account raises."""
    first = run.phases.order_by("position").first()
    if first is None:
        note(run, NOTES, done=True)
        return
    hold = Hold(first)
    try:
        hold.take()
        run.refresh_from_db()
        if waits(run):
            _Correction(run, client, hold, until or time.monotonic() + clock.soft_deadline(), lambda text: None).go()
    finally:
        hold.release()


class _Correction(Walk):
    notes = NOTES

    def __init__(self, run: Run, *how: Any) -> None:
        super().__init__(run, *how)
        self._correctors: dict[str, Corrector] = {}
        self._likeness = {phase.entity: likeness_in(run.account.schema, phase.entity) for phase in run.phases.all()}

    def go(self) -> None:
        try:
            if self.through(list(self.run.phases.order_by("position"))):
                note(self.run, NOTES, done=True)
        finally:
            self.charge()

    def charge(self) -> int:
        spent = super().charge()
        Run.objects.filter(pk=self.run.pk).update(tokens=F("tokens") + spent)
        return spent

    def rows(self, phase: Phase) -> QuerySet[RecordLink]:
        return in_pipedrive(self.run, phase.entity).filter(run=self.run)

    def look(self, phase: Phase, links: Sequence[RecordLink]) -> list[Change]:
        pending = self._corrector(phase).pending(links)
        live = judging.read(self.client, phase.entity, [each.link for each in pending if each.values])
        found = [(each, self._judge(phase, each, live.get(each.link.pipedrive_id))) for each in pending]
        with transaction.atomic():
            self.hold.renew()
            self._still_running()
            self.record(phase, [Made(change, done=True) for _, (change, _) in found if change is not None and not change.body])
            keep(phase, [(each.link, kept) for each, (_, kept) in found])
        return [change for _, (change, _) in found if change is not None and change.body]

    def record(self, phase: Phase, made: Sequence[Made]) -> None:
        done = [each for each in made if each.done]
        RecordLink.objects.filter(pk__in=[each.change.link.pk for each in done], reason=CORRECTING).update(reason="")
        LinkEvent.objects.bulk_create([self._event(each) for each in done])
        keep(phase, [(each.change.link, [("", None, str(each.error))]) for each in made if each.refused])

    def _event(self, made: Made) -> LinkEvent:
        change = made.change
        told = {"request_id": made.request_id, "stamp": change.stamp or made.stamp}
        return LinkEvent(link=change.link, run=self.run, verb=LinkEvent.Verb.UPDATE, previous=change.previous, sent=change.sent, **told)

    def _corrector(self, phase: Phase) -> Corrector:
        if phase.entity not in self._correctors:
            trouble = relinking.relink(self.run, phase.entity)
            self._correctors[phase.entity] = Corrector(self.run, phase.entity, phase.object, trouble)
        return self._correctors[phase.entity]

    def _still_running(self) -> None:
        """Raises Stop where people paused or cancelled the run."""
        state = Run.objects.values_list("state", flat=True).get(pk=self.run.pk)
        if state != RunState.RUNNING:
            raise Stop("The correction was held by a person.")

    def _judge(self, phase: Phase, each: Pending, live: Mapping[str, Any] | None) -> tuple[Change | None, list[Kept]]:
        """What is to be sent or noted, and (field, ours, theirs) of what people changed; theirs stays."""
        if each.why:
            return None, [("", None, each.why)]
        if live is None or live.get("is_deleted") or live.get("is_archived"):
            return None, [("", None, judging.GONE if live is None or live.get("is_deleted") else judging.ARCHIVED)]
        now, same = differing.flat(live), self._likeness[phase.entity].same
        there = {name for name, value in each.values.items() if same(name, value, now)}
        theirs = {name for name, value in each.before.items() if name not in there and not same(name, value, now)}
        kept = [(name, each.values[name], now.get(name)) for name in each.values if name in theirs]
        mine = {name: value for name, value in each.values.items() if name not in theirs}
        if not mine:
            return None, kept
        send = {name: value for name, value in mine.items() if name not in there}
        change = Change(
            each.link,
            CORRECTING,
            differing.nested(phase.entity, send),
            sent=differing.nested(phase.entity, mine),
            previous=differing.nested(phase.entity, {name: each.before[name] for name in mine}),
            stamp=each.mine.stamp if not send or judging.edited(each.mine, live) else "",
        )
        return change, kept


def keep(phase: Phase, found: Sequence[tuple[RecordLink, Sequence[Kept]]]) -> None:
    """List what was not corrected: fields where people's value stays, or one line that says why. Three statements."""
    pks = [link.pk for link, kept in found if kept]
    Difference.objects.filter(phase=phase, link__in=pks, kind=KEPT).delete()
    RecordLink.objects.filter(pk__in=pks, reason=CORRECTING).update(reason="")
    Difference.objects.bulk_create(
        Difference(phase=phase, link=link, kind=KEPT, field=name, sent=sent, live=live, pipedrive_id=link.pipedrive_id, ours=False)
        for link, kept in found
        for name, sent, live in kept
    )
