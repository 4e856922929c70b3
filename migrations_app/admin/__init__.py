from django.contrib import admin

from migrations_app.admin import (
    accounts,
    approvals,
    decisions,
    exports,
    findings,
    firms,
    maps,
    people,
    projects,
    queues,
    records,
    rules,
    runs,
    scopes,
)

__all__ = [
    "accounts",
    "approvals",
    "decisions",
    "exports",
    "findings",
    "firms",
    "maps",
    "people",
    "projects",
    "queues",
    "records",
    "rules",
    "runs",
    "scopes",
]

admin.site.index_title = "Start"
