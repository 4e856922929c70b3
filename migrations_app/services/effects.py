"""What an upload does to rows, answers and records in Pipedrive: told before it takes effect, and in the output of `intake`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from migrations_app.models import Finding, Project, RecordSource, SourceTable, StagedRecord, Upload
from migrations_app.services import audit, proposing, rows, steady
from migrations_app.services.wording import counted, plain
from migrations_app.states import LINK_IN_TARGET, UploadState
from migrations_app.verbs import PARTS

Force = dict[str, list[SourceTable]]
LEADS_NOWHERE = ("unknown_company", "unknown_contact", "unknown_deal", "unknown_product", "unknown_parent", "unknown_campaign")


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of one object, by key; `records` are those in Pipedrive whose rows change or vanish.

    `twice` are keys of a file that is added and that are there already with other content: people say which row counts.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    records: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one queue: `kept` still hold, `changed` hold on evidence that changed; `fixed` items are gone, `new` ones wait."""

    kept: int = 0
    changed: int = 0
    fixed: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True)
class Links:
    """Rows of one object that point to something: more that find nothing (`lost`), or fewer (`mended`)."""

    lost: int = 0
    mended: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    rows: dict[str, Change] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    links: dict[str, Links] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": {object: asdict(each) for object, each in self.rows.items()},
            "answers": {queue: asdict(each) for queue, each in self.answers.items()},
            "links": {object: asdict(each) for object, each in self.links.items()},
        }

    def lines(self) -> list[str]:
        return [
            *(f"{plain(object)}: {_rows_in_words(each)}" for object, each in self.rows.items()),
            *(f"{plain(queue)}: {_answers_in_words(each)}" for queue, each in self.answers.items() if any(asdict(each).values())),
            *(f"{plain(object)}: {_links_in_words(each)}" for object, each in self.links.items()),
        ]


def _rows_in_words(each: Change) -> str:
    parts = [f"{each.new:,} new", f"{each.changed:,} changed", f"{each.unchanged:,} unchanged"]
    parts += [f"{each.vanished:,} no longer there"] if each.vanished else []
    parts += [f"{counted(each.twice, 'id')} there already with other content, which you will be asked about"] if each.twice else []
    touched = f"; {counted(each.records, 'record')} in Pipedrive touched" if each.records else ""
    return f"{', '.join(parts)}{touched}"


def _answers_in_words(each: Answers) -> str:
    parts = [f"{counted(each.kept, 'answer')} kept"] if each.kept else []
    parts += [f"{each.fixed:,} fixed in the source"] if each.fixed else []
    parts += [f"{each.new:,} new to answer"] if each.new else []
    parts += [f"{counted(each.changed, 'answer')} to look at again, since what it is about changed"] if each.changed else []
    return ", ".join(parts)


def _links_in_words(each: Links) -> str:
    return f"{counted(each.lost, 'link')} more lead nowhere" if each.lost else f"{counted(each.mended, 'link')} find their record again"


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
    if not mine:
        return Effect()
    changes = {object: _change(upload, before[object], after[object]) for object in mine}
    return Effect(changes, *_beyond_rows(upload.project, after))


def foretell(upload: Upload) -> dict[str, Effect]:
    """What a held upload would do as each kind; written down for people, too."""
    meant, found = upload.kind, {}
    for kind in (Upload.Kind.FULL, Upload.Kind.ADD, Upload.Kind.DELTA):
        steady.keys_as(upload, kind)
        found[kind] = effect_of(upload, kind=kind)
    steady.keys_as(upload, meant)
    told = ((f"If it {kind.label}:", *(effect.lines() or ["everything in it is new"])) for kind, effect in found.items())
    upload.message = "\n".join("\n· ".join(lines) for lines in told)
    Upload.objects.filter(pk=upload.pk).update(message=upload.message)
    return {str(kind): effect for kind, effect in found.items()}


def _change(upload: Upload, before: Sequence[SourceTable], after: Sequence[SourceTable]) -> Change:
    old, now = rows.in_force(before), rows.in_force(after)
    same_key, same_row = (
        Exists(old.filter(key=OuterRef("key"))),
        Exists(old.filter(key=OuterRef("key"), content_hash=OuterRef("content_hash"))),
    )
    there, unchanged = _keys(now.filter(same_key)), _keys(now.filter(same_row))
    gone = old.filter(~Exists(now.filter(key=OuterRef("key"))))
    changed = now.filter(same_key).filter(~same_row)
    if upload.kind == Upload.Kind.ADD:  # the row that is there already counts until people say otherwise
        return Change(_keys(now.filter(~same_key)), 0, unchanged, 0, 0, _keys(changed))
    touched = _records(upload, before[0].object, changed) + _records(upload, before[0].object, gone)
    return Change(_keys(now.filter(~same_key)), there - unchanged, unchanged, _keys(gone), touched)


def _keys(records: QuerySet[StagedRecord]) -> int:
    return records.values("key").distinct().count()


def _records(upload: Upload, object: str, records: QuerySet[StagedRecord]) -> int:
    fed = RecordSource.objects.filter(link__account__project=upload.project, object=object, link__state__in=LINK_IN_TARGET)
    return fed.filter(source_key__in=records.values("key")).values("link").distinct().count()


def _beyond_rows(project: Project, after: Force) -> tuple[dict[str, Answers], dict[str, Links]]:
    """What one pass over all rows shows of answers and links, beside the newest audit."""
    mapping = proposing.newest(project)
    if mapping is None or project.audit_id is None:
        return {}, {}
    broken: Counter[str] = Counter()
    examiner = audit.examine(
        project, mapping, after, lambda object, row, issue: broken.update([object] if issue.code in LEADS_NOWHERE else ())
    )
    evidence = examiner.evidence()
    answers = {queue: Answers(**each) for part in PARTS.answers for queue, each in part(project, evidence).items()}
    return answers, _links(project, broken)


def _links(project: Project, broken: Counter[str]) -> dict[str, Links]:
    found = Finding.objects.filter(audit=project.audit_id, code__in=LEADS_NOWHERE).values_list("object", "count")
    was: Counter[str] = Counter()
    for object, count in found:
        was[object] += count
    more = {object: broken[object] - was[object] for object in sorted({*broken, *was}) if broken[object] != was[object]}
    return {object: Links(max(count, 0), max(-count, 0)) for object, count in more.items()}
