"""What an upload does to rows, answers and records in Pipedrive: told before it takes effect, and in the output of `intake`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from migrations_app.models import RecordSource, SourceTable, StagedRecord, Upload
from migrations_app.services import audit, proposing, rows
from migrations_app.services.wording import counted
from migrations_app.states import LINK_IN_TARGET, UploadState
from migrations_app.verbs import PARTS

Force = dict[str, list[SourceTable]]


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one object, by key; `records` are those in Pipedrive whose rows change or vanish."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one queue: `kept` still hold, `changed` hold on evidence that changed; `fixed` items are gone, `new` ones wait."""

    kept: int = 0
    changed: int = 0
    fixed: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    rows: dict[str, Change] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": {object: asdict(each) for object, each in self.rows.items()},
            "answers": {queue: asdict(each) for queue, each in self.answers.items()},
        }

    def lines(self) -> list[str]:
        lines = [
            f"{object}: {each.new:,} new, {each.changed:,} changed, {each.unchanged:,} unchanged, {each.vanished:,} vanished; "
            f"{counted(each.records, 'record')} in Pipedrive touched"
            for object, each in self.rows.items()
        ]
        lines += [
            f"{queue}: {counted(each.kept, 'answer')} kept, {each.fixed:,} fixed in source, {each.new:,} new, {each.changed:,} changed"
            for queue, each in self.answers.items()
        ]
        return lines


def effect_of(upload: Upload, *, kind: str = "") -> Effect:
    """What `upload` does, or would do as `kind`, compared with the project without it. Writes nothing.

    A few statements per object; where answers were given before, one pass over the rows.
    """
    upload.kind = kind or upload.kind
    before = rows.tables_in_force(upload.project, without=upload)
    after = rows.tables_in_force(upload.project, held=upload)
    if upload.kind == Upload.Kind.SAMPLE or upload.state not in (UploadState.READY, UploadState.HELD):
        return Effect()
    mine = sorted(set(upload.tables.exclude(object="").values_list("object", flat=True)) & set(before))
    return Effect({object: _change(upload, before[object], after[object]) for object in mine}, _answers(upload, after) if mine else {})


def foretell(upload: Upload) -> None:
    """Write down, for people, what a held upload would do as each kind."""
    told = []
    for kind in (Upload.Kind.FULL, Upload.Kind.DELTA):
        told.append(f"If it {kind.label}: {'; '.join(effect_of(upload, kind=kind).lines()) or 'it adds what was not there'}.")
    Upload.objects.filter(pk=upload.pk).update(message="\n".join(told))


def _change(upload: Upload, before: Sequence[SourceTable], after: Sequence[SourceTable]) -> Change:
    old, now = rows.in_force(before), rows.in_force(after)
    same_key, same_row = (
        Exists(old.filter(key=OuterRef("key"))),
        Exists(old.filter(key=OuterRef("key"), content_hash=OuterRef("content_hash"))),
    )
    there, unchanged = _keys(now.filter(same_key)), _keys(now.filter(same_row))
    gone = old.filter(~Exists(now.filter(key=OuterRef("key"))))
    changed = now.filter(same_key).filter(~same_row)
    touched = _records(upload, before[0].object, changed) + _records(upload, before[0].object, gone)
    return Change(_keys(now.filter(~same_key)), there - unchanged, unchanged, _keys(gone), touched)


def _keys(records: QuerySet[StagedRecord]) -> int:
    return records.values("key").distinct().count()


def _records(upload: Upload, object: str, records: QuerySet[StagedRecord]) -> int:
    fed = RecordSource.objects.filter(link__account__project=upload.project, object=object, link__state__in=LINK_IN_TARGET)
    return fed.filter(source_key__in=records.values("key")).values("link").distinct().count()


def _answers(upload: Upload, after: Force) -> dict[str, Answers]:
    mapping = proposing.newest(upload.project)
    if mapping is None or upload.project.audit_id is None:
        return {}
    evidence = audit.examine(upload.project, mapping, after, lambda object, row, issue: None).evidence()
    return {queue: Answers(**each) for part in PARTS.answers for queue, each in part(upload.project, evidence).items()}
