"""The foreign Net-Results sample through a real browser, by the three kinds of people, from the first upload to the closed project."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from migrations_app.models import Project
from tests.journeys import windows
from tests.journeys.windows import ANNA, CARL, SAM, Office, tick_all, typing

SAMPLE = windows.SAMPLES / "net-results"
pytestmark = windows.MARKS
OWNER = "sarka.quillfeather@seller.example"
LIVE = "Letters production"


@pytest.fixture
def office(live_server: Any, queues: str, sandbox: Any, settings: Any) -> Iterator[Office]:
    settings.PIPEDRIVE_EXTRA_HOSTS, settings.PIPEDRIVE_WINDOW = [urlsplit(sandbox.url).netloc], 0.05
    places = {"timezone": "Europe/Berlin", "country": "DE", "currency": "EUR"}
    project = Project.objects.create(name="Letters Ltd", slug="letters", source="net-results", **places)
    with windows.open_office(live_server.url, project, OWNER) as office:
        yield office


@pytest.fixture
def tokens(sandbox: Any) -> dict[str, str]:
    """Of two companies with Campaigns in which those of the customer's people who still work there are users."""
    with (SAMPLE / "owners.csv").open(newline="", encoding="utf-8-sig") as file:
        people = [{"name": row["Owner Name"], "email": row["Owner Email"]} for row in csv.DictReader(file) if row["Active"] == "Yes"]
    return windows.companies(sandbox, "Letters", people, OWNER, features={"campaigns": True})


def test_from_the_first_upload_to_the_closed_project(office: Office, sandbox: Any, tokens: dict[str, str], tmp_path: Path) -> None:
    package = Path(shutil.make_archive(str(tmp_path / "net-results"), "zip", SAMPLE))
    office.follow(CARL, "Upload export", lambda page: page.set_input_files("input[type=file]", package))
    office.follow(CARL, "Propose map")
    office.approve_what_is_unsure()
    office.follow(CARL, "Run audit")
    office.decide()
    office.connect("staging", sandbox.url, tokens["staging"])
    office.follow(SAM, "Prepare account")
    office.follow(SAM, "Plan test run")
    office.load(LIVE)
    office.sign()
    office.connect("production", sandbox.url, tokens["production"])
    office.follow(SAM, "Prepare account")
    for who in (ANNA, CARL, SAM):
        print(who, office.then(who), office.windows[who].inner_text("#next"))
    assert 0
