"""What this app adds to the program: it listens to audits, keeps two gates, answers one verb, fills parts of others."""

from migrations_app import hooks
from reconciliation import gates, verbs
from reconciliation.services import refreshing


def register() -> None:
    hooks.listen("audit_finished", refreshing.audit_finished)
    gates.register()
    verbs.register()
