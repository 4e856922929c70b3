"""A phase is closed when its records are compared with the account and three counts agree (LEDGER.md 5)."""

from datetime import timedelta

from django.db.models import Q

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import Phase, PipedriveAccount
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import clock, confirming, verifying, watching
from migrations_app.services.charging import charged
from migrations_app.services.stopping import Stop
from migrations_app.states import PhaseState, RunState, transition


def close(phase: Phase, client: Pipedrive) -> bool:
    """Compare the phase and close it if it balances; only one process does it at a time. False: it stays open or somebody else is at it."""
    now = clock.db_now()
    mine = Phase.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=phase.pk, state=PhaseState.CLOSING)
    if not mine.update(lease_until=now + timedelta(seconds=clock.lease())):
        phase.refresh_from_db()
        return phase.state == PhaseState.CLOSED
    try:
        if phase.batches.exists():
            _look_before_comparing(phase, client)
        with charged(phase.run, client, phase.entity):
            reading = verifying.verify_phase(phase, client, on_page=lambda: _still_comparing(phase))
    finally:
        Phase.objects.filter(pk=phase.pk).update(lease_until=None)
    if problem := _what_keeps_open(phase, reading):
        Phase.objects.filter(pk=phase.pk).update(reason=problem)
        transition(Phase.objects.filter(pk=phase.pk), PhaseState.CLOSING, PhaseState.OPEN)
        raise Stop(problem, state=RunState.PAUSED)
    transition(Phase.objects.filter(pk=phase.pk), PhaseState.CLOSING, PhaseState.CLOSED, closed_at=clock.db_now(), reason="")
    phase.refresh_from_db()
    return True


def _look_before_comparing(phase: Phase, client: Pipedrive) -> None:
    try:
        watching.look(phase, client, users=False)
    except Stop:
        transition(Phase.objects.filter(pk=phase.pk), PhaseState.CLOSING, PhaseState.OPEN)
        raise


def _still_comparing(phase: Phase) -> None:
    Phase.objects.filter(pk=phase.pk).update(lease_until=clock.db_now() + timedelta(seconds=clock.lease()))


def _what_keeps_open(phase: Phase, reading: verifying.Reading) -> str:
    counts = phase.report
    missing = verifying.imbalance(counts)
    if missing:
        return f"The {many(phase.entity)} do not balance: {abs(missing)} rows are accounted for too {'little' if missing > 0 else 'often'}."
    if counts["planned"] or counts["unknown"]:
        return f"{counts['planned'] + counts['unknown']} {many(phase.entity)} are not settled yet."
    if counts["waiting"] and phase.run.account.role == PipedriveAccount.Role.PRODUCTION and not confirming.follow_later(phase.run):
        return f"{counts['waiting']} {many(phase.entity)} wait for answers. Settle the open decisions, or confirm that they follow later."
    if not reading.closes:
        return (
            f"{reading.fresh} values read back otherwise than they were written, "
            f"{reading.strays} records are in the account that no row stands for."
        )
    return ""
