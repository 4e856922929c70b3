"""Answers to findings at the desk: from the list, from the page of one, and what is refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tablib import Dataset

from migrations_app.models import Audit, Finding, FindingAnswer, FindingRow, Mapping, Membership, Project, SourceTable
from reconciliation.finding_sheets import FindingResource
from reconciliation.services import findings
from reconciliation.sheets import DropDownXLSX
from tests.reconciliation.conftest import AWKWARD, member

LIST = "admin:migrations_app_findingrow_changelist"


@pytest.fixture
def audit(project: Project, companies: SourceTable) -> Audit:
    """CO-3 has an awkward name, CO-1 and CO-2 have one that is overlong, a contact's company is unknown."""
    Mapping.objects.create(project=project, version=1)
    audit = Audit.objects.create(project=project)
    Project.objects.filter(pk=project.pk).update(audit=audit)
    project.audit = audit
    for code, severity, keys in (("html", "warn", ("CO-3",)), ("overlong", "warn", ("CO-1", "CO-2")), ("bad_amount", "decide", ("CO-2",))):
        finding = Finding.objects.create(audit=audit, object="companies", code=code, severity=severity, count=len(keys))
        for key in keys:
            FindingRow.objects.create(finding=finding, table=companies, line=2, key=key, field="name", value=AWKWARD, message="Look.")
    return audit


@pytest.fixture
def anna(client: Client, admin_of: Any) -> Client:
    client.force_login(admin_of)
    return client


def row(code: str, key: str) -> FindingRow:
    return FindingRow.objects.get(finding__code=code, key=key)


def bulk(client: Client, step: str, rows: list[FindingRow], **given: str) -> Any:
    chosen = {"action": f"bulk_{step}", "_selected_action": [each.pk for each in rows], "confirmed": "yes", **given}
    return client.post(reverse(LIST), chosen, follow=True)


def said() -> dict[tuple[str, str], tuple[str, str]]:
    return {(each.source_key, each.code): (each.how, each.new) for each in FindingAnswer.objects.all()}


def test_the_list_begins_with_what_is_open(anna: Client, audit: Audit) -> None:
    bulk(anna, "accept", [row("overlong", "CO-1"), row("overlong", "CO-2")], why="long names are theirs")
    shown = {view: _shown(anna, answer=view) for view in ("open", "answered", "all")}
    assert shown == {"open": {"CO-3 html", "CO-2 bad_amount"}, "answered": {"CO-1 overlong", "CO-2 overlong"}, "all": shown["all"]}
    assert len(shown["all"]) == 4


def test_a_correction_is_asked_for_its_value_and_shown_escaped(anna: Client, audit: Audit, companies: SourceTable) -> None:
    asked = anna.post(reverse(LIST), {"action": "bulk_fix", "_selected_action": [row("html", "CO-3").pk]})
    assert "What it should say" in asked.content.decode()
    bulk(anna, "fix", [row("html", "CO-3")], new="<i>O'Hara</i>", why="read out on the phone")
    assert said() == {("CO-3", "html"): ("fix", "<i>O'Hara</i>")}
    html = anna.get(reverse(LIST, query={"answer": "all"})).content.decode()
    assert "<i>O" not in html
    assert "&lt;i&gt;O&#x27;Hara&lt;/i&gt;" in html


def test_the_page_of_one_takes_every_answer_and_leads_on_to_the_next(anna: Client, audit: Audit) -> None:
    page = reverse("admin:migrations_app_findingrow_change", args=[row("overlong", "CO-1").pk])
    assert anna.get(page).status_code == 200
    answer = anna.post(page, {"how": "source", "due": "2030-01-31", "why": "", "new": "", "seen": ""})
    assert answer.headers["location"] == reverse("admin:migrations_app_findingrow_change", args=[row("overlong", "CO-2").pk])
    [given] = FindingAnswer.objects.all()
    assert (given.how, str(given.due), given.old) == ("source", "2030-01-31", "Twin Mills")


def test_what_has_a_queue_of_its_own_is_not_simply_accepted(anna: Client, audit: Audit) -> None:
    bulk(anna, "accept", [row("bad_amount", "CO-2")])
    assert said() == {}


def test_answers_are_listed_and_taken_back_there(anna: Client, audit: Audit) -> None:
    bulk(anna, "skip", [row("overlong", "CO-1")])
    answers = reverse("admin:migrations_app_findinganswer_changelist")
    assert "the record is left out" in anna.get(answers).content.decode()
    chosen = [each.pk for each in FindingAnswer.objects.all()]
    anna.post(answers, {"action": "bulk_take_back", "_selected_action": chosen, "confirmed": "yes"})
    assert said() == {}


def test_staff_look_on_and_strangers_see_nothing(client: Client, audit: Audit, project: Project) -> None:
    client.force_login(member(project, "sam", "staff"))
    bulk(client, "accept", [row("overlong", "CO-1")])
    assert said() == {}
    assert _shown(client, answer="all")
    client.force_login(member(Project.objects.create(name="Other", slug="other"), "stig", "customer_admin"))
    assert _shown(client, answer="all") == set()


def test_a_workbook_gives_a_finding_to_members_of_its_own_project_only(project: Project, audit: Audit, admin_of: Any) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(project=other, user=admin_of, role="customer_admin")
    member(other, "olga", "consultant")
    rows = findings.newest(project).filter(finding__code="html")
    dataset = DropDownXLSX().create_dataset(DropDownXLSX().export_data(FindingResource().export(rows)))
    for name, answered in (("olga", 0), ("anna", 1)):
        filled = Dataset(headers=dataset.headers)
        filled.append(
            [{"answer": "source", "assignee": name}.get(head, cell) for head, cell in zip(dataset.headers, dataset[0], strict=True)]
        )
        resource = FindingResource()
        resource.import_data(filled, user=admin_of)
        assert resource.answered == answered
    assert FindingAnswer.objects.get().assignee == admin_of


def _shown(client: Client, **query: str) -> set[str]:
    response = client.get(reverse(LIST, query=query))
    return {f"{each.key} {each.finding.code}" for each in response.context["cl"].result_list}
