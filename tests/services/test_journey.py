"""Where a project stands: the first stage that is not done."""

import pytest

from migrations_app.models import Audit, Mapping, PipedriveAccount, Project, Run, Upload
from migrations_app.services.journey import stage_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Acme", slug="acme")


def upload(project: Project, kind: str = "full") -> None:
    Upload.objects.create(project=project, name="export.zip", kind=kind, state="ready")


def audit(project: Project) -> None:
    project.audit = Audit.objects.create(project=project)
    project.save()


def load(project: Project) -> None:
    account, _ = PipedriveAccount.objects.get_or_create(project=project, role="staging", defaults={"url": "https://acme.pipedrive.com"})
    Run.objects.create(project=project, account=account, mapping=project.mappings.get(), state="finished")


def test_each_stage_follows_the_one_before(project: Project) -> None:
    seen = [stage_of(project)]
    for step in (upload, lambda each: Mapping.objects.create(project=each, version=1, state="approved"), audit, load):
        step(project)
        seen.append(stage_of(project))
    assert seen == ["intake", "map", "audit", "prepare", "done"]


def test_a_later_export_is_audited_and_loaded_again(project: Project) -> None:
    Mapping.objects.create(project=project, version=1, state="approved")
    for step in (upload, audit, load, upload):
        step(project)
    assert stage_of(project) == "audit"
    audit(project)
    assert stage_of(project) == "prepare"
    load(project)
    assert stage_of(project) == "done"


def test_a_sample_asks_for_nothing_new(project: Project) -> None:
    Mapping.objects.create(project=project, version=1, state="approved")
    for step in (upload, audit, load):
        step(project)
    upload(project, "sample")
    assert stage_of(project) == "done"
