"""The foreign Net-Results sample through a real browser, by the three kinds of people, from the first upload to the closed project."""

import csv
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from migrations_app.models import Project
from tests.journeys import windows
from tests.journeys.windows import ANNA, CARL, SAM, Office, lead, tick_all, typing

SAMPLE = windows.SAMPLES / "net-results"
pytestmark = windows.MARKS
OWNER = "sarka.quillfeather@seller.example"
LIVE = "Letters production"
SAID_YES = "leila.novak@deltamotors.example"


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
    _nobody_is_missing(office)
    _months_on_the_timeline(office)
    office.decide()

    office.connect("staging", sandbox.url, tokens["staging"])
    office.follow(SAM, "Prepare account")
    office.follow(SAM, "Plan test run")
    office.load(LIVE)
    _side_by_side(office)
    office.sign()

    _somebody_said_yes(sandbox)
    office.connect("production", sandbox.url, tokens["production"])
    office.follow(SAM, "Prepare account")
    office.follow(ANNA, "Confirm quiet", tick_all)
    _settle(office)
    office.follow(SAM, "Plan load", typing(LIVE))
    office.load(LIVE)
    assert office.balanced()
    office.press(CARL, "Verify")
    assert office.balanced()

    office.cut_over(until="Opt-outs")
    _unsubscribe(office, sandbox)
    office.cut_over()
    _take_the_files(office)
    office.close()


def _nobody_is_missing(office: Office) -> None:
    """Contacts as the old system's screen counts them: one is missing."""
    page = office.windows[ANNA]
    office.visit(ANNA, "Both sides")
    page.fill("[name=screen-contacts]", "205")
    page.fill("[name=screen-companies]", "63")
    lead(page, "button:has-text('Compare')")
    page.wait_for_selector("#screen .cd-tag.look")
    assert "1 is missing" in page.inner_text("#screen")


def _months_on_the_timeline(office: Office) -> None:
    """What each way costs stands beside it; some are left behind, who have not been active for long."""
    page = office.windows[CARL]
    office.visit(CARL, "Mailings")
    costs = page.locator("#sends tr:has(input)").all_inner_texts()
    assert len(costs) == 5
    page.check("#sends input[value=monthly]")
    page.fill("[name=sends_owner]", OWNER)
    lead(page, "#sends button:has-text('Keep')")
    page.wait_for_selector("text=Kept.")
    page.check("#whom input[value=active]")
    lead(page, "#whom button:has-text('Keep')")
    page.wait_for_selector("text=Kept.")
    left = rows_of(office.download(CARL, "left_behind.csv"))
    assert left[0] == ["source_id", "name", "email", "last_active"]
    assert len(left) > 1


def _side_by_side(office: Office) -> None:
    """Source left, Pipedrive right, differences marked."""
    page = office.windows[ANNA]
    assert office.then(ANNA) == "Review"
    lead(page, "#next a")
    heads = page.locator(".cd-review thead").first.inner_text().split("\t")
    assert heads[:4] == ["Column of the export", "What stands there", "Field in Pipedrive", "What people see"]
    lead(page, "nav.cd-buttons a:text-is('Persons')")
    assert page.locator("tr.changed .cd-tag.look").count()


def _somebody_said_yes(sandbox: Any) -> None:
    """People of the customer work in the live account already; somebody there complained in the old system."""
    person = {"name": "Leila Novak", "emails": [{"value": SAID_YES, "primary": True}], "marketing_status": "subscribed"}
    sandbox.control().act("letters-production", "POST", "/api/v2/persons", person)


def _settle(office: Office) -> None:
    """Everything that the live account still waits for, in the order in which the page names it."""
    page = office.windows[ANNA]
    for model, answer, fill in (
        ("ownermatch", "Give to a user", office.to_owner),
        ("suppressionconflict", "Must not be written to", windows.nothing),
    ):
        assert office.then(ANNA) == "Settle it"
        queue = str(page.get_attribute("#next a", "href"))
        assert model in queue
        office.answer(queue, answer, fill)


def _unsubscribe(office: Office, sandbox: Any) -> None:
    """Flagged once more; then a person of the customer and one of the firm consent, and Pipedrive itself writes to nobody on the list."""
    _at_opt_outs(office, SAM, "Flag suppressed persons")
    for who in (ANNA, SAM):
        _at_opt_outs(office, who, "Consent to unsubscribe", tick_all)
    _at_opt_outs(office, SAM, "Unsubscribe for good", typing(LIVE))
    persons = sandbox.control().records("letters-production", "person")
    told = json.loads((windows.SAMPLES / "truth" / "net-results.json").read_text())["suppression"]["flags"].values()
    listed = {each["email"].casefold() for each in told}
    silent = [{email["value"].casefold() for email in each["emails"]} for each in persons if each.get("marketing_status") == "unsubscribed"]
    assert all(listed & addresses for addresses in silent)
    assert listed - set().union(*silent) == {SAID_YES}  # she had said yes in Pipedrive, which takes one change only
    page = office.windows[SAM]
    assert "passed over 1" in page.inner_text("#live")
    lead(page, "#next a")
    assert "1 whom Pipedrive passed over are to be unsubscribed there by hand" in page.inner_text("#step-opt_outs")


def _at_opt_outs(office: Office, who: str, label: str, fill: windows.Fill = windows.nothing) -> None:
    page = office.windows[who]
    assert office.then(who) == "Cutover"
    lead(page, "#next a")
    lead(page, f"#step-opt_outs a:has-text('{label}')")
    office.confirm(page, fill)


def _take_the_files(office: Office) -> None:
    page = office.windows[ANNA]
    office.visit(ANNA, "Mailings")
    assert page.locator("#opt-outs tr:has-text('Marketing status set')").count() == 1
    with zipfile.ZipFile(office.download(ANNA, "Proof")) as proof:
        assert {"marketing.csv", "about.csv"} <= set(proof.namelist())
    with zipfile.ZipFile(office.download(ANNA, "templates.zip")) as templates:
        assert "index.html" in templates.namelist()
    assert len(json.loads(office.download(ANNA, "workflows.json").read_text())) == 8
    office.visit(ANNA, "Papers")
    with page.expect_download() as handed:
        page.click("#paper-rebuild button:has-text('Word')")
    assert zipfile.is_zipfile(handed.value.path())
    with page.context.expect_page() as opened:
        page.click("#paper-certificate button:has-text('Page')")
    opened.value.wait_for_selector("text=Letters Ltd")  # a new window is empty at first
    certificate = opened.value.inner_text("body")
    assert ANNA in certificate  # who signed


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))
