"""What the customer does not get, or gets in another form: computed from files, map, findings and answers, to be signed line by line."""

import re
from collections import Counter
from collections.abc import Iterator

from migrations_app.models import Finding, Mapping, Project, SourceField, SourceTable, Upload
from migrations_app.rules import left_out, overdue
from migrations_app.rules.deals import AS_NOTE, NO_OPPORTUNITY, WORTHLESS_PROJECT
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.mailing import columns
from migrations_app.rules.propose import DEFINITIONS
from migrations_app.rules.spec import FieldDefinition
from migrations_app.services import (
    decided_losses,
    delivered,
    done_calls,
    left_out_files,
    line_values,
    policies,
    proposing,
    rows,
    scoping,
)
from migrations_app.services.loss import KINDS, Loss, rows_with
from migrations_app.services.mailing import detail, refusals, whom
from migrations_app.services.wording import counted, plain, told
from migrations_app.states import UploadState
from migrations_app.verbs import PARTS

Tables = dict[str, list[SourceTable]]

SECOND_ROWS = "duplicate_id"
# Columns that are read, though none of their values travels.
READ_OTHERWISE = frozenset(
    {"is_opportunity", "parent_type", "parent_id", "mime", "size", "campaign_ref", "mailable", "bounced", "unsubscribed"}
)
# Findings of rows that load, but not with everything in them: what happens to the value. Some of one object only.
OF_VALUES = {
    "bad_date": "the date stays empty",
    "bad_number": "the number stays empty",
    "unknown_option": "the value is left out",
    "overlong": "the text is cut at a word and marked with “…”",
    "extra_cells": "what stands beyond the last column is left out",
    "nul": "the NUL characters are taken out",
    "lost_reason_unused": "the reason is left out",
    "unknown_contact": "the record loads without this contact",
    "unknown_deal": "the record loads without this deal",
    "unknown_owner": "the name stands in the field “Original owner”",
    "ambiguous_owner": "the name stands in the field “Original owner”",
    "activities.end_before_start": "the end is left out",
    "attachments.unindexed_file": "the file belongs to no record and is not loaded",
    "activities.html": "the markup is kept as far as Pipedrive allows it",
    "notes.html": "the markup is kept as far as Pipedrive allows it",
}
# What Pipedrive itself does not take, by object and the role of the column that holds it.
OF_PIPEDRIVE = {
    ("deals", "created_at"): (
        "creation dates of deals",
        "Pipedrive sets the creation time itself. The date goes into a date field of its own; reports on age start at the day of loading",
    ),
    ("deals", "stage"): (
        "deals without the history of their stages",
        "each deal arrives in its present stage; how long it stood in earlier ones is not in the export",
    ),
}
# Rows of deals that are projects, by what becomes of them.
OF_PROJECTS = {
    delivered.DEAL: ("projects as won deals", "they are won deals of a pipeline of their own, apart from the sales pipelines"),
    AS_NOTE: ("projects as notes", "each stands as a note on its company or contact"),
    NO_OPPORTUNITY: ("not an opportunity", "they are not deals of the sales pipeline and are left out"),
    WORTHLESS_PROJECT: ("projects without a value", "nothing was earned with them: they are left out"),
}
_GATHERED_FROM = {
    columns.SUPPRESSION: ("suppression",),
    columns.CAMPAIGNS: ("campaigns", "campaign_members"),
    columns.LISTS: ("lists", "list_members"),
    columns.SENDS: ("email_sends",),
}
_OF_FILES = {
    left_out.ZIP: "the files are handed out in a zip with an index",
    left_out.LINK: "a note on the record links to where the file is hosted",
    left_out.SKIP: "the files stay with the export and are listed",
}
_READ_AS = re.compile(r"^header “.*?” is read as [a-z0-9_]+: ", re.DOTALL)
_UNTOLD = "nobody could tell what it holds; it stays with the export"
_SUMMED_UP = "no records of their own; what they say stands in: {fields}"
_KEPT_ONLY = {
    "enrolments": "the Rebuild Guide lists who stood where",
    "templates": "Pipedrive takes none from outside: they are handed over as files",
    "workflows": "Pipedrive takes none from outside: the Rebuild Guide says how each is rebuilt by hand",
}


def known_losses(project: Project) -> list[Loss]:
    """Every line, the gravest kinds first; empty before there is an export. The number of queries does not grow with the rows."""
    force = rows.tables_in_force(project)
    mapping = proposing.newest(project)
    if not force:
        return []
    filled = _filled(force)
    found = [*_files(project, force), *_rows_and_values(project), *_old_tasks(project), *done_calls.losses(project)]
    found += [loss for part in PARTS.losses for loss in part(project)]
    if mapping is not None:
        moving = moving_objects(mapping)
        found += [
            *_objects(mapping, force, moving),
            *_columns(mapping, filled, moving),
            *_scopes(mapping),
            *_left_behind(project),
            *_refused(project),
            *_projects(mapping, moving),
            *_frozen(project, force, mapping, filled),
            *_limits(force, moving),
        ]
    found += [*_lines_as_text(project), *decided_losses.losses(project)]
    return sorted((loss for loss in found if loss.count), key=lambda loss: (KINDS.index(loss.kind), loss.object, -loss.count, loss.subject))


def moving_objects(mapping: Mapping) -> frozenset[str]:
    """Objects of which at least one column has a place in Pipedrive."""
    return frozenset(mapping.rules.exclude(field="").order_by().values_list("object", flat=True).distinct())


def gathered(mapping: Mapping) -> dict[str, list[str]]:
    """{object whose rows only say something about others: labels of the fields in which that stands}. One query."""
    found: dict[str, list[str]] = {}
    stored = mapping.rules.filter(transform=columns.TRANSFORM).exclude(field="").order_by("object", "position")
    for object, column in stored.values_list("object", "column"):
        said = columns.BY_COLUMN.get((object, column))
        for source in _GATHERED_FROM.get(said.of, ()) if said else ():
            labels = found.setdefault(source, [])
            labels += [said.label] if said and said.label not in labels else []
    return found


# --- what does not move as a whole -----------------------------------------------------------------------------------


def _files(project: Project, force: Tables) -> Iterator[Loss]:
    """Files of the exports in force that nobody could read or place."""
    uploads = {table.upload_id for tables in force.values() for table in tables}
    ready = Upload.objects.filter(project=project, pk__in=uploads, state=UploadState.READY).order_by("pk")
    for unrecognised, refused in ready.values_list("unrecognised", "refused"):
        for name in unrecognised:
            yield Loss("file", "", str(name), 1, told("the file {name}", name=name), told(_UNTOLD))
        for each in refused:
            yield Loss("file", "", str(each["file"]), 1, told("the file {name}", name=each["file"]), told(str(each["reason"])))


def _objects(mapping: Mapping, force: Tables, moving: frozenset[str]) -> Iterator[Loss]:
    summed = gathered(mapping)
    for object, tables in force.items():
        if object not in moving and object not in DEFINITIONS:
            count = rows.count(tables)
            fields = ", ".join(summed.get(object, ()))
            instead = told(_SUMMED_UP, fields=fields) if fields else told(_KEPT_ONLY.get(object, "they are kept with the export only"))
            instead += detail.beside(mapping.project, object)
            yield Loss("object", object, "", count, told("all of them: {rows}", rows=counted(count, "row")), instead)


def _columns(mapping: Mapping, filled: Counter[tuple[str, str]], moving: frozenset[str]) -> Iterator[Loss]:
    left = mapping.rules.filter(field="", transform="", object__in=moving).exclude(role__in=READ_OTHERWISE)
    for object, column, reason in left.values_list("object", "column", "reason"):
        count = filled[object, column]
        yield Loss(
            "column",
            object,
            column,
            count,
            told("the column “{column}”: {values}", column=column, values=counted(count, "value")),
            _because(reason),
        )


def _because(reason: str) -> str:
    """A rule's reason without how the header was read."""
    return told(_READ_AS.sub("", reason))


def _scopes(mapping: Mapping) -> Iterator[Loss]:
    for rule, count in scoping.left_out_by_each(mapping).items():
        said = told(rule.reason or "a rule of this project says which records move")
        what = told("{rows} left out by the rule “{rule}”", rows=counted(count, "row"), rule=rule.name)
        yield Loss("scope", rule.object, rule.name, count, what, said)


def _left_behind(project: Project) -> Iterator[Loss]:
    """Contacts of a mailing system that nothing speaks for."""
    count = whom.counts(project).get(whom.LEFT_BEHIND, 0) if whom.is_on(project) else 0
    said = "the project takes who was active of late, must not be written to, or belongs to a company with a deal; the rest is a csv"
    what = told("{contacts} left behind", contacts=counted(count, "contact"))
    yield Loss("scope", whom.OBJECT, whom.LEFT_BEHIND, count, what, told(said))


def _refused(project: Project) -> Iterator[Loss]:
    """Events forbid nothing, which the customer has to know of those whom nothing else protects."""
    count = refusals.count(project)
    what = told("{contacts} refused mail in events of sends only", contacts=counted(count, "contact"))
    said = "no list and no state says so, and events forbid nothing: hand in as a suppression list those who want no mail"
    yield Loss("values", "email_sends", "opt-outs in events", count, what, told(said))


def _projects(mapping: Mapping, moving: frozenset[str]) -> Iterator[Loss]:
    """Rows of deals that the source calls no opportunity, by what becomes of them."""
    for what, count in delivered.counted(mapping.project, mapping).items() if "deals" in moving else ():
        said = told("{rows} of deals that the source calls no opportunity", rows=counted(count, "row"))
        arrives = what in (delivered.DEAL, AS_NOTE)
        yield Loss("values" if arrives else "scope", "deals", OF_PROJECTS[what][0], count, said, told(OF_PROJECTS[what][1]))


def _filled(force: Tables) -> Counter[tuple[str, str]]:
    """{(object, column as rules are kept by): cells that hold something} over the tables in force."""
    tables = {table.pk: table for each in force.values() for table in each}
    names = {pk: unique_headers(table.headers) for pk, table in tables.items()}
    filled: Counter[tuple[str, str]] = Counter()
    for pk, position, count in SourceField.objects.filter(table__in=tables).values_list("table", "position", "filled"):
        filled[tables[pk].object, names[pk][position][:500]] += count
    return filled


# --- rows and values -------------------------------------------------------------------------------------------------


def _rows_and_values(project: Project) -> Iterator[Loss]:
    yield from _files_left_out(project)
    for finding in Finding.objects.filter(audit=project.audit_id, count__gt=0).exclude(object="attachments", code__in=left_out_files.CODES):
        code, words = finding.code, plain(finding.code)
        if finding.severity == Finding.Severity.REJECT or code.startswith(SECOND_ROWS):
            instead = "the first row of the id counts" if code.startswith(SECOND_ROWS) else "they stay in the export and are listed"
            yield Loss("rows", finding.object, code, finding.count, _not_loaded(finding.count, words), told(instead))
        elif happens := OF_VALUES.get(f"{finding.object}.{code}") or OF_VALUES.get(code):
            yield Loss("values", finding.object, code, finding.count, rows_with(finding.count, words), told(happens))


def _not_loaded(count: int, words: str) -> str:
    return told("{rows} not loaded: {words}", rows=counted(count, "row"), words=words)


def _files_left_out(project: Project) -> Iterator[Loss]:
    for (code, how), count in sorted(left_out_files.counts(project).items()):
        absent = how == left_out.ZIP and code in left_out.ABSENT
        instead = "there is nothing to load; the rows are listed" if absent else _OF_FILES[how]
        yield Loss("rows", "attachments", f"{code}={how}", count, _not_loaded(count, plain(code)), told(instead))


def _lines_as_text(project: Project) -> Iterator[Loss]:
    deals = line_values.as_text(project)
    of = {"lines": counted(sum(deals.values()), "line"), "deals": counted(len(deals), "deal")}
    what = told("{lines} at {deals} whose value is another one than their lines come to", **of)
    instead = told("each deal keeps its value, and its lines stand as a table in a note")
    yield Loss("values", "line_items", "line_as_text", sum(deals.values()), what, instead)


def _old_tasks(project: Project) -> Iterator[Loss]:
    """Undone activities of long ago, as the newest audit counted them."""
    policy = policies.value(project, "old_tasks")
    count = project.audit.derived.get("late_activities", 0) if project.audit and policy != overdue.OPEN else 0
    undone, days = counted(count, "undone activity", "undone activities"), policies.value(project, "old_tasks_days")
    what = told("{activities} of more than {days} days ago", activities=undone, days=days)
    done = told("done, and the note says that they were open in {source}", source=project.get_source_label())
    yield Loss("values", "activities", "old_tasks", count, what, told("left out") if policy == overdue.SKIP else done)


def _frozen(project: Project, force: Tables, mapping: Mapping, filled: Counter[tuple[str, str]]) -> Iterator[Loss]:
    tables = force.get("custom_fields", [])
    declared: dict[str, dict[str, FieldDefinition]] = proposing.definitions(project, tables) if tables else {}
    carried = set(mapping.rules.exclude(field="").values_list("object", "column"))
    for object, fields in declared.items():
        for label, definition in fields.items():
            if (definition.formula or definition.type == "calculated") and (object, label) in carried:
                what = told("the formula of “{field}”", field=label)
                yield Loss("frozen", object, label, filled[object, label], what, told("its values arrive as they stand, frozen"))


def _limits(force: Tables, moving: frozenset[str]) -> Iterator[Loss]:
    for (object, role), (what, instead) in OF_PIPEDRIVE.items():
        tables = [table for table in force.get(object, []) if table.position_of(role) is not None]
        if tables and object in moving:
            yield Loss("limit", object, role, rows.count(tables), told(what), told(instead))
