import pytest

from migrations_app.models import Decision, Project, SourceTable
from reconciliation.services import parents
from reconciliation.services.answers import CannotAnswer
from tests.reconciliation.conftest import AWKWARD


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("CO-2", {"source": "CO-2"}),
        (AWKWARD, {"source": "CO-3"}),
        ("pipedrive:88", {"pipedrive_id": 88, "name": ""}),
        ("https://firm.pipedrive.com/organization/88", {"pipedrive_id": 88, "name": ""}),
        ("new: Catch All", {"name": "Catch All"}),
    ],
)
def test_a_company_is_named_by_id_name_address_or_as_new(project: Project, companies: SourceTable, text: str, answer: dict) -> None:
    assert parents.resolve(project, text).answer == answer


def test_a_name_that_fits_several_is_refused(project: Project, companies: SourceTable) -> None:
    with pytest.raises(CannotAnswer, match=r"“Twin Mills” fits 2 companies \(CO-1, CO-2\): name one by its id\."):
        parents.resolve(project, "Twin Mills")


def test_several_that_were_merged_are_one(project: Project, companies: SourceTable) -> None:
    Decision.objects.create(project=project, kind="duplicate", object="companies", source_key="CO-2", answer={"survivor": "CO-1"}, seq=1)
    assert parents.resolve(project, "Twin Mills").answer == {"source": "CO-1"}


def test_a_name_of_nobody_is_refused(project: Project, companies: SourceTable) -> None:
    with pytest.raises(CannotAnswer, match="for a new one write new:Nobody"):
        parents.resolve(project, "Nobody")


def test_companies_of_another_project_are_not_found(companies: SourceTable) -> None:
    other = Project.objects.create(name="Other", slug="other")
    with pytest.raises(CannotAnswer):
        parents.resolve(other, "CO-1")
    assert parents.search(other, "twin") == []


def test_the_picker_finds_by_part_of_the_name_or_beginning_of_the_id(project: Project, companies: SourceTable) -> None:
    assert parents.search(project, "mill") == [("CO-1", "Twin Mills"), ("CO-2", "twin mills")]
    assert parents.search(project, "co-3") == [("CO-3", AWKWARD)]
