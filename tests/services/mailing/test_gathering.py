"""What is gathered beside contacts goes into the database as it was written, whatever signs it has."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Gathered, Project
from migrations_app.services import intake, rows, staging
from migrations_app.services.mailing import gathering

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
    project = Project.objects.create(name="A", slug="a", source="net-results", timezone="UTC")
    intake.take_in(project, tmp_path, kind="full", user=User.objects.create_superuser("root"))
    gathering.gather(project, rows.tables_in_force(project))
    values = Gathered.objects.get(project=project, object="contacts", key="CT-1").values
    assert "<b>O'Hara & Söhne</b> 😀 \u05e9" in values["campaigns"][0]
