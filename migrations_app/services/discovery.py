"""Stage discover: every column of a staged table is profiled: type, fill rate, distinct values, examples, date order."""

import json
from collections.abc import Iterable, Iterator, Sequence

from migrations_app.models import SourceField, SourceTable, StagedRecord
from migrations_app.rules.profile import ColumnProfile, feed_rows
from migrations_app.services.staging import chunks

AT_ONCE = 2000
Row = tuple[int, list[str]]


def watched(rows: Iterable[Row], profiles: Sequence[ColumnProfile]) -> Iterator[Row]:
    """The same rows (line, cells), after the profiles have seen them: staging and discovery share one pass over the file."""
    for chunk in chunks(rows, AT_ONCE):
        feed_rows(profiles, [cells for _, cells in chunk])
        yield from chunk


def keep(table: SourceTable, profiles: Sequence[ColumnProfile]) -> None:
    """What was found out about the columns of `table`. Replaces what was known before."""
    table.columns.all().delete()
    SourceField.objects.bulk_create(
        [
            SourceField(
                table=table,
                position=position,
                header=header[:500],
                role=table.roles.get(str(position), ""),
                type=profile.type,
                filled=profile.filled,
                distinct=profile.distinct,
                profile=profile.as_dict(),
            )
            for position, (header, profile) in enumerate(zip(table.headers, profiles, strict=True))
        ],
        batch_size=500,
    )


def discover(table: SourceTable) -> None:
    """Profile the columns of a table that is staged already."""
    profiles = [ColumnProfile() for _ in table.headers]
    cells = StagedRecord.objects.filter(table=table).order_by("pk").values_list("cells", flat=True)
    for chunk in chunks(cells.iterator(AT_ONCE), AT_ONCE):
        feed_rows(profiles, [json.loads(text) for text in chunk])
    keep(table, profiles)
