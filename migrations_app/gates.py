"""The registry of gates. Whoever knows of a condition registers it; services ask before they move anything."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

ORDER = ("mapping", "settled", "capacity", "owners", "orphans", "existing", "suppression", "test_run", "quiet", "phase", "consent")


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps a gate shut: what, how many, and the address or command where it is settled."""

    what: str
    count: int
    where: str


@dataclass(frozen=True, slots=True)
class ClosedGate:
    name: str
    missing: tuple[Missing, ...]


class GateClosed(Exception):
    """`gates` in the order of ORDER; the first one is what the command line names."""

    def __init__(self, gates: Iterable[ClosedGate]) -> None:
        self.gates = tuple(gates)
        first = self.gates[0]
        super().__init__("; ".join(f"{each.count:,} {each.what}" if each.count > 1 else each.what for each in first.missing))


Check = Callable[[Any], Iterable[Missing]]  # takes the PipedriveAccount


@dataclass(frozen=True, slots=True)
class Gate:
    name: str
    check: Check
    staging: bool  # also shut on staging


_GATES: dict[str, Gate] = {}


def register(name: str, check: Check, *, staging: bool) -> None:
    _GATES[name] = Gate(name, check, staging)


def closed(account: Any, only: Iterable[str] | None = None) -> list[ClosedGate]:
    """The gates that are shut for a load into `account`, in the order of ORDER."""
    wanted = set(only) if only is not None else set(_GATES)
    gates = [_GATES[name] for name in ORDER if name in _GATES and name in wanted]
    applying = [gate for gate in gates if gate.staging or account.role == "production"]
    answers = [ClosedGate(gate.name, tuple(gate.check(account))) for gate in applying]
    return [answer for answer in answers if answer.missing]


def require(account: Any, only: Iterable[str] | None = None) -> None:
    """Raise GateClosed if any of the gates is shut."""
    if shut := closed(account, only):
        raise GateClosed(shut)
