"""Stage audit: one streaming pass over the rows in force; what is wrong becomes findings, what only people know becomes questions."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from migrations_app import hooks
from migrations_app.models import Audit, Decision, Finding, FindingRow, Mapping, Project, SourceTable, require
from migrations_app.rules.answers import OF_COLUMN
from migrations_app.rules.check import make_issue
from migrations_app.rules.engine import Mapper
from migrations_app.rules.keys import clean
from migrations_app.rules.spec import ENTITY_OF_OBJECT, Draft, Issue
from migrations_app.services import asking, compiling, customers, finding_rows, fixed, line_values, policies, proposing, rows
from migrations_app.services.examining import Examiner
from migrations_app.services.mailing import gathering
from migrations_app.services.mailing.auditing import AUDITED, MailingExaminer
from migrations_app.services.owners import USERS, OwnerIndex, user_tables
from migrations_app.services.scoping import Scoping

IN_SCOPE = tuple(ENTITY_OF_OBJECT)  # in the order in which one can point to the other

Force = dict[str, list[SourceTable]]  # the tables in force, by object


class NothingToAudit(Exception):
    """No upload is in force, or no map was proposed."""


def run_audit(project: Project, *, user: Any, progress: Callable[[str], None] = lambda text: None) -> Audit:
    """Look at every row in force with the newest map (a draft will do), and make its findings the project's.

    Raises Forbidden and NothingToAudit. Listeners of `audit_finished` get the audit and its Evidence.
    """
    require(user, "audit", project)
    force = rows.tables_in_force(project)
    mapping = proposing.newest(project)
    if not force:
        raise NothingToAudit(f"{project} has no upload yet: take in a package first.")
    if mapping is None:
        raise NothingToAudit(f"{project} has no map yet: propose one first.")
    audit = Audit.objects.create(project=project, mapping=mapping, tables=[table.pk for each in force.values() for table in each])
    try:
        examiner = _examine(audit, mapping, force, progress)
    except BaseException:
        _discard(audit)
        raise
    evidence = examiner.evidence()
    gathering.gather(project, force, progress, customers.to_keep(project, examiner.customers))
    older = project.audit
    with transaction.atomic():
        audit.owners = {
            each.text: {"folded": each.folded, "rows": each.rows, "by_object": each.by_object, "email": each.email}
            for each in evidence.owners
        }
        audit.derived["values"] = {each.key: [line_values.default_for(each.status, each.value), each.lines] for each in evidence.values}
        audit.finished_at = timezone.now()
        audit.save()
        asking.store_questions(project, evidence.questions)
        Project.objects.filter(pk=project.pk).update(audit=audit)
        project.audit = audit
    hooks.announce("audit_finished", audit, evidence)
    if older is not None:
        _discard(older)
    return audit


def refresh(project: Project, *, user: Any, progress: Callable[[str], None] = lambda text: None) -> Audit:
    """The newest audit, made anew if rows came in, the map or a setting changed, or findings were answered since."""
    current = project.audit
    tables = [table.pk for each in rows.tables_in_force(project).values() for table in each]
    mapping = proposing.newest(project)
    fresh = current is not None and current.tables == tables and current.mapping_id == (mapping.pk if mapping else None)
    fresh = fresh and current is not None and current.derived.get("settings") == policies.of_records(project)
    if current is not None and fresh and not _answered_since(current):
        return current
    return run_audit(project, user=user, progress=progress)


def _answered_since(audit: Audit) -> bool:
    """Whether answers that change what an audit sees were given or taken back since: corrected cells, customers told by their name."""
    by_name = Q(kind=Decision.Kind.QUESTION, source_key__startswith=f"{customers.QUESTION}:")
    answers = Decision.objects.filter(Q(kind=Decision.Kind.FINDING) | by_name, project=audit.project_id)
    return answers.filter(Q(at__gt=audit.started_at) | Q(undone_at__gt=audit.started_at)).exists()


def counts(audit: Audit) -> dict[str, int]:
    """{code: rows} over all objects."""
    total: dict[str, int] = {}
    for code, count in audit.findings.values_list("code", "count"):
        total[code] = total.get(code, 0) + count
    return total


def _examine(audit: Audit, mapping: Mapping, force: Force, progress: Callable[[str], None]) -> Examiner:
    with finding_rows.Writer(audit) as writer:
        examiner = examine(audit.project, mapping, force, writer.add, progress)
    audit.derived = {
        "without_owner": examiner.without_owner,
        "late_activities": examiner.late_activities,
        "done_calls": examiner.done_calls,
        "settings": policies.of_records(audit.project),
    }
    return examiner


def examine(
    project: Project,
    mapping: Mapping,
    force: Force,
    found: Callable[[str, rows.SourceRow, Issue], None],
    progress: Callable[[str], None] = lambda text: None,
) -> Examiner:
    """One pass over the rows of `force`; `found` gets every issue. Writes nothing itself."""
    mappers = compiling.mappers(mapping, [table for object in IN_SCOPE for table in force.get(object, [])])
    examiner = Examiner(project, force, OwnerIndex(user_tables(force)), mapping)
    scoping, left_out = Scoping(mapping, force), fixed.left_out(project)

    def tell(object: str, row: rows.SourceRow, issues: list[Issue]) -> None:
        for issue in issues:
            if issue.code not in OF_COLUMN:  # one question for the column says it once for all rows
                found(object, row, issue)
        for repeated in examiner.repeats():
            found(*repeated)

    for object in IN_SCOPE:
        progress(f"auditing {object}")
        for row, draft in _drafts(force.get(object, []), mappers):
            if not row.occurrence and (rule := scoping.fitting(row)) is not None:
                if scoping.rule_of(row) is not None:
                    examiner.pass_over(object, row)
                    continue
                found(object, row, make_issue(object, "kept_despite_rule", "", rule.name))
            if row.key in left_out.get(object, ()) and not row.occurrence:
                examiner.pass_over(object, row)
                issues = draft.issues
            else:
                issues = examiner.look(object, row, draft)
            tell(object, row, issues)
    for object, row, issues in _mailing(project, force, examiner):
        tell(object, row, examiner.look(object, row, Draft(issues=issues)))
    for object in force:
        if object not in (*IN_SCOPE, *USERS, *AUDITED):
            examiner.count_owners(object, force[object])
    for object, row, issue in examiner.finish():
        found(object, row, issue)
    return examiner


def _drafts(tables: list[SourceTable], mappers: dict[int, Mapper]) -> Iterator[tuple[rows.SourceRow, Draft]]:
    empty = Draft()
    for row in rows.stream(tables):
        yield row, (empty if row.occurrence else mappers[row.table.pk].draft(row.cells))


def _mailing(
    project: Project, force: dict[str, list[SourceTable]], examiner: Examiner
) -> Iterator[tuple[str, rows.SourceRow, list[Issue]]]:
    """The rows of campaigns, sends and the like, each with what it shows by itself."""
    if not set(AUDITED) & set(force):
        return
    mailing = MailingExaminer(project, force, examiner.indexes["contacts"])
    for object in AUDITED:
        layouts = {table.pk: list(table.roles_by_position().items()) for table in force.get(object, [])}
        for row in rows.stream(force.get(object, [])):
            texts = {role: clean(row.cells[at]) for at, role in layouts[row.table.pk]}
            yield object, row, [] if row.occurrence else list(mailing.look(object, row, texts))
    yield from ((row.table.object, row, [issue]) for row, issue in mailing.finish())


def _discard(audit: Audit) -> None:
    """Findings are read through the newest audit only; their rows go in a few large statements."""
    FindingRow.objects.filter(finding__in=list(audit.findings.values_list("pk", flat=True))).delete()
    Finding.objects.filter(audit=audit).delete()
    audit.delete()
