"""Rules that the values of an export suggest: proposed with the map, and not in force until somebody says so."""

from collections.abc import Iterable

from migrations_app.models import Mapping, ScopeRule, SourceField, SourceTable
from migrations_app.rules import leaving_out
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.profile import ColumnProfile


def propose(draft: Mapping, tables: Iterable[SourceTable]) -> None:
    """Rules that the values of the export suggest, switched off, where the draft has none of that name."""
    known = set(draft.scopes.values_list("name", flat=True))
    found: dict[str, leaving_out.Proposal] = {}
    named = {table.pk: table for table in tables}
    telling = SourceField.objects.filter(table__in=list(named), role__in=(leaving_out.TYPE, leaving_out.INACTIVE))
    for column in telling.order_by("table__upload_id", "table_id", "position").iterator():
        table, counts = named[column.table_id], ColumnProfile.from_dict(column.profile).counts
        header = unique_headers(table.headers)[column.position]
        for each in leaving_out.proposals(table.object, header, column.role, counts):
            found.setdefault(each.name, each)
    ScopeRule.objects.bulk_create(
        ScopeRule(mapping=draft, name=each.name, object=each.object, condition=each.condition, reason=each.reason)
        for each in found.values()
        if each.name not in known
    )
