"""A small project with companies, and the makers of what an audit would have seen in it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser, User

from migrations_app.models import Audit, Decision, Membership, PipedriveAccount, Project, SourceTable, StagedRecord, Upload
from migrations_app.services import asking
from migrations_app.services.evidence import ClusterFacts, ClusterMember, Evidence, OrphanFacts, OwnerFacts, QuestionFacts
from reconciliation.services import refreshing

AWKWARD = "<b>O'Hara & Söhne</b>"


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(name="Harbour Works", slug="harbour-works")


@pytest.fixture
def admin_of(project: Project) -> AbstractUser:
    """The customer's own admin."""
    return member(project, "anna", "customer_admin")


@pytest.fixture
def companies(project: Project) -> SourceTable:
    """CO-1 and CO-2 share a name; CO-3 has one of its own."""
    upload = Upload.objects.create(project=project, name="export.zip", digest="d", state="ready")
    table = SourceTable.objects.create(
        upload=upload, file="companies.csv", object="companies", headers=["Id", "Name"], roles={"0": "id", "1": "name"}, staged=3
    )
    rows = [("CO-1", "Twin Mills"), ("CO-2", "twin mills"), ("CO-3", AWKWARD)]
    StagedRecord.objects.bulk_create(
        StagedRecord(table=table, object="companies", line=at, key=key, content_hash=key, cells=json.dumps([key, name]), label=name)
        for at, (key, name) in enumerate(rows, start=2)
    )
    return table


@pytest.fixture
def account(project: Project) -> PipedriveAccount:
    users = [
        {"id": 1, "name": "Mia", "email": "Mia@firm.example", "active": True},
        {"id": 2, "name": "Gone", "email": "gone@firm.example", "active": False},
    ]
    return PipedriveAccount.objects.create(project=project, role="production", url="https://x.pipedrive.com", schema={"users": users})


@pytest.fixture
def audited(project: Project) -> Callable[..., Audit]:
    """Ends an audit that saw this and nothing else."""

    def end(**seen: Any) -> Audit:
        whole = {"orphans": (), "owners": (), "clusters": (), "questions": ()} | seen
        printed = {each.text: {"folded": each.folded, "rows": each.rows, "email": each.email} for each in whole["owners"]}
        audit = Audit.objects.create(project=project, owners=printed)
        Project.objects.filter(pk=project.pk).update(audit=audit)
        project.audit = audit
        asking.store_questions(project, whole["questions"])
        refreshing.audit_finished(audit, Evidence(**whole))
        return audit

    return end


def member(project: Project, name: str, role: str) -> User:
    user = User.objects.create_user(name, f"{name}@firm.example", "pass", is_staff=True)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def orphan(key: str = "OP-1", **facts: Any) -> OrphanFacts:
    return OrphanFacts(**{"key": key, "label": f"Deal {key}", "kind": "no_company_no_contact"} | facts)


def with_company(key: str = "OP-1", **facts: Any) -> OrphanFacts:
    """No company, but its contact belongs to CO-3."""
    known = {"contact_key": "CT-1", "contact_label": "Rosa Lind", "contact_company_key": "CO-3", "contact_company_label": AWKWARD}
    return orphan(key, **{"kind": "no_company_contact_has_company", **known, **facts})


def with_contact(key: str = "OP-1", **facts: Any) -> OrphanFacts:
    return orphan(key, **{"kind": "no_company_contact_without_company", "contact_key": "CT-2", "contact_label": "Sol Ek", **facts})


def owner(text: str, **facts: Any) -> OwnerFacts:
    return OwnerFacts(**{"text": text, "folded": text.casefold(), "by_object": {"deals": 3}, **facts})


def cluster(*keys: str, strength: str = "same", object: str = "companies", survivor: str = "") -> ClusterFacts:
    members = [ClusterMember(key, f"Record {key}", "same web address") for key in keys]
    return ClusterFacts(object, survivor or keys[0], strength, "same web address mills.example", members)


def question(subject: str = "deals:close_date", **facts: Any) -> QuestionFacts:
    known = {"kind": "date_order", "object": "deals", "subject": subject, "text": "Which order have the dates?"}
    return QuestionFacts(**{**known, "choices": [("dmy", "day first"), ("mdy", "month first")], **facts})


def answers(project: Project, kind: str) -> dict[str, dict[str, Any]]:
    """{source key: answer} of the Decisions that nobody took back."""
    rows = Decision.objects.filter(project=project, kind=kind, undone_at__isnull=True).order_by("pk")
    return dict(rows.values_list("source_key", "answer"))
