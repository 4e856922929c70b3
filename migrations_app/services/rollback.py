"""Stage roll back: what a run created is removed, what it changed is restored, what people have touched since is left and listed.

The walk goes backwards, children first, by pages of the ledger. Every handful is marked before it is sent and recorded after
it, so the walk can die anywhere and be taken up again (LEDGER.md 7).
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from connectors.errors import PipedriveError
from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Difference, LinkEvent, Phase, RecordLink, Run, require
from migrations_app.services import clock, connecting, lifecycle, reach, settling
from migrations_app.services.changing import MARKS, Hand, Hold, Made, Taken
from migrations_app.services.judging import AT_ONCE, Judge, Verdict
from migrations_app.services.lifecycle import RunRefused
from migrations_app.services.reach import Scope
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.states import LINK_OPEN, RUN_UNFINISHED, LinkState, RunState, transition

NOTES = "rollback"  # in Run.progress
LEFT = "left"  # kind of Difference
UNSENT = "the run was undone before it was sent"


def begin(run: Run, scope: Scope, *, user: Any) -> None:
    """Cancel the run if it is under way, and hold the company for the rollback; one that is under way is taken up.

    Raises Forbidden, and RunRefused where a later run changed the same records or another run is under way.
    """
    require(user, "load", run.project)
    run.refresh_from_db()
    if run.state == RunState.ROLLING_BACK:
        if scope_of(run) != scope:
            raise RunRefused(f"{str(run).capitalize()} is being undone already: {scope_of(run)}. Let that come to its end first.")
        _hold_off(run, "")
        return
    reach.demand_no_later_run(run, scope)
    if run.state in RUN_UNFINISHED:
        lifecycle.cancel(run, user=user)
        run.refresh_from_db()
    _enter(run, scope, user)


def _enter(run: Run, scope: Scope, user: Any) -> None:
    notes = {"scope": scope.as_dict(), "was": run.state, "by": user.username, "phase": "", "below": None, "tokens": 0}
    fields = {"reason": "", "resume_at": None, "progress": run.progress | {NOTES: notes}}
    try:
        with transaction.atomic():
            if not transition(Run.objects.filter(pk=run.pk), run.state, RunState.ROLLING_BACK, **fields):
                raise RunRefused(f"{str(run).capitalize()} has just changed its state; look again.")
            Difference.objects.filter(phase__in=reach.phases(run, scope), kind=LEFT).delete()
    except IntegrityError:
        raise RunRefused(f"Another run into {run.account.company_name} is under way. Finish or cancel it first.") from None
    run.refresh_from_db()


def scope_of(run: Run) -> Scope:
    """What the newest rollback of the run was asked to undo."""
    return Scope(**run.progress.get(NOTES, {}).get("scope", {}))


def tokens_of(run: Run) -> int:
    """What the newest rollback of the run has cost so far."""
    return int(run.progress.get(NOTES, {}).get("tokens", 0))


def due(run: Run) -> bool:
    """Whether a rollback can go on by itself now; one that was stopped for people's sake cannot."""
    if run.state != RunState.ROLLING_BACK:
        return False
    return run.resume_at <= clock.db_now() if run.resume_at else not run.reason


def work_through(run: Run, *, patience: float, progress: Callable[[str], None] = lambda text: None) -> Run:
    """Undo in this process until it is done, a person has to act, or waiting would take more than `patience` seconds."""
    waited = 0.0
    while True:
        go_on(run, until=time.monotonic() + clock.soft_deadline(), progress=progress)
        if run.state != RunState.ROLLING_BACK or (run.reason and run.resume_at is None):
            return run
        pause = max(0.2, (run.resume_at - clock.db_now()).total_seconds()) if run.resume_at else min(1.0, clock.tick_every())
        if waited + pause > patience:
            return run
        time.sleep(pause)
        waited += pause


def go_on(run: Run, *, until: float, progress: Callable[[str], None] = lambda text: None) -> None:
    """One stretch of the rollback, at most to `until` (monotonic). Several processes may call it: one of them does the work."""
    run.refresh_from_db()
    first = run.phases.order_by("position").first()
    if run.state != RunState.ROLLING_BACK:
        return
    if first is None:  # nothing was ever planned
        _leave_state(run)
        return
    hold = Hold(first)
    try:
        hold.take()
        run.refresh_from_db()
        _hold_off(run, "")
        _Walk(run, connecting.client_for(run.account), hold, until, progress).go()
    except Taken:
        run.refresh_from_db()
    except (Stop, PipedriveError) as error:
        stop = error if isinstance(error, Stop) else stop_for(error)
        _hold_off(run, str(stop), stop.seconds)
    finally:
        hold.release()


def _hold_off(run: Run, reason: str, seconds: float | None = None) -> None:
    """Why it does not go on, and when it does by itself; without a time a person has to act."""
    resume = clock.db_now() + timedelta(seconds=seconds) if seconds is not None else None
    Run.objects.filter(pk=run.pk, state=RunState.ROLLING_BACK).update(reason=reason, resume_at=resume)
    run.refresh_from_db()


def _note(run: Run, **notes: Any) -> None:
    run.progress = run.progress | {NOTES: run.progress[NOTES] | notes}
    Run.objects.filter(pk=run.pk).update(progress=run.progress)


def _leave_state(run: Run) -> None:
    """The end: undone as a whole, or back to what it was where a part of it was undone."""
    whole = scope_of(run).whole
    after = RunState.ROLLED_BACK if whole else RunState(run.progress[NOTES]["was"])
    with transaction.atomic():
        rows = Run.objects.filter(pk=run.pk)
        if transition(rows, RunState.ROLLING_BACK, after, reason="", resume_at=None) and whole:
            unsent = RecordLink.objects.filter(run=run)
            transition(unsent, LinkState.PLANNED, LinkState.SKIPPED, reason=UNSENT)
    run.refresh_from_db()


class _Walk:
    """One process undoing a run, with the hold on it."""

    def __init__(self, run: Run, client: Pipedrive, hold: Hold, until: float, progress: Callable[[str], None]) -> None:
        self.run, self.client, self.hold, self.until, self.progress = run, client, hold, until, progress
        self.scope = scope_of(run)
        self._charged = client.door.spent

    def go(self) -> None:
        try:
            if self._settled() and all(self._undo_phase(phase) for phase in self._phases_ahead()):
                self._finish()
        finally:
            self._charge()

    def _settled(self) -> bool:
        """Whether nothing is on its way any more; what is due is looked for now, for the rest `resume_at` says when."""
        account = self.run.account
        settling.expire_sending()
        if settling.due(account):
            settling.settle(account, self.client)
        moment = settling.next_due(account)
        if moment is not None:
            count = RecordLink.objects.filter(account=account, state__in=LINK_OPEN).count()
            wait = max(0.0, (moment - clock.db_now()).total_seconds())
            _hold_off(self.run, f"{count} records are on their way still; they are looked for first.", wait)
        return moment is None

    def _phases_ahead(self) -> list[Phase]:
        """From where an interrupted walk stood."""
        phases = reach.phases(self.run, self.scope)
        names = [phase.entity for phase in phases]
        at = self.run.progress[NOTES]["phase"]
        return phases[names.index(at) :] if at in names else phases

    def _undo_phase(self, phase: Phase) -> bool:
        """True when nothing of the phase is left to be looked at; False when the time was over."""
        if self.run.progress[NOTES]["phase"] != phase.entity:
            _note(self.run, phase=phase.entity, below=None)
        hand = Hand(self.client, self.hold, lambda made: record(phase, made))
        judge = Judge(self.run, phase.entity, self.client)
        try:
            while links := self._page(phase):
                if time.monotonic() >= self.until:
                    return False
                self._undo_page(phase, hand, judge, links)
                _note(self.run, below=links[-1].pk)
                self._charge()
            return True
        finally:
            hand.close()

    def _page(self, phase: Phase) -> list[RecordLink]:
        below = self.run.progress[NOTES]["below"]
        rows = reach.links(self.run, phase.entity, self.scope)
        ahead = rows.filter(pk__lt=below) if below else rows
        links = list(ahead.order_by("-pk")[:AT_ONCE])
        if links:
            self.progress(f"{self.run}: {ahead.count()} {phase.entity}s to be looked at")
        return links

    def _undo_page(self, phase: Phase, hand: Hand, judge: Judge, links: Sequence[RecordLink]) -> None:
        """Look, take back, and look again at those whose answers were lost."""
        while links:
            verdicts = judge.look(links, {})
            with transaction.atomic():
                self.hold.renew()
                record(phase, [Made(each.done, done=True, stamp=each.stamp) for each in verdicts if each.done])
                leave(phase, [each for each in verdicts if each.why])
            lost = hand.work([each.change for each in verdicts if each.change])
            links = list(RecordLink.objects.filter(pk__in=[link.pk for link in lost]))

    def _charge(self) -> None:
        """What was spent since the last time goes on the account of the rollback, not of the load."""
        spent, self._charged = self.client.door.spent - self._charged, self.client.door.spent
        connecting.note_spend(self.run.account, spent)
        _note(self.run, tokens=tokens_of(self.run) + spent)

    def _finish(self) -> None:
        """A worker may have recorded a creation late, where the walk had passed: then it begins anew."""
        if self._overlooked():
            _note(self.run, phase="", below=None)
        else:
            _leave_state(self.run)

    def _overlooked(self) -> bool:
        left = Difference.objects.filter(link=OuterRef("pk"), kind=LEFT, phase__run=self.run)
        return any(
            reach.links(self.run, phase.entity, self.scope).filter(written_run=self.run).exclude(Exists(left)).exists()
            for phase in reach.phases(self.run, self.scope)
        )


# --- writing down ----------------------------------------------------------------------------------------------------


def record(phase: Phase, made: Sequence[Made]) -> None:
    """What is known of a handful: removed, restored, or refused by Pipedrive and so left."""
    removed = [each for each in made if each.done and each.change.body is None]
    restored = [each for each in made if each.done and each.change.body is not None]
    gone = RecordLink.objects.filter(pk__in=[each.change.link.pk for each in removed])
    transition(gone, LinkState.CREATED, LinkState.REMOVED, pipedrive_id="", reason="", message="")
    _unmark([each.change.link for each in restored])
    LinkEvent.objects.bulk_create([_event(phase.run, each) for each in (*removed, *restored)])
    leave(phase, [Verdict(each.change.link, why=str(each.error)) for each in made if each.refused])


def _event(run: Run, made: Made) -> LinkEvent:
    change = made.change
    told = {"link": change.link, "run": run, "request_id": made.request_id, "stamp": made.stamp}
    if change.body is None:
        return LinkEvent(verb=LinkEvent.Verb.REMOVE, previous={"id": change.link.pipedrive_id}, **told)
    return LinkEvent(verb=LinkEvent.Verb.RESTORE, previous=change.previous, sent=change.sent, **told)


def leave(phase: Phase, verdicts: Sequence[Verdict]) -> None:
    """List what is left to people: one line that says why, and one for each field that differs."""
    links = [each.link for each in verdicts]
    Difference.objects.filter(phase=phase, link__in=[link.pk for link in links], kind=LEFT).delete()
    _unmark(links)
    lines = [(each, field, sent, live) for each in verdicts for field, sent, live in (("", None, each.why), *each.differing)]
    Difference.objects.bulk_create(
        Difference(
            phase=phase, link=each.link, kind=LEFT, field=field, sent=sent, live=live, pipedrive_id=each.link.pipedrive_id, ours=False
        )
        for each, field, sent, live in lines
    )


def _unmark(links: Sequence[RecordLink]) -> None:
    RecordLink.objects.filter(pk__in=[link.pk for link in links], reason__in=MARKS).update(reason="")
