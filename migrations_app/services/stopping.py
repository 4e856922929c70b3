"""What ends the work on a run for now, and when it goes on: by itself after a while, or by a person."""

from enum import Enum

from connectors.errors import AccessDenied, Blocked, BudgetSpent, NotSent, OutcomeUnknown, PipedriveError, WaitAndRepeat
from migrations_app.services import clock
from migrations_app.states import RunState

WAITS_FOR_TOKEN = "Nothing more is sent until the account has a token that works; then it goes on by itself."


class Reach(Enum):
    """Whom the same trouble hits."""

    RUN = "the run"
    TOKEN = "all that use the token"
    GATEWAY = "all that go through the same gateway"


class Stop(Exception):
    """The run cannot go on by itself: `state` is what it becomes, `seconds` when it may be tried again (None: a person acts)."""

    def __init__(self, reason: str, *, state: str = RunState.PAUSED, seconds: float | None = None, reach: Reach = Reach.RUN) -> None:
        super().__init__(reason)
        self.state = state
        self.seconds = seconds
        self.reach = reach


def stop_for(error: PipedriveError) -> Stop:
    """What an answer that concerns more than one record means for its run."""
    if isinstance(error, BudgetSpent):
        return Stop(str(error), seconds=clock.NEXT_PROBE if error.seconds is None else error.seconds)
    if isinstance(error, WaitAndRepeat):
        return Stop(str(error), seconds=error.seconds)
    if isinstance(error, NotSent | OutcomeUnknown):
        return Stop(str(error), seconds=clock.troubled())
    if isinstance(error, AccessDenied):
        return Stop(f"{error} {WAITS_FOR_TOKEN}", reach=Reach.TOKEN)
    if isinstance(error, Blocked):
        return Stop(str(error), state=RunState.FAILED, reach=Reach.GATEWAY)
    return Stop(str(error), state=RunState.FAILED)
