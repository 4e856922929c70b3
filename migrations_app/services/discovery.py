"""Stage discover: every column of a staged table is profiled: type, fill rate, distinct values, examples, date order."""

import json

from migrations_app.models import SourceField, SourceTable, StagedRecord
from migrations_app.rules.profile import ColumnProfile, feed_rows
from migrations_app.services.staging import chunks

READ_AT_ONCE = 2000


def discover(table: SourceTable) -> None:
    """Profile all columns of `table` in one pass over its rows and keep the result. Replaces an earlier one."""
    profiles = profile_table(table)
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


def profile_table(table: SourceTable) -> list[ColumnProfile]:
    profiles = [ColumnProfile() for _ in table.headers]
    cells = StagedRecord.objects.filter(table=table).order_by("pk").values_list("cells", flat=True)
    for chunk in chunks(cells.iterator(READ_AT_ONCE), READ_AT_ONCE):
        feed_rows(profiles, [json.loads(text) for text in chunk])
    return profiles
