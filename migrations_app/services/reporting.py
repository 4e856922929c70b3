"""What a run did, as data, as lines for the terminal, and as csv and xlsx files."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from migrations_app.models import Audit, Conflict, Counterpart, Difference, FindingRow, Phase, Project, RecordLink, RecordSource, Run
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import choosing, drift, left_out_files, spending, verifying
from migrations_app.services.mailing import refusals, whom
from migrations_app.services.papers.words import defused
from migrations_app.states import LINK_IN_TARGET, TEST, LinkState

READ = ("verified", "differences", "edited", "gone", "strays", "links_checked")
COLUMNS = ("created", "updated", "unchanged", "matched", "merged", "refused", "waiting", "unknown", "removed", "verified", "differences")


def run_as_dict(run: Run) -> dict[str, Any]:
    """The shape of DESIGN.md 9: state, phases with counts, tokens, seconds."""
    phases = [_phase(phase) for phase in run.phases.order_by("position")]
    return {
        "run": run.pk,
        "state": run.state,
        "reason": run.reason,
        "resume_at": run.resume_at.isoformat() if run.resume_at else None,
        "kind": run.kind,
        "limited_to": choosing.in_words(run),
        "sample": run.choice if run.kind == TEST else {},
        "phases": phases,
        "balanced": all(verifying.imbalance(phase) == 0 and not phase["planned"] and not phase["unknown"] for phase in phases),
        "tokens": run.tokens,
        "forecast": run.forecast.get("tokens", 0),
        "spending": [line.as_dict() for line in spending.lines(run)],
        "seconds": round(run.seconds, 1),
    }


def _phase(phase: Phase) -> dict[str, Any]:
    counts = _counts(phase)
    read = {name: phase.report.get(name, 0) for name in (*READ, "vanished", "conflicts")}
    extra = {name: phase.report.get(name, {}) for name in ("totals", "sent_totals")}
    return counts | read | extra | {"digest": phase.report.get("digest", ""), "state": phase.state}


def _counts(phase: Phase) -> dict[str, Any]:
    """As the records stand; where a later run has taken them over, as they stood when this one closed the phase."""
    counts = verifying.phase_counts(phase)
    if verifying.imbalance(counts) == 0 or "created" not in phase.report:
        return counts
    run = phase.run
    taken_over = Phase.objects.filter(run__account=run.account_id, run__gt=run.pk, entity=phase.entity).exists()
    return {name: phase.report.get(name, count) for name, count in counts.items()} if taken_over else counts


def table_lines(data: dict[str, Any]) -> Iterator[str]:
    """The reconciliation table: a line a phase, every row of the source in exactly one column."""
    heads = ("phase", "source", *COLUMNS[:5], "skipped", *COLUMNS[5:])
    lines = [heads, *[(phase["object"], phase["source"], *_cells(phase)) for phase in data["phases"]]]
    widths = [max(len(str(line[at])) for line in lines) for at in range(len(heads))]
    for line in lines:
        yield "  ".join(str(cell).rjust(width) for cell, width in zip(line, widths, strict=True))
    reason = f": {data['reason']}" if data["reason"] else ""
    expected = f" of {data['forecast']} expected" if data["forecast"] else ""
    yield f"run {data['run']} is {data['state']}{reason}; {data['tokens']} tokens{expected}, {data['seconds']} s"


def _cells(phase: dict[str, Any]) -> list[Any]:
    return [phase[name] for name in COLUMNS[:5]] + [sum(phase["skipped"].values())] + [phase[name] for name in COLUMNS[5:]]


# --- files -----------------------------------------------------------------------------------------------------------


def write_findings(audit: Audit, path: Path) -> int:
    """findings.csv: one line per finding and row."""
    rows = FindingRow.objects.filter(finding__audit=audit).order_by("finding__object", "table_id", "line", "pk")
    place = ("finding__object", "key", "table__file", "table__sheet", "line")
    fields = (*place, "finding__code", "finding__severity", "field", "value", "message")
    heads = ("object", "source_id", "file", "sheet", "line", "code", "severity", "field", "value", "message")
    return write_csv(path, heads, rows.values_list(*fields).iterator(2000))


def write_report(project: Project, folder: Path) -> list[Path]:
    """All tables of the project as csv, and the same in one workbook. Answers the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    book = Workbook(write_only=True)
    written = []
    for name, heads, rows in _tables(project):
        path = folder / f"{name}.csv"
        sheet = book.create_sheet(name[:31])
        sheet.append(list(heads))
        write_csv(path, heads, _also(rows, lambda row, sheet=sheet: sheet.append([defused(cell) for cell in row])))  # type: ignore[misc]
        written.append(path)
    book.save(folder / "report.xlsx")
    return [*written, folder / "report.xlsx"]


def write_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Values as they are: a csv goes to programs. Workbooks, which go to people, are defused."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _tables(project: Project) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
    runs = Run.objects.filter(project=project).select_related("account").order_by("pk")
    yield "reconciliation", ("run", "role", "phase", "source", "derived", *COLUMNS, "skipped", "state", "digest"), _reconciliation(runs)
    yield "spending", ("run", "role", "part", "expected", "spent", "lost"), _spending(runs)
    yield "plans", ("run", "role", "plan", "tokens_per_day", "days"), _plans(runs)
    yield "skipped", ("role", "object", "source_id", "reason"), _links(project, (LinkState.SKIPPED,), "reason")
    yield "refused", ("role", "object", "source_id", "reason"), _links(project, (LinkState.REFUSED,), "message")
    yield "waiting", ("role", "object", "source_id", "reason"), _links(project, (LinkState.WAITING,), "message")
    yield "records", ("role", "object", "source_id", "pipedrive_id"), _links(project, LINK_IN_TARGET, "pipedrive_id")
    fields = ("phase__run__account__role", "phase__entity", "link__key", "pipedrive_id", "kind", "field", "sent", "live")
    differences = Difference.objects.filter(phase__run__project=project).order_by("pk").values_list(*fields)
    yield "differences", ("role", "object", "source_id", "pipedrive_id", "kind", "field", "sent", "live"), differences.iterator(2000)
    yield "conflicts", ("object", "source_id", "pipedrive_id", "field", "last_load", "new_export", "live"), _conflicts(project)
    differing = (tuple(each.as_dict().values()) for each in drift.drift(project))
    yield "drift", ("kind", "parent", "name", "staging", "production", "needed"), differing
    yield "left_out_files", left_out_files.HEADS, left_out_files.table(project)
    yield "left_behind", whom.HEADS, whom.table(project)
    yield "opt_outs_in_events", refusals.HEADS, refusals.table(project)
    heads = ("account", "object", "source_id", "record", "pipedrive_id", "in_pipedrive", "how_sure", "reason", "answer")
    yield "existing", heads, _existing(project)
    yield "vanished", ("object", "source_id", "pipedrive_id"), _vanished(project)


def _reconciliation(runs: Iterable[Run]) -> Iterator[Sequence[Any]]:
    for run in runs:
        for phase in run_as_dict(run)["phases"]:
            figures = [phase[name] for name in COLUMNS]
            skipped = "; ".join(f"{reason}: {count}" for reason, count in phase["skipped"].items())
            counted = [run.pk, run.account.role, phase["object"], phase["source"], phase["derived"], *figures]
            yield [*counted, skipped, phase["state"], phase["digest"]]


def _spending(runs: Iterable[Run]) -> Iterator[Sequence[Any]]:
    for run in runs:
        for line in spending.lines(run):
            yield run.pk, run.account.role, line.part, line.expected, line.spent, line.lost


def _plans(runs: Iterable[Run]) -> Iterator[Sequence[Any]]:
    """How long each run would take on each plan, with the seats and the share of the day that it was planned for."""
    for run in runs:
        for plan, figures in run.forecast.get("plans", {}).items():
            yield run.pk, run.account.role, plan, figures["tokens_per_day"], figures["days"]


def _links(project: Project, states: Sequence[str], detail: str) -> Iterator[Sequence[Any]]:
    rows = RecordLink.objects.filter(account__project=project, run__isnull=False, state__in=states)
    fields = ("account__role", "entity", "key", detail)
    ordered = rows.order_by("account_id", "entity", "order", "pk")
    for role, entity, key, text in ordered.values_list(*fields).iterator(2000):
        yield role, entity, key.removeprefix(f"{entity}:"), text


def _conflicts(project: Project) -> Iterator[Sequence[Any]]:
    """What was changed on both sides and waits for an answer, or was left to Pipedrive."""
    rows = Conflict.objects.filter(project=project, present=True).select_related("link").order_by("pk")
    for row in rows.iterator(2000):
        values = (value_text(value) for value in (row.last_load, row.new_export, row.live))
        yield row.object, row.link.source_id, row.link.pipedrive_id, row.name, *values


def _existing(project: Project) -> Iterator[Sequence[Any]]:
    """Records that live in the account and may be rows of the export: how sure it is, and what people said."""
    columns = ("account__role", "object", "source_key", "label", "pipedrive_id", "there", "strength", "reason", "answer")
    yield from Counterpart.objects.filter(project=project, present=True).order_by("pk").values_list(*columns).iterator(2000)


def _vanished(project: Project) -> Iterator[Sequence[Any]]:
    """Records in Pipedrive for which the newest export has no row."""
    rows = RecordSource.objects.filter(link__account__project=project, link__vanished=True, occurrence=0, part=0)
    fields = ("object", "source_key", "link__pipedrive_id")
    yield from rows.filter(link__state__in=LINK_IN_TARGET, link__derived=False).order_by("link_id").values_list(*fields).iterator(2000)
    derived = RecordLink.objects.filter(account__project=project, vanished=True, derived=True, state__in=LINK_IN_TARGET).order_by("pk")
    for entity, key, id in derived.values_list("entity", "key", "pipedrive_id").iterator(2000):
        yield KINDS[entity].object, key, id


def value_text(value: Any) -> str:
    """A value of Pipedrive in a cell: text as it is, what has parts as JSON, nothing as nothing."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _also(rows: Iterable[Sequence[Any]], do: Callable[[Sequence[Any]], Any]) -> Iterator[Sequence[Any]]:
    for row in rows:
        do(row)
        yield row
