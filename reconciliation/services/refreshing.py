"""After each audit the queues show what it saw."""

from django.db import transaction

from migrations_app.models import Audit, Project
from migrations_app.services.evidence import Evidence
from reconciliation.services import duplicates, orphans, owners, questions, quickbooks, values


def audit_finished(audit: Audit, evidence: Evidence) -> None:
    """Bring all queues to what `audit` saw, in one transaction; answers given meanwhile wait for it on the project's row."""
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=audit.project_id)
        duplicates.refresh(project, evidence.clusters)
        orphans.refresh(project, evidence.orphans)
        owners.refresh(project, evidence.owners)
        questions.refresh(project)
        quickbooks.refresh(project, evidence.quickbooks)
        values.refresh(project, evidence.values)
