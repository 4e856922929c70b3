from reconciliation.admin import (
    conflicts,
    counterparts,
    duplicates,
    findings,
    orphans,
    owners,
    questions,
    quickbooks,
    rules,
    suppression,
    values,
)

__all__ = [
    "conflicts",
    "counterparts",
    "duplicates",
    "findings",
    "orphans",
    "owners",
    "questions",
    "quickbooks",
    "rules",
    "suppression",
    "values",
]
