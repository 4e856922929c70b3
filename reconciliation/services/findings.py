"""Answers to findings: corrected here, in the source, loaded without the value, left out, accepted (PRACTICE.md 1.4).

An answer is a Decision; the row of FindingAnswer that counts mirrors the newest one that nobody took back. What it does
is done where rows are read (`services/fixed`), so audit, drafts and lineage see it alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from migrations_app.models import Decision, FindingAnswer, FindingRow, Project, SourceTable, require
from migrations_app.rules.engine import Mapper
from migrations_app.rules.keys import clean
from migrations_app.services import compiling, decisions, fixed, proposing, rows
from migrations_app.services.examining import OWNER_ROLES
from migrations_app.services.references import COMPANY_ROLES, CONTACT_ROLES
from reconciliation.services.answers import AT_ONCE, Outcome, Refusal, chunks, plain

How, State = FindingAnswer.How, FindingAnswer.State
SENT_OTHERWISE = (*fixed.CORRECTING, How.SKIP)  # answers that change what Pipedrive gets
WANTS_PEOPLE = (State.CHANGED, State.AGAIN)  # an answer that no longer settles its finding
SECOND_ROWS = "duplicate_id"
# Columns that may hold what a finding calls by the first of them.
ALSO = {"company_ref": COMPANY_ROLES, "contact_ref": CONTACT_ROLES, "owner": OWNER_ROLES, "author": OWNER_ROLES}

Mark = tuple[str, str, str, str]  # object, source key, code, field


@dataclass(frozen=True, slots=True)
class Say:
    """One answer; `new` is for `fix`, `due` and `assignee` (a user's key) are for `source`."""

    how: str
    new: str = ""
    why: str = ""
    due: date | None = None
    assignee: int | None = None


Pick = tuple[FindingRow, Say]


def newest(*projects: Project) -> QuerySet[FindingRow]:
    """Findings in rows as the newest audit of each project has them."""
    found = FindingRow.objects.filter(finding__audit__in=[project.audit_id for project in projects])
    return found.select_related("finding__audit__project", "table").order_by("pk")


def answered(found: QuerySet[FindingRow], yes: bool = True) -> QuerySet[FindingRow]:
    """Those that have an answer which still holds, or all others."""
    mine = Exists(_answers_of(OuterRef).exclude(state__in=WANTS_PEOPLE))
    return found.filter(mine if yes else ~mine)


def with_answers(found: QuerySet[FindingRow]) -> QuerySet[FindingRow]:
    """Each finding with how it is answered, as `said`, `said_new` and `said_state`; None where it is not."""
    mine = _answers_of(OuterRef)
    told = {"said": "how", "said_new": "new", "said_state": "state"}
    return found.annotate(**{name: Subquery(mine.values(column)[:1]) for name, column in told.items()})


def answers_to(some: Sequence[FindingRow]) -> dict[int, FindingAnswer]:
    """{finding in a row: its answer}. One query for each project and 500 rows."""
    wanted: dict[int, list[FindingRow]] = defaultdict(list)
    for row in some:
        wanted[row.project_id].append(row)
    found: dict[tuple[int, Mark], FindingAnswer] = {}
    for project, mine in wanted.items():
        for keys in chunks({row.key for row in mine}):
            for each in FindingAnswer.objects.filter(project=project, source_key__in=keys).select_related("assignee", "decision__by"):
                found[project, (each.object, each.source_key, each.code, each.field)] = each
    return {row.pk: found[row.project_id, mark(row)] for row in some if (row.project_id, mark(row)) in found}


def answer(project: Project, picks: Iterable[Pick], *, user: Any) -> Outcome:
    """Give each of these findings its answer; what does not fit is refused and says why. Raises Forbidden.

    A constant number of statements for 500 of them.
    """
    require(user, "answer", project)
    judge = _Judge(project)
    outcome = Outcome()
    with transaction.atomic():
        for some in chunks(picks):
            given, refused = judge.sort(some)
            for object, answers in given.items():
                decisions.decide_each(project, kind=Decision.Kind.FINDING, object=object, answers=answers, user=user)
                mirror(project, object, {key for key, _ in answers})
            outcome += Outcome(sum(map(len, given.values())), tuple(refused))
    return outcome


def take_back(project: Project, answers: Iterable[FindingAnswer], *, user: Any) -> int:
    """What was said before counts again, or nothing. Raises Forbidden, and TooLate where Pipedrive has what was answered."""
    taken = 0
    with transaction.atomic():
        for some in chunks(answers):
            matters = [each.decision for each in some if each.how in SENT_OTHERWISE]
            rest = [each.decision for each in some if each.how not in SENT_OTHERWISE]
            taken += decisions.undo(matters, user=user) + decisions.undo(rest, user=user, correcting=True)
            decisions_undone(project, [each.decision for each in some])
    return taken


def decisions_undone(project: Project, undone: Sequence[Decision]) -> None:
    keys: dict[str, set[str]] = defaultdict(set)
    for each in undone:
        if each.kind == Decision.Kind.FINDING:
            keys[each.object].add(each.source_key)
    for object, mine in keys.items():
        mirror(project, object, mine)


def mirror(project: Project, object: str, keys: Iterable[str]) -> None:
    """Bring the answers of these rows to the Decisions that count. Four statements for 500 rows."""
    for some in chunks(keys):
        counting = Decision.objects.filter(project=project, kind=Decision.Kind.FINDING, object=object, source_key__in=some)
        newest_of: dict[tuple[str, str, str], Decision] = {}
        for each in counting.filter(undone_at__isnull=True).order_by("pk"):
            newest_of[each.source_key, each.answer["code"], each.answer["field"]] = each
        mine = FindingAnswer.objects.filter(project=project, object=object, source_key__in=some)
        known = set(mine.values_list("decision", flat=True))
        wanted = {each.pk for each in newest_of.values()}
        mine.filter(decision__in=known - wanted).delete()
        fresh = [_mirrored(each) for each in newest_of.values() if each.pk not in known]
        FindingAnswer.objects.bulk_create(fresh, batch_size=AT_ONCE)


def mark(row: FindingRow) -> Mark:
    return row.finding.object, row.key, row.finding.code, row.field


def _mirrored(decision: Decision) -> FindingAnswer:
    said = decision.answer
    due = date.fromisoformat(said["due"]) if said.get("due") else None
    told = {name: said.get(name, "") for name in ("code", "field", "place", "how", "old", "new", "why")}
    key, project = decision.source_key, decision.project_id
    return FindingAnswer(
        project_id=project, object=decision.object, source_key=key, **told, due=due, assignee_id=said.get("assignee"), decision=decision
    )


def _answers_of(outer: Any) -> QuerySet[FindingAnswer]:
    return FindingAnswer.objects.filter(
        project=outer("finding__audit__project"),
        object=outer("finding__object"),
        source_key=outer("key"),
        code=outer("finding__code"),
        field=outer("field"),
    )


class _Judge:
    """Which answers fit: rows are read as they came, and a correction is tried out before it counts."""

    def __init__(self, project: Project) -> None:
        self._force = rows.tables_in_force(project)
        self._project = project
        self._mappers: dict[int, Mapper] | None = None

    def sort(self, picks: Sequence[Pick]) -> tuple[dict[str, list[tuple[str, dict[str, Any]]]], list[Refusal]]:
        """({object: (source key, answer as it is kept)}, refusals)."""
        found = {object: rows.by_key(self._force.get(object, ()), keys, fixes={}) for object, keys in _keys(picks).items()}
        given: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        refused = []
        for row, say in picks:
            source = found[row.finding.object].get(row.key)
            place = place_of(source, row) if source else ""
            at = fixed.position(source.table, place) if source and place else None
            old = fixed.shown(source.cells[at]) if source and at is not None else ""
            if why := self._why_not(row, say, source, at):
                refused.append(Refusal(row.key, "", why))
                continue
            told = {"how": say.how, "code": row.finding.code, "field": row.field, "place": place, "old": old}
            told |= {"new": plain(say.new) if say.how == How.FIX else "", "why": plain(say.why)}
            later = {"due": say.due.isoformat() if say.due else "", "assignee": say.assignee} if say.how == How.SOURCE else {}
            given[row.finding.object].append((row.key, told | later))
        return given, refused

    def _why_not(self, row: FindingRow, say: Say, source: rows.SourceRow | None, at: int | None) -> str:
        if source is None:
            return "the export has no such row any more"
        if general := why_not(row, say.how):
            return general
        if say.how not in fixed.CORRECTING:
            return ""
        if at is None:
            return "no column of the file holds what is missing: answer “will be corrected in the source”"
        if say.how == How.EMPTY:
            return "" if clean(source.cells[at]) else "there is no value to leave out"
        if not say.new.strip():
            return "the new value is missing: to load without one, answer “loads without this value”"
        if say.new == source.cells[at]:
            return "that is what stands there already"
        return self._same_trouble(row, say.new, source, at)

    def _same_trouble(self, row: FindingRow, new: str, source: rows.SourceRow, at: int) -> str:
        if self._mappers is None:
            mapping = proposing.newest(self._project)
            tables = [table for each in self._force.values() for table in each]
            self._mappers = compiling.mappers(mapping, tables) if mapping else {}
        mapper = self._mappers.get(source.table.pk)
        cells = [*source.cells[:at], new, *source.cells[at + 1 :]]
        issues = mapper.draft(cells).issues if mapper and mapper.rules else []
        again = next((issue for issue in issues if (issue.code, issue.field) == (row.finding.code, row.field)), None)
        return f"“{new[:80]}” has the same trouble: {again.message}" if again else ""


def why_not(row: FindingRow, how: str) -> str:
    """Why this finding cannot be answered so, as far as the finding alone says."""
    if row.finding.code.startswith(SECOND_ROWS) and how in SENT_OTHERWISE:
        return "which line of an id counts is answered under Questions, and ids are corrected in the source"
    if how == How.ACCEPT and row.finding.severity == "decide":
        return "it needs an answer of its own, in its queue or under Questions"
    return ""


def place_of(source: rows.SourceRow, row: FindingRow) -> str:
    """The role or header of the column that a finding is about, "" where the file has none."""
    said = clean(row.value.replace("␀", ""))
    places = [place for place in dict.fromkeys((row.field, *ALSO.get(row.field, ()))) if place]
    there = [(place, at) for place in places if (at := fixed.position(source.table, place)) is not None]
    fitting = [place for place, at in there if clean(source.cells[at])[: len(said)] == said]
    return next(iter([*fitting, *(place for place, _ in there)]), "")


def _keys(picks: Sequence[Pick]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for row, _ in picks:
        keys[row.finding.object].add(row.key)
    return keys


# --- what a later audit says to them ---------------------------------------------------------------------------------


def audit_finished(audit: Any, evidence: Any) -> None:
    """Close what the source has right now, and flag where it says something else than what was corrected.

    Three statements for 500 answers.
    """
    force = rows.tables_in_force(audit.project)
    answers = FindingAnswer.objects.filter(project=audit.project).order_by("object", "pk")
    for object in answers.order_by("object").values_list("object", flat=True).distinct():
        for some in chunks(answers.filter(object=object).iterator(AT_ONCE)):
            _settle(audit.project, force.get(object, ()), some)


def _settle(project: Project, tables: Sequence[SourceTable], some: Sequence[FindingAnswer]) -> None:
    keys = {each.source_key for each in some}
    source = rows.by_key(tables, keys, fixes={})
    found = newest(project).filter(finding__object=some[0].object, key__in=keys)
    seen = set(found.values_list("key", "finding__code", "field"))
    moved = []
    for each in some:
        state = _state(each, source.get(each.source_key), (each.source_key, each.code, each.field) in seen)
        if state != each.state:
            each.state = state
            moved.append(each)
    FindingAnswer.objects.bulk_update(moved, ["state"], batch_size=AT_ONCE)


def _state(answer: FindingAnswer, source: rows.SourceRow | None, seen: bool) -> str:
    if source is None:
        return State.CLOSED
    if answer.how not in SENT_OTHERWISE:
        return State.STANDS if seen else State.CLOSED
    at = fixed.position(source.table, answer.place) if answer.place else None
    now = fixed.shown(source.cells[at]) if at is not None else ""
    if now == answer.old:
        return State.AGAIN if seen and answer.how in fixed.CORRECTING else State.STANDS
    if answer.how in fixed.CORRECTING and clean(now) == clean(answer.new):
        return State.CLOSED
    return State.CHANGED


# --- counting --------------------------------------------------------------------------------------------------------


def due(project: Project, today: date) -> int:
    """Answers that want people again: the source changed, a correction did not help, or the source was not corrected by its day."""
    mine = FindingAnswer.objects.filter(project=project)
    late = mine.filter(how=How.SOURCE, state=State.STANDS, due__lt=today)
    return mine.filter(state__in=WANTS_PEOPLE).count() + late.count()


def summary(project: Project) -> Iterator[Mapping[str, Any]]:
    """For each kind of finding: rows, how many are open, and how the others are answered. Two queries for each."""
    audit = project.audit
    for finding in audit.findings.order_by("object", "code") if audit else ():
        mine = newest(project).filter(finding=finding)
        hows = FindingAnswer.objects.filter(project=project, object=finding.object, code=finding.code).values_list("how", "state")
        told: dict[str, int] = defaultdict(int)
        for how, state in hows:
            told[how if state == State.STANDS else state] += 1
        known = {"object": finding.object, "code": finding.code, "severity": finding.severity, "rows": finding.count}
        yield known | {"open": answered(mine, yes=False).count(), "answers": dict(told)}


def as_dict(answer: FindingAnswer) -> dict[str, Any]:
    told = {"object": answer.object, "source_id": answer.source_key, "code": answer.code, "field": answer.field, "how": answer.how}
    said = {"old": answer.old, "new": answer.new, "why": answer.why, "due": answer.due.isoformat() if answer.due else ""}
    return told | said | {"state": answer.state}
