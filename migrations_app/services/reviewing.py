"""A test run as people judge it: the row on the left, on the right what a salesperson sees, with what changed on the way."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from migrations_app.models import Difference, FieldRule, PinnedRecord, RecordLink, RecordSource, Remark, Run, require
from migrations_app.rules.engine import compile_rules
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.resolve import target_field
from migrations_app.rules.spec import Rule
from migrations_app.rules.targets import BUILTIN_FIELDS
from migrations_app.services import compiling, history, rows, schema
from migrations_app.services.as_seen import Names, users_of
from migrations_app.services.building import PROVISIONAL
from migrations_app.services.references import fold
from migrations_app.states import TEST, LinkState

SUMMED_AT_MOST = 5000  # records whose owners are counted for the head of the page
WHOLE_RECORD = ""  # the field of a remark that is about no single one
OF_THE_LOADER = ("source_id", "matched_domain", "visible_to")


@dataclass(frozen=True, slots=True)
class Pair:
    """One field of Pipedrive beside the columns that it comes from; one of both may be empty.

    `changed` says that it reads otherwise than in the source, `live` is what stood there when it was read back otherwise than written.
    """

    field: str
    label: str
    source: tuple[tuple[str, str], ...] = ()
    value: str = ""
    live: str = ""
    changed: bool = False
    why_not: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class Reviewed:
    link: RecordLink
    source_id: str
    pinned: bool
    pairs: list[Pair] = field(default_factory=list)
    provisional: str = ""
    remarks: list[Remark] = field(default_factory=list)


def records(run: Run) -> QuerySet[RecordLink]:
    """What the run brought for judging, pinned records first, then as they load; later runs do not take it away."""
    mine = Q(chosen__run=run) if run.kind == TEST else Q(run=run)
    found = RecordLink.objects.filter(mine, state__in=(LinkState.CREATED, LinkState.MATCHED, LinkState.REFUSED, LinkState.REMOVED))
    return found.order_by(Case(*(When(entity=entity, then=at) for at, entity in enumerate(KINDS))), "order", "pk")


def pinned_records(run: Run) -> QuerySet[RecordLink]:
    wanted = Q(pk__in=[])
    for object, key in PinnedRecord.objects.filter(project=run.project_id).values_list("object", "source_key"):
        wanted |= Q(sources__object=object, sources__source_key=key)
    return records(run).filter(wanted).distinct()


def reviewed(run: Run, links: Sequence[RecordLink]) -> list[Reviewed]:
    """The records of one page, side by side. The number of queries does not grow with them."""
    return list(_Review(run, links).all()) if links else []


def intended_owners(run: Run) -> list[tuple[str, str, int]]:
    """[(owner in the source, user who has the records, how many)] where that is somebody else."""
    links = list(records(run)[:SUMMED_AT_MOST])
    target = schema.account_schema(run.account)
    users = users_of(run.account)
    counts: Counter[tuple[str, str]] = Counter()
    sent = history.written(links)
    for link in links:
        values = sent[link.pk].values if link.pk in sent else {}
        code = target.own.get((link.entity, schema.ORIGINAL_OWNER), "")
        if meant := values.get(code):
            owner = values.get(KINDS[link.entity].owner)
            counts[str(meant), users.get(str(owner), str(owner))] += 1
    return [(meant, has, count) for (meant, has), count in counts.most_common()]


def provisional_answers(run: Run) -> list[tuple[str, int]]:
    """[(what was taken for now, records)]: questions that production will wait for."""
    counts: Counter[str] = Counter()
    for message, facts in (
        records(run).filter(Q(message__startswith=PROVISIONAL) | Q(facts__provisional=True)).values_list("message", "facts")
    ):
        if facts.get("provisional"):
            counts[f"deals without a company: {facts.get('orphan', 'placeholder')}"] += 1
        if message.startswith(PROVISIONAL):
            counts[message.removeprefix(PROVISIONAL).split("; ")[0]] += 1
    undecided = RecordLink.objects.filter(run=run, state=LinkState.SKIPPED, reason="undecided").count()
    return [*counts.most_common(), *([("left out until somebody decides", undecided)] if undecided else [])]


def remark(run: Run, link: RecordLink, field: str, text: str, *, user: Any) -> Remark:
    """Keep what somebody says about a record, or about one of its fields. Raises Forbidden."""
    require(user, "remark", run.project)
    return Remark.objects.create(run=run, link=link, field=field[:300], rule=_rule_of(run, link, field), text=text, by=user)


def _rule_of(run: Run, link: RecordLink, field: str) -> FieldRule | None:
    """The rule that fills a field, where it is exactly one."""
    target = schema.account_schema(run.account)
    ruled = run.mapping.rules.filter(entity=link.entity).exclude(field="")
    mine = [rule for rule in ruled if _code(link.entity, rule.field, target) == field]
    return mine[0] if len(mine) == 1 else None


def _code(entity: str, name: str, target: schema.Target) -> str:
    """The key under which a field of the map travels in this account."""
    known = target_field(entity, name, target)
    return known if known in BUILTIN_FIELDS.get(entity, {}) else target.fields.get((entity, known), known)


def settle(remarks: QuerySet[Remark], *, user: Any) -> int:
    """Tick tasks off. Raises Forbidden for those of projects where the user may not."""
    for each in remarks.select_related("run__project").distinct():
        require(user, "remark", each.run.project)
    return remarks.exclude(state=Remark.State.DONE).update(state=Remark.State.DONE, done_by=user, done_at=timezone.now())


class _Review:
    """Everything that the pages of one run look up: rows, rules, names of fields and options, what was sent, what people said."""

    def __init__(self, run: Run, links: Sequence[RecordLink]) -> None:
        self.run, self.links = run, links
        self.target = schema.account_schema(run.account)
        pks = [link.pk for link in links]
        self.sent = history.written(links)
        self.sources = self._sources(pks)
        self.rules = compiling.rules_of(run.mapping)
        self.names = Names(run.account, self.sent.values())
        self.live = {
            (link, name): live
            for link, name, live in Difference.objects.filter(phase__run=run, link__in=pks, kind__in=("value", "edited")).values_list(
                "link_id", "field", "live"
            )
        }
        self.remarks: dict[tuple[int, str], list[Remark]] = {}
        for said in Remark.objects.filter(run=run, link__in=pks).select_related("by").order_by("pk"):
            self.remarks.setdefault((said.link_id or 0, said.field), []).append(said)
        self.pinned = set(PinnedRecord.objects.filter(project=run.project_id).values_list("object", "source_key"))

    def all(self) -> Iterator[Reviewed]:
        tables = rows.tables_of(self.run.tables)
        keys: dict[str, list[str]] = {}
        for object, key in self.sources.values():
            keys.setdefault(object, []).append(key)
        found = {object: rows.by_key(tables.get(object, []), wanted) for object, wanted in keys.items()}
        for link in self.links:
            object, key = self.sources.get(link.pk, ("", ""))
            yield self._one(link, object, key, found.get(object, {}).get(key))

    def _sources(self, pks: Sequence[int]) -> dict[int, tuple[str, str]]:
        found = RecordSource.objects.filter(link__in=pks, occurrence=0, part=0).values_list("link_id", "object", "source_key")
        return {pk: (object, key) for pk, object, key in found}

    def _one(self, link: RecordLink, object: str, key: str, row: rows.SourceRow | None) -> Reviewed:
        provisional = link.message if link.message.startswith(PROVISIONAL) or link.facts.get("provisional") else ""
        if link.facts.get("provisional") and not provisional.startswith(PROVISIONAL):
            provisional = f"{PROVISIONAL}deal without a company"
        shown = Reviewed(link, key, (object, key) in self.pinned, provisional=provisional)
        shown.remarks = self.remarks.get((link.pk, WHOLE_RECORD), [])
        shown.pairs = list(self._pairs(link, row))
        return shown

    def _pairs(self, link: RecordLink, row: rows.SourceRow | None) -> Iterator[Pair]:
        """Fields in the order of the columns that they come from; then what the loader adds; then what is not carried over."""
        values = dict(self.sent[link.pk].values) if link.pk in self.sent else {}
        columns: dict[str, list[tuple[str, str]]] = {}
        left: list[Pair] = []
        for header, text, rule in self._cells(row):
            if rule is None or not rule.field:
                left.append(Pair("", "", ((header, text),), why_not=rule.reason if rule else "no rule yet"))
            elif rule.field != "source_id":
                columns.setdefault(_code(link.entity, rule.field, self.target), []).append((header, text))
        own = {self.target.own.get((link.entity, name), name) for name in OF_THE_LOADER}
        for code in (*columns, *(code for code in values if code not in columns and code not in own)):
            yield self._pair(link, code, tuple(columns.get(code, ())), values)
        yield from left

    def _cells(self, row: rows.SourceRow | None) -> Iterator[tuple[str, str, Rule | None]]:
        if row is None:
            return
        mine = [rule for rule in self.rules if rule.object == row.table.object]
        headers = unique_headers(row.table.headers)
        by_position = compile_rules(mine, headers, row.table.roles_by_position(), compiling.settings_of(self.run.project)).rules
        for at, (header, text) in enumerate(zip(headers, row.cells, strict=False)):
            if text.strip():
                yield header, text, by_position.get(at)

    def _pair(self, link: RecordLink, code: str, source: tuple[tuple[str, str], ...], values: Mapping[str, Any]) -> Pair:
        value = self.names.shown(link.entity, code, values.get(code))
        has_live = (link.pk, code) in self.live
        live = self.names.shown(link.entity, code, self.live[link.pk, code]) or "nothing" if has_live else ""
        changed = bool(source) and fold(value) != fold(" ".join(text for _, text in source))
        label = self.names.label(link.entity, code)
        return Pair(code, label, source, value, live, changed, remarks=tuple(self.remarks.get((link.pk, code), ())))
