"""Walks over what a run has in Pipedrive, phase by phase, page by page: a rollback is one."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Phase, RecordLink, Run
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import connecting
from migrations_app.services.changing import Change, Hand, Hold, Made
from migrations_app.services.judging import AT_ONCE


def noted(run: Run, notes: str) -> dict[str, Any]:
    """What is kept about the walk of this kind: what was asked, and how far it is."""
    found: dict[str, Any] = run.progress.get(notes, {})
    return found


def note(run: Run, notes: str, **news: Any) -> None:
    run.progress = run.progress | {notes: noted(run, notes) | news}
    Run.objects.filter(pk=run.pk).update(progress=run.progress)


class Walk(ABC):
    """One process on its way, with the hold on the run. Where it stands is written down after each page, so that it can die
    anywhere; pages go from the newest record down, so that memory does not grow with the run.
    """

    notes = ""  # key in Run.progress

    def __init__(self, run: Run, client: Pipedrive, hold: Hold, until: float, progress: Callable[[str], None]) -> None:
        self.run, self.client, self.hold, self.until, self.progress = run, client, hold, until, progress
        self._charged = client.door.spent

    @abstractmethod
    def rows(self, phase: Phase) -> QuerySet[RecordLink]:
        """The records of a phase that concern the walk."""

    @abstractmethod
    def look(self, phase: Phase, links: Sequence[RecordLink]) -> list[Change]:
        """What is to be sent for these; what needs no request is written down here, under the hold."""

    @abstractmethod
    def record(self, phase: Phase, made: Sequence[Made]) -> None:
        """Write down what is known of a handful."""

    def charge(self) -> int:
        """Write down, after each page, what was spent since the last time; answers that."""
        spent, self._charged = self.client.door.spent - self._charged, self.client.door.spent
        connecting.note_spend(self.run.account, spent)
        note(self.run, self.notes, tokens=noted(self.run, self.notes).get("tokens", 0) + spent)
        return spent

    def through(self, phases: Sequence[Phase]) -> bool:
        """True when all of them are done, from where an interrupted walk stood; False when the time was over.

        Raises Stop, Taken and what reading the account raises.
        """
        names, at = [phase.entity for phase in phases], noted(self.run, self.notes)["phase"]
        ahead = phases[names.index(at) :] if at in names else phases
        return all(self._phase(phase) for phase in ahead)

    def _phase(self, phase: Phase) -> bool:
        if noted(self.run, self.notes)["phase"] != phase.entity:
            note(self.run, self.notes, phase=phase.entity, below=None)
        hand = Hand(self.client, self.hold, lambda made: self.record(phase, made))
        try:
            while links := self._page(phase):
                if time.monotonic() >= self.until:
                    return False
                last = links[-1].pk
                while links:  # those whose answers were lost are looked at again
                    lost = hand.work(self.look(phase, links))
                    links = list(RecordLink.objects.filter(pk__in=[link.pk for link in lost]))
                note(self.run, self.notes, below=last)
                self.charge()
            return True
        finally:
            hand.close()

    def _page(self, phase: Phase) -> list[RecordLink]:
        below = noted(self.run, self.notes)["below"]
        rows = self.rows(phase)
        ahead = rows.filter(pk__lt=below) if below else rows
        links = list(ahead.order_by("-pk")[:AT_ONCE])
        if links:
            self.progress(f"{self.run}: {ahead.count()} {many(phase.entity)} to be looked at")
        return links
