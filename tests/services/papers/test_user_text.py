"""What people write into accounts, signatures, rates, owners and workflows: on papers it stands as it is, and runs nowhere."""

import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook

from migrations_app.models import Confirmation, Difference, Firm, PipedriveAccount, Project, Rate
from migrations_app.services.discovery import discover
from migrations_app.services.papers import shelf
from tests.services.account_ground import rule, table
from tests.services.papers import ground
from tests.services.papers.ground import AWKWARD, FORMULA, project, root

__all__ = ["project", "root"]
PLACES = "{plan} {0} {"  # what a text with places to fill would stumble over
COUNTS = dict.fromkeys(("created", "updated", "unchanged", "matched", "merged", "refused", "waiting", "removed", "unknown", "planned"), 0)


@pytest.fixture(params=["en", "de"])
def moved(request: pytest.FixtureRequest, project: Project, root: User) -> Project:
    """A finished and signed load, with awkward text wherever somebody can write some."""
    project.source, project.settings, project.name = "net-results", {"locale": request.param}, AWKWARD
    project.save()
    root.first_name, root.last_name = "=1+1", AWKWARD
    root.save()
    firm = Firm.objects.create(name=FORMULA)
    Rate.objects.create(firm=firm, label=FORMULA, unit="move", amount=1)
    Rate.objects.create(firm=firm, label=PLACES, unit="object", amount=1)
    discover(table(project, "workflows", ("id", FORMULA, AWKWARD), [(FORMULA, AWKWARD, PLACES)]))
    mapping = project.mappings.create(version=1, approved_by=root, approved_at=project.created_at)
    rule(mapping, "companies", "id", "organization", "source_id")
    owned = {"folded": "f", "rows": 1, "by_object": {"companies": 1}}
    owners = {FORMULA: {**owned, "email": "=1@reef.example"}, AWKWARD: {**owned, "folded": "g", "email": ""}}
    project.audit = project.audits.create(mapping=mapping, owners=owners)
    project.save()
    account = PipedriveAccount.objects.create(project=project, role="production", url="https://a.pipedrive.com", company_name=FORMULA)
    run = project.runs.create(account=account, mapping=mapping, company="c", state="finished", reason=FORMULA)
    report = {**COUNTS, "source": 0, "skipped": {FORMULA: 0}, "verified": 1, "digest": FORMULA, "totals": {}, "sent_totals": {}}
    phase = run.phases.create(entity="organization", object="companies", position=0, report=report)
    Difference.objects.create(phase=phase, kind="value", field=AWKWARD, sent=FORMULA, live=PLACES, pipedrive_id="1")
    Confirmation.objects.create(project=project, account=account, what="quiet", items=[FORMULA, AWKWARD, PLACES], by=root)
    project.approvals.create(run=run, mapping=mapping, by=root, on_behalf_of=FORMULA)
    return project


def test_it_runs_nowhere_in_any_paper_and_any_language(moved: Project) -> None:
    for name in shelf.PAPERS:
        assert not {"script", "b"} & set(ground.Page(ground.page(moved, name)).tags)
        assert AWKWARD in ground.word_text(moved, name)
        for sheet in load_workbook(ground.made(moved, name, "xlsx")).worksheets:
            for row in sheet.iter_rows():
                assert [cell.value for cell in row if cell.data_type == "f" or str(cell.value).startswith(("=", "+", "@", "-"))] == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("certificate", (FORMULA, PLACES, "=1+1")),
        ("phases", (FORMULA, AWKWARD, PLACES)),
        ("losses", (FORMULA,)),
        ("quote", (FORMULA, PLACES)),
        ("users", (FORMULA, AWKWARD, "=1@reef.example")),
        ("automations", (FORMULA, AWKWARD, PLACES)),
    ],
)
def test_it_stands_there_as_it_was_written(moved: Project, name: str, texts: tuple[str, ...]) -> None:
    read, page = ground.word_text(moved, name), " ".join(ground.Page(ground.page(moved, name)).texts)
    for text in texts:
        assert text in read
        assert text in page
