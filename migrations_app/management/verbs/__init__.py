"""The verbs of this app. Importing the package registers them."""

from migrations_app.management.verbs import (
    accounts,
    course,
    discovering,
    firms,
    loads,
    mailing,
    maps,
    members,
    policies,
    projects,
    rehearsing,
    reports,
    signing,
    undoing,
    values,
)

__all__ = [
    "accounts",
    "course",
    "discovering",
    "firms",
    "loads",
    "mailing",
    "maps",
    "members",
    "policies",
    "projects",
    "rehearsing",
    "reports",
    "signing",
    "undoing",
    "values",
]
