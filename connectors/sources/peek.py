"""What the reader makes of any file or package, for people and for scripts; clean csv copies if wanted."""

import contextlib
import csv
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from connectors.errors import UnreadableFile
from connectors.records import TableShape
from connectors.sources.archives import Entry, open_package
from connectors.sources.celltypes import column_type
from connectors.sources.tables import TableRows, inspect_all, is_table

EXAMPLES = 5
TYPED_ROWS = 1000


def peek(path: Path, out: Path | None = None) -> dict[str, Any]:
    """Never raises for a bad file: it stands under `refused`. With `out`, one utf-8 csv for each table is written there."""
    report: dict[str, Any] = {"tables": [], "not_tables": [], "refused": []}
    try:
        with open_package(Path(path)) as package:
            report["refused"] = [{"file": item.file, "reason": item.reason} for item in package.refused]
            names: set[str] = set()
            report["not_tables"] = [entry.name for entry in package.entries if not is_table(entry)]
            for entry, shapes, why in inspect_all(entry for entry in package.entries if is_table(entry)):
                if why:
                    report["refused"].append({"file": entry.name, "reason": why})
                _peek_tables(entry, shapes, report, out, names)
    except UnreadableFile as error:
        report["refused"].append({"file": error.file, "reason": error.reason})
    return report


def _peek_tables(entry: Entry, shapes: list[TableShape], report: dict[str, Any], out: Path | None, names: set[str]) -> None:
    try:
        for shape in shapes:
            target = out / _free_name(shape, len(shapes) > 1, names) if out else None
            report["tables"].append(_table(entry, shape, target))
    except UnreadableFile as error:
        report["refused"].append({"file": error.file, "reason": error.reason})


def _free_name(shape: TableShape, several: bool, taken: set[str]) -> str:
    path = PurePosixPath(shape.file)
    parts = [path.name if path.suffix.lower() == ".csv" else path.stem]
    if several and shape.sheet:
        parts = [path.stem, "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in shape.sheet)]
    stem = ".".join(parts).removesuffix(".csv")
    name, number = stem, 1
    while f"{name}.csv".casefold() in taken:
        number += 1
        folder = "_".join(path.parts[:-1])
        name = f"{folder}_{stem}" if number == 2 and folder else f"{stem}-{number}"
    taken.add(f"{name}.csv".casefold())
    return f"{name}.csv"


def _table(entry: Entry, shape: TableShape, target: Path | None) -> dict[str, Any]:
    columns = [_Column() for _ in shape.headers]
    rows = TableRows(entry, shape)
    count = 0
    with _copy(target, shape) as write:
        for _, cells in rows:
            count += 1
            write(cells)
            for column, cell in zip(columns, cells, strict=False):
                column.add(cell)
    described = [column.described(position, shape.headers[position - 1]) for position, column in enumerate(columns, 1)]
    notes = [*shape.notes, *([f"{rows.mended} records broke the rules of their file and were put right."] if rows.mended else [])]
    return {
        **{key: getattr(shape, key) for key in ("file", "sheet", "format", "encoding", "delimiter", "quote", "header_row")},
        "headers": list(shape.headers),
        "columns": described,
        "rows": count,
        "physical": rows.physical,
        "skipped": dict(rows.skipped),
        "short": rows.short,
        "long": rows.long,
        "notes": notes,
    }


class _Column:
    def __init__(self) -> None:
        self.filled = 0
        self.values: list[str] = []

    def add(self, cell: str) -> None:
        if cell and not cell.isspace():
            self.filled += 1
            if len(self.values) < TYPED_ROWS:
                self.values.append(cell)

    def described(self, position: int, header: str) -> dict[str, Any]:
        examples = [value[:200] for value in list(dict.fromkeys(self.values))[:EXAMPLES]]
        return {"position": position, "header": header, "type": column_type(self.values), "filled": self.filled, "examples": examples}


@contextlib.contextmanager
def _copy(target: Path | None, shape: TableShape) -> Iterator[Callable[[list[str]], object]]:
    """A function that writes one row to the clean copy; without a target it writes nothing."""
    if target is None:
        yield lambda cells: None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(shape.headers)
        yield writer.writerow
