"""A run is stopped: what it becomes, and which others stop with it."""

from datetime import timedelta

from migrations_app import hooks
from migrations_app.models import PipedriveAccount, Run
from migrations_app.services import clock, connecting
from migrations_app.services.stopping import Reach, Stop
from migrations_app.states import RunState, transition

SENDING = (RunState.RUNNING, RunState.PAUSED)


def halt(run: Run, stop: Stop) -> None:
    """Pause or fail the run, with the reason, and with the time when it goes on by itself, if it does."""
    resume = clock.db_now() + timedelta(seconds=stop.seconds) if stop.seconds is not None else None
    halted = transition(Run.objects.filter(pk=run.pk), RunState.RUNNING, stop.state, reason=str(stop), resume_at=resume)
    spread(run, stop)
    run.refresh_from_db()
    if halted:
        hooks.announce("run_halted", run)


def spread(run: Run, stop: Stop) -> None:
    """Stop what the same trouble hits: all that use the token, or all that go through the same gateway."""
    if stop.reach == Reach.TOKEN:
        connecting.pause_token(run.account, str(stop))
    elif stop.reach == Reach.GATEWAY:
        _stop_gateway(run, stop)


def _stop_gateway(run: Run, stop: Stop) -> None:
    """Whoever blocks our address blocks it for every company behind the same gateway; asking on makes it worse."""
    gateway = connecting.gateway(run.account.url)
    accounts = [pk for pk, url in PipedriveAccount.objects.values_list("pk", "url") if connecting.gateway(url) == gateway]
    others = Run.objects.filter(account__in=accounts).exclude(pk=run.pk)
    text = f"Stopped together with {run} of {run.project}: {stop}"
    transition(others, RunState.RUNNING, RunState.FAILED, reason=text, resume_at=None)
    transition(others.filter(resume_at__isnull=False), RunState.PAUSED, RunState.FAILED, reason=text, resume_at=None)
    others.filter(state=RunState.ROLLING_BACK).update(reason=text, resume_at=None)
