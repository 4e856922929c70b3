"""The foreign sample through a real browser, by the three kinds of people, from the first upload to the closed project.

Everybody only follows the button that stands beside the next step, so a missing one fails the walk.
"""

import csv
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_rq
import pytest
from django.db import connections
from rq import SimpleWorker

from migrations_app.models import HypercareItem, Membership, Project
from tests.admin import world

SAMPLE = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples" / "results"
CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-sync"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not SAMPLE.exists(), reason="the foreign samples are not beside this checkout"),
]
ANNA, CARL, SAM = "anna", "carl", "sam"  # customer's admin, consultant, staff
OWNER = "sofia.mensahi@seller.example"
PATIENCE = 90_000  # milliseconds


class Office:
    """Three people, each with a browser window of their own; `then` is what stands as next step, `follow` takes it."""

    def __init__(self, windows: dict[str, Any], project: Project) -> None:
        self.windows = windows
        self.home = f"/admin/migrations_app/project/{project.pk}/"

    def then(self, who: str) -> str:
        page = self.windows[who]
        page.goto(self.home)
        return str(page.inner_text("#next a")) if page.locator("#next a").count() else ""

    def follow(self, who: str, label: str, fill: Callable[[Any], None] = lambda page: None) -> None:
        """Take the next step, which has to be called so, and confirm it; then the work behind it is done."""
        page = self.windows[who]
        assert self.then(who) == label, page.inner_text("#next")
        page.click("#next a")
        self.confirm(page, fill)

    def press(self, who: str, label: str, fill: Callable[[Any], None] = lambda page: None) -> None:
        page = self.windows[who]
        page.goto(self.home)
        page.click(f"a.cd-button:has-text('{label}')")
        self.confirm(page, fill)

    def confirm(self, page: Any, fill: Callable[[Any], None]) -> None:
        fill(page)
        page.click("form.cd-card button[type=submit]")
        page.wait_for_selector("#journey")
        queues = [django_rq.get_queue(name) for name in ("load", "default")]
        SimpleWorker(queues, connection=queues[0].connection).work(burst=True)
        page.wait_for_selector("#live:not([hx-trigger])")
        page.wait_for_load_state("networkidle")  # a page that was live reads itself anew once all is quiet

    def answer(self, queue: str, action: str, fill: Callable[[Any], None] = lambda page: None) -> None:
        """All that a queue shows, at once, by the customer's admin."""
        page = self.windows[ANNA]
        page.goto(queue)
        if not page.locator("#action-toggle").count():
            return
        page.check("#action-toggle")
        page.select_option("select[name=action]", label=action)
        page.click("button[name=index]")
        fill(page)
        page.click("button:has-text('Confirm')")
        page.wait_for_selector("#content, #main")


def tick_all(page: Any) -> None:
    for box in page.query_selector_all("form.cd-card input[type=checkbox]"):
        box.check()


def to_owner(page: Any) -> None:
    page.fill("input[name=email]", OWNER)


def live_company(page: Any) -> None:
    if page.locator("input[name=company]").count():
        page.fill("input[name=company]", "Foreign production")


@pytest.fixture
def office(live_server: Any, queues: str, sandbox: Any, settings: Any) -> Iterator[Office]:
    sync_api = pytest.importorskip("playwright.sync_api")
    settings.PIPEDRIVE_EXTRA_HOSTS, settings.PIPEDRIVE_WINDOW = [urlsplit(sandbox.url).netloc], 0.05
    project = Project.objects.create(name="Foreign Ltd", slug="foreign", timezone="Europe/Berlin", country="DE", currency="EUR")
    for name, role in world.ROLES.items():
        Membership.objects.create(project=project, user=world.user(name), role=role)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    errors: list[str] = []
    try:
        with sync_api.sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
            windows = {name: _log_in(chromium, live_server.url, name, errors) for name in (ANNA, CARL, SAM)}
            yield Office(windows, project)
            chromium.close()
            connections.close_all()  # while the loop runs, this thread has connections that nobody else knows of
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    assert errors == []


def _log_in(chromium: Any, url: str, name: str, errors: list[str]) -> Any:
    page = chromium.new_context(base_url=url).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(f"{page.url} {error.stack}"))
    page.on("response", lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.goto("/admin/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "pass")
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    return page


@pytest.fixture
def tokens(sandbox: Any) -> dict[str, str]:
    """Of two companies in which those of the customer's people who still work there are users."""
    with (SAMPLE / "users.csv").open(newline="", encoding="utf-8-sig") as file:
        people = [row for row in csv.DictReader(file) if row["Active"] == "Yes"]
    users = [{"name": row["Full Name"], "email": row["Email"], "is_admin": row["Email"] == OWNER} for row in people]
    company: dict[str, Any] = {"plan": "growth", "seats": 5, "limits": {"window": False}, "users": users}
    made = {
        role: sandbox.control().create_account(f"Foreign {role}", domain=f"foreign-{role}", **company) for role in ("staging", "production")
    }
    return {role: account["users"][0]["token"] for role, account in made.items()}


def test_from_the_first_upload_to_the_closed_project(office: Office, sandbox: Any, tokens: dict[str, str], tmp_path: Path) -> None:
    package = Path(shutil.make_archive(str(tmp_path / "results"), "zip", SAMPLE))
    office.follow(CARL, "Upload export", lambda page: page.set_input_files("input[type=file]", package))
    office.follow(CARL, "Propose map")
    _approve_what_is_unsure(office)
    office.follow(CARL, "Run audit")
    _decide(office)

    _connect(office, "staging", sandbox.url, tokens)
    office.follow(SAM, "Prepare account")
    office.follow(SAM, "Plan test run")
    _load(office)
    _sign(office)

    _connect(office, "production", sandbox.url, tokens)
    office.follow(SAM, "Prepare account")
    office.follow(ANNA, "Settle it", tick_all)  # quiet
    assert office.then(ANNA) == "Settle it"
    office.answer(f"{office.windows[ANNA].get_attribute('#next a', 'href')}", "Give to a user", to_owner)
    office.follow(SAM, "Plan load", live_company)
    _load(office)
    assert balanced(office)

    later = _friday(tmp_path)
    office.press(CARL, "Upload export", lambda page: page.set_input_files("input[type=file]", later))
    office.follow(CARL, "Put in force")
    office.follow(CARL, "Run audit")
    _decide(office)
    _who_takes_the_rest(office)
    office.follow(SAM, "Plan load", live_company)
    _load(office)
    assert balanced(office)

    _cut_over(office)
    _complain(office, sandbox)
    _close(office)


def _approve_what_is_unsure(office: Office) -> None:
    if office.then(CARL) == "Look at the map":
        page = office.windows[CARL]
        page.click("#next a")
        page.click("a.cd-button:has-text('Approve map')")
        office.confirm(page, lambda page: None)
    else:
        office.follow(CARL, "Approve map")


def _decide(office: Office) -> None:
    """Queue after queue in bulk, by suggestion where there is one; what has none is answered on its own page."""
    page, tried = office.windows[ANNA], Counter[str]()
    while office.then(ANNA) == "Answer them":
        page.click("#next a")
        page.wait_for_load_state()
        offered = [each for each in page.locator("select[name=action] option").all_inner_texts()[1:] if "back" not in each]
        offered.sort(key=lambda label: "uggest" not in label)
        at = tried[page.url]
        tried[page.url] += 1
        assert at < 20, page.url
        if at < len(offered):
            office.answer(page.url, offered[at], to_owner if "ownermatch" in page.url else lambda page: None)
        else:
            page.click("a[href*='/change/']:visible >> nth=0")
            page.locator("input[name=choice]").first.check()
            page.click("[name=_save]")


def _who_takes_the_rest(office: Office) -> None:
    """The contact of Friday has no owner."""
    assert office.then(ANNA) == "Settle it"
    page = office.windows[ANNA]
    page.click("#next a")
    to_owner(page)
    page.click("button:has-text('Confirm')")
    page.click("text=On to the project page")
    page.wait_for_selector("#journey")


def _connect(office: Office, role: str, url: str, tokens: dict[str, str]) -> None:
    assert office.then(SAM) == "Connect account"
    page = office.windows[SAM]
    page.click("#next a")
    assert page.input_value("[name=role]") == role
    page.fill("[name=url]", url)
    page.fill("[name=api_token]", tokens[role])
    page.select_option("[name=plan]", "growth")
    page.fill("[name=seats]", "5")
    page.click("[name=_save]")
    page.wait_for_selector("text=was added successfully")


def _load(office: Office) -> None:
    for label in ("Approve batches", "Push approved batches"):
        office.follow(SAM, label, live_company)


def balanced(office: Office) -> bool:
    page = office.windows[SAM]
    page.goto(office.home)
    rows = page.locator("#reconciliation tbody tr")
    return bool(rows.count() and rows.locator("text=balanced").count() == rows.count())


def _sign(office: Office) -> None:
    assert office.then(ANNA) == "Review"
    page = office.windows[ANNA]
    page.click("#next a")
    page.click("#review a.primary:has-text('Sign off')")
    office.confirm(page, tick_all)


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


def _cut_over(office: Office) -> None:
    assert office.then(ANNA) == "Cutover"
    page = office.windows[ANNA]
    page.click("#next a")
    for _ in range(12):
        now = page.locator(".cd-paper:has(button.primary)")
        if not now.count():
            break
        if now.locator("[name=evidence]").count():
            now.locator("[name=evidence]").fill("seen by all")
        now.locator("button.primary").click()
        page.wait_for_selector("#clock")
    assert "Every step is done" in page.inner_text(".cd-next")


def _complain(office: Office, sandbox: Any) -> None:
    deal = next(record for record in sandbox.control().records("foreign-production", "deal") if record["status"] == "open")
    assert office.then(ANNA) == "After the go-live"
    anna, sam = office.windows[ANNA], office.windows[SAM]
    anna.click("#next a")
    anna.fill("[name=title]", "The title is wrong")
    anna.fill("[name=about]", f"https://foreign-production.pipedrive.com/deal/{deal['id']}")
    anna.click("button:has-text('Write it down')")
    anna.wait_for_selector("text=Written down")
    assert office.then(SAM) == "After the go-live"
    sam.click("#next a")
    sam.click("#open a")
    assert "opportunities.csv" in sam.inner_text("#life")
    sam.fill("[name=field]", "title")
    sam.fill("[name=value]", "Another title")
    sam.click("button[value=patch]")
    sam.wait_for_selector("text=Title is now Another title")
    sam.fill("[name=answer]", "Corrected.")
    sam.click("button[value=close]")
    sam.wait_for_selector("text=answered")
    item = HypercareItem.objects.get()
    assert (item.fix, item.closed_by.username if item.closed_by else "") == ("patch", SAM)


def _close(office: Office) -> None:
    page = office.windows[SAM]
    assert office.then(SAM) == "After the go-live"
    page.click("#next a")
    page.click("button[value=close]")
    page.wait_for_selector("text=due to be deleted on")
    assert Project.objects.get().closed_at is not None
    assert office.then(SAM) == ""
