"""Both sides and the page Mailings at the desk."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django_rq
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connectors.sources.net_results.sample import write_sample
from migrations_app.models import DealCampaign, Gathered, Membership, PipedriveAccount, Project, SourceTable, StagedRecord, SuppressionPass
from migrations_app.services import approving, audit, intake, proposing
from migrations_app.services.mailing import gathering
from tests.admin import world
from tests.admin.conftest import action, page, said

Desk = Callable[[str], Client]


@pytest.fixture
def mailing(people: dict[str, User], tmp_path: Path) -> Project:
    """Our own sample, as far as the first audit."""
    write_sample(tmp_path / "package", contacts=40, seed=5)
    project = Project.objects.create(name="Letters", slug="letters", source="net-results", timezone="Europe/Berlin", country="DE")
    for name, role in world.ROLES.items():
        Membership.objects.create(project=project, user=people[name], role=role)
    intake.take_in(project, tmp_path / "package", kind="full", user=people["carl"])
    proposing.propose_map(project, user=people["carl"])
    approving.approve(project, user=people["anna"])
    audit.run_audit(project, user=people["carl"])
    return project


def mailings(project: Project) -> str:
    return reverse("admin:crossdock_mailings", args=[project.pk])


def test_a_screen_that_shows_more_than_arrived_is_said_at_once(at_desk: Desk, project: Project) -> None:
    anna, both = at_desk("anna"), reverse("admin:crossdock_discovery", args=[project.pk])
    assert both in anna.get(page(project)).content.decode()
    told = anna.post(both, {"screen-companies": "1,200", "screen-deals": ""}, follow=True)
    assert said(told) == ["Companies: 1,199 are missing: was it exported by an admin who sees everything?"]
    assert 'value="1200"' in told.content.decode()
    assert at_desk("stan").get(both).status_code == 404


@pytest.mark.parametrize("typed", ["12²", "12.50", "many", "9" * 5000])
def test_what_is_no_count_of_a_screen_is_refused_in_words(at_desk: Desk, project: Project, typed: str) -> None:
    told = at_desk("anna").post(reverse("admin:crossdock_discovery", args=[project.pk]), {"screen-companies": typed}, follow=True)
    assert said(told)[0].endswith("is no count: write it in digits, such as 12000.")
    project.refresh_from_db()
    assert not project.setting("on_screen")


def test_those_left_behind_reach_a_spreadsheet_without_formulas(at_desk: Desk, mailing: Project) -> None:
    StagedRecord.objects.filter(object="contacts").update(label="=HYPERLINK(1)")
    SourceTable.objects.update(roles={})  # no column that speaks for anybody
    Gathered.objects.all().delete()
    Project.objects.filter(pk=mailing.pk).update(settings={**mailing.settings, "contacts_taken": "active"})
    told = at_desk("carl").get(reverse("admin:crossdock_handed_over", args=[mailing.pk, "left_behind.csv"]))
    assert told["Content-Disposition"] == 'attachment; filename="letters-left_behind.csv"'
    assert ",'=HYPERLINK(1)," in told.getvalue().decode()


def test_who_refused_mail_in_an_event_only_is_counted_and_handed_out(at_desk: Desk, mailing: Project) -> None:
    carl, file = at_desk("carl"), reverse("admin:crossdock_handed_over", args=[mailing.pk, "opt_outs_in_events.csv"])
    refused = Gathered.objects.filter(object="contacts").first()
    assert refused is not None
    Gathered.objects.filter(pk=refused.pk).update(detail={**refused.detail, "refused": ["unsubscribe", "2024-05-03"]})
    Gathered.objects.filter(object=gathering.NEWEST).update(values={"minute": 0, "refused": 1})
    told = carl.get(mailings(mailing)).content.decode().split('id="opt-outs"')[1]
    assert "1 contact refused mail" in told
    assert file in told
    assert f",Unsubscribed,2024-05-03,{refused.key}" in carl.get(file).getvalue().decode()


def test_the_sends_screen_shows_what_each_choice_costs_and_keeps_one(at_desk: Desk, mailing: Project) -> None:
    carl = at_desk("carl")
    assert mailings(mailing) in carl.get(page(mailing)).content.decode()
    assert "one activity for each person and month" in carl.get(mailings(mailing)).content.decode().casefold()
    carl.post(mailings(mailing), {"sends": "monthly", "sends_owner": "it@seller.example", "campaign_notes": "no"})
    mailing.refresh_from_db()
    kept = {name: mailing.setting(name) for name in ("sends", "sends_owner", "campaign_notes")}
    assert kept == {"sends": "monthly", "sends_owner": "it@seller.example", "campaign_notes": "no"}
    refused = at_desk("anna").post(mailings(mailing), {"sends": "each"}, follow=True)
    assert "it takes a consultant" in said(refused)[-1]
    assert said(carl.post(mailings(mailing), {"sends_owner": "nobody"}, follow=True))[-1].endswith("is no e-mail address.")


def test_the_page_reads_all_contacts_once_and_not_each_time_somebody_looks(at_desk: Desk, mailing: Project) -> None:
    carl = at_desk("carl")
    before = carl.get(mailings(mailing)).content
    with CaptureQueriesContext(connection) as asked:
        again = carl.get(mailings(mailing)).content
    assert before.count(b"<tr>") == again.count(b"<tr>") > 1
    assert not [each["sql"] for each in asked if "migrations_app_gathered" in each["sql"]]


def test_templates_workflows_and_the_proof_of_opt_outs_are_a_click_away(at_desk: Desk, mailing: Project) -> None:
    account = PipedriveAccount.objects.create(
        project=mailing, role="production", url="https://letters.pipedrive.com", company_name="Letters"
    )
    flagged = ["7", "ann@bell.example", "unsubscribe", "2024-05-01", ""]
    facts = {"flagged": [flagged], "marketing": [["7", "ann@bell.example", "", "unsubscribed"]]}
    kept = SuppressionPass.objects.create(account=account, kind="marketing", persons=9, suppressed=1, facts=facts)
    anna = at_desk("anna")
    shown = anna.get(mailings(mailing)).content.decode()
    for name in ("templates.zip", "workflows.json"):
        assert reverse("admin:crossdock_handed_over", args=[mailing.pk, name]) in shown
    archive = zipfile.ZipFile(io.BytesIO(anna.get(reverse("admin:crossdock_handed_over", args=[mailing.pk, "templates.zip"])).getvalue()))
    assert "index.html" in archive.namelist()
    assert json.loads(anna.get(reverse("admin:crossdock_handed_over", args=[mailing.pk, "workflows.json"])).getvalue())
    proof = reverse("admin:crossdock_proof", args=[mailing.pk, kept.pk])
    assert proof in shown
    assert "1 of 9" in shown
    assert "1 flagged, 1 unsubscribed" in shown
    files = zipfile.ZipFile(io.BytesIO(anna.get(proof).getvalue()))
    assert "7,ann@bell.example,Unsubscribed,2024-05-01," in files.read("flagged.csv").decode()
    assert "7,ann@bell.example,,unsubscribed" in files.read("marketing.csv").decode()
    assert "account,Letters (production)" in files.read("about.csv").decode()
    assert at_desk("stan").get(proof).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_list_of_deals_and_campaigns_is_read_before_anything_starts(
    at_desk: Desk, mailing: Project, queues: str, django_capture_on_commit_callbacks: Any
) -> None:
    committed = django_capture_on_commit_callbacks
    account = PipedriveAccount.objects.create(project=mailing, role="production", url="https://letters.pipedrive.com")
    sam, place = at_desk("sam"), action("deal-campaigns", account)
    assert place not in sam.get(page(mailing)).content.decode()
    Project.objects.update(settings={"deal_campaigns": "list"})
    assert place in sam.get(page(mailing)).content.decode()
    refused = sam.post(place, {"links": SimpleUploadedFile("links.csv", b"one,other\n1,2\n")})
    assert "is no list with a column for the deal" in refused.content.decode()
    with committed(execute=True):  # work is enqueued once what it needs is kept
        sam.post(place, {"links": SimpleUploadedFile("links.csv", b"deal,campaign\nhttps://x.pipedrive.com/deal/7,Spring\n")})
    started = django_rq.get_queue("default").fetch_job(f"suppress-{account.pk}")
    assert started.args[2] == [["links.csv, line 2", "https://x.pipedrive.com/deal/7", "", "", "Spring"]]


@pytest.mark.django_db(transaction=True)
def test_what_was_put_onto_deals_is_shown_and_handed_out_and_taken_back_by_staff(
    at_desk: Desk, mailing: Project, queues: str, django_capture_on_commit_callbacks: Any
) -> None:
    account = PipedriveAccount.objects.create(
        project=mailing, role="production", url="https://letters.pipedrive.com", company_name="Letters"
    )
    carl, sam, back = at_desk("carl"), at_desk("sam"), action("deals-back", account)
    assert back not in sam.get(mailings(mailing)).content.decode()
    carl.post(mailings(mailing), {"deal_campaigns": "column", "deal_column": "Our deal"})
    mailing.refresh_from_db()
    assert (mailing.setting("deal_campaigns"), mailing.setting("deal_column")) == ("column", "Our deal")
    told = {"title": "=Deal & <b>", "label": "Spring", "state": "added", "at": timezone.now()}
    for option in (1, 2):
        DealCampaign.objects.create(account=account, deal=7, option=option, **told)
    shown = sam.get(mailings(mailing)).content.decode()
    assert "1 deal of Letters (production) carries campaigns" in shown
    assert back in shown
    assert back not in carl.get(mailings(mailing)).content.decode()
    listed = carl.get(reverse("admin:crossdock_handed_over", args=[mailing.pk, "deal_campaigns.csv"])).getvalue().decode()
    assert "7,'=Deal & <b>,Spring,,put there," in listed
    assert "at most 15 tokens" in sam.get(back).content.decode()
    assert "company" in sam.post(back, {"company": "Others"}).context["form"].errors
    with django_capture_on_commit_callbacks(execute=True):
        sam.post(back, {"company": "Letters"})
    assert django_rq.get_queue("default").fetch_job(f"suppress-{account.pk}").args == (account.pk, User.objects.get(username="sam").pk)
