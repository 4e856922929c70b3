"""How far a run is, in few quick queries: bars while it goes, the table of figures when phases are compared."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from migrations_app.models import Batch, Phase, RecordLink, Run
from migrations_app.rules.kinds_of_record import many
from migrations_app.services import verifying
from migrations_app.services.wording import plain
from migrations_app.states import BatchState, LinkState, PhaseState, RunState

COLUMNS = ("created", "updated", "unchanged", "matched", "merged", "skipped", "refused", "waiting", "removed", "verified", "differences")
ALWAYS_SHOWN = frozenset({"created", "skipped", "refused", "verified", "differences"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase: `done` of `total` records that are to be sent; `tone` is the colour of the bar."""

    name: str
    state: str
    tone: str
    done: int
    total: int
    refused: int
    unsettled: int
    unapproved: int
    reason: str

    @property
    def percent(self) -> int:
        if not self.total:
            return 100 if self.tone == "done" else 0
        return self.done * 100 // self.total


# Where records come from that are no row of their kind's own files.
ORIGINS = {
    "organization_relationship": "from columns and names of parents, or by an answer",
    "activity": "from the history of e-mails",
    "call_log": "from rows of activities",
    "note": "from lines of deals, merged duplicates, the history of campaigns, or rows that become notes",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One phase in the table: what the files hold, and what became of it."""

    name: str
    source: int
    derived: int
    origin: str  # of those derived
    cells: tuple[int, ...]
    skipped: list[tuple[str, int]]
    balanced: bool
    compared: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are the headings of the lines' cells; an outcome that no row had is left out."""

    columns: tuple[str, ...]
    lines: list[Line]


def is_live(run: Run) -> bool:
    """Whether the run may change without anybody at the desk doing something."""
    if run.state == RunState.ROLLING_BACK:
        return not run.reason or run.resume_at is not None
    return run.state in (RunState.RUNNING, RunState.PAUSING) or (run.state == RunState.PAUSED and run.resume_at is not None)


def refreshes(run: Run) -> bool:
    """Whether a page about it changes by itself: also while workers bring in the last batches of a run that has stopped."""
    leased = Batch.objects.filter(phase__run=run, state=BatchState.LEASED, lease_until__gt=timezone.now())
    return is_live(run) or leased.exists()


def bars(run: Run) -> list[Bar]:
    """Three queries: the phases, their batches, and the records of the phases that are not closed yet."""
    phases = list(run.phases.order_by("position"))
    sizes = _sizes(run)
    states = _states([phase for phase in phases if phase.state != PhaseState.CLOSED])
    return [_bar(phase, sizes[phase.pk], states[phase.pk]) for phase in phases]


def table(run: Run) -> Table:
    """Closed phases as their report has them; the others as they stand."""
    phases = list(run.phases.order_by("position"))
    unreported = [phase for phase in phases if "created" not in phase.report]
    live = _everything(run, unreported) if unreported else {}
    lines = [_line(phase, live.get(phase.entity, {})) for phase in phases]
    shown = [at for at, name in enumerate(COLUMNS) if name in ALWAYS_SHOWN or any(line.cells[at] for line in lines)]
    return Table(tuple(COLUMNS[at] for at in shown), [replace(line, cells=tuple(line.cells[at] for at in shown)) for line in lines])


def _sizes(run: Run) -> dict[int, dict[str, int]]:
    """{phase: {state: records}} of the batches."""
    sizes: dict[int, dict[str, int]] = defaultdict(dict)
    for phase, state, size in Batch.objects.filter(phase__run=run).order_by().values_list("phase", "state").annotate(Sum("size")):
        sizes[phase][state] = size
    return sizes


def _states(phases: list[Phase]) -> dict[int, dict[str, int]]:
    """{phase: {state: records}} of what is in batches; read from the index alone."""
    states: dict[int, dict[str, int]] = defaultdict(dict)
    if not phases:
        return states
    rows = RecordLink.objects.filter(batch__phase__in=phases).order_by()
    for phase, state, count in rows.values_list("batch__phase", "state").annotate(Count("pk")):
        states[phase][state] = count
    return states


def _bar(phase: Phase, sizes: Mapping[str, int], states: Mapping[str, int]) -> Bar:
    closed = phase.state == PhaseState.CLOSED
    to_send = (LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN)
    total = sum(sizes.values()) if closed else sum(states.values())
    left = 0 if closed else sum(states.get(state, 0) for state in to_send)
    tone = "done" if closed else "stuck" if phase.reason else "now" if phase.state != PhaseState.WAITING else "later"
    return Bar(
        name=many(phase.entity).capitalize(),
        state=phase.get_state_display(),
        tone=tone,
        done=total - left,
        total=total,
        refused=phase.report.get("refused", 0) if closed else states.get(LinkState.REFUSED, 0),
        unsettled=states.get(LinkState.UNKNOWN, 0),
        unapproved=sizes.get(BatchState.PLANNED, 0),
        reason=phase.reason,
    )


def _everything(run: Run, phases: list[Phase]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    links = RecordLink.objects.filter(run=run, entity__in=[phase.entity for phase in phases]).order_by()
    for entity, state, count in links.values_list("entity", "state").annotate(Count("pk")):
        found[entity][state] = count
    return found


def _line(phase: Phase, live: Mapping[str, int]) -> Line:
    report: Mapping[str, Any] = phase.report
    compared = "created" in report
    skipped = report.get("skipped", {}) if compared else {"so far": live[LinkState.SKIPPED]} if live.get(LinkState.SKIPPED) else {}
    figures: Mapping[str, Any] = report if compared else live
    cells = tuple(sum(skipped.values()) if name == "skipped" else int(figures.get(name, 0)) for name in COLUMNS)
    balanced = compared and phase.state == PhaseState.CLOSED and verifying.imbalance(report) == 0 and not report.get("differences")
    words = [(plain(reason), count) for reason, count in skipped.items()]
    source = phase.source + phase.derived
    origin = ORIGINS.get(phase.entity, "from a name on another record, as placeholders, or by an answer")
    return Line(many(phase.entity).capitalize(), source, phase.derived, origin, cells, words, balanced, compared)
