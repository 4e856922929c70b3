"""The foreign sample through a real browser, by the three kinds of people, from the first upload to the closed project."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from migrations_app.models import HypercareItem, Project
from tests.journeys import windows
from tests.journeys.windows import ANNA, CARL, SAM, Office, lead, tick_all, typing

SAMPLE = windows.SAMPLES / "results"
pytestmark = windows.MARKS
OWNER = "sofia.mensahi@seller.example"
LIVE = "Foreign production"


@pytest.fixture
def office(live_server: Any, queues: str, sandbox: Any, settings: Any) -> Iterator[Office]:
    settings.PIPEDRIVE_EXTRA_HOSTS, settings.PIPEDRIVE_WINDOW = [urlsplit(sandbox.url).netloc], 0.05
    project = Project.objects.create(name="Foreign Ltd", slug="foreign", timezone="Europe/Berlin", country="DE", currency="EUR")
    with windows.open_office(live_server.url, project, OWNER) as office:
        yield office


@pytest.fixture
def tokens(sandbox: Any) -> dict[str, str]:
    """Of two companies in which those of the customer's people who still work there are users."""
    with (SAMPLE / "users.csv").open(newline="", encoding="utf-8-sig") as file:
        people = [{"name": row["Full Name"], "email": row["Email"]} for row in csv.DictReader(file) if row["Active"] == "Yes"]
    return windows.companies(sandbox, "Foreign", people, OWNER)


def test_from_the_first_upload_to_the_closed_project(office: Office, sandbox: Any, tokens: dict[str, str], tmp_path: Path) -> None:
    package = Path(shutil.make_archive(str(tmp_path / "results"), "zip", SAMPLE))
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
    office.follow(ANNA, "Confirm quiet", tick_all)
    assert office.then(ANNA) == "Settle it"
    office.answer(f"{office.windows[ANNA].get_attribute('#next a', 'href')}", "Give to a user", office.to_owner)
    office.follow(SAM, "Plan load", typing(LIVE))
    office.load(LIVE)
    assert office.balanced()

    later = _friday(tmp_path)
    office.press(CARL, "Upload export", lambda page: page.set_input_files("input[type=file]", later))
    office.follow(CARL, "Put in force")
    office.follow(CARL, "Run audit")
    office.decide()
    _who_takes_the_rest(office)
    office.follow(SAM, "Plan load", typing(LIVE))
    office.load(LIVE)
    assert office.balanced()

    office.cut_over()
    _complain(office, sandbox)
    office.close()


def _who_takes_the_rest(office: Office) -> None:
    """The contact of Friday has no owner."""
    assert office.then(ANNA) == "Settle it"
    page = office.windows[ANNA]
    lead(page, "#next a")
    office.to_owner(page)
    lead(page, "button:has-text('Confirm')")
    lead(page, "text=On to the project page")
    page.wait_for_selector("#journey")


def _friday(folder: Path) -> Path:
    """Contacts of the last day: one is new, one has another title."""
    path = folder / "contacts.csv"
    with (SAMPLE / "contacts.csv").open(newline="", encoding="utf-8-sig") as file:
        head, *lines = list(csv.reader(file))
    lines[0][head.index("Job Title")] = "Head of everything"
    lines.append(["CT-99001", "Neue", "Kundin", "neue.kundin@example.com", *[""] * (len(head) - 4)])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *lines])
    return path


def _complain(office: Office, sandbox: Any) -> None:
    deal = next(record for record in sandbox.control().records("foreign-production", "deal") if record["status"] == "open")
    assert office.then(ANNA) == "After the go-live"
    anna, sam = office.windows[ANNA], office.windows[SAM]
    lead(anna, "#next a")
    anna.fill("[name=title]", "The title is wrong")
    anna.fill("[name=about]", f"https://foreign-production.pipedrive.com/deal/{deal['id']}")
    lead(anna, "button:has-text('Write it down')")
    anna.wait_for_selector("text=Written down")
    assert office.then(SAM) == "After the go-live"
    lead(sam, "#next a")
    lead(sam, "#open a")
    assert "opportunities.csv" in sam.inner_text("#life")
    sam.fill("[name=field]", "title")
    sam.fill("[name=value]", "Another title")
    lead(sam, "button[value=patch]")
    sam.wait_for_selector("text=Title is now Another title")
    sam.fill("[name=answer]", "Corrected.")
    lead(sam, "button[value=close]")
    sam.wait_for_selector("text=answered")
    item = HypercareItem.objects.get()
    assert (item.fix, item.closed_by.username if item.closed_by else "") == ("patch", SAM)
