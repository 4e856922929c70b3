"""Stage intake: a package is read once, streamed, and every row is kept as it came."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from connectors.errors import UnreadableFile
from connectors.records import Recognition, Refused, TableShape
from connectors.sources import archives, recognise, registry, tables
from connectors.sources.spec import ObjectSpec, SourceSystem
from migrations_app.models import Project, SourceTable, StagedRecord, Upload, UploadFile, require
from migrations_app.rules import keys
from migrations_app.rules.profile import ColumnProfile
from migrations_app.services import discovery, steady
from migrations_app.services.staging import insert_rows
from migrations_app.states import UploadState, transition

HEAD_ROWS = 200
MANY, SHORT_HEAD = 50, 40  # of so many tables with the same columns a shorter look tells enough of each: all are held at a time
LABEL_LENGTH = 120
COPY_BYTES = 1 << 20
FROM_NAME = "from the file's name"
COLUMNS = ("table_id", "object", "line", "key", "content_hash", "cells", "label")


class IntakeFailed(Exception):
    """Nothing of the package could be taken in; nothing was kept."""


@dataclass(slots=True)
class IntakeReport:
    """What came in. `repeated` is true where the same bytes were there already and nothing changed."""

    upload: Upload
    repeated: bool = False
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    entry: archives.Entry
    shape: TableShape
    head: list[list[str]]


def take_in(
    project: Project, path: Path, *, kind: str, user: Any, hold: bool = False, progress: Callable[[str], None] = lambda text: None
) -> IntakeReport:
    """Read the package at `path` into staged rows. With `hold` it waits, once read, for somebody to put it in force.

    Raises Forbidden, UnreadableFile (the package as a whole) and IntakeFailed (no table is left). Until the last row is
    in, the upload counts for nothing; a failure removes what was staged.
    """
    require(user, "upload", project)
    system = registry.get_source(project.source)
    with archives.open_package(path) as package:
        if same := _same_bytes(project, package.digest, kind):
            return IntakeReport(same, repeated=True, objects=describe(same))
        found, refused = _inspect(package)
        recognised = recognise.recognise_package(system, [(_place(each.shape), each.shape.headers, each.head) for each in found])
        upload = Upload.objects.create(project=project, kind=kind, name=path.name[:255], digest=package.digest, uploaded_by=user)
        try:
            refused += _stage_all(upload, system, found, recognised, progress)
            _keep_files(upload, package, {each.shape.file for each, what in zip(found, recognised, strict=True) if what.object})
            _finish(upload, found, recognised, refused)
        except BaseException:
            _discard(upload)
            raise
    transition(Upload.objects.filter(pk=upload.pk), UploadState.READING, UploadState.HELD if hold else UploadState.READY)
    upload.refresh_from_db()
    return IntakeReport(upload, objects=describe(upload))


def put_in_force(upload: Upload, *, kind: str, user: Any) -> bool:
    """An upload that was held takes effect as `kind`; False where it has done so already. Raises Forbidden."""
    require(user, "upload", upload.project)
    if upload.state == UploadState.HELD and kind != upload.kind:
        steady.keys_as(upload, kind)
    return transition(Upload.objects.filter(pk=upload.pk), UploadState.HELD, UploadState.READY, kind=kind) == 1


def describe(upload: Upload) -> dict[str, dict[str, Any]]:
    """{object: {"rows": physical records, "staged": n, "skipped": {reason: n}}} over the tables of the upload."""
    objects: dict[str, dict[str, Any]] = {}
    for table in upload.tables.all():
        each = objects.setdefault(table.object, {"rows": 0, "staged": 0, "skipped": {}})
        each["rows"] += table.rows
        each["staged"] += table.staged
        for reason, count in table.skipped.items():
            each["skipped"][reason] = each["skipped"].get(reason, 0) + count
    return objects


def remarks(upload: Upload) -> list[dict[str, str]]:
    """What people should know of how the files were read: [{"place": file and sheet, "remark"}]."""
    return [{"place": str(table), "remark": remark} for table in upload.tables.all() for remark in table.notes]


def _same_bytes(project: Project, digest: str, kind: str) -> Upload | None:
    """The upload in force with the same bytes, unless a later upload has taken its place since."""
    same_kind = Q(kind=kind) if kind != Upload.Kind.ADD else ~Q(kind=Upload.Kind.SAMPLE)  # what is there is not added once more
    newest = Upload.objects.filter(same_kind, project=project, state=UploadState.READY).order_by("-pk").first()
    return newest if newest and newest.digest == digest else None


def _place(shape: TableShape) -> str:
    return f"{shape.file} {shape.sheet}" if shape.sheet else shape.file


def _inspect(package: archives.Package) -> tuple[list[_Found], list[Refused]]:
    found: list[_Found] = []
    alike: Counter[tuple[str, ...]] = Counter()
    refused = list(package.refused)
    for entry, shapes, why in tables.inspect_all(entry for entry in package.entries if tables.is_table(entry)):
        if why:
            refused.append(Refused(entry.name, why))
        try:
            for shape in shapes:
                alike[shape.headers] += 1
                height = HEAD_ROWS if alike[shape.headers] <= MANY else SHORT_HEAD
                found.append(_Found(entry, shape, tables.head(entry, shape, height)))
        except UnreadableFile as error:
            refused.append(Refused(entry.name, error.reason))
    return found, refused


def _stage_all(
    upload: Upload, system: SourceSystem, found: list[_Found], recognised: list[Recognition], progress: Callable[[str], None]
) -> list[Refused]:
    refused, before = [], steady.Before(upload)
    for each, recognition in zip(found, recognised, strict=True):
        if not recognition.object:
            continue
        progress(f"reading {_place(each.shape)} as {recognition.object}")
        try:
            _stage(upload, system.object(recognition.object), each, recognition, before)
        except UnreadableFile as error:
            refused.append(Refused(each.shape.file, error.reason))
            upload.tables.filter(file=each.shape.file, sheet=each.shape.sheet).delete()
    return refused


class _Constants:
    """Columns that no file has: what its name says about all rows stands behind the last column of each."""

    def __init__(self, headers: Sequence[str], told: Mapping[str, str]) -> None:
        self._width, self._texts = len(headers), list(told.values())
        self.headers = [*headers, *(f"{role.removesuffix('_ref')} ({FROM_NAME})" for role in told)]
        self.roles = {self._width + at: role for at, role in enumerate(told)}

    def filled(self, cells: list[str]) -> list[str]:
        return cells[: self._width] + self._texts + cells[self._width :]

    def all_filled(self, rows: Iterable[tuple[int, list[str]]]) -> Iterable[tuple[int, list[str]]]:
        return ((line, self.filled(cells)) for line, cells in rows) if self._texts else rows


def _stage(upload: Upload, spec: ObjectSpec, found: _Found, recognition: Recognition, before: steady.Before) -> None:
    constants = _Constants(found.shape.headers, recognition.constants)
    roles = {**recognition.roles, **constants.roles}
    policy, key_of = _key_policy(spec, roles, [constants.filled(cells) for cells in found.head])
    table = SourceTable.objects.create(
        upload=upload,
        file=found.shape.file,
        sheet=found.shape.sheet,
        object=spec.name,
        confidence=recognition.confidence,
        headers=[header.replace("\0", "") for header in constants.headers],
        roles={str(position): role for position, role in roles.items()},
        certainty={str(at): [recognition.certainty.get(at, 0.8), recognition.reasons.get(at, FROM_NAME)] for at in roles},
        blanks={str(at): sorted(blanks) for at, role in roles.items() if (blanks := spec.by_role[role].blanks)},
        encoding=found.shape.encoding,
        delimiter=found.shape.delimiter,
        header_row=found.shape.header_row,
        key_policy=policy,
        notes=list(found.shape.notes),
    )
    rows = tables.TableRows(found.entry, found.shape)
    profiles = [ColumnProfile() for _ in table.headers]
    table.staged = insert_rows(
        StagedRecord, COLUMNS, _staged(table.pk, spec, roles, discovery.watched(constants.all_filled(rows), profiles), key_of)
    )
    discovery.keep(table, profiles)
    table.rows, table.skipped = rows.physical, dict(rows.skipped)
    table.short_rows, table.long_rows = rows.short, rows.long
    table.save()
    steady.number_repeats(table, spec)
    steady.keep_keys(table, spec, before)


def _key_policy(spec: ObjectSpec, roles: dict[int, str], head: list[list[str]]) -> tuple[str, Callable[[list[str]], str]]:
    at = {role: position for position, role in roles.items()}
    for role in spec.key_roles:
        if role in at and any(keys.clean(row[at[role]]) for row in head if at[role] < len(row)):
            return "id", keys.by_id(at[role])
    identity = [at[role] for role in spec.identity if role in at]
    return "weak", keys.by_content(identity)


def _staged(
    table_pk: int,
    spec: ObjectSpec,
    roles: dict[int, str],
    rows: Iterable[tuple[int, list[str]]],
    key_of: Callable[[list[str]], str],
) -> Iterator[tuple[Any, ...]]:
    at = {role: position for position, role in roles.items()}
    label_at = [at[role] for role in spec.label_roles if role in at]
    name = spec.name
    for line, cells in rows:
        text = f"[{','.join(map(encode_basestring, cells))}]"  # as json.dumps would, in half the time
        try:
            raw = text.encode()
        except UnicodeEncodeError:  # half of a surrogate pair: no database takes it as text
            text = json.dumps(cells)
            raw = text.encode()
        digest = blake2b(raw, digest_size=8).hexdigest()
        label = " ".join([cells[position] for position in label_at])[:LABEL_LENGTH]
        yield table_pk, name, line, key_of(cells), digest, text, _storable(label)


def _storable(text: str) -> str:
    text = text.replace("\0", "").strip()
    return text if text.isascii() else text.encode(errors="replace").decode()


def _keep_files(upload: Upload, package: archives.Package, read: Collection[str]) -> None:
    """Copy what was not read as a table below CROSSDOCK_DATA, named by content, so that attachments need no second upload."""
    folder = Path(settings.CROSSDOCK_DATA) / "files" / str(upload.pk)
    kept = []
    for entry in package.entries:
        if entry.name in read:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        digest, size, partial = sha256(), 0, folder / "partial"
        with entry.open() as source, partial.open("wb") as target:
            while block := source.read(COPY_BYTES):
                digest.update(block)
                size += len(block)
                target.write(block)
        partial.replace(folder / digest.hexdigest())
        kept.append(UploadFile(upload=upload, path=entry.name[:500], size=size, sha256=digest.hexdigest()))
    UploadFile.objects.bulk_create(kept, batch_size=1000)


def _finish(upload: Upload, found: list[_Found], recognised: list[Recognition], refused: list[Refused]) -> None:
    if not upload.tables.exists():
        reasons = "; ".join(f"{each.file}: {each.reason}" for each in refused) or "No file in it holds a table that could be recognised."
        raise IntakeFailed(f"Nothing in {upload.name} could be taken in. {reasons}")
    upload.unrecognised = [_place(each.shape) for each, what in zip(found, recognised, strict=True) if not what.object]
    upload.refused = [{"file": each.file, "reason": each.reason} for each in refused]
    upload.save(update_fields=["unrecognised", "refused"])


def _discard(upload: Upload) -> None:
    folder = Path(settings.CROSSDOCK_DATA) / "files" / str(upload.pk)
    for path in sorted(folder.glob("*")) if folder.exists() else []:
        path.unlink()
    if folder.exists():
        folder.rmdir()
    with transaction.atomic():
        StagedRecord.objects.filter(table__upload=upload).delete()
        upload.delete()
