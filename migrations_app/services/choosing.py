"""A run of some records only: those that were asked for, and what they hang on. All others wait for a later run.

What is not in the run is `skipped` under a reason of its own, so that the counts of a phase still add up; the next run
plans it like anything that nobody has sent yet.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from migrations_app.models import TO_BE_SENT, Chosen, LinkParent, Project, RecordLink, RecordSource, Run
from migrations_app.services import missing, rows, sampling
from migrations_app.services.staging import chunks
from migrations_app.states import LinkState, transition

NOT_IN_RUN = "not in this run"
PENDING = (LinkState.PLANNED, LinkState.WAITING)
KEPT = (missing.WAS_IT_DELETED, missing.LEFT_OUT)  # people say what becomes of these, no plan does
AT_ONCE = 500
_NAMED = re.compile(r"(?P<object>[a-z_]+):(?P<key>.+)")
_MINE = Chosen.objects.filter(link=OuterRef("pk"))

SourceKey = tuple[str, str]  # object, source key


class UnknownRows(ValueError):
    """The list of source ids names what the export does not have, or what it has more than once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`limit` records of each phase, in the order of the files, or the `rows` named, or a `sample`; none of these: everything."""

    limit: int = 0
    rows: frozenset[SourceKey] = frozenset()
    sample: int = 0

    def __bool__(self) -> bool:
        return bool(self.limit or self.rows or self.sample)

    def as_dict(self) -> dict[str, Any]:
        """What the run keeps. The rows themselves only until they are worked out into records."""
        if not self.rows:
            asked = {"limit": self.limit, "sample": self.sample}
            return {name: value for name, value in asked.items() if value}
        named = sorted(self.rows)
        digest = sha256("\n".join("\t".join(each) for each in named).encode(errors="replace")).hexdigest()
        return {"rows": len(named), "digest": digest, "named": named}

    def same_as(self, run: Run) -> bool:
        """Whether `run` was planned for just this choice."""
        return all(run.choice.get(name) == self.as_dict().get(name) for name in ("limit", "sample", "rows", "digest"))


EVERYTHING = Choice()


def in_words(run: Run) -> str:
    """What the run is limited to, for people; empty where it loads everything."""
    if size := run.choice.get("sample"):
        return f"a test run of {run.choice.get('records', size):,} records in which every rule, option, owner and edge case occurs"
    if limit := run.choice.get("limit"):
        return f"the first {limit:,} records of each phase, and what they hang on"
    if count := run.choice.get("rows"):
        return f"{count:,} rows that were listed, and what they hang on"
    return ""


# --- what was asked for ------------------------------------------------------------------------------------------------


def read_rows(project: Project, text: str) -> frozenset[SourceKey]:
    """Source ids as people list them: `a,b,c`, or the path of a file with one a line. `deals:OP-1` where an id alone would be
    of several objects. Raises UnknownRows.
    """
    return find_rows(project, _listed(text))


def find_rows(project: Project, lines: Iterable[str]) -> frozenset[SourceKey]:
    """The rows that these source ids name. Raises UnknownRows."""
    names = list(dict.fromkeys(name for each in lines if (name := each.strip())))
    if not names:
        raise UnknownRows("The list of source ids is empty.")
    tables = rows.tables_in_force(project)
    found: dict[str, list[SourceKey]] = {name: [] for name in names}
    for object, here in tables.items():
        asked = {_of_object(name, object, tables): name for name in names}
        for some in chunks(sorted(key for key in asked if key), AT_ONCE):
            for key in rows.by_key(here, some):
                found[asked[key]].append((object, key))
    if unknown := [name for name, those in found.items() if not those]:
        raise UnknownRows(f"Not in the export: {_some(unknown)}.")
    if several := [" or ".join(f"{object}:{key}" for object, key in those) for those in found.values() if len(those) > 1]:
        raise UnknownRows(f"Say which one is meant: {_some(several)}.")
    return frozenset(those[0] for those in found.values())


def _listed(text: str) -> list[str]:
    path = Path(text)
    try:
        whole = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else text.split(",")
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownRows(f"{text} cannot be read as a list of source ids: {error}.") from None
    return whole


def _of_object(name: str, object: str, tables: Mapping[str, Any]) -> str:
    """The key that `name` means in `object`; empty where it names another one."""
    named = _NAMED.fullmatch(name)
    if named is None or named["object"] not in tables:
        return name
    return named["key"] if named["object"] == object else ""


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


# --- working it out ----------------------------------------------------------------------------------------------------


def restrict(run: Run) -> int:
    """Limit the planned links of `run` to its choice with all their parents; the others are left out of this run.

    Answers how many records joined the choice: where that is not none, they have to be planned once more. A choice
    stays as it was worked out first, whatever answers come in, but for parents that these call for.
    """
    if not run.choice:
        return 0
    with transaction.atomic():
        before = run.chosen.count()
        if not worked_out(run):
            _choose(run)
        while _choose_parents(run):
            pass
        pending = RecordLink.objects.filter(run=run, state__in=PENDING).exclude(reason__in=KEPT)
        transition(pending.exclude(Exists(_MINE.filter(run=run))), PENDING, LinkState.SKIPPED, reason=NOT_IN_RUN, message="")
        # Changes outside the choice are not sent either: the next run compares these records again.
        RecordLink.objects.filter(run=run, stale=True).exclude(Exists(_MINE.filter(run=run))).update(stale=False, content_hash="")
        first, records = not worked_out(run), run.chosen.count()
        run.choice = {name: value for name, value in run.choice.items() if name != "named"} | {"records": records}
        Run.objects.filter(pk=run.pk).update(choice=run.choice)
    return 0 if first else records - before


def worked_out(run: Run) -> bool:
    return "records" in run.choice


class Movable(Protocol):
    """A link as planning wants it."""

    key: str
    state: str
    reason: str


def leave_out(run: Run, known: Mapping[str, RecordLink], wanted: Iterable[Movable]) -> None:
    """Planning again does not bring back what the run was limited not to load. One query."""
    if not worked_out(run):
        return
    pks = [link.pk for link in known.values()]
    chosen = set(run.chosen.filter(link__in=pks).values_list("link__key", flat=True))
    for each in wanted:
        if each.key not in chosen and each.state in PENDING:
            each.state, each.reason = LinkState.SKIPPED, NOT_IN_RUN


def _choose(run: Run) -> None:
    if limit := run.choice.get("limit"):
        for entity in run.phases.values_list("entity", flat=True):
            planned = RecordLink.objects.filter(TO_BE_SENT, run=run, entity=entity).order_by("order", "pk")
            _add(run, planned.values_list("pk", flat=True)[:limit])
        return
    if size := run.choice.get("sample"):
        sample = sampling.choose(run, size)
        _add(run, sorted(sample.links))
        run.choice |= sample.told
        return
    keys: dict[str, list[str]] = {}
    for object, key in run.choice["named"]:
        keys.setdefault(object, []).append(key)
    for object, named in keys.items():
        for some in chunks(named, AT_ONCE):
            fed = RecordSource.objects.filter(link__run=run, object=object, source_key__in=some)
            _add(run, fed.values_list("link_id", flat=True))


def _choose_parents(run: Run) -> int:
    """What the chosen records hang on, and what stands for those that are merged; answers how many are new."""
    new = Chosen.objects.filter(run=run, link=OuterRef("parent"))
    parents = LinkParent.objects.filter(link__chosen__run=run).exclude(Exists(new)).values_list("parent_id", flat=True)
    new = Chosen.objects.filter(run=run, link=OuterRef("survivor"))
    merged: QuerySet[Any] = RecordLink.objects.filter(chosen__run=run, survivor__isnull=False).exclude(Exists(new))
    return _add(run, parents.distinct()) + _add(run, merged.values_list("survivor_id", flat=True).distinct())


def _add(run: Run, pks: Iterable[int]) -> int:
    found = list(pks)
    for some in chunks(found, AT_ONCE):
        Chosen.objects.bulk_create([Chosen(run=run, link_id=pk) for pk in some], ignore_conflicts=True)
    return len(found)
