"""Fields that were changed in the source and in Pipedrive since the last load: whose value stays, one by one or in bulk."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from unfold.decorators import display

from migrations_app.admin.base import ProjectFilter, linked
from migrations_app.models import Conflict, Project
from migrations_app.services import conflicts
from reconciliation.admin.base import OpenFilter, QueueAdmin, Step
from reconciliation.services.answers import Outcome


def _answering(take: Conflict.Take) -> Any:
    def apply(project: Project, rows: list[Conflict], form: None, user: Any) -> Outcome:
        return Outcome(conflicts.answer(project, rows, take, user=user))

    return apply


class ConflictFilter(OpenFilter):
    views = {"open": {"present": True, "take": ""}, "answered": {"present": True, "take__gt": ""}, "gone": {"present": False}, "all": {}}
    labels = {**OpenFilter.labels, "gone": "the same on both sides again"}


@admin.register(Conflict)
class ConflictAdmin(QueueAdmin):
    nothing_here = "Nothing was changed on both sides: the last load found no such field."
    steps = (
        Step("target", "Keep what is in Pipedrive", _answering(Conflict.Take.TARGET)),
        Step("source", "Take what the export says", _answering(Conflict.Take.SOURCE), icon="upload"),
    )
    list_display = ("record", "name", "was_loaded", "is_exported", "is_there", "take", "account")
    list_select_related = ("link__account", "run", "answered_by")
    list_filter = (ConflictFilter, ProjectFilter, "object")
    fieldsets = (
        (None, {"fields": (("record", "name"), ("was_loaded", "is_exported", "is_there"), ("take", "answered_by", "answered_at"), "run")}),
    )
    readonly_fields = ("record", "name", "was_loaded", "is_exported", "is_there", "take", "answered_by", "answered_at", "run")
    record = linked("link", "Record")

    def only_open(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(present=True, take="")

    @display(description="Last load")
    def was_loaded(self, row: Conflict) -> str:
        return _text(row.last_load)

    @display(description="New export")
    def is_exported(self, row: Conflict) -> str:
        return _text(row.new_export)

    @display(description="In Pipedrive")
    def is_there(self, row: Conflict) -> str:
        return _text(row.live)

    @display(description="Account")
    def account(self, row: Conflict) -> str:
        return str(row.link.account)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
