"""What lower floors announce and upper floors listen to."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_LISTENERS: dict[str, list[Callable[..., None]]] = defaultdict(list)
EVENTS = ("audit_finished", "run_finished", "run_halted", "decisions_undone", "suppression_compared")


def listen(event: str, listener: Callable[..., None]) -> None:
    if event not in EVENTS:
        raise ValueError(f"no event is called {event}")
    if listener not in _LISTENERS[event]:
        _LISTENERS[event].append(listener)


def announce(event: str, *args: Any, **kwargs: Any) -> None:
    """Call all listeners in the order of their registration; an exception of one ends the call."""
    for listener in _LISTENERS[event]:
        listener(*args, **kwargs)
