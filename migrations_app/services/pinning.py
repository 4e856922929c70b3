"""Records that every test run holds, because the customer knows them by heart."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from migrations_app.models import PinnedRecord, Project, require
from migrations_app.services import rows
from migrations_app.services.choosing import SourceKey


def pin(project: Project, wanted: Collection[SourceKey], *, user: Any) -> int:
    """Make `wanted` the pinned records of the project, and no others. Raises Forbidden."""
    require(user, "remark", project)
    force = rows.tables_in_force(project)
    keys: dict[str, list[str]] = {}
    for object, key in sorted(wanted):
        keys.setdefault(object, []).append(key)
    found = {object: rows.by_key(force.get(object, []), named) for object, named in keys.items()}
    with transaction.atomic():
        PinnedRecord.objects.filter(project=project).delete()
        made = [
            PinnedRecord(project=project, object=object, source_key=key, label=row.label, by=user)
            for object, these in found.items()
            for key, row in these.items()
        ]
        return len(PinnedRecord.objects.bulk_create(made, batch_size=500))


def as_text(project: Project) -> str:
    """The pinned records as people list them: `companies:C-7`, one a line."""
    pins = PinnedRecord.objects.filter(project=project).values_list("object", "source_key")
    return "\n".join(f"{object}:{key}" for object, key in pins)
