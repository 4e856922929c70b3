"""A test run at the desk: planned, judged side by side, remarked on, rejected, signed; and the ticks beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django_rq
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rq import SimpleWorker

from migrations_app.models import Approval, Confirmation, Membership, PinnedRecord, PipedriveAccount, Project, Remark, Run
from tests.admin import world
from tests.admin.conftest import action, page, said
from tests.journeys.walking import Walk

Desk = Callable[[str], Client]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, people: dict[str, User], request: Any) -> Walk:
    """Companies and contacts, audited, staging prepared; anna, carl and sam take part."""
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    companies = [f"C-{n},{world.AWKWARD} {n},Ann Bell,{'North' if n % 2 else 'South'}\n" for n in range(1, 7)]
    (package / "companies.csv").write_text("Company ID,Company Name,Owner,Region\n" + "".join(companies))
    (package / "contacts.csv").write_text(
        "Contact ID,First Name,Last Name,Email,Company ID,Twitter\nP-1,Rosa,Lind,ROSA@ohara.example,C-1,@rosa\n"
    )
    walk.to_decisions(package, tmp_path / "out")
    walk.account([], domain=request.node.name.replace("_", "-")[:60], name="Rehearsal")
    walk.do("prepare", "move", "--role", "staging")
    for name, role in world.ROLES.items():
        Membership.objects.create(project=Project.objects.get(), user=people[name], role=role)
    return walk


@pytest.fixture
def run(walk: Walk) -> Run:
    return Run.objects.get(pk=walk.do("load", "move", "--role", "staging", "--test-run", "5")["run"])


def address(run: Run) -> str:
    return reverse("admin:crossdock_review", args=[run.project_id, run.pk])


def test_a_test_run_is_planned_at_the_desk_with_pinned_records(walk: Walk, at_desk: Desk) -> None:
    project, account = Project.objects.get(), PipedriveAccount.objects.get()
    assert said(at_desk("anna").post(action("pin", project), {"ids": "companies:C-5\nP-1"}, follow=True)) == [
        "2 records are in every test run."
    ]
    assert "Not in the export: C-99" in at_desk("anna").post(action("pin", project), {"ids": "C-99"}).content.decode()
    at_desk("sam").post(action("test-run", account), {"size": "4"})
    SimpleWorker([django_rq.get_queue("default")], connection=django_rq.get_queue("default").connection).work(burst=True)
    run = Run.objects.get()
    assert (run.kind, run.choice["pinned"], PinnedRecord.objects.count()) == ("test", 2, 2)
    chosen = set(run.chosen.values_list("link__key", flat=True))
    assert {"organization:C-5", "organization:C-1", "person:P-1"} <= chosen


def test_row_and_record_stand_side_by_side_as_people_know_them(run: Run, at_desk: Desk) -> None:
    shown = at_desk("anna").get(address(run)).content.decode()
    assert world.ESCAPED in shown
    assert world.AWKWARD not in shown
    for text in ("Owners as they are meant", "Ann Bell", "Company Name", "North", "Original owner"):
        assert text in shown
    person = at_desk("anna").get(address(run), {"entity": "person"}).content.decode()
    assert "ROSA@ohara.example" in person
    assert "Rosa Lind" in person
    assert "changed on the way" in person
    assert f"{world.ESCAPED} 1" in person  # the company, by its name


def test_a_remark_on_a_field_becomes_a_task_on_its_rule_when_the_test_run_is_rejected(run: Run, at_desk: Desk) -> None:
    anna = at_desk("anna")
    record = run.chosen.filter(link__entity="organization").first()
    assert record is not None
    anna.post(address(run), {"record": record.link_id, "field": "name", "text": "<i>too loud</i>"})
    assert "&lt;i&gt;too loud&lt;/i&gt;" in anna.get(address(run)).content.decode()
    assert said(anna.post(action("reject", run), {"remark": ""}, follow=True)) == [
        f"Run {run.pk} is rejected; its remarks are work to do now."
    ]
    task = Remark.objects.get()
    assert task.rule is not None
    assert (task.state, task.rule.column, task.by.username) == ("task", "Company Name", "anna")  # type: ignore[union-attr]
    remarks = reverse("admin:migrations_app_remark_changelist")
    anna.post(remarks, {"action": "done", "_selected_action": [task.pk]})
    task.refresh_from_db()
    assert (task.state, task.done_by.username) == ("done", "anna")  # type: ignore[union-attr]


def test_each_known_loss_has_to_be_ticked_before_the_signature_counts(run: Run, at_desk: Desk) -> None:
    anna = at_desk("anna")
    form = anna.get(action("sign", run)).context["form"]
    assert form.lines
    assert anna.post(action("sign", run), {"on_behalf_of": "the board"}).status_code == 200
    assert not Approval.objects.exists()
    ticks = {f"tick{at}": "on" for at in range(len(form.lines))}
    assert said(anna.post(action("sign", run), {"on_behalf_of": "the board", **ticks}, follow=True)) == [
        f"Run {run.pk} is signed off (test run)."
    ]
    signed = Approval.objects.get()
    assert (str(signed.by), signed.on_behalf_of, len(signed.losses)) == ("anna", "the board", len(form.lines))
    assert "the board" in anna.get(address(run)).content.decode()


@pytest.mark.parametrize("name", ["carl", "sam"])
def test_the_firm_looks_on_and_neither_signs_nor_rejects(run: Run, at_desk: Desk, name: str) -> None:
    client = at_desk(name)
    assert action("sign", run) not in client.get(address(run)).content.decode()
    assert client.post(action("sign", run), {}).status_code == 403
    assert client.post(action("reject", run), {"remark": "no"}).status_code == 403
    assert not Approval.objects.exists()


def test_strangers_see_no_review(run: Run, at_desk: Desk) -> None:
    assert at_desk("stan").get(address(run)).status_code == 404


def test_the_review_asks_no_more_for_more_records(run: Run, at_desk: Desk) -> None:
    anna = at_desk("anna")
    counts = []
    for entity in ("person", "organization"):
        with CaptureQueriesContext(connection) as captured:
            response = anna.get(address(run), {"entity": entity})
        counts.append((len(response.context["records"]), len(captured)))
    (one, few), (several, many) = counts
    assert one < several
    assert many <= few  # a person also hangs on something


def test_quiet_is_ticked_line_by_line_for_the_live_account(project: Project, at_desk: Desk) -> None:
    sam, account = at_desk("sam"), project.accounts.get()
    Confirmation.objects.all().delete()
    assert action("quiet", account) in sam.get(page(project)).content.decode()
    sam.post(action("quiet", account), {"tick0": "on"})
    assert not Confirmation.objects.exists()
    sam.post(action("quiet", account), {f"tick{at}": "on" for at in range(7)})
    tick = Confirmation.objects.get()
    assert (tick.what, str(tick.by), len(tick.items)) == ("quiet", "sam", 7)
    assert at_desk("carl").post(action("quiet", account), {}).status_code == 403


def test_what_production_waits_for_leads_to_the_page_that_settles_it(walk: Walk, run: Run, at_desk: Desk) -> None:
    walk.account([], role="production", domain=f"production-{run.pk}-leads")
    production = PipedriveAccount.objects.get(role="production")
    walk.do("prepare", "move", "--role", "production")
    following = at_desk("anna").get(page(production.project)).context["next"]
    assert (following.label, following.address) == ("Review", address(run))
    outlook = at_desk("sam").get(reverse("admin:crossdock_outlook", args=[run.project_id])).content.decode()
    assert f'href="{address(run)}"' in outlook
    assert f'href="{action("quiet", production)}"' in outlook
