"""The reconciliation table: what became of every row, by phase."""

from typing import Any

from migrations_app.rules.kinds_of_record import many
from migrations_app.services.wording import plain

OUTCOMES = ("created", "updated", "unchanged", "matched", "merged", "skipped", "refused", "waiting", "removed")


def balanced(load: dict[str, Any]) -> bool:
    """The run finished, every row of every phase is accounted for, and every record reads back as it was sent."""
    return load["state"] == "finished" and bool(load["phases"]) and all(_balances(phase) for phase in load["phases"])


def lines(load: dict[str, Any]) -> list[str]:
    headings = ("phase", "rows", *OUTCOMES, "verified", "balance")
    rows = [_cells(phase) for phase in load["phases"]]
    widths = [max(len(str(row[column])) for row in [headings, *rows]) for column in range(len(headings))]
    reasons = [f"  skipped {many(phase['object'])}: {_reasons(phase)}" for phase in load["phases"] if phase["skipped"]]
    return [_line(row, widths) for row in [headings, *rows]] + reasons


def _cells(phase: dict[str, Any]) -> tuple[Any, ...]:
    counts = [_count(phase, name) for name in OUTCOMES]
    return (phase["object"], phase["source"], *counts, phase["verified"], "yes" if _balances(phase) else "NO")


def _line(row: tuple[Any, ...], widths: list[int]) -> str:
    cells = [
        f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}" for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  " + "  ".join(cells).rstrip()


def _count(phase: dict[str, Any], name: str) -> int:
    return sum(phase["skipped"].values()) if name == "skipped" else int(phase[name])


def _balances(phase: dict[str, Any]) -> bool:
    accounted = sum(_count(phase, name) for name in OUTCOMES)
    return bool(accounted == phase["source"] and not phase["unknown"] and not phase["differences"])


def _reasons(phase: dict[str, Any]) -> str:
    return "; ".join(f"{count} {plain(reason)}" for reason, count in sorted(phase["skipped"].items()))
