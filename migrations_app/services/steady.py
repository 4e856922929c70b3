"""Rows without ids keep their keys from export to export, also where what makes the key was corrected or the order changed.

A weak key is a hash of what identifies a row. Rows that share it are told apart by their whole content; a row whose hash is new
takes the key of the one row that is gone and differs from it in a single identifying cell.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.db.models import Count, Exists, OuterRef

from connectors.sources import registry
from connectors.sources.spec import ObjectSpec
from migrations_app.models import SourceTable, StagedRecord, Upload
from migrations_app.rules import keys
from migrations_app.rules.keys import clean
from migrations_app.rules.spec import ENTITY_OF_OBJECT
from migrations_app.services import rows
from migrations_app.services.staging import chunks

WEAK = "weak"
KEEPING = (Upload.Kind.FULL, Upload.Kind.DELTA)
AT_ONCE = 500
LEAST = 2  # identifying cells that have to be the same
NOBODY, SEVERAL = 0, -1
ROWS = ("pk", "key", "content_hash", "cells")


class Before:
    """What an upload's rows were known by before it came, looked at once for all files of an object."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._numbered: dict[str, dict[str, set[str]]] = {}

    @cached_property
    def _force(self) -> dict[str, list[SourceTable]]:
        return rows.tables_in_force(self._upload.project, without=self._upload)

    def tables(self, object: str) -> list[SourceTable]:
        return [each for each in self._force.get(object, []) if each.key_policy == WEAK]

    def numbered(self, object: str) -> dict[str, set[str]]:
        """{base: its keys} where rows that share what identifies them were told apart by a number."""
        if object not in self._numbered:
            self._numbered[object] = _numbered_keys(self.tables(object))
        return self._numbered[object]


def keep_keys(table: SourceTable, spec: ObjectSpec, known: Before) -> int:
    """Give rows of a table that has just been staged the keys under which they are known; answers how many got another key."""
    if table.key_policy != WEAK or table.upload.kind not in KEEPING or spec.may_repeat:
        return 0
    before = known.tables(table.object)
    if not before:
        return 0
    again = dict(_corrected(table, before, spec.identity)) if spec.name in ENTITY_OF_OBJECT else {}  # nobody corrects an event
    again |= dict(_reordered(table, before, known.numbered(table.object)))
    changed = [StagedRecord(pk=pk, key=key) for pk, key in again.items()]
    StagedRecord.objects.bulk_update(changed, ["key"], batch_size=500)
    return len(changed)


def keys_as(upload: Upload, kind: str) -> None:
    """Have a held upload's rows bear the keys that they have as `kind`: a file that is added takes nobody's place."""
    system, known = registry.get_source(upload.project.source), Before(upload)
    for table in upload.tables.filter(key_policy=WEAK).exclude(object=""):
        spec = system.object(table.object)
        _forget(table, spec)
        table.upload = upload
        upload.kind = kind
        keep_keys(table, spec, known)


def _forget(table: SourceTable, spec: ObjectSpec) -> None:
    """The keys that the file has by itself."""
    at = {role: position for position, role in table.roles_by_position().items()}
    key_of = keys.by_content([at[role] for role in spec.identity if role in at])
    staged = StagedRecord.objects.filter(table=table).order_by("pk").values_list("pk", "key", "cells").iterator(2000)
    changed = (StagedRecord(pk=pk, key=own) for pk, key, cells in staged if (own := key_of(json.loads(cells))) != key)
    for some in chunks(list(changed), AT_ONCE):
        StagedRecord.objects.bulk_update(some, ["key"])
    number_repeats(table, spec)


# --- the same key several times -----------------------------------------------------------------------------------------


def number_repeats(table: SourceTable, spec: ObjectSpec) -> None:
    """Rows that share what identifies them are told apart by a number, in file order.

    A row that stands there once more letter for letter is the same record, unless rows may repeat.
    """
    mine, last = StagedRecord.objects.filter(table=table), ""
    shared = mine.filter(key__startswith="~").values("key").annotate(rows=Count("pk")).filter(rows__gt=1).order_by("key")
    while some := list(shared.filter(key__gt=last).values_list("key", flat=True)[:AT_ONCE]):
        last = some[-1]
        rows_of = mine.filter(key__in=filter(keys.is_weak, some)).order_by("pk").values_list("pk", "key", "content_hash")
        for changed in chunks(_numbered(rows_of.iterator(2000), spec), AT_ONCE):
            StagedRecord.objects.bulk_update(changed, ["key"])


def _numbered(rows_of: Iterable[tuple[int, str, str]], spec: ObjectSpec) -> Iterator[StagedRecord]:
    """Those that are not the first of their key."""
    numbers: dict[str, dict[str | int, int]] = {}
    for pk, key, content in rows_of:
        known = numbers.setdefault(key, {})
        number = known.setdefault(pk if spec.may_repeat else content, len(known) + 1)
        if number > 1:
            yield StagedRecord(pk=pk, key=keys.numbered(key, number))


def _reordered(table: SourceTable, before: Sequence[SourceTable], numbered: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """Rows that share what identifies them are numbered in file order: the number follows the content, not the place."""
    keys = _numbered_keys([table])
    for key in StagedRecord.objects.filter(table=table).values_list("key", flat=True).iterator(2000) if numbered else ():
        if (base := _base(key)) in numbered:
            keys[base] = keys.get(base, set()) | numbered[base]
    for some in chunks(sorted(keys), 200):
        alike = {key for base in some for key in keys[base]}
        new, old = _groups([table], alike), _groups(before, alike)
        for base in some:
            yield from _matched(new.get(base, []), old.get(base, []))


def _numbered_keys(tables: Sequence[SourceTable]) -> dict[str, set[str]]:
    """{base: itself and the keys made of it by a number}"""
    found: dict[str, set[str]] = {}
    for key in StagedRecord.objects.filter(table__in=tables, key__contains="-").values_list("key", flat=True).iterator(2000):
        found.setdefault(_base(key), {_base(key)}).add(key)
    return found


def _base(key: str) -> str:
    return key.rpartition("-")[0] or key


def _groups(tables: Sequence[SourceTable], keys: Iterable[str]) -> dict[str, list[Any]]:
    """{base: its rows}, those of the newest table first."""
    found: dict[str, list[Any]] = {}
    alike = StagedRecord.objects.filter(table__in=tables, key__in=list(keys)).order_by("-table_id", "pk")
    for row in alike.values_list(*ROWS, named=True):
        found.setdefault(_base(row.key), []).append(row)
    return found


def _matched(new: Sequence[Any], old: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """The same content takes the key it had; the others take what is left, in order. What stands twice stays one record."""
    known = {row.content_hash: row.key for row in reversed(old)}
    keys = {row.content_hash: known[row.content_hash] for row in new if row.content_hash in known}
    left = {row.key for row in (*new, *old)} - set(keys.values())
    free = iter(sorted(left, key=lambda key: (len(key), key)))
    for row in new:
        key = keys[row.content_hash] if row.content_hash in keys else keys.setdefault(row.content_hash, next(free))
        if key != row.key:
            yield row.pk, key


# --- a corrected cell of what makes the key --------------------------------------------------------------------------------


def _corrected(table: SourceTable, before: Sequence[SourceTable], identity: Sequence[str]) -> Iterator[tuple[int, str]]:
    marks: dict[bytes, int] = {}  # by what is the same but for one cell: the new row, unless several have it
    for row in _only_in([table], before):
        for mark in _but_one(table, row, identity):
            marks[mark] = row.pk if marks.get(mark, NOBODY) in (NOBODY, row.pk) else SEVERAL
    if not marks:
        return
    found: dict[int, str] = {}  # by the new row: the key of the one row it was, unless several could be meant
    for each in before:
        for row in _only_in([each], [table]):
            for pk in {marks[mark] for mark in _but_one(each, row, identity) if mark in marks} - {SEVERAL}:
                found[pk] = row.key if found.setdefault(pk, row.key) == row.key else ""
    once: dict[str, int] = {}
    for pk, key in found.items():
        once[key] = pk if key not in once else SEVERAL
    yield from ((pk, key) for key, pk in once.items() if key and pk != SEVERAL)


def _only_in(tables: Sequence[SourceTable], others: Sequence[SourceTable]) -> Iterable[Any]:
    elsewhere = StagedRecord.objects.filter(table__in=others, key=OuterRef("key"))
    alone = StagedRecord.objects.filter(~Exists(elsewhere), table__in=tables)
    return alone.values_list(*ROWS, named=True).iterator(2000)


def _but_one(table: SourceTable, row: Any, identity: Sequence[str]) -> Iterator[bytes]:
    """A mark for each identifying cell that is filled: all the others."""
    cells = json.loads(row.cells)
    at = {role: position for role in identity if (position := table.position_of(role)) is not None and position < len(cells)}
    filled = {role: text for role, position in at.items() if (text := clean(cells[position]).casefold())}
    for left in filled:
        rest = [f"{role}\x1e{text}" for role, text in filled.items() if role != left]
        if len(rest) >= LEAST:
            yield blake2b("\x1f".join([left, *rest]).encode(errors="replace"), digest_size=12).digest()
