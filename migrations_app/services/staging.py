"""Getting many rows into the database quickly: COPY on PostgreSQL, executemany on SQLite, the same rows on both."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models, transaction

CHUNK = 5000  # rows per write transaction: SQLite's lock is held for as long
T = TypeVar("T")


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Insert `rows` (tuples in the order of `columns`, database column names) and answer how many there were.

    Each chunk is a transaction of its own; whoever calls removes what is there if a later chunk fails.
    """
    put = _copy if connection.vendor == "postgresql" else _executemany
    count = 0
    for chunk in chunks(rows, CHUNK):
        with transaction.atomic():
            put(model._meta.db_table, columns, chunk)
        count += len(chunk)
    return count


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _executemany(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def _copy(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
