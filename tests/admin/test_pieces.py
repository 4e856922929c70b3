"""A batch and a record at the desk: run again, undone; and a load that is limited to some records."""

from collections.abc import Callable

import pytest
from django.test import Client

from migrations_app.models import Batch, Project, RecordLink
from tests.admin.conftest import action, said

Desk = Callable[[str], Client]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["rerun-batch", "foresee-undo-batch", "undo-batch"])
def test_what_is_done_to_a_batch_says_first_what_it_will_do_and_is_for_staff(at_desk: Desk, project: Project, name: str) -> None:
    address = action(name, Batch.objects.get())
    shown = at_desk("sam").get(address).content.decode()
    assert ("1 records of batch 1" if name == "rerun-batch" else "0 records that run") in shown
    assert at_desk("carl").get(address).status_code == 403
    assert at_desk("stan").get(address).status_code == 404


def test_undoing_a_record_of_the_live_account_asks_for_the_companys_name(at_desk: Desk, project: Project) -> None:
    address = action("undo-record", RecordLink.objects.get())
    response = at_desk("sam").post(address, {"company": "Another"})
    assert "That is not the account&#x27;s company" in response.content.decode()


def test_a_batch_of_another_project_is_not_there(at_desk: Desk, project: Project) -> None:
    other = action("rerun-batch", Batch.objects.get()).replace(f"/{project.pk}/do/", f"/{project.pk + 1}/do/")
    assert at_desk("root").get(other).status_code == 404


def test_a_list_of_ids_that_the_export_does_not_have_plans_nothing(at_desk: Desk, project: Project) -> None:
    address = action("plan", project.accounts.get())
    client = at_desk("sam")
    assert "Not in the export: CO-77" in client.post(address, {"only_ids": "CO-1\nCO-77"}).content.decode()
    both = client.post(address, {"only_ids": "CO-1", "limit": "5"}).content.decode()
    assert "Give a number or a list, not both." in both
    assert not said(client.get(action("rerun-batch", Batch.objects.get())))
