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
]

admin.site.index_title = "Start"
