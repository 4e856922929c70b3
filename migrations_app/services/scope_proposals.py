"""Rules that the values of an export suggest: proposed with the map, and not in force until somebody says so."""

from collections.abc import Iterable

from migrations_app.models import Mapping, ScopeRule, SourceTable
from migrations_app.rules import leaving_out
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.profile import ColumnProfile


def propose(draft: Mapping, tables: Iterable[SourceTable]) -> None:
    """Rules that the values of the export suggest, switched off, where the draft has none of that name."""
    known = set(draft.scopes.values_list("name", flat=True))
    found: dict[str, leaving_out.Proposal] = {}
    for table in tables:
        names = unique_headers(table.headers)
        for column in table.columns.filter(role__in=(leaving_out.TYPE, leaving_out.INACTIVE)):
            counts = ColumnProfile.from_dict(column.profile).counts
            for each in leaving_out.proposals(table.object, names[column.position], column.role, counts):
                found.setdefault(each.name, each)
    ScopeRule.objects.bulk_create(
        ScopeRule(mapping=draft, name=each.name, object=each.object, condition=each.condition, reason=each.reason)
        for each in found.values()
        if each.name not in known
    )
