"""A project with an approved map and staged rows, and an account of it in a sandbox Pipedrive over real HTTP."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User

from migrations_app.models import FieldRule, Mapping, PipedriveAccount, Project, SourceTable, StagedRecord, Upload
from migrations_app.services import connecting, prepare

TIER = "custom:Customer Tier (enum)"
STAGES = (("Sales", "Lead", "1", "10"), ("Sales", "Closing", "2", "90"), ("Service", "Lead", "1", "20"))


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(name="Harbour Works", slug="harbour-works", source="results", timezone="UTC", currency="EUR")


@pytest.fixture
def mapping(project: Project, root: User) -> Mapping:
    """Name and tier of companies, one stage list: what most tests prepare an account for."""
    table(project, "pipelines", ("pipeline", "stage", "order", "probability"), STAGES)
    mapping = Mapping.objects.create(project=project, version=1, state="approved", approved_by=root)
    rule(mapping, "companies", "Name", "organization", "name")
    rule(mapping, "companies", "Tier", "organization", TIER, "option", choices=["Gold", "Silver"])
    return mapping


@pytest.fixture
def extra_hosts(sandbox: Any, settings: Any) -> None:
    settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(sandbox.url).netloc]


@pytest.fixture
def connect(project: Project, sandbox: Any, extra_hosts: None, root: User) -> Any:
    """Makes a company in the sandbox and connects it: `connect("production", plan="lite")`."""

    def connect(role: str = "staging", *, plan: str = "premium", seats: int = 1, **company: Any) -> PipedriveAccount:
        made = sandbox.control().create_account("Harbour", domain=f"harbour-{role}", plan=plan, seats=seats, **company)
        return connecting.attach(project, role=role, url=sandbox.url, token=token_of(made), plan=plan, seats=seats, user=root)

    return connect


def token_of(made: dict[str, Any], user: int = 0) -> str:
    return str(made["users"][user]["token"])


def domain_of(account: PipedriveAccount) -> str:
    return f"harbour-{account.role}"


def rule(mapping: Mapping, object: str, column: str, entity: str, field: str, transform: str = "text", **options: Any) -> FieldRule:
    position = mapping.rules.filter(object=object).count()
    return FieldRule.objects.create(
        mapping=mapping, object=object, column=column, position=position, entity=entity, field=field, transform=transform, options=options
    )


def table(project: Project, object: str, roles: Sequence[str], rows: Sequence[Sequence[str]]) -> SourceTable:
    """A staged table of a full upload; the columns are called as their roles."""
    upload = Upload.objects.create(project=project, name=f"{object}.csv", digest=object, state="ready")
    made = SourceTable.objects.create(
        upload=upload,
        file=f"{object}.csv",
        object=object,
        headers=list(roles),
        roles={str(at): role for at, role in enumerate(roles)},
        rows=len(rows),
        staged=len(rows),
    )
    StagedRecord.objects.bulk_create(
        StagedRecord(table=made, object=object, line=line, key=f"{object}-{line}", content_hash=str(line), cells=json.dumps(list(cells)))
        for line, cells in enumerate(rows, start=2)
    )
    return made


def run_prepare(account: PipedriveAccount, user: User) -> dict[str, Any]:
    account.refresh_from_db()
    return prepare.prepare(account, user=user).as_dict()
