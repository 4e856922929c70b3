"""What the buttons of the project page do, with a real queue and a real sandbox behind them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_rq
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rq import SimpleWorker

from migrations_app import jobs
from migrations_app.admin.base import page_of
from migrations_app.admin.guide import Guide, NextStep
from migrations_app.models import Batch, Mapping, Membership, Phase, PipedriveAccount, Project, RecordLink, Run, StagedRecord, Upload
from migrations_app.services import approving, proposing, rows
from migrations_app.services.journey import Step
from tests.admin import world
from tests.admin.conftest import action, page, said

Desk = Callable[[str], Client]
pytestmark = pytest.mark.django_db(transaction=True)
COMPANIES = "Company ID,Company Name,Website\nC1,<b>O'Hara & Söhne</b>,https://ohara.example\nC2,Mills,https://mills.example\n"
CONTACTS = "Contact ID,First Name,Last Name,Email,Company ID\nP1,Rosa,Lind,rosa@ohara.example,C1\n"


@pytest.fixture
def empty(people: dict[str, Any]) -> Project:
    project = world.empty_project()
    for name, role in world.ROLES.items():
        Membership.objects.create(project=project, user=people[name], role=role)
    return project


def work() -> None:
    """What the workers would do now."""
    queues = [django_rq.get_queue(name) for name in ("load", "default")]
    SimpleWorker(queues, connection=queues[0].connection).work(burst=True)


def upload(client: Client, project: Project, *files: tuple[str, str], **given: str) -> Any:
    sent = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    return client.post(action("upload", project), {"kind": "full", "export": sent, **given}, follow=True)


def test_files_uploaded_together_are_one_export(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    response = upload(carl, empty, ("companies.csv", COMPANIES), ("contacts.csv", CONTACTS))
    assert said(response) == ["The files are here and are being read; this page shows how far it is."]
    assert not StagedRecord.objects.exists()
    work()
    taken = Upload.objects.get()
    assert (taken.project, taken.state, taken.uploaded_by.username) == (empty, "ready", "carl")
    assert sorted(StagedRecord.objects.values_list("object", "key")) == [("companies", "C1"), ("companies", "C2"), ("contacts", "P1")]
    shown = carl.get(page(empty)).content.decode()
    assert "Taken in: 2 companies, 1 contacts. Lines skipped: 2." in shown
    assert not any((Path(settings.CROSSDOCK_DATA) / "incoming").iterdir())


def test_a_later_export_takes_effect_when_somebody_has_seen_what_it_does(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    upload(carl, empty, ("companies.csv", COMPANIES))
    work()
    upload(carl, empty, ("companies.csv", COMPANIES.replace("C2", "C3")))
    work()
    later = Upload.objects.first()
    assert later is not None
    assert (later.state, set(rows.by_key(rows.tables_in_force(empty)["companies"], ["C2", "C3"]))) == ("held", {"C2"})
    shown = carl.get(page(empty)).content.decode()
    assert "It changes nothing yet" in shown
    assert "Exports that wait" in shown
    asked = carl.get(action("put-in-force", later)).content.decode()
    assert [line.strip() for line in re.findall(r'<li class="cd-wrap">(.*?)</li>', asked)][:6] == [
        "If it replaces what was there:",
        "· companies: 1 new, 0 changed, 1 unchanged, 1 no longer there",
        "If it adds to what is there:",
        "· companies: 1 new, 0 changed, 2 unchanged",
        "If it holds new and changed rows only (a delta):",
        "· companies: 1 new, 0 changed, 2 unchanged",
    ]
    carl.post(action("put-in-force", later), {"kind": "delta"})
    assert set(rows.by_key(rows.tables_in_force(empty)["companies"], ["C2", "C3"])) == {"C2", "C3"}
    later.refresh_from_db()
    assert (later.state, later.kind) == ("ready", "delta")


def test_a_file_that_cannot_be_read_is_said_and_leaves_nothing(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    upload(carl, empty, ("broken.zip", "PK\x03\x04 not really"))
    work()
    assert not Upload.objects.exists()
    assert "broken.zip" in carl.get(page(empty)).content.decode()
    assert not any((Path(settings.CROSSDOCK_DATA) / "incoming").iterdir())


def test_an_upload_without_a_file_is_asked_for_one(at_desk: Desk, empty: Project, queues: str) -> None:
    response = at_desk("carl").post(action("upload", empty), {"kind": "full"})
    assert response.status_code == 200
    assert "This field is required" in response.content.decode()
    assert django_rq.get_queue("default").count == 0


def test_a_second_click_starts_nothing_twice(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    upload(carl, empty, ("companies.csv", COMPANIES))
    response = upload(carl, empty, ("companies.csv", COMPANIES))
    assert said(response) == ["Another export is being read just now. Wait until it is in, then upload again."]
    assert django_rq.get_queue("default").count == 1
    assert len(list((Path(settings.CROSSDOCK_DATA) / "incoming").iterdir())) == 1
    work()


def test_propose_then_approve(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    upload(carl, empty, ("companies.csv", COMPANIES))
    work()
    assert "3 columns in 1 files" in carl.get(action("propose", empty)).content.decode()
    [sentence] = said(carl.post(action("propose", empty), follow=True))
    assert sentence.startswith("Map 1 is proposed: 3 rules")
    assert Mapping.objects.get().state == "draft"
    assert said(at_desk("anna").post(action("approve", empty), follow=True)) == ["Map 1 is approved."]
    mapping = Mapping.objects.get()
    assert (mapping.state, mapping.approved_by.username) == ("approved", "anna")


@pytest.mark.parametrize(
    ("who", "name", "sentence"),
    [
        ("carl", "propose", "has no upload yet: take in a package first."),
        ("anna", "approve", "has no map yet: propose one first."),
    ],
)
def test_what_cannot_be_done_yet_is_a_sentence(at_desk: Desk, empty: Project, who: str, name: str, sentence: str) -> None:
    [message] = said(at_desk(who).post(action(name, empty), follow=True))
    assert message.endswith(sentence)


def test_an_audit_without_an_export_ends_with_a_sentence(at_desk: Desk, empty: Project, queues: str) -> None:
    carl = at_desk("carl")
    carl.post(action("audit", empty))
    assert "waits for a worker" in carl.get(page(empty)).content.decode()
    work()
    shown = carl.get(page(empty)).content.decode()
    assert "has no upload yet" in shown
    assert world.ESCAPED in shown
    assert world.AWKWARD not in shown


def test_a_closed_gate_is_said_with_where_it_is_settled(at_desk: Desk, empty: Project, queues: str) -> None:
    account = PipedriveAccount.objects.create(
        project=empty, role="staging", url="https://x.pipedrive.com", company="1", company_name="X", is_admin=True, token=world.TOKEN
    )
    sam = at_desk("sam")
    sam.post(action("plan", account))
    work()
    assert "no map is proposed yet" in sam.get(page(empty)).content.decode()
    outlook = reverse("admin:crossdock_outlook", args=[empty.pk])
    for who, settled in (("carl", f'href="{action("propose", empty)}"'), ("sam", "for the project&#x27;s consultant")):
        shown = at_desk(who).get(outlook).content.decode()
        assert "Blocked until settled: the map" in shown
        assert settled in shown


@pytest.fixture
def planned(project: Project) -> Run:
    """A run of three batches in the production account, none approved yet."""
    old = project.runs.get()
    run = Run.objects.create(project=project, account=old.account, company="1", state="planning", mapping=old.mapping)
    phase = Phase.objects.create(run=run, entity="organization", object="companies", position=0, source=3)
    for number in (1, 2, 3):
        batch = Batch.objects.create(phase=phase, number=number, size=1)
        RecordLink.objects.create(account=old.account, entity="organization", key=f"organization:CO-{number}0", run=run, batch=batch)
    return run


def test_an_account_that_cannot_load_comes_before_its_preparation(at_desk: Desk, empty: Project) -> None:
    concern = "Plain is no admin of X: a load needs the token of an admin who sees every record."
    account = PipedriveAccount.objects.create(
        project=empty, role="staging", url="https://x.pipedrive.com", company="1", company_name="X", user_name="Plain", token=world.TOKEN
    )
    guide = Guide(empty, [account], None, [], [Step("prepare", "Account", "", "now")], lambda right: True)
    assert guide.next_step() == NextStep(concern, "Look at the account", page_of(account))


def test_the_newest_run_stands_first_and_says_what_is_next(at_desk: Desk, planned: Run) -> None:
    shown = at_desk("sam").get(page(planned.project)).context
    assert [each.run.pk for each in shown["runs"]] == [planned.pk, planned.pk - 1]
    assert shown["next"].address == action("approve-batches", planned)
    assert (
        at_desk("anna").get(page(planned.project)).context["next"].text
        == f"Approve the batches of {planned}. That is for the project's staff."
    )


def states(run: Run) -> list[str]:
    return list(Batch.objects.filter(phase__run=run).order_by("number").values_list("state", flat=True))


def test_nothing_is_pushed_before_batches_are_approved(at_desk: Desk, planned: Run) -> None:
    sam = at_desk("sam")
    response = sam.post(action("push", planned), {"company": world.AWKWARD}, follow=True)
    assert said(response) == ["No batch is approved yet: approve batches first, then push."]
    planned.refresh_from_db()
    assert planned.state == "planning"
    assert said(sam.post(action("approve-batches", planned), follow=True)) == ["3 batches are approved."]
    assert states(planned) == ["approved"] * 3


@pytest.mark.parametrize("typed", ["", "Somebody else"])
def test_production_asks_for_the_name_of_the_company(at_desk: Desk, planned: Run, typed: str) -> None:
    sam = at_desk("sam")
    sam.post(action("approve-batches", planned))
    django_rq.get_queue("load").empty()
    assert sam.post(action("push", planned), {"company": typed}).status_code == 200
    planned.refresh_from_db()
    assert planned.state == "planning"
    assert django_rq.get_queue("load").count == 0
    assert sam.post(action("push", planned), {"company": world.AWKWARD}).status_code == 302
    planned.refresh_from_db()
    assert planned.state == "running"
    assert django_rq.get_queue("load").job_ids == [f"run-{planned.pk}-advance"]


def test_pause_resume_and_cancel(at_desk: Desk, planned: Run) -> None:
    sam = at_desk("sam")

    def after(name: str) -> str:
        sam.post(action(name, planned))
        planned.refresh_from_db()
        return planned.state

    assert after("pause") == "planning"  # only a running one can be paused
    sam.post(action("approve-batches", planned))
    sam.post(action("push", planned), {"company": world.AWKWARD})
    assert after("pause") == "paused"
    assert planned.reason == "paused by sam"
    assert after("resume") == "running"
    assert after("cancel") == "cancelled"
    assert after("resume") == "cancelled"


def test_retry_sends_the_refused_records_and_no_others(at_desk: Desk, project: Project) -> None:
    run = project.runs.get()
    response = at_desk("sam").post(action("retry", run.account), follow=True)
    assert said(response) == ["1 records are sent again."]
    again = project.runs.order_by("-pk").first()
    assert again is not None
    assert (again.kind, again.state) == ("retry", "running")
    assert list(RecordLink.objects.filter(run=again).values_list("key", "state")) == [("organization:CO-1", "planned")]
    assert said(at_desk("sam").post(action("retry", run.account), follow=True)) == ["No record was refused in the last run."]


def test_the_page_says_when_the_queue_cannot_be_reached(at_desk: Desk, project: Project, settings: Any) -> None:
    settings.RQ_QUEUES = {name: {"URL": "redis://127.0.0.1:9/0"} for name in ("load", "default")}
    carl = at_desk("carl")
    assert "The queue cannot be reached" in carl.get(page(project)).content.decode()
    [sentence] = said(carl.post(action("audit", project), follow=True))
    assert sentence == "The queue cannot be reached, so nothing was started. Is Redis running?"


def test_live_asks_again_while_something_is_under_way(at_desk: Desk, planned: Run, queues: str) -> None:
    path = reverse("admin:crossdock_live", args=[planned.project_id])
    sam = at_desk("sam")
    quiet = sam.get(path)
    assert quiet["HX-Refresh"] == "true"
    assert "hx-trigger" not in quiet.content.decode()
    sam.post(action("approve-batches", planned))
    sam.post(action("push", planned), {"company": world.AWKWARD})
    busy = sam.get(path)
    assert "HX-Refresh" not in busy
    assert 'hx-trigger="load delay:2s' in busy.content.decode()


def test_live_asks_again_until_the_last_batch_of_a_paused_run_is_in(at_desk: Desk, planned: Run, queues: str) -> None:
    path = reverse("admin:crossdock_live", args=[planned.project_id])
    sam = at_desk("sam")
    Run.objects.filter(pk=planned.pk).update(state="paused", reason="paused by sam")
    batches = Batch.objects.filter(phase__run=planned)
    batches.update(state="leased", lease_until=timezone.now() + timedelta(minutes=1))
    assert 'hx-trigger="load delay:2s' in sam.get(path).content.decode()
    batches.update(lease_until=timezone.now() - timedelta(minutes=1))  # its worker died
    assert "hx-trigger" not in sam.get(path).content.decode()


def test_a_whole_load_from_the_desk(
    at_desk: Desk, empty: Project, sandbox: Any, settings: Any, people: dict[str, Any], queues: str
) -> None:
    settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(sandbox.url).netloc]
    made = sandbox.control().create_account("Harbour", domain="harbour", plan="premium", seats=1)
    carl, anna, sam = at_desk("carl"), at_desk("anna"), at_desk("sam")
    upload(carl, empty, ("companies.csv", COMPANIES), ("contacts.csv", CONTACTS))
    work()
    carl.post(action("propose", empty))
    anna.post(action("approve", empty))
    carl.post(action("audit", empty))
    work()
    given = {"project": empty.pk, "role": "staging", "url": sandbox.url, "api_token": made["users"][0]["token"]}
    sam.post(reverse("admin:migrations_app_pipedriveaccount_add"), given | {"plan": "premium", "seats": 1, "share": 100})
    account = empty.accounts.get()
    for name in ("prepare", "plan"):
        assert sam.post(action(name, account)).status_code == 302
        work()
    run = empty.runs.get()
    sam.post(action("approve-batches", run))
    sam.post(action("push", run))
    work()
    run.refresh_from_db()
    assert (run.state, run.reason) == ("finished", "")
    sam.post(action("verify", account))
    work()
    shown = sam.get(page(empty)).content.decode()
    assert "Everything reads back as it was written." in shown
    assert shown.count("balanced</span>") >= 2
    assert [each["name"] for each in sandbox.control().records("harbour", "organization")] == [world.AWKWARD, "Mills"]


def test_an_edited_rule_is_kept_by_the_next_proposal(at_desk: Desk, empty: Project, people: dict[str, Any], queues: str) -> None:
    carl = at_desk("carl")
    upload(carl, empty, ("companies.csv", COMPANIES))
    work()
    mapping = proposing.propose_map(empty, user=people["carl"])
    rule = mapping.rules.get(column="Website")
    path = reverse("admin:migrations_app_fieldrule_change", args=[rule.pk])
    given = {"entity": "organization", "field": "custom:Homepage (varchar)", "transform": "text", "reason": "asked for"}
    assert carl.post(path, given).status_code == 302
    proposing.propose_map(empty, user=people["carl"])
    rule.refresh_from_db()
    assert (rule.field, rule.edited_by) == ("custom:Homepage (varchar)", people["carl"])
    wrong = carl.post(path, given | {"field": "homepage"})
    assert "is no field of a organization" in wrong.content.decode()
    approving.approve(empty, user=people["carl"])
    assert carl.post(path, given).status_code == 403


def test_jobs_end_with_a_sentence_even_if_rights_are_gone_meanwhile(empty: Project, people: dict[str, Any]) -> None:
    answer = jobs.desk_audit(empty.pk, people["stan"].pk)
    assert answer["done"] is False
    assert "stan may not do this" in answer["text"]


def test_a_refusal_says_whose_it_is(at_desk: Desk, planned: Run) -> None:
    refused = at_desk("anna").get(action("push", planned))
    assert refused.status_code == 403
    assert "“Push approved batches” is for the project&#x27;s staff." in refused.content.decode()
