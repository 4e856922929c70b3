from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from migrations_app.models import FieldRule, Mapping, Project, Question, SourceTable
from migrations_app.services.decisions import merge_roots
from reconciliation import orphan_sheet, rule_sheet
from reconciliation.models import DuplicateCluster, OrphanedDeal, OwnerMatch
from tests.reconciliation.conftest import AWKWARD, answers, cluster, member, orphan, owner, question, with_company

QUEUES = ("reconciliation_orphaneddeal", "reconciliation_ownermatch", "reconciliation_duplicatecluster", "migrations_app_question")
ESCAPED = "&lt;b&gt;O&#x27;Hara &amp; Söhne&lt;/b&gt;"


@pytest.fixture
def anna(client: Client, admin_of: Any) -> Client:
    client.force_login(admin_of)
    return client


def listing(model: str, **query: Any) -> str:
    return reverse(f"admin:{model}_changelist", query=query)


def page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def seen_items(count: int) -> dict[str, list[Any]]:
    return {
        "orphans": [with_company(f"OP-{n}", label=AWKWARD) for n in range(count)],
        "owners": [owner(f"{AWKWARD} {n}") for n in range(count)],
        "clusters": [cluster(f"A{n}", f"B{n}") for n in range(count)],
        "questions": [question(f"{n}", text=AWKWARD) for n in range(count)],
    }


@pytest.mark.parametrize("model", QUEUES)
def test_a_list_runs_as_many_queries_for_three_as_for_one(anna: Client, audited: Callable, model: str) -> None:
    def queries(count: int) -> int:
        audited(**seen_items(count))
        with CaptureQueriesContext(connection) as captured:
            response = anna.get(listing(model))
        assert len(response.context["cl"].result_list) == count
        return len(captured)

    queries(1)  # what is looked up once per process
    assert queries(1) == queries(3)


@pytest.mark.parametrize("model", QUEUES)
def test_pages_show_text_as_text(anna: Client, audited: Callable, model: str) -> None:
    audited(**seen_items(1))
    html = anna.get(listing(model)).content.decode()
    assert "<b>O" not in html
    assert model == "reconciliation_duplicatecluster" or ESCAPED in html


@pytest.mark.parametrize("model", QUEUES)
def test_others_see_nothing(client: Client, audited: Callable, model: str) -> None:
    audited(**seen_items(1))
    stranger = member(Project.objects.create(name="Other", slug="other"), "stig", "customer_admin")
    client.force_login(stranger)
    response = client.get(listing(model, answer="all"))
    assert list(response.context["cl"].result_list) == []
    assert "Harbour Works" not in response.content.decode()


def test_the_list_begins_with_what_is_open(anna: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan("OP-1"), orphan("OP-2")])
    post_bulk(anna, "bulk_skip", "OP-2", confirmed="yes")
    shown = {view: _keys(anna, view) for view in ("", "open", "answered", "changed", "gone", "all")}
    assert shown == {"": ["OP-1"], "open": ["OP-1"], "answered": ["OP-2"], "changed": [], "gone": [], "all": ["OP-1", "OP-2"]}


def test_a_bulk_answer_is_confirmed_first(anna: Client, audited: Callable, project: Project) -> None:
    audited(
        orphans=[with_company("OP-1", value="12300", currency="EUR"), orphan("OP-2", label="Nobody's"), with_company("OP-3", value="0.5")]
    )
    asked = post_bulk(anna, "bulk_contact", "OP-1", "OP-2", "OP-3").content.decode()
    assert "2 deals, 0.50, 12,300.00 EUR" in asked
    assert "Nobody&#x27;s: it has no contact that loads" in asked
    assert answers(project, "orphan") == {}
    done = post_bulk(anna, "bulk_contact", "OP-1", "OP-2", "OP-3", confirmed="yes", follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "2 answers changed.",
        "Left as it is: Nobody's: it has no contact that loads",
    ]
    assert set(answers(project, "orphan")) == {"OP-1", "OP-3"}


def test_many_deals_follow_their_suggestions_at_once(anna: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[with_company("OP-1"), orphan("OP-2", status="won")])
    post_bulk(anna, "bulk_as_suggested", "OP-1", "OP-2", confirmed="yes")
    given = {key: answer["how"] for key, answer in answers(project, "orphan").items()}
    assert given == {"OP-1": "contact", "OP-2": "placeholder"}


def test_a_file_that_is_no_workbook_is_refused_in_plain_words(anna: Client, audited: Callable) -> None:
    audited(orphans=[orphan("OP-1")])
    upload = {"import_file": SimpleUploadedFile("d.xlsx", b"%PDF-1.7"), "format": "0"}
    html = anna.post(reverse("admin:reconciliation_orphaneddeal_import"), upload).content.decode()
    assert "This is no workbook that can be read." in html
    assert "BadZipFile" not in html


def test_a_bulk_parent_asks_for_the_company(anna: Client, audited: Callable, project: Project, companies: SourceTable) -> None:
    audited(orphans=[orphan("OP-1")])
    refused = post_bulk(anna, "bulk_parent", "OP-1", confirmed="yes", company="Twin Mills").content.decode()
    assert "fits 2 companies" in refused
    post_bulk(anna, "bulk_parent", "OP-1", confirmed="yes", company="CO-2")
    assert answers(project, "orphan") == {"OP-1": {"how": "parent", "parent": {"source": "CO-2"}}}


def test_a_row_answer_is_a_confirmed_post(anna: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan("OP-1")])
    address = reverse("admin:reconciliation_orphaneddeal_row_placeholder", args=[OrphanedDeal.objects.get().pk])
    assert "1 deal" in anna.get(address).content.decode()
    assert answers(project, "orphan") == {}
    anna.post(address, {"confirmed": "yes"})
    assert answers(project, "orphan") == {"OP-1": {"how": "placeholder"}}
    back = reverse("admin:reconciliation_orphaneddeal_row_take_back", args=[OrphanedDeal.objects.get().pk])
    anna.post(back, {"confirmed": "yes"})
    assert answers(project, "orphan") == {}


def test_one_by_one_leads_to_the_next_open_deal(anna: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[with_company("OP-1", line=1), orphan("OP-2", line=2)])
    first, second = OrphanedDeal.objects.all()
    html = anna.get(page(first)).content.decode()
    assert f"{ESCAPED} (suggested, 95% sure)" in html
    assert "not possible: it names no company" in html
    response = anna.post(page(first), {"choice": "contact", "seen": "0"})
    assert response.headers["Location"] == page(second)
    response = anna.post(page(second), {"choice": "skip", "seen": "0"})
    assert response.headers["Location"] == f"{listing('reconciliation_orphaneddeal')}?project={project.pk}"
    html = anna.get(response.headers["Location"]).content.decode()
    assert "No deal waits for an answer" in html
    assert reverse("admin:crossdock_project", args=[project.pk]) in html
    assert answers(project, "orphan") == {"OP-1": {"how": "contact"}, "OP-2": {"how": "skip"}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"choice": "person"}, "Not possible: it has no contact that loads."),
        ({"choice": "parent", "company": "nobody"}, "No company of the export has the id or the name “nobody”"),
        ({"choice": "skip", "seen": "7"}, "This was answered meanwhile."),
    ],
)
def test_an_impossible_answer_says_why(anna: Client, audited: Callable, project: Project, given: dict, said: str) -> None:
    audited(orphans=[orphan()])
    response = anna.post(page(OrphanedDeal.objects.get()), {"seen": "0", **given})
    assert said in response.content.decode()
    assert answers(project, "orphan") == {}


def test_the_company_picker_answers_with_escaped_options(anna: Client, audited: Callable, project: Project, companies: SourceTable) -> None:
    audited(orphans=[orphan()])
    lookup = reverse("admin:reconciliation_companies", args=[project.pk])
    deal = OrphanedDeal.objects.get()
    for asks in (page(deal), reverse("admin:reconciliation_orphaneddeal_row_parent", args=[deal.pk])):
        assert f'hx-get="{lookup}"' in anna.get(asks).content.decode()
    assert anna.get(lookup, {"company": "hara"}).content.decode().strip() == f'<option value="CO-3">{ESCAPED}</option>'
    assert anna.get(lookup, {"company": ""}).content.decode().strip() == ""
    other = Project.objects.create(name="Other", slug="other")
    foreign = reverse("admin:reconciliation_companies", args=[other.pk])
    assert anna.get(foreign, {"company": "hara"}).content.decode().strip() == ""


def test_staff_looks_but_does_not_answer(client: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan()])
    client.force_login(member(project, "sam", "staff"))
    deal = OrphanedDeal.objects.get()
    html = client.get(page(deal)).content.decode()
    assert "Deal OP-1" in html
    assert 'name="choice"' not in html
    assert client.post(page(deal), {"choice": "skip", "seen": "0"}).status_code == 403
    row = reverse("admin:reconciliation_orphaneddeal_row_skip", args=[deal.pk])
    assert client.post(row, {"confirmed": "yes"}).status_code == 403
    assert answers(project, "orphan") == {}


def test_an_owner_is_given_to_a_user(anna: Client, audited: Callable, project: Project, account: Any) -> None:
    audited(owners=[owner("Nobody"), owner("Somebody")])
    one = OwnerMatch.objects.get(text="Nobody")
    assert '<option value="Mia@firm.example">' in anna.get(page(one)).content.decode()
    anna.post(page(one), {"chosen": "mia@firm.example", "seen": "0"})
    assert answers(project, "owner") == {"nobody": {"email": "mia@firm.example"}}


def test_one_user_takes_all_others(anna: Client, audited: Callable, project: Project) -> None:
    audited(owners=[owner("Nobody"), owner("Somebody")])
    rule = reverse("admin:reconciliation_ownermatch_rule")
    given = {"project": project.pk, "rule": "user", "email": "boss", "confirmed": "yes"}
    assert "is no e-mail address" in anna.post(rule, given).content.decode()
    anna.post(rule, {**given, "email": "boss@firm.example"})
    assert answers(project, "owner") == {"*": {"email": "boss@firm.example"}}
    anna.post(rule, {**given, "rule": "none", "email": ""})
    assert answers(project, "owner") == {}


def test_the_rule_takes_only_own_projects(anna: Client, audited: Callable, project: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    rule = reverse("admin:reconciliation_ownermatch_rule")
    anna.post(rule, {"project": other.pk, "rule": "block", "confirmed": "yes"})
    assert answers(other, "owner") == {}


def test_duplicates_stand_side_by_side(anna: Client, audited: Callable, project: Project, companies: SourceTable) -> None:
    audited(clusters=[cluster("CO-1", "CO-3", strength="doubtful")])
    group = DuplicateCluster.objects.get()
    html = anna.get(page(group)).content.decode()
    assert "Twin Mills" in html
    assert ESCAPED in html
    anna.post(page(group), {"choice": "merge", "stays": "CO-3", "seen": "0"})
    assert merge_roots(project, "companies") == {"CO-1": "CO-3"}


def test_bulk_merge_leaves_doubtful_ones(anna: Client, audited: Callable, project: Project) -> None:
    audited(clusters=[cluster("A", "B"), cluster("C", "D", strength="doubtful")])
    chosen = [str(each.pk) for each in DuplicateCluster.objects.all()]
    anna.post(listing("reconciliation_duplicatecluster"), {"action": "bulk_merge", "_selected_action": chosen, "confirmed": "yes"})
    assert merge_roots(project, "companies") == {"B": "A"}


def test_a_question_is_answered_and_in_bulk_by_its_suggestion(anna: Client, audited: Callable, project: Project) -> None:
    audited(questions=[question("a", evidence={"column": AWKWARD}), question("b", suggestion="mdy", confidence=0.8)])
    first, second = Question.objects.order_by("subject")
    assert ESCAPED in anna.get(page(first)).content.decode()
    anna.post(page(first), {"choice": "dmy", "seen": ""})
    chosen = [str(second.pk)]
    anna.post(listing("migrations_app_question"), {"action": "bulk_take_suggestion", "_selected_action": chosen, "confirmed": "yes"})
    assert list(Question.objects.order_by("subject").values_list("answer", flat=True)) == ["dmy", "mdy"]


def test_the_workbook_goes_out_and_comes_back_with_a_preview(anna: Client, audited: Callable, project: Project) -> None:
    audited(orphans=[orphan("OP-1", label=AWKWARD), orphan("OP-2")])
    exported = anna.post(reverse("admin:reconciliation_orphaneddeal_export"), export_choices())
    book = openpyxl.load_workbook(BytesIO(exported.content))
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["answer"]).value = "skip"
    stream = BytesIO()
    book.save(stream)
    upload = {"import_file": SimpleUploadedFile("d.xlsx", stream.getvalue()), "format": "0"}
    preview = anna.post(reverse("admin:reconciliation_orphaneddeal_import"), upload)
    html = preview.content.decode()
    assert "becomes: leave this deal out" in html
    assert ESCAPED in html
    assert answers(project, "orphan") == {}
    confirm = {
        name: preview.context["confirm_form"].initial[name] for name in ("import_file_name", "original_file_name", "format", "resource")
    }
    anna.post(reverse("admin:reconciliation_orphaneddeal_process_import"), {name: value or "" for name, value in confirm.items()})
    assert answers(project, "orphan") == {"OP-1": {"how": "skip"}}


def export_choices() -> dict[str, str]:
    return {"format": "0", "resource": "", **{f"orphaneddealresource_{name}": "on" for name in orphan_sheet.COLUMNS}}


def post_bulk(anna: Client, action: str, *keys: str, follow: bool = False, **more: str) -> Any:
    chosen = [str(pk) for pk in OrphanedDeal.objects.filter(source_key__in=keys).values_list("pk", flat=True)]
    return anna.post(
        listing("reconciliation_orphaneddeal", answer="all"), {"action": action, "_selected_action": chosen, **more}, follow=follow
    )


def _keys(anna: Client, view: str) -> list[str]:
    query = {"answer": view} if view else {}
    return [deal.source_key for deal in anna.get(listing("reconciliation_orphaneddeal", **query)).context["cl"].result_list]


def test_field_rules_go_out_and_come_back_with_a_preview(client: Client, project: Project) -> None:
    mapping = Mapping.objects.create(project=project, version=1)
    rule = FieldRule.objects.create(mapping=mapping, object="deals", column=AWKWARD, entity="deal", field="title", transform="text")
    client.force_login(member(project, "carl", "consultant"))
    chosen = {"format": "0", "resource": "", **{f"fieldruleresource_{name}": "on" for name in rule_sheet.COLUMNS}}
    book = openpyxl.load_workbook(BytesIO(client.post(reverse("admin:migrations_app_fieldrule_export"), chosen).content))
    columns = {cell.value: cell.column for cell in book.active[1]}
    book.active.cell(2, columns["field"]).value = "custom:Titel (varchar)"
    stream = BytesIO()
    book.save(stream)
    upload = {"import_file": SimpleUploadedFile("r.xlsx", stream.getvalue()), "format": "0"}
    preview = client.post(reverse("admin:migrations_app_fieldrule_import"), upload)
    assert "field: title → custom:Titel (varchar)" in preview.content.decode()
    assert ESCAPED in preview.content.decode()
    confirmed = {name: value or "" for name, value in preview.context["confirm_form"].initial.items()}
    client.post(reverse("admin:migrations_app_fieldrule_process_import"), confirmed)
    rule.refresh_from_db()
    assert rule.field == "custom:Titel (varchar)"
