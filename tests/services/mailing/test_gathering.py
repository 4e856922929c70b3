"""What is gathered beside contacts goes into the database as it was written, whatever signs it has."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import FieldRule, Gathered, Project
from migrations_app.rules.mailing import timeline
from migrations_app.services import intake, proposing, rows, staging
from migrations_app.services.mailing import gathering
from migrations_app.services.references import key_of_text

pytestmark = pytest.mark.django_db
CONTACTS = "Contact ID,First Name,Last Name,Email Address\nCT-1,Ann,Bell,ann@firm.example\n"
MEMBERS = "Campaign ID,Contact ID,Status\nCM-1,CT-1,Sent\n"


def test_half_a_surrogate_pair_becomes_a_question_mark_and_a_whole_one_stays() -> None:
    told = json.loads(staging.as_json({"campaigns": ["half \ud83d", "whole 😀"]}))
    assert told == {"campaigns": ["half ?", "whole 😀"]}


def test_names_of_campaigns_are_kept_sign_for_sign(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "campaign_members.csv").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "campaigns.csv").write_text("Campaign ID,Campaign Name\nCM-1,<b>O'Hara & Söhne</b> 😀 \u05e9\n", encoding="utf-8")
    values = gathered(tmp_path, timezone="UTC").values
    assert "<b>O'Hara & Söhne</b> 😀 \u05e9" in values["campaigns"][0]


@pytest.mark.parametrize(
    ("file", "time", "hour"),
    [("opens berlin.csv", "10:00:00", 10), ("Opens New York.csv", "22:00:00", 28), ("opens berlin.csv", "23:00:00Z", 25)],
)
def test_each_file_is_read_by_its_own_clock(tmp_path: Path, file: str, time: str, hour: int) -> None:
    (tmp_path / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / file).write_text(f"Email,Campaign ID,Event,Date\nann@firm.example,CM-1,Opened,2024-07-01 {time}\n", encoding="utf-8")
    (tmp_path / "campaigns.csv").write_text("Campaign ID,Campaign Name\nCM-1,Spring\n", encoding="utf-8")
    zones = "opens new*.csv=America/New_York; other.csv=Asia/Tokyo"
    told = gathered(tmp_path, timezone="Europe/Berlin", settings={"file_zones": zones})
    first_of_july = int(datetime(2024, 7, 1, tzinfo=UTC).timestamp()) // 60
    assert told.detail["sends"][0][0] == first_of_july + hour * 60


def gathered(folder: Path, **project: Any) -> Gathered:
    """What is known of the contact CT-1."""
    made = Project.objects.create(name="A", slug="a", source="net-results", **project)
    intake.take_in(made, folder, kind="full", user=User.objects.create_superuser("root"))
    gathering.gather(made, rows.tables_in_force(made))
    return Gathered.objects.get(project=made, object="contacts", key="CT-1")


def test_companies_that_exist_only_as_text_were_in_campaigns_as_well(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("Contact ID,Last Name,Email,Company\nCT-1,Bell,ann@a.example,ACME\nCT-2,Ray,bo@b.example,-\n")
    members = "Campaign,Email,Joined\nSpring,ann@a.example,2024-05-01\nFall,ann@a.example,2024-10-01\nFall,bo@b.example,2024-10-01\n"
    (tmp_path / "campaign_members.csv").write_text(members)
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, tmp_path, kind="full", user=User.objects.create_superuser("root"))
    force = rows.tables_in_force(project)
    gathering.gather(project, force)
    [company] = Gathered.objects.filter(project=project, object="companies")
    assert company.key == "~acme"
    assert (company.values["campaigns"], company.values["campaign_name"]) == (["Spring", "Fall"], ["2024-10-01", "Fall"])
    assert ("companies", "campaigns") in gathering.wanted_columns(force)
    proposing.propose_map(project, user=User.objects.get(username="root"))
    told = FieldRule.objects.filter(mapping__project=project, transform="gathered")
    assert all(("note on each of their persons" in rule.reason) is (rule.object == "companies") for rule in told)


def test_a_company_that_is_only_a_very_long_text_was_in_campaigns_too(tmp_path: Path) -> None:
    name = "Söhne und Töchter " * 30
    (tmp_path / "contacts.csv").write_text(f"Contact ID,Last Name,Email,Company\nCT-1,Bell,ann@a.example,{name}\n", encoding="utf-8")
    (tmp_path / "campaign_members.csv").write_text("Campaign,Email,Joined\nSpring,ann@a.example,2024-05-01\n")
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, tmp_path, kind="full", user=User.objects.create_superuser("root"))
    gathering.gather(project, rows.tables_in_force(project))
    [company] = Gathered.objects.filter(project=project, object="companies")
    assert (company.key, len(company.key) <= 255) == (key_of_text(name), True)


def test_a_moment_without_seconds_keeps_its_zone(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("Contact ID,Last Name,Email\nCT-1,Bell,ann@a.example\n")
    sends = "Email,Event,Timestamp,Subject\nann@a.example,Sent,2024-05-01 10:15Z,Hello\n"
    (tmp_path / "email_sends.csv").write_text(sends)
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="Europe/Berlin")
    intake.take_in(project, tmp_path, kind="full", user=User.objects.create_superuser("root"))
    gathering.gather(project, rows.tables_in_force(project))
    [send] = Gathered.objects.get(project=project, object="contacts").detail["sends"]
    assert timeline.stamp(timeline.Sent(*send)) == "20240501T1215"


def test_who_dies_while_it_is_kept_leaves_what_was_gathered_before(tmp_path: Path) -> None:
    """A worker reads it meanwhile: it must find what was or what is, with what QuickBooks' list says, never nothing."""
    (tmp_path / "companies.csv").write_text("Company ID,Company Name\nCO-1,Reef\n")
    project = Project.objects.create(name="A", slug="a", source="results", timezone="UTC")
    intake.take_in(project, tmp_path, kind="full", user=User.objects.create_superuser("root"))
    force, said = rows.tables_in_force(project), (project.pk, "companies", "CO-1", '{"qb_list_id": "8-1"}', "{}")
    assert gathering.gather(project, force, beside=[said]) == 1

    def broken() -> Iterator[Any]:
        yield said
        raise ConnectionError("the power is gone")

    with pytest.raises(ConnectionError):
        gathering.gather(project, force, beside=broken())
    assert Gathered.objects.get(project=project).values == {"qb_list_id": "8-1"}
