"""Rows among the deals that the source calls no opportunity (QuickBooks jobs): how many there are, and what becomes of them."""

from collections import Counter
from collections.abc import Iterable

from migrations_app.models import Mapping, Project, SourceField, SourceTable
from migrations_app.rules.scope import is_project
from migrations_app.services import compiling, rows

DEAL = "deal"


def counted(project: Project, mapping: Mapping) -> Counter[str]:
    """{reason why it is no deal, or DEAL: rows}, as `mapping` reads them. Rows are read only where discovery has seen such a word."""
    found: Counter[str] = Counter()
    tables = rows.tables_in_force(project).get("deals", [])
    if not seen(tables):
        return found
    mappers = compiling.mappers(mapping, tables)
    for row in rows.stream(tables):
        draft = mappers[row.table.pk].draft(row.cells)
        if draft.is_project and not row.occurrence:
            found[draft.skip or DEAL] += 1
    return found


def seen(tables: Iterable[SourceTable]) -> int:
    """Rows that say so, as discovery counted them."""
    columns = SourceField.objects.filter(table__in=[table.pk for table in tables], role="is_opportunity")
    counts = [profile.get("counts", {}) for profile in columns.values_list("profile", flat=True)]
    return sum(count for each in counts for text, count in each.items() if is_project(text))
