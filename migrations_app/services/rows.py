"""The rows in force: per object those of the newest full upload that holds it, what was added to it, overlaid by later deltas."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from migrations_app.models import Project, SourceTable, StagedRecord, Upload
from migrations_app.services import fixed
from migrations_app.services.pages import pages
from migrations_app.states import UploadState

READ_AT_ONCE = 2000


class SourceRow(NamedTuple):  # a tuple is made in a third of the time that a dataclass takes, millions of times
    """One staged row with its table. `occurrence` counts rows with the same key in the set, from 0."""

    table: SourceTable
    line: int
    key: str
    content_hash: str
    cells: list[str]
    label: str
    occurrence: int = 0


def tables_in_force(project: Project, *, without: Upload | None = None, held: Upload | None = None) -> dict[str, list[SourceTable]]:
    """{object: tables}, oldest first: the newest full upload's set, then what was added and the deltas that came after it. One query.

    `without` asks as if that upload had not come, `held` as if it had taken effect already, as its `kind` says.
    """
    counts = Q(upload__state=UploadState.READY) | Q(upload=held)
    tables = SourceTable.objects.filter(counts, upload__project=project).exclude(object="").exclude(upload=without)
    force: dict[str, list[SourceTable]] = {}
    full_upload: dict[str, int] = {}
    for table in tables.select_related("upload").order_by("upload_id", "pk"):
        if held is not None and table.upload_id == held.pk:
            table.upload = held
        if table.upload.kind == Upload.Kind.SAMPLE:
            continue
        if table.upload.kind == Upload.Kind.FULL and full_upload.get(table.object) != table.upload_id:
            full_upload[table.object] = table.upload_id
            force[table.object] = []
        force.setdefault(table.object, []).append(table)
    return force


def in_force(tables: Sequence[SourceTable]) -> QuerySet[StagedRecord]:
    """The records of one object that count: those for whose key no later delta has another row."""
    deltas = [table.pk for table in tables if table.upload.kind == Upload.Kind.DELTA]
    later = StagedRecord.objects.filter(table__in=deltas, table__gt=OuterRef("table"), key=OuterRef("key"))
    records = StagedRecord.objects.filter(table__in=[table.pk for table in tables])
    return records.filter(~Exists(later)) if deltas else records


def tables_of(pks: Iterable[int]) -> dict[str, list[SourceTable]]:
    """{object: tables} of the tables that a run pinned when it was planned: a later upload does not change it."""
    pinned: dict[str, list[SourceTable]] = {}
    for table in SourceTable.objects.filter(pk__in=list(pks)).select_related("upload").order_by("upload_id", "pk"):
        pinned.setdefault(table.object, []).append(table)
    return pinned


def stream(tables: Sequence[SourceTable]) -> Iterator[SourceRow]:
    """The rows of one object's tables in file order, bounded in memory.

    Where a delta table holds a key again, the delta's row stands in for the older one (at the delta's place); within
    one set a key that stands twice is given twice, the first with occurrence 0. Cells that people corrected read so.
    """
    fixes = fixed.fixes_of(tables)
    later = _keys_of_deltas(tables)
    counts = dict.fromkeys(_keys_seen_twice(tables), 0)
    for index, table in enumerate(tables):
        hidden = {key for key, newest in later.items() if newest > index}
        for record in _records(table):
            if record.key in hidden:
                continue
            occurrence = 0
            if record.key in counts:
                occurrence = counts[record.key]
                counts[record.key] = occurrence + 1
            yield _row(table, record, occurrence, fixes)


def by_key(
    tables: Sequence[SourceTable], keys: Collection[str], prefer: Mapping[str, str] | None = None, fixes: fixed.Fixes | None = None
) -> dict[str, SourceRow]:
    """{key: the row that counts} of one object: the first within a set, the newest across deltas. Two queries, one with `fixes`.

    `prefer` names the content that people chose where an id stands twice; `fixes` are the corrections of people where the caller
    knows them, {} gives the rows as they came.
    """
    fixes = fixed.fixes_of(tables, keys) if fixes is None else fixes
    order = {table.pk: index for index, table in enumerate(tables)}
    found: dict[str, SourceRow] = {}
    rank: dict[str, int] = {}
    named = {table.pk: table for table in tables}
    records = StagedRecord.objects.filter(table_id__in=list(order), key__in=list(keys)).order_by("pk")
    for record in records:
        table = named[record.table_id]
        index = order[record.table_id] if table.upload.kind == Upload.Kind.DELTA else -1
        if prefer and prefer.get(record.key) == record.content_hash:
            index = len(tables)
        if record.key not in found or index > rank[record.key]:
            found[record.key], rank[record.key] = _row(table, record, 0, fixes), index
    return found


def count(tables: Iterable[SourceTable]) -> int:
    """Count A of LEDGER.md 5 for one object: staged rows in force."""
    tables = list(tables)
    total = sum(table.staged for table in tables)
    return total - _hidden_count(tables)


def _records(table: SourceTable) -> Iterator[Any]:
    """Tuples with the names of the columns: a model instance for each row would cost as much as reading it."""
    records = StagedRecord.objects.values_list("line", "key", "content_hash", "cells", "label", named=True)
    if table.staged <= READ_AT_ONCE:  # a package may have a thousand such files: one query each
        yield from list(records.filter(table=table).order_by("pk"))
        return
    for page in pages(StagedRecord.objects.filter(table=table), records, READ_AT_ONCE):
        yield from page


def _row(table: SourceTable, record: Any, occurrence: int, fixes: fixed.Fixes) -> SourceRow:
    cells: list[str] = json.loads(record.cells)
    width = len(table.headers)
    if len(cells) < width:
        cells += [""] * (width - len(cells))
    corrected = fixes.get(record.key)
    content_hash = fixed.correct(table, cells, record.content_hash, corrected) if corrected else record.content_hash
    for position, texts in table.blanks.items():
        if cells[int(position)].strip() in texts:
            cells[int(position)] = ""
    return SourceRow(table, record.line, record.key, content_hash, cells, record.label, occurrence)


def _keys_of_deltas(tables: Sequence[SourceTable]) -> dict[str, int]:
    """{key: index of the newest delta table that holds it}; empty where there is no delta."""
    newest: dict[str, int] = {}
    for index, table in enumerate(tables):
        if table.upload.kind == Upload.Kind.DELTA:
            for key in StagedRecord.objects.filter(table=table).values_list("key", flat=True).iterator(READ_AT_ONCE):
                newest[key] = index
    return newest


def _keys_seen_twice(tables: Sequence[SourceTable]) -> Iterator[str]:
    rows = StagedRecord.objects.filter(table__in=[table.pk for table in tables]).values("key")
    return rows.annotate(n=Count("pk")).filter(n__gt=1).values_list("key", flat=True).iterator(READ_AT_ONCE)


def _hidden_count(tables: Sequence[SourceTable]) -> int:
    newest = _keys_of_deltas(tables)
    if not newest:
        return 0
    hidden = 0
    for index, table in enumerate(tables):
        later = [key for key, at in newest.items() if at > index]
        for start in range(0, len(later), 500):
            hidden += StagedRecord.objects.filter(table=table, key__in=later[start : start + 500]).count()
    return hidden
