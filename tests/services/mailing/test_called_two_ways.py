"""A campaign or message that one file calls by its id and another by its name is one, where any file tells; else people are told."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import FindingRow, Gathered, Project
from migrations_app.services import audit, intake, proposing, rows
from migrations_app.services.mailing import gathering

pytestmark = pytest.mark.django_db
AT = "2025-03-04 07:00:00"
SENT = ("Contact ID,Campaign ID,Template ID,Event,Timestamp", f"C1,CM-1,TP-1,Sent,{AT}", f"C2,CM-2,TP-2,Sent,{AT}")
OPENED = ("Contact ID,Campaign Name,Email Name,Event,Timestamp", "C1,SPRING sale,Hello,Opened,2025-03-05 08:00:00")
BOTH = (
    "Contact ID,Campaign ID,Campaign Name,Template ID,Email Name,Event,Timestamp",
    "C2,CM-1,Spring sale,TP-1,Hello,Sent,2025-03-06 07:00:00",
)
CAMPAIGNS = ("Campaign ID,Campaign Name", "CM-1,Spring sale", "CM-2,Winter sale")
TEMPLATES = ("Template ID,Template Name,Subject", "TP-1,Hello,Good news", "TP-2,Bye,Bad news")
LISTS = {"campaigns.csv": CAMPAIGNS, "templates.csv": TEMPLATES}


def taken_in(folder: Path, files: dict[str, tuple[str, ...]]) -> Project:
    contacts = ("Contact ID,First Name,Last Name,Email", "C1,Ann,Bell,ann@a.example", "C2,Bob,Cole,bob@b.example")
    for name, lines in ({"contacts.csv": contacts} | files).items():
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, folder, kind="full", user=User.objects.create_superuser("root"))
    return project


def gathered(project: Project) -> dict[str, dict[str, Any]]:
    gathering.gather(project, rows.tables_in_force(project))
    return {each.key: each.values for each in Gathered.objects.filter(project=project, object="contacts")}


def told(project: Project) -> list[tuple[str, int, str]]:
    root = User.objects.get()
    proposing.propose_map(project, user=root)
    audit.run_audit(project, user=root)
    found = FindingRow.objects.filter(finding__audit=project.audit, finding__code="called_two_ways").order_by("value")
    return list(found.values_list("finding__object", "line", "value"))


@pytest.mark.parametrize("tell", [LISTS, {"more sends.csv": BOTH}, {"a first one.csv": BOTH}])
def test_opens_by_name_belong_to_what_was_sent_by_id(tmp_path: Path, tell: dict[str, tuple[str, ...]]) -> None:
    project = taken_in(tmp_path, {"email sent.csv": SENT, "email opens.csv": OPENED} | tell)
    ann = gathered(project)["C1"]
    assert (ann["emails_sent"], ann["emails_opened"]) == (1, 1)
    assert told(project) == []


def test_a_name_that_no_file_tells_the_id_of_stays_apart_and_is_told(tmp_path: Path) -> None:
    project = taken_in(tmp_path, {"email sent.csv": SENT, "email opens.csv": OPENED})
    assert gathered(project)["C1"]["emails_sent"] == 2
    assert told(project) == [("email_sends", 2, "Hello"), ("email_sends", 2, "SPRING sale")]


def test_a_name_that_two_messages_have_names_neither(tmp_path: Path) -> None:
    templates = (*TEMPLATES, "TP-3,hello,Other news")
    project = taken_in(tmp_path, {"email sent.csv": SENT, "email opens.csv": OPENED} | LISTS | {"templates.csv": templates})
    assert gathered(project)["C1"]["emails_sent"] == 2
    assert told(project) == [("email_sends", 2, "Hello")]


def test_files_that_all_call_them_by_names_need_no_ids(tmp_path: Path) -> None:
    assert told(taken_in(tmp_path, {"email opens.csv": OPENED})) == []


@pytest.mark.parametrize("known", [True, False])
def test_memberships_by_id_and_by_name_are_of_one_campaign_where_a_line_has_both(tmp_path: Path, known: bool) -> None:
    members = {
        "spring members.csv": ("Contact ID,Campaign ID,Status", "C1,CM-1,Sent"),
        "more members.csv": ("Contact ID,Campaign Name,Status", "C1,Spring sale,Clicked"),
    }
    both = {"other members.csv": ("Contact ID,Campaign ID,Campaign Name,Status", "C2,CM-1,Spring sale,Sent")} if known else {}
    project = taken_in(tmp_path, members | both)
    expected = ["Spring sale"] if known else ["CM-1", "Spring sale"]
    assert sorted(gathered(project)["C1"]["campaigns"]) == expected
    assert sorted(gathering.choices(project, rows.tables_in_force(project))["campaigns"]) == expected
    assert told(project) == ([] if known else [("campaign_members", 2, "Spring sale")])
