"""The pages of the days around the go-live, as people of each role see them."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from migrations_app.models import CutoverStep, HypercareItem, Project, RecordLink, Run
from tests.admin.conftest import said

AtDesk = Callable[[str], Client]


def at(name: str, project: Project, *more: int) -> str:
    return reverse(f"admin:crossdock_{name}", args=[project.pk, *more])


def test_the_project_page_leads_to_the_cutover_to_the_reports_and_to_the_life_of_a_record(project: Project, at_desk: AtDesk) -> None:
    shown = at_desk("carl").get(reverse("admin:crossdock_project", args=[project.pk])).content.decode()
    assert all(at(name, project) in shown for name in ("cutover", "hypercare", "life"))


def test_a_step_is_ticked_with_evidence_by_name_and_taken_back(project: Project, at_desk: AtDesk, people: dict[str, User]) -> None:
    client = at_desk("carl")
    refused = client.post(at("cutover", project), {"step": "freeze", "do": "tick"}, follow=True)
    assert "Say in a few words" in said(refused)[0]
    client.post(at("cutover", project), {"step": "freeze", "do": "tick", "evidence": "<b>mail</b> of the boss"})
    step = CutoverStep.objects.get()
    assert (step.done_by, step.evidence) == (people["carl"], "<b>mail</b> of the boss")
    page = client.get(at("cutover", project)).content.decode()
    assert "&lt;b&gt;mail&lt;/b&gt; of the boss" in page
    client.post(at("cutover", project), {"step": "freeze", "do": "untick"})
    step.refresh_from_db()
    assert step.done_at is None


def test_a_step_that_nothing_speaks_for_says_what_is_missing(project: Project, at_desk: AtDesk) -> None:
    refused = at_desk("root").post(at("cutover", project), {"step": "system_of_record", "do": "tick", "evidence": "yes"}, follow=True)
    assert "cannot be ticked yet" in said(refused)[0]
    assert not CutoverStep.objects.filter(done_at__isnull=False).exists()


def test_turning_back_leads_to_undoing_the_newest_load_there(project: Project, at_desk: AtDesk) -> None:
    run = Run.objects.get(project=project, account__role="production")
    ways = [reverse("admin:crossdock_action", args=[project.pk, name, run.pk]) for name in ("foresee-undo", "undo")]
    page = at_desk("root").get(at("cutover", project)).content.decode()
    assert all(way in page for way in ways)
    assert f"Undo load (run {run.pk})" in page
    assert ways[1] not in at_desk("carl").get(at("cutover", project)).content.decode(), "who may not load"
    Run.objects.filter(pk=run.pk).update(state="rolled_back")
    assert ways[1] not in at_desk("root").get(at("cutover", project)).content.decode()


def test_how_long_data_stays_after_the_end_is_set_on_the_projects_form(project: Project, at_desk: AtDesk) -> None:
    form = reverse("admin:migrations_app_project_change", args=[project.pk])
    page = at_desk("root").get(at("hypercare", project)).content.decode()
    assert "stays here for 90 days" in page
    assert form in page
    assert 'name="policy_keep_days"' in at_desk("carl").get(form).content.decode()


def test_strangers_find_none_of_these_pages(project: Project, at_desk: AtDesk) -> None:
    client = at_desk("stan")
    assert [client.get(at(name, project)).status_code for name in ("cutover", "hypercare", "life")] == [404, 404, 404]


def test_a_report_is_written_down_and_answered_only_with_a_cause_and_an_answer(project: Project, at_desk: AtDesk) -> None:
    at_desk("anna").post(at("hypercare", project), {"title": "<script>alert(1)</script>", "about": ""})
    item = HypercareItem.objects.get()
    client = at_desk("carl")
    assert "<script>alert(1)" not in client.get(at("hypercare", project)).content.decode()
    answered = client.post(at("item", project, item.pk), {"do": "close", "cause": "source", "fix": "nothing", "answer": ""}, follow=True)
    item.refresh_from_db()
    assert item.closed_at is None
    assert said(answered)
    client.post(at("item", project, item.pk), {"do": "close", "cause": "source", "fix": "nothing", "answer": "It stood so in the file."})
    item.refresh_from_db()
    assert item.closed_at is not None


def test_a_customer_admin_cannot_close_a_report(project: Project, at_desk: AtDesk, people: dict[str, User]) -> None:
    item = HypercareItem.objects.create(project=project, title="Phone", reported_by=people["anna"])
    client = at_desk("anna")
    assert client.get(at("item", project, item.pk)).context["close"] is None
    client.post(at("item", project, item.pk), {"do": "close", "cause": "source", "fix": "nothing", "answer": "No."})
    item.refresh_from_db()
    assert item.closed_at is None


def test_the_life_of_a_record_is_found_by_its_source_id_and_names_what_was_pasted_wrongly(project: Project, at_desk: AtDesk) -> None:
    client = at_desk("carl")
    link = RecordLink.objects.filter(account__project=project, sources__isnull=False).first()
    assert link is not None
    found = client.get(at("life", project), {"record": link.key.split(":", 1)[1]})
    assert found.context["life"].link == link
    lost = client.get(at("life", project), {"record": "https://acme.pipedrive.com/deal/424242"}).content.decode()
    assert "is no record that this project loaded" in lost


def test_whoever_wants_no_mails_gets_none(project: Project, at_desk: AtDesk, people: dict[str, User]) -> None:
    do = reverse("admin:crossdock_action", args=[project.pk, "mails", project.pk])
    assert "no more mails" in said(at_desk("anna").post(do, follow=True))[0]
    assert not project.memberships.get(user=people["anna"]).mails
    assert "You get mails" in said(at_desk("anna").post(do, follow=True))[0]


def test_an_invitation_leads_to_a_page_where_a_password_is_chosen(
    people: dict[str, User], at_desk: AtDesk, django_capture_on_commit_callbacks: Any
) -> None:
    new = User.objects.create_user("nora", email="nora@customer.example", is_staff=True)
    form = {"action": "invite", "_selected_action": [new.pk, people["stan"].pk]}
    User.objects.filter(pk=people["stan"].pk).update(email="")
    with django_capture_on_commit_callbacks(execute=True):
        at_desk("root").post(reverse("admin:auth_user_changelist"), form)
    [invitation] = mail.outbox
    path = next(line for line in invitation.body.splitlines() if "/welcome/" in line).split("8000", 1)[1]
    page = Client().get(path, follow=True)
    assert page.status_code == 200
    assert "new_password1" in page.content.decode()
