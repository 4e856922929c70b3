"""Intake of a large csv file beside bare inserts of the same rows, in turns, on SQLite and on PostgreSQL."""

import csv
import json
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.sources.results.sample import write_contacts_csv
from tests.benchmarks.measuring import apart, middle, peak_memory, show, stopwatch
from tests.postgres import postgres

COLUMNS = ("table_id", "object", "line", "key", "content_hash", "cells", "label")
CHUNK = 5000


def run(rows: int = 500_000, rounds: int = 3) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        path, small = Path(folder) / "contacts.csv", Path(folder) / "some.csv"
        write_contacts_csv(path, rows)
        write_contacts_csv(small, rows // 5)
        _beside("SQLite", "executemany", 0.35, folder, path, small, rounds)
        _beside("PostgreSQL", "COPY", 0.50, folder, path, small, rounds)


def _beside(database: str, way: str, wanted: float, folder: str, path: Path, small: Path, rounds: int) -> None:
    ours, bare = [], []
    with nullcontext("") if database == "SQLite" else postgres() as url:
        for number in range(rounds):
            data = Path(folder) / f"{database}-{number}"
            ours.append(apart("intake:ours", data, url=url, path=str(path)))
            bare.append(apart("intake:bare", data, url=url, path=str(path)))
        little = apart("intake:ours", Path(folder) / f"{database}-little", url=url, path=str(small))
    rate, floor, prepared = middle(ours, "rate"), middle(bare, "rate"), middle(bare, "prepared")
    show(
        f"intake of {ours[0]['rows']:,} contacts on {database} (medians of {rounds} rounds)",
        [
            (f"beside bare {way}", f"{rate / floor:.0%} ({rate:,.0f} rows/s beside {floor:,.0f})", f"at least {wanted:.0%}"),
            (f"beside {way} of rows that are in memory", f"{rate / prepared:.0%} ({prepared:,.0f} rows/s)", ""),
            ("peak memory", f"{middle(ours, 'peak'):.0f} MB, of a fifth of the rows {little['peak']:.0f} MB", "under 250 MB, flat"),
        ],
    )


# --- in processes of their own -----------------------------------------------------------------------------------------


def ours(path: str) -> dict[str, Any]:
    """Everything that intake does: recognising, keys, hashes, labels, profiles of all columns, rows in the database."""
    from migrations_app.models import StagedRecord
    from tests.benchmarks import ground

    made = ground.project()
    with stopwatch() as took:
        ground.staged(Path(path), made)
    rows = StagedRecord.objects.count()
    return {"rows": rows, "rate": rows / took(), "before": peak_memory()}


def bare(path: str) -> dict[str, Any]:
    """The file read by csv.reader and inserted as JSON; then the same rows once more, ready in memory."""
    from tests.benchmarks import ground

    ground.project()
    _make_table()
    with stopwatch() as took:
        count = _insert(_rows(path))
    prepared = list(_rows(path))
    _make_table()
    with stopwatch() as again:
        _insert(iter(prepared))
    return {"rate": count / took(), "prepared": count / again()}


def _make_table() -> None:
    """Columns and index of staged rows, without a key to anything else."""
    from django.db import connection

    number = "bigserial" if connection.vendor == "postgresql" else "integer PRIMARY KEY AUTOINCREMENT"
    kinds = ("bigint", "varchar(40)", "bigint", "varchar(255)", "varchar(16)", "text", "varchar(120)")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare_rows")
        cursor.execute(f"CREATE TABLE bare_rows (id {number}, {', '.join(map(' '.join, zip(COLUMNS, kinds, strict=True)))})")
        cursor.execute("CREATE INDEX bare_by_key ON bare_rows (table_id, key)")


def _rows(path: str) -> Iterator[tuple[Any, ...]]:
    with open(path, encoding="utf-8", newline="") as file:
        records = csv.reader(file)
        next(records)
        for line, cells in enumerate(records, 2):
            yield 1, "contacts", line, cells[0], "", json.dumps(cells, ensure_ascii=False), f"{cells[1]} {cells[2]}"


def _insert(rows: Iterator[tuple[Any, ...]]) -> int:
    """In transactions as large as ours."""
    from django.db import connection, transaction

    names, count = ", ".join(COLUMNS), 0
    while chunk := list(islice(rows, CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY bare_rows ({names}) FROM STDIN") as copy:
                    for row in chunk:
                        copy.write_row(row)
            else:
                cursor.cursor.executemany(f"INSERT INTO bare_rows ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", chunk)
        count += len(chunk)
    return count
