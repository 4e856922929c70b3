"""What this app adds: it listens to audits and to answers taken back, keeps two gates, answers one verb, fills parts of others."""

from migrations_app import hooks
from reconciliation import gates, verbs
from reconciliation.services import findings, refreshing, suppressed, undone


def register() -> None:
    hooks.listen("audit_finished", refreshing.audit_finished)
    hooks.listen("audit_finished", findings.audit_finished)
    hooks.listen("decisions_undone", undone.decisions_undone)
    hooks.listen("suppression_compared", suppressed.compared)
    gates.register()
    verbs.register()
