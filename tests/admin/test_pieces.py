"""A batch and a record at the desk: run again, undone; and a load that is limited to some records."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("given", "limit", "named"), [({"limit": "5"}, 5, []), ({"only_ids": "CO-1"}, 0, [("companies", "CO-1")])])
def test_a_load_of_some_records_is_planned_as_it_was_asked_for(
    at_desk: Desk, project: Project, queues: str, given: dict[str, str], limit: int, named: list[Any]
) -> None:
    at_desk("sam").post(action("plan", project.accounts.get()), given)
    [job] = [job for name in ("load", "default") for job in django_rq.get_queue(name).jobs]
    assert list(job.args[-2:]) == [limit, named]


@pytest.mark.django_db(transaction=True)
def test_a_batch_run_again_sends_what_was_refused(at_desk: Desk, project: Project, queues: str) -> None:
    response = at_desk("sam").post(action("rerun-batch", Batch.objects.get()), follow=True)
    again = project.runs.order_by("-pk")[0]
    assert said(response) == [f"Batch 1 is sent again by run {again.pk}."]
    assert (again.state, list(RecordLink.objects.filter(run=again).values_list("state", flat=True))) == ("running", ["planned"])


def test_a_paused_load_says_at_what_time_it_goes_on(at_desk: Desk, project: Project) -> None:
    goes_on = timezone.now() + timedelta(hours=3)
    project.runs.update(state="paused", reason="The company's API tokens of the day are spent", resume_at=goes_on)
    shown = at_desk("sam").get(reverse("admin:crossdock_live", args=[project.pk])).content.decode()
    assert f"It goes on by itself at {timezone.localtime(goes_on):%H:%M:%S}" in shown
