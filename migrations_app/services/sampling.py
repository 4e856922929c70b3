"""The records of a test run: every rule, option, owner and edge case occurs, parents come along, pinned records are in it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet

from migrations_app.models import FindingRow, LinkParent, PinnedRecord, RecordLink, RecordSource, Run, SourceField
from migrations_app.rules.engine import REFERENCE_ROLES
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.rules.sampling import Candidates, cover, fill
from migrations_app.rules.spec import Draft, split_custom
from migrations_app.services import compiling, rows
from migrations_app.services.pages import pages
from migrations_app.services.references import fold
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET, LinkState

AT_ONCE = 1000
LOADING = (LinkState.PLANNED, *LINK_IN_TARGET)  # what an earlier run has made can be judged again
FEW_VALUES, REPEATED = 30, 3  # a column of few values, each of which comes again and again, is a choice, whatever its type
CHILDREN = 5  # of each kind that a pinned record brings along
CAPPED_TOLD = 20
OF_FEW_VALUES = frozenset({"status", "currency", "type", "unit", "label_ids"})
CHOICES = frozenset({"enum", "set"})


@dataclass(slots=True)
class Sample:
    """`links` are primary keys; `told` is what people should know of it, kept with the run."""

    links: set[int]
    told: dict[str, Any] = field(default_factory=dict)


def choose(run: Run, size: int) -> Sample:
    """`size` of the links of `run`, more where less would not show everything. One look at all of them."""
    candidates, reader = Candidates(size), _Reader(run)
    for page in pages(RecordLink.objects.filter(run=run, state__in=LOADING), RecordLink.objects.all(), AT_ONCE):
        for link, shows in reader.look(page):
            candidates.look(link.pk, link.entity, link.key, shows)
    pinned = _pinned(run)
    needed = _closed({*pinned, *_children(run, pinned)})
    needed = _closed(needed | set(cover(candidates.features, needed)))
    above = _with_parents(candidates.spare())
    sample = fill(needed, [pk for pk, parents in above.items() if not parents & pinned], above, size)
    told = {"sample": size, "shows": len(candidates.seen), "needed": len(needed), "pinned": len(pinned)}
    return Sample(sample, told | {"capped": _capped(run, pinned, sample)})


# --- what the records show -------------------------------------------------------------------------------------------


class _Reader:
    """What each record shows: how it hangs together, its row as the map reads it, and what the audit found in it."""

    def __init__(self, run: Run) -> None:
        self.audit = run.project.audit_id
        self.tables = rows.tables_of(run.tables)
        every = [table for tables in self.tables.values() for table in tables]
        self.mappers = compiling.mappers(run.mapping, every)
        repeated = SourceField.objects.filter(table__in=every, filled__gte=F("distinct") * REPEATED, distinct__gt=1)
        few = repeated.filter(distinct__lte=FEW_VALUES).exclude(role__in=REFERENCE_ROLES)
        self.few: dict[int, list[int]] = {table.pk: [] for table in every}
        for table, position in few.values_list("table_id", "position"):
            self.few[table].append(position)

    def look(self, page: Sequence[RecordLink]) -> Iterator[tuple[RecordLink, list[str]]]:
        """Each link of the page with everything that it shows. The number of queries does not grow with the page."""
        pks = [link.pk for link in page]
        keys = dict(RecordSource.objects.filter(link__in=pks, occurrence=0).values_list("link_id", "source_key"))
        stands_for = set(RecordLink.objects.filter(survivor__in=pks).values_list("survivor_id", flat=True))
        roles: dict[int, list[str]] = {}
        for pk, role in LinkParent.objects.filter(link__in=pks).order_by("role").values_list("link_id", "role"):
            roles.setdefault(pk, []).append(role)
        wanted = list(keys.values())
        found = {entity: rows.by_key(self.tables.get(KINDS[entity].object, []), wanted) for entity in {link.entity for link in page}}
        codes = self._codes(wanted)
        for link in page:
            shows = [f"below {' and '.join(roles.get(link.pk, ['nothing']))}"]
            shows += ["stands for others"] if link.pk in stands_for else []
            shows += [link.key.split(":", 1)[0]] if link.derived else []
            shows += [f"{name} {value}" for name, value in link.facts.items() if isinstance(value, str | bool) and name != "name"]
            row = found[link.entity].get(keys.get(link.pk, ""))
            shows += self._of_row(row, codes.get((row.table.pk, row.line), [])) if row else []
            yield link, [f"{link.entity} {each}" for each in shows]

    def _codes(self, keys: Sequence[str]) -> dict[tuple[int, int], list[str]]:
        codes: dict[tuple[int, int], list[str]] = {}
        found = FindingRow.objects.filter(finding__audit=self.audit, key__in=keys, table__in=list(self.mappers))
        for table, line, code in found.values_list("table_id", "line", "finding__code"):
            codes.setdefault((table, line), []).append(code)
        return codes

    def _of_row(self, row: rows.SourceRow, codes: Iterable[str]) -> list[str]:
        """Columns that have a rule count as filled or not; those of few values, owners and places in a pipeline value by value."""
        mapper, cells = self.mappers[row.table.pk], row.cells
        draft = mapper.draft(cells)
        ruled = [(at, rule.column) for at, rule in mapper.rules.items() if rule.field and at < len(cells) and cells[at].strip()]
        shown = [f"found {code}" for code in {*codes, *(issue.code for issue in draft.issues)}]
        shown += [f"rule {column}" for _, column in ruled]
        few = self.few[row.table.pk]
        shown += [f"{column} = {fold(cells[at])}" for at, column in ruled if at in few]
        return shown + list(_values(draft))


def _values(draft: Draft) -> Iterator[str]:
    """Owners, places in a pipeline and the options of fields that have few; texts and numbers count as filled or not."""
    for role in ("owner", "author"):
        if draft.references.get(role):
            yield f"of {fold(draft.references[role])}"  # however the column spells it
    if "stage" in draft.references or "pipeline" in draft.references:
        yield f"at {fold(draft.references.get('pipeline', ''))} / {fold(draft.references.get('stage', ''))}"
    for name, value in draft.values.items():
        custom = split_custom(name)
        if name in OF_FEW_VALUES or (custom and custom[1] in CHOICES):
            yield from (f"{name} = {each}" for each in (value if isinstance(value, list | tuple) else [value]))


# --- what belongs to what --------------------------------------------------------------------------------------------


def _pinned(run: Run) -> set[int]:
    found: set[int] = set()
    for object, key in PinnedRecord.objects.filter(project=run.project_id).values_list("object", "source_key"):
        found.update(RecordSource.objects.filter(link__run=run, object=object, source_key=key).values_list("link_id", flat=True))
    return found


def _children(run: Run, parents: Collection[int]) -> set[int]:
    """A few of each kind that hang on pinned records: what hangs on a big company can be thousands."""
    children: set[int] = set()
    for parent, entity in _hanging(run, parents).values_list("parent_id", "link__entity").distinct().order_by("parent_id", "link__entity"):
        first = _hanging(run, [parent]).filter(link__entity=entity).order_by("link__order", "link_id")
        children.update(first.values_list("link_id", flat=True)[:CHILDREN])
    return children


def _capped(run: Run, parents: Collection[int], sample: Collection[int]) -> list[dict[str, Any]]:
    """Pinned records on which more hangs than the sample holds."""
    counts = _hanging(run, parents).values_list("parent_id", "parent__label", "link__entity").annotate(there=Count("pk"))
    told: list[dict[str, Any]] = []
    for parent, label, entity, there in counts.order_by("parent_id", "link__entity"):
        hanging = _hanging(run, [parent]).filter(link__entity=entity).values_list("link_id", flat=True)
        taken = sum(1 for pk in hanging.iterator(2000) if pk in sample)
        if taken < there and len(told) < CAPPED_TOLD:
            told.append({"record": label, "kind": KINDS[entity].many, "there": there, "taken": taken})
    return told


def _hanging(run: Run, parents: Collection[int]) -> QuerySet[LinkParent]:
    return LinkParent.objects.filter(parent__in=parents, link__run=run, link__state__in=LOADING)


def _closed(links: Collection[int]) -> set[int]:
    """`links` with everything that they hang on, and what stands for what is merged."""
    return set(links).union(*_with_parents(links).values()) if links else set()


def _with_parents(links: Collection[int]) -> dict[int, frozenset[int]]:
    """{link: all that it hangs on}. A query for each 500 links and each level, and there are few levels."""
    above: dict[int, set[int]] = {}
    new = set(links)
    while new:
        edges: dict[int, set[int]] = {pk: set() for pk in new}
        for some in chunks(sorted(new), 500):
            for pk, parent in LinkParent.objects.filter(link__in=some).values_list("link_id", "parent_id"):
                edges[pk].add(parent)
            for pk, survivor in RecordLink.objects.filter(pk__in=some, survivor__isnull=False).values_list("pk", "survivor_id"):
                edges[pk].add(survivor)
        above |= edges
        new = set().union(*edges.values()) - above.keys()
    return {pk: frozenset(_reach(pk, above)) for pk in links}


def _reach(pk: int, above: Mapping[int, set[int]]) -> set[int]:
    found: set[int] = set()
    new = set(above.get(pk, ()))
    while new:
        found |= new
        new = set().union(*(above.get(each, set()) for each in new)) - found
    return found
