"""Stage map: a rule for every column is proposed, with confidence and reason; human edits are kept from version to version."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction

from connectors.sources import registry
from migrations_app.models import FieldRule, Mapping, Project, ScopeRule, SourceField, SourceTable, ValueRule, require
from migrations_app.rules import propose
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.mailing import columns
from migrations_app.rules.profile import ColumnProfile
from migrations_app.rules.spec import FieldDefinition, Rule
from migrations_app.services import compiling, rows, scope_proposals, values
from migrations_app.services.mailing import gathering
from migrations_app.states import MappingState

SURE = 0.8
COLUMNS_AT_ONCE = 200  # a profile holds up to a thousand texts


class NothingToPropose(Exception):
    """No upload is in force."""


def propose_map(project: Project, *, user: Any) -> Mapping:
    """A draft: the rules of the approved version (or of the draft at hand), and a proposal for each column they do not know.

    Raises Forbidden and NothingToPropose.
    """
    require(user, "map", project)
    tables = [table for each in rows.tables_in_force(project).values() for table in each]
    if not tables:
        raise NothingToPropose(f"{project} has no upload yet: take in a package first.")
    base = newest(project)
    proposals = _proposals(project, tables)
    with transaction.atomic():
        if base is not None and base.state == MappingState.DRAFT:
            draft = base
        else:
            draft = Mapping.objects.create(project=project, version=(base.version if base else 0) + 1)
            _carry_over(base, draft)
        known = set(draft.rules.values_list("object", "column"))
        _renew_untouched(draft, proposals)
        fresh = [rule for rule in proposals if (rule.object, rule.column) not in known]
        FieldRule.objects.bulk_create([_stored(draft, rule) for rule in fresh], batch_size=500)
        values.propose_types(draft, tables)
        scope_proposals.propose(draft, tables)
    return draft


def draft_of(project: Project, *, user: Any) -> Mapping:
    """The draft at hand, else a new one with the rules of the approved version. Raises Forbidden and NothingToPropose."""
    found = newest(project)
    return found if found is not None and found.state == MappingState.DRAFT else propose_map(project, user=user)


def newest(project: Project) -> Mapping | None:
    return project.mappings.order_by("-version").first()


def approved(project: Project) -> Mapping | None:
    return project.mappings.filter(state=MappingState.APPROVED).order_by("-version").first()


def counts(mapping: Mapping) -> dict[str, int]:
    """{"rules", "certain", "unsure", "ignored"} as the command line gives them."""
    confidences = list(mapping.rules.values_list("field", "confidence"))
    ignored = sum(1 for field, _ in confidences if not field)
    certain = sum(1 for field, confidence in confidences if field and confidence >= SURE)
    return {"rules": len(confidences), "certain": certain, "unsure": len(confidences) - ignored - certain, "ignored": ignored}


def definitions(project: Project, tables: Iterable[SourceTable]) -> dict[str, dict[str, FieldDefinition]]:
    """{object: {label: definition}} from the custom field files in force.

    Where nobody knows the word for the object, it is the one whose tables have a column of that name.
    """
    quirks = registry.get_quirks(project.source)
    tables = list(tables)
    found: dict[str, dict[str, FieldDefinition]] = {}
    for table in [each for each in tables if each.object == "custom_fields"]:
        for row in rows.stream([table]):
            cells = {role: row.cells[at].strip() for at, role in table.roles_by_position().items()}
            label, said = cells.get("label", ""), quirks.object_name(cells.get("object", ""))
            options = tuple(quirks.options(cells.get("options", "")))
            kind = quirks.field_type(cells.get("type", "")) or ("enum" if options else "")
            objects = {said} if said else {each.object for each in tables if label in each.headers}
            for object in objects if label else ():
                found.setdefault(object, {})[label] = FieldDefinition(label, kind, options, cells.get("formula", ""))
    return found


def _proposals(project: Project, tables: list[SourceTable]) -> list[Rule]:
    """One rule per (object, column): several files of one object share their rules, profiled together."""
    declared = definitions(project, tables)
    settings = compiling.settings_of(project)
    joined = _joined(tables)
    found: dict[tuple[str, str], Rule] = {}
    for table in _of_each_shape(tables):
        certainty = {int(at): pair[0] for at, pair in table.certainty.items()}
        headers, roles = unique_headers(table.headers), table.roles_by_position()
        profiles = [joined[table.object, header] for header in headers]
        proposed = propose.propose(table.object, headers, roles, certainty, profiles, declared.get(table.object, {}), settings)
        for rule in proposed:
            found.setdefault((rule.object, rule.column), rule)
    force: dict[str, list[SourceTable]] = {}
    for table in tables:
        force.setdefault(table.object, []).append(table)
    if wanted := gathering.wanted_columns(force):
        found |= {(rule.object, rule.column): rule for rule in columns.proposals(wanted, gathering.choices(project, force), force)}
    return list(found.values())


def _of_each_shape(tables: Iterable[SourceTable]) -> list[SourceTable]:
    """The first of those that look the same: a package may have a file for each campaign and event."""
    shapes = (json.dumps([table.object, table.headers, table.roles, table.certainty], sort_keys=True) for table in tables)
    first: dict[str, SourceTable] = {}
    for shape, table in zip(shapes, tables, strict=True):
        first.setdefault(shape, table)
    return list(first.values())


def _joined(tables: Sequence[SourceTable]) -> dict[tuple[str, str], ColumnProfile]:
    """{(object, header): profile} over all of the object's tables, in one pass."""
    headers = {table.pk: unique_headers(table.headers) for table in tables}
    object_of = {table.pk: table.object for table in tables}
    columns = SourceField.objects.filter(table__in=list(headers)).order_by("table__upload_id", "table_id", "position")
    joined: dict[tuple[str, str], ColumnProfile] = {}
    for column in columns.iterator(COLUMNS_AT_ONCE):
        place = object_of[column.table_id], headers[column.table_id][column.position]
        profile = ColumnProfile.from_dict(column.profile)
        if place in joined:
            joined[place].merge(profile)
        else:
            joined[place] = profile
    return joined


def _carry_over(base: Mapping | None, draft: Mapping) -> None:
    if base is None:
        return
    for model in (FieldRule, ValueRule, ScopeRule):
        copies: list[Any] = list(model._default_manager.filter(mapping=base))
        for copy in copies:
            copy.pk, copy.mapping = None, draft
        model._default_manager.bulk_create(copies, batch_size=500)


def _renew_untouched(draft: Mapping, proposals: list[Rule]) -> None:
    """Rules that nobody edited follow the newest evidence; edited ones stay as they are."""
    fresh = {(rule.object, rule.column): rule for rule in proposals}
    changed = []
    for stored in draft.rules.filter(edited_by__isnull=True):
        rule = fresh.get((stored.object, stored.column))
        if rule is not None and draft.version == 1:
            _copy(rule, stored)
            changed.append(stored)
        elif rule is not None:
            _renew_options(rule, stored, changed)
    FieldRule.objects.bulk_update(
        changed, ["position", "role", "entity", "field", "transform", "options", "confidence", "reason"], batch_size=200
    )


def _renew_options(rule: Rule, stored: FieldRule, changed: list[FieldRule]) -> None:
    """An approved target stays; only how the values are read (order of dates, new options) follows the data."""
    if stored.transform == rule.transform and stored.options != dict(rule.options):
        stored.options = dict(rule.options)
        changed.append(stored)


def _stored(mapping: Mapping, rule: Rule) -> FieldRule:
    stored = FieldRule(mapping=mapping, object=rule.object, column=rule.column[:500])
    _copy(rule, stored)
    return stored


def _copy(rule: Rule, stored: FieldRule) -> None:
    stored.position, stored.role = max(rule.position, 0), rule.role
    stored.entity, stored.field = rule.entity, rule.field
    stored.transform, stored.options = rule.transform, dict(rule.options)
    stored.confidence, stored.reason = rule.confidence, rule.reason


def listing(mapping: Mapping, write: Callable[[list[Any]], Any]) -> None:
    """One line for every column of every table: what `propose --out` writes."""
    write(["file", "column", "header", "object", "entity", "field", "transform", "confidence", "reason"])
    rules = {(rule.object, rule.column): rule for rule in mapping.rules.all()}
    for tables in rows.tables_in_force(mapping.project).values():
        for table in tables:
            for position, (header, name) in enumerate(zip(table.headers, unique_headers(table.headers), strict=True), start=1):
                rule = rules.get((table.object, name[:500]))
                if rule is None:
                    write([str(table), position, header, table.object, "", "", "", 0, "no rule yet: propose the map again"])
                else:
                    shown = [rule.entity if rule.field else "", rule.field, rule.transform, round(rule.confidence, 2), rule.reason]
                    write([str(table), position, header, table.object, *shown])
