"""The registry of verbs: the command line and the project page know the program only through it."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DONE, FAILED, USAGE, GATE_CLOSED, UNFINISHED = range(5)


class VerbFailed(Exception):
    """The verb could not do its work (exit 1) or was called wrongly (exit 2). The text is for people."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb gives back: the JSON object, the lines for people, the exit status."""

    data: dict[str, Any]
    lines: tuple[str, ...] = ()
    status: int = DONE


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a verb: parsed options, the acting user, and a place for progress (stderr)."""

    options: dict[str, Any]
    user: Any
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    help: str
    run: Callable[[Call], Answer]
    arguments: Callable[[ArgumentParser], None]


_VERBS: dict[str, Verb] = {}


def register(name: str, help: str, run: Callable[[Call], Answer], arguments: Callable[[ArgumentParser], None]) -> None:
    _VERBS[name] = Verb(name, help, run, arguments)


def all_verbs() -> list[Verb]:
    return list(_VERBS.values())


@dataclass(slots=True)
class Parts:
    """What other apps add to verbs and to the project page, by name.

    `open_counts(project) -> {queue: n}` feeds `audit` and `status`; `audit_files(project, folder) -> [Path]` writes the
    queues' csv files beside findings.csv; `cards(project, user) -> [Card]` stand on the project page;
    `answers(project, evidence) -> {queue: {"kept", "changed", "fixed", "new"}}` holds what was answered against what an audit
    would see; `tallies(project) -> {queue: {kind: n}}` says in plain words what the queues hold, for papers;
    `losses(project) -> [Loss]` are known losses that follow from answers.
    """

    open_counts: list[Callable[[Any], dict[str, int]]] = field(default_factory=list)
    audit_files: list[Callable[[Any, Path], list[Path]]] = field(default_factory=list)
    cards: list[Callable[[Any, Any], list["Card"]]] = field(default_factory=list)
    answers: list[Callable[[Any, Any], dict[str, dict[str, int]]]] = field(default_factory=list)
    tallies: list[Callable[[Any], dict[str, dict[str, int]]]] = field(default_factory=list)
    losses: list[Callable[[Any], list[Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the project page: a count, what it is, where to go, and whether it is the next thing to do."""

    title: str
    count: int
    text: str
    url: str
    urgent: bool = False


PARTS = Parts()


def open_counts(project: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in PARTS.open_counts:
        counts.update(part(project))
    return counts
