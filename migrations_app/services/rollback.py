"""Stage roll back: what a run created is removed, what it changed is restored, what people have touched since is left and listed.

The walk goes backwards, children first, by pages of the ledger. Every handful is marked before it is sent and recorded after
it, so the walk can die anywhere and be taken up again (LEDGER.md 7).
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from connectors.errors import PipedriveError
from migrations_app.models import Difference, LinkEvent, Phase, RecordLink, Run, require
from migrations_app.services import clock, completing, connecting, judging, lifecycle, reach, settling, verifying
from migrations_app.services.changing import MARKS, Change, Hold, Made, Taken
from migrations_app.services.halting import spread
from migrations_app.services.judging import Judge, Verdict
from migrations_app.services.lifecycle import RunRefused
from migrations_app.services.reach import Scope
from migrations_app.services.stopping import Stop, stop_for
from migrations_app.services.walks import Walk, note, noted
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
    return Scope(**noted(run, NOTES).get("scope", {}))


def tokens_of(run: Run) -> int:
    """What the newest rollback of the run has cost so far."""
    return int(noted(run, NOTES).get("tokens", 0))


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
        _Undo(run, connecting.client_for(run.account), hold, until, progress).go()
    except Taken:
        run.refresh_from_db()
    except (Stop, PipedriveError) as error:
        stop = error if isinstance(error, Stop) else stop_for(error)
        _hold_off(run, str(stop), stop.seconds)
        spread(run, stop)
    finally:
        hold.release()


def _hold_off(run: Run, reason: str, seconds: float | None = None) -> None:
    """Why it does not go on, and when it does by itself; without a time a person has to act."""
    resume = clock.db_now() + timedelta(seconds=seconds) if seconds is not None else None
    Run.objects.filter(pk=run.pk, state=RunState.ROLLING_BACK).update(reason=reason, resume_at=resume)
    run.refresh_from_db()


def _leave_state(run: Run) -> None:
    """The end: undone as a whole, or back to what it was where a part of it was undone."""
    whole = scope_of(run).whole
    after = RunState.ROLLED_BACK if whole else RunState(noted(run, NOTES)["was"])
    with transaction.atomic():
        rows = Run.objects.filter(pk=run.pk)
        if transition(rows, RunState.ROLLING_BACK, after, reason="", resume_at=None) and whole:
            unsent = RecordLink.objects.filter(run=run)
            transition(unsent, LinkState.PLANNED, LinkState.SKIPPED, reason=UNSENT)
    run.refresh_from_db()
    for phase in reach.phases(run, scope_of(run)):
        _count_anew(phase)


def _count_anew(phase: Phase) -> None:
    """The figures that people see of the phase; a run whose records a later one has taken over keeps its own."""
    counts = verifying.phase_counts(phase)
    if phase.report and verifying.imbalance(counts) == 0:
        Phase.objects.filter(pk=phase.pk).update(report=phase.report | counts)


class _Undo(Walk):
    """What it spends goes on the account of the rollback, not of the load."""

    notes = NOTES

    def __init__(self, run: Run, *how: Any) -> None:
        super().__init__(run, *how)
        self.scope = scope_of(run)
        self._judges: dict[str, Judge] = {}
        self._only_looking = False

    def go(self) -> None:
        try:
            phases = reach.phases(self.run, self.scope)
            if self._settled() and self._looked_first(phases) and self.through(phases):
                self._finish()
        finally:
            self.charge()

    def _looked_first(self, phases: Sequence[Phase]) -> bool:
        """List what people changed in fields of their own before anything is taken off it. False when the time was over."""
        if noted(self.run, NOTES).get("looked"):
            return True
        self._only_looking = True
        done = self.through(reach.to_be_looked_at_first(phases))
        self._only_looking = False
        if done:
            note(self.run, NOTES, looked=True, phase="", below=None)
        return done

    def rows(self, phase: Phase) -> QuerySet[RecordLink]:
        """What was listed at the first look stays listed, whatever its time of change says since."""
        listed = Difference.objects.filter(link=OuterRef("pk"), kind=LEFT, field=judging.CHANGED_AT, phase__run=self.run)
        return reach.links(self.run, phase.entity, self.scope).exclude(Exists(listed))

    def look(self, phase: Phase, links: Sequence[RecordLink]) -> list[Change]:
        judge = self._judges.setdefault(phase.entity, Judge(self.run, phase.entity, self.client))
        verdicts = judge.look_first(links) if self._only_looking else judge.look(links, {})
        with transaction.atomic():
            self.hold.renew()
            record(phase, [Made(each.done, done=True) for each in verdicts if each.done])
            leave(phase, [each for each in verdicts if each.why])
        return [each.change for each in verdicts if each.change]

    def record(self, phase: Phase, made: Sequence[Made]) -> None:
        record(phase, made)

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

    def _finish(self) -> None:
        """A worker may have recorded a creation late, where the walk had passed: then it begins anew."""
        if self._overlooked():
            note(self.run, NOTES, phase="", below=None)
        else:
            _leave_state(self.run)

    def _overlooked(self) -> bool:
        left = Difference.objects.filter(link=OuterRef("pk"), kind=LEFT, phase__run=self.run)
        phases = reach.phases(self.run, self.scope)
        return any(self.rows(phase).filter(written_run=self.run).exclude(Exists(left)).exists() for phase in phases)


# --- writing down ----------------------------------------------------------------------------------------------------


def record(phase: Phase, made: Sequence[Made]) -> None:
    """What is known of a handful: removed, restored, or refused by Pipedrive and so left."""
    removed = [each for each in made if each.done and each.change.body is None]
    restored = [each for each in made if each.done and each.change.body is not None]
    gone = RecordLink.objects.filter(pk__in=[each.change.link.pk for each in removed])
    transition(gone, LinkState.CREATED, LinkState.REMOVED, pipedrive_id="", reason="", message="")
    _unmark([each.change.link for each in restored])
    RecordLink.objects.filter(pk__in=[each.change.link.pk for each in restored]).update(content_hash="")  # the next load compares anew
    completing.let_go(phase.run, [each.change.link for each in restored])
    LinkEvent.objects.bulk_create([_event(phase.run, each) for each in (*removed, *restored)])
    leave(phase, [Verdict(each.change.link, why=str(each.error)) for each in made if each.refused])


def _event(run: Run, made: Made) -> LinkEvent:
    change = made.change
    told = {"link": change.link, "run": run, **made.told}
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
