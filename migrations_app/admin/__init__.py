from django.contrib import admin

from migrations_app.admin import (
    accounts,
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

__all__ = ["accounts", "decisions", "exports", "findings", "firms", "maps", "people", "projects", "queues", "records", "rules", "runs"]

admin.site.index_title = "Start"
