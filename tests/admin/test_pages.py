"""Every page: text stays text, and the number of queries does not grow with the rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from migrations_app.models import Project, Question, Run
from tests.admin import world
from tests.admin.conftest import action, page

Desk = Callable[[str], Client]
# list: queries of a member's look at it, whatever it holds
LISTS = {
    "approval": 10,
    "batch": 10,
    "confirmation": 10,
    "conflict": 11,
    "counterpart": 11,
    "decision": 10,
    "difference": 10,
    "fieldrule": 12,
    "finding": 11,
    "findinganswer": 11,
    "findingrow": 10,
    "mapping": 10,
    "pipedriveaccount": 10,
    "project": 9,
    "recordlink": 10,
    "remark": 11,
    "run": 10,
    "schemachange": 11,
    "scoperule": 11,
    "sourcetable": 11,
    "stagedrecord": 10,
    "upload": 10,
    "valuerule": 11,
}
MODELS = {each._meta.model_name: each for each in admin.site._registry if hasattr(each, "PROJECT_PATH") and each is not Question}


def listing(name: str) -> str:
    return reverse(f"admin:migrations_app_{name}_changelist")


def queries(client: Client, path: str) -> int:
    client.get(path)  # what is looked up once in a process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_every_list_is_counted() -> None:
    ours = {name for name, model in MODELS.items() if model._meta.app_label == "migrations_app"}
    assert set(LISTS) == ours


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_runs_the_same_queries_for_one_row_and_for_three(at_desk: Desk, project: Project, people: dict[str, Any], name: str) -> None:
    anna = at_desk("anna")
    assert queries(anna, listing(name)) == LISTS[name]
    for number in (2, 3):
        world.whole_project(number, members=[people[each] for each in world.ROLES])
    assert len(anna.get(listing(name)).context["cl"].result_list) == 3
    assert queries(anna, listing(name)) == LISTS[name]


def test_the_first_page_runs_the_same_queries_for_one_project_and_for_three(
    at_desk: Desk, project: Project, people: dict[str, Any]
) -> None:
    anna, path = at_desk("anna"), reverse("admin:index")
    before = queries(anna, path)
    for number in (2, 3):
        world.whole_project(number, members=[people["anna"]])
    Run.objects.update(state="paused")
    assert queries(anna, path) == before
    assert anna.get(path).content.decode().count(world.ESCAPED) >= 6


def test_the_project_page_does_not_ask_more_for_more_runs_and_findings(at_desk: Desk, project: Project) -> None:
    anna = at_desk("anna")
    run = project.runs.get()
    counted = []
    for _ in range(3):
        run.pk = None
        run.save(force_insert=True)
        counted.append(queries(anna, page(project)))
    assert counted[2] <= counted[0]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_text_of_an_export_is_shown_as_text(at_desk: Desk, project: Project, name: str) -> None:
    root = at_desk("root")
    row = MODELS[name]._default_manager.get()
    for path in (listing(name), reverse(f"admin:migrations_app_{name}_change", args=[row.pk])):
        text = root.get(path).content.decode()
        assert world.AWKWARD not in text
        assert world.ESCAPED in text or name == "batch"  # a batch's own page has no text of people


@pytest.mark.parametrize("part", ["crossdock_project", "crossdock_live", "crossdock_outlook", "crossdock_tile"])
def test_the_parts_of_the_project_page_show_text_as_text(at_desk: Desk, project: Project, part: str) -> None:
    text = at_desk("root").get(reverse(f"admin:{part}", args=[project.pk])).content.decode()
    assert world.AWKWARD not in text
    assert part == "crossdock_outlook" or world.ESCAPED in text


def test_a_member_s_page_of_a_record_tells_its_whole_life(at_desk: Desk, project: Project) -> None:
    record = MODELS["recordlink"]._default_manager.get()
    text = at_desk("anna").get(reverse("admin:migrations_app_recordlink_change", args=[record.pk])).content.decode()
    for expected in ("CO-1", "line 2", "refused by Pipedrive", '"name": ', "created"):
        assert expected in text or expected.replace('"', "&quot;") in text


def test_an_upload_of_very_many_files_lists_them_in_pages(at_desk: Desk, project: Project) -> None:
    table = MODELS["sourcetable"]._default_manager.get()
    upload, more = table.upload, ({"object": "email_sends", "file": f"Mailing {number:02}.csv"} for number in range(1, 60))
    type(table).objects.bulk_create([type(table)(upload=upload, headers=["Email"], **each) for each in more])
    path = reverse("admin:migrations_app_upload_change", args=[upload.pk])
    first, second = (at_desk("anna").get(path, asked).content.decode() for asked in ({}, {"tables-page": "2"}))
    assert [number for number in range(1, 60) if f"Mailing {number:02}.csv" in first] == list(range(1, 50))
    assert [number for number in range(1, 60) if f"Mailing {number:02}.csv" in second] == list(range(50, 60))
    assert "tables-page=2" in first


def test_a_scope_rule_counts_the_rows_it_would_leave_out(at_desk: Desk, project: Project) -> None:
    rule = MODELS["scoperule"]._default_manager.get()
    MODELS["mapping"]._default_manager.update(state="approved")
    text = at_desk("carl").get(reverse("admin:migrations_app_scoperule_change", args=[rule.pk])).content.decode()
    assert "Left out: 1 record, which saves 5 tokens." in text


def test_screens_speak_plainly(at_desk: Desk, project: Project) -> None:
    root = at_desk("root")
    paths = [page(project), reverse("admin:index"), *(listing(name) for name in LISTS)]
    for path in paths:
        words = strip_tags(root.get(path).content.decode()).lower().split()
        assert not {"orphan", "orphaned", "orphans", "ledger", "gate", "gates"} & set(words), path
    assert "Deals without a company" in root.get(page(project)).content.decode()


def test_a_refused_record_leads_staff_to_the_retry(at_desk: Desk, project: Project) -> None:
    record = MODELS["recordlink"]._default_manager.get()
    path = reverse("admin:migrations_app_recordlink_change", args=[record.pk])
    assert "Retry refused" in at_desk("sam").get(path).content.decode()
    assert "Retry refused" not in at_desk("carl").get(path).content.decode()
    answer = at_desk("sam").get(f"/admin/migrations_app/recordlink/{record.pk}/retry/")
    assert answer.status_code == 302
    assert answer["Location"] == action("retry", record.account)
    record.refresh_from_db()
    assert record.state == "refused"


@pytest.mark.parametrize("text", ["CO-1", "organization:CO-1", "77"])
def test_a_record_is_found_by_its_id_in_the_file_and_in_pipedrive(at_desk: Desk, project: Project, text: str) -> None:
    record = MODELS["recordlink"]._default_manager.get()
    record.pipedrive_id = "77"
    record.save()
    anna = at_desk("anna")
    assert list(anna.get(listing("recordlink"), {"q": text}).context["cl"].result_list) == [record]
    assert list(anna.get(listing("recordlink"), {"q": f"{text}0"}).context["cl"].result_list) == []
    assert list(at_desk("stan").get(listing("recordlink"), {"q": text}).context["cl"].result_list) == []
