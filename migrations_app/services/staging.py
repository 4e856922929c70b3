"""Getting many rows into the database quickly: COPY on PostgreSQL, executemany on SQLite, the same rows on both."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from django.db import connection, models, transaction

CHUNK = 5000  # rows per write transaction: SQLite's lock is held for as long
TOGETHER = 50
T = TypeVar("T")


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Insert `rows` (tuples in the order of `columns`, database column names) and answer how many there were.

    PostgreSQL takes all of them in one transaction and while they are drawn, so `rows` may not ask the database. On SQLite
    each chunk is a transaction of its own; whoever calls removes what is there if a later chunk fails.
    """
    if connection.vendor == "postgresql":
        return _copy(model._meta.db_table, columns, rows)
    count = 0
    for chunk in chunks(rows, CHUNK):
        with transaction.atomic():
            _executemany(model._meta.db_table, columns, chunk)
        count += len(chunk)
    return count


def as_json(value: Any) -> str:
    """Only what holds surrogates at all is looked through for halves of them: that takes longer than all the rest."""
    text = json.dumps(value)
    return json.dumps(_storable(value)) if "\\ud" in text else text


def _storable(value: Any) -> Any:
    """Half surrogate pairs, which no database takes as JSON, become question marks."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {key: _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _executemany(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Some rows a statement: a third less work for SQLite than one each."""
    names = ", ".join(f'"{column}"' for column in columns)
    insert, row = f'INSERT INTO "{table}" ({names}) VALUES ', f"({', '.join(['%s'] * len(columns))})"
    whole = len(rows) - len(rows) % TOGETHER
    together = [list(chain.from_iterable(rows[at : at + TOGETHER])) for at in range(0, whole, TOGETHER)]
    with connection.cursor() as cursor:
        if together:
            cursor.executemany(insert + ", ".join([row] * TOGETHER), together)
        if rest := rows[whole:]:
            cursor.executemany(insert + row, rest)


def _copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """What is written waits in a queue: reading goes on while the server is busy with what it has."""
    from psycopg.copy import QueuedLibpqWriter  # SQLite does without the driver

    names, count = ", ".join(f'"{column}"' for column in columns), 0
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN', writer=QueuedLibpqWriter(cursor.cursor)) as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
