"""Three people, each with a browser window of their own, and what they do alike in every project.

Everybody only follows the button that stands beside the next step, so a missing one fails the walk. Whatever leads to another
page goes through `lead`: a click alone waits for nothing, and what looks at a page at once would look at the one before.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django_rq
import pytest
from django.db import connections
from rq import SimpleWorker

from migrations_app.models import Membership, Project
from tests.admin import world

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-sync"]
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout"),
]
ANNA, CARL, SAM = "anna", "carl", "sam"  # customer's admin, consultant, staff
PATIENCE = 90_000  # milliseconds
Fill = Callable[[Any], None]


def nothing(page: Any) -> None:
    """For a confirmation that asks nothing."""


def tick_all(page: Any) -> None:
    for box in page.query_selector_all("form.cd-card input[type=checkbox]"):
        box.check()


def lead(page: Any, to: str) -> None:
    """Click what leads to another page, and be there."""
    with page.expect_navigation():
        page.click(to)


class Office:
    """`then` is what stands as next step, `follow` takes it. `owner` is the customer's user who takes what is nobody's."""

    def __init__(self, windows: Mapping[str, Any], project: Project, owner: str) -> None:
        self.windows = windows
        self.owner = owner
        self.home = f"/admin/migrations_app/project/{project.pk}/"

    def then(self, who: str) -> str:
        page = self.windows[who]
        page.goto(self.home)
        return str(page.inner_text("#next a")) if page.locator("#next a").count() else ""

    def follow(self, who: str, label: str, fill: Fill = nothing) -> None:
        """Take the next step, which has to be called so, and confirm it; then the work behind it is done."""
        page = self.windows[who]
        assert self.then(who) == label, page.inner_text("#next")
        lead(page, "#next a")
        self.confirm(page, fill)

    def press(self, who: str, label: str, fill: Fill = nothing) -> None:
        """A button of the project page, also one that is folded away."""
        page = self.windows[who]
        page.goto(self.home)
        button = page.locator(f"a.cd-button:has-text('{label}')").last
        if not button.is_visible():
            page.locator("details.cd-more", has=page.locator(f"a.cd-button:has-text('{label}')")).last.locator("summary").click()
        with page.expect_navigation():
            button.click()
        self.confirm(page, fill)

    def visit(self, who: str, name: str) -> None:
        """A page that the project page links to."""
        page = self.windows[who]
        page.goto(self.home)
        lead(page, f"#actions a:text-is('{name}')")

    def download(self, who: str, name: str) -> Path:
        """What a link or a button of the page that is open hands out."""
        with self.windows[who].expect_download() as handed:
            self.windows[who].locator(f".cd-button:has-text('{name}'), .text-link:has-text('{name}')").first.click()
        return Path(handed.value.path())

    def confirm(self, page: Any, fill: Fill = nothing) -> None:
        fill(page)
        lead(page, "form.cd-card button[type=submit]")
        page.wait_for_selector("#journey")
        queues = [django_rq.get_queue(name) for name in ("load", "default")]
        SimpleWorker(queues, connection=queues[0].connection).work(burst=True)
        page.wait_for_selector("#live:not([hx-trigger])")
        page.wait_for_load_state("networkidle")  # a page that was live reads itself anew once all is quiet

    # --- the way to a load ------------------------------------------------------------------------------------------------

    def approve_what_is_unsure(self) -> None:
        if self.then(CARL) == "Look at the map":
            page = self.windows[CARL]
            lead(page, "#next a")
            lead(page, "a.cd-button:has-text('Approve map')")
            self.confirm(page)
        else:
            self.follow(CARL, "Approve map")

    def answer(self, queue: str, action: str, fill: Fill = nothing) -> None:
        """All that a queue shows, at once, by the customer's admin."""
        page = self.windows[ANNA]
        page.goto(queue)
        if not page.locator("#action-toggle").count():
            return
        page.check("#action-toggle")
        page.select_option("select[name=action]", label=action)
        lead(page, "button[name=index]")
        fill(page)
        lead(page, "button:has-text('Confirm')")

    def decide(self) -> None:
        """Queue after queue in bulk, by suggestion where there is one; what has none is answered on its own page."""
        page, tried = self.windows[ANNA], Counter[str]()
        while self.then(ANNA) == "Answer them":
            lead(page, "#next a")
            offered = [each for each in page.locator("select[name=action] option").all_inner_texts()[1:] if "back" not in each]
            offered.sort(key=lambda label: "uggest" not in label)
            at = tried[page.url]
            tried[page.url] += 1
            assert at < 20, page.url
            if at < len(offered):
                self.answer(page.url, offered[at], self.to_owner if "ownermatch" in page.url else nothing)
            else:
                lead(page, "a[href*='/change/']:visible >> nth=0")
                page.locator("input[name=choice]").first.check()
                lead(page, "[name=_save]")

    def to_owner(self, page: Any) -> None:
        page.fill("input[name=email]", self.owner)

    def connect(self, role: str, url: str, token: str) -> None:
        assert self.then(SAM) == "Connect account"
        page = self.windows[SAM]
        lead(page, "#next a")
        assert page.input_value("[name=role]") == role
        page.fill("[name=url]", url)
        page.fill("[name=api_token]", token)
        page.select_option("[name=plan]", "growth")
        page.fill("[name=seats]", "5")
        lead(page, "[name=_save]")
        page.wait_for_selector("text=was added successfully")

    def load(self, company: str) -> None:
        """`company` is typed where the live account asks for its name."""
        for label in ("Approve batches", "Push approved batches"):
            self.follow(SAM, label, typing(company))

    def balanced(self) -> bool:
        page = self.windows[SAM]
        page.goto(self.home)
        rows = page.locator("#reconciliation tbody tr")
        return bool(rows.count() and rows.locator("text=balanced").count() == rows.count())

    # --- the days around the go-live --------------------------------------------------------------------------------------

    def sign(self) -> None:
        assert self.then(ANNA) == "Review"
        page = self.windows[ANNA]
        lead(page, "#next a")
        lead(page, "#review a.primary:has-text('Sign off')")
        self.confirm(page, tick_all)

    def cut_over(self, until: str = "") -> None:
        """Tick step after step, as far as the one that is called so."""
        assert self.then(ANNA) == "Cutover"
        page = self.windows[ANNA]
        lead(page, "#next a")
        page.wait_for_selector("#clock")
        for _ in range(15):
            now = page.locator(".cd-paper:has(button.primary)")
            if not now.count() or (until and until in now.inner_text()):
                break
            if now.locator("[name=evidence]").count():
                now.locator("[name=evidence]").fill("seen by all")
            with page.expect_navigation():
                now.locator("button.primary").click()
        assert (f"Next: {until}" if until else "Every step is done") in page.inner_text(".cd-next")

    def close(self) -> None:
        page = self.windows[SAM]
        assert self.then(SAM) == "After the go-live"
        lead(page, "#next a")
        lead(page, "button[value=close]")
        page.wait_for_selector("text=due to be deleted on")
        assert Project.objects.get().closed_at is not None
        assert self.then(SAM) == ""


def typing(company: str) -> Fill:
    """Types the company's name where the page asks for it."""

    def fill(page: Any) -> None:
        if page.locator("input[name=company]").count():
            page.fill("input[name=company]", company)

    return fill


@contextmanager
def open_office(address: str, project: Project, owner: str) -> Iterator[Office]:
    """At the end, no page had an error of its own and no answer was one of the server's."""
    sync_api = pytest.importorskip("playwright.sync_api")
    for name, role in world.ROLES.items():
        Membership.objects.create(project=project, user=world.user(name), role=role)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    errors: list[str] = []
    try:
        with sync_api.sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
            yield Office({name: _log_in(chromium, address, name, errors) for name in (ANNA, CARL, SAM)}, project, owner)
            chromium.close()
            connections.close_all()  # while the loop runs, this thread has connections that nobody else knows of
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    assert errors == []


def _log_in(chromium: Any, url: str, name: str, errors: list[str]) -> Any:
    page = chromium.new_context(base_url=url, accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(f"{page.url} {error.stack}"))
    page.on("response", lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.goto("/admin/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "pass")
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    return page


def companies(sandbox: Any, name: str, people: Sequence[Mapping[str, str]], owner: str, **features: Any) -> dict[str, str]:
    """{role: token of `owner`, who is its admin} of two companies in which `people` (name, email) are users."""
    users = [{**person, "is_admin": person["email"] == owner} for person in people]
    company: dict[str, Any] = {"plan": "growth", "seats": 5, "limits": {"window": False}, "users": users, **features}
    tokens = {}
    for role in ("staging", "production"):
        made = sandbox.control().create_account(f"{name} {role}", domain=f"{name.lower()}-{role}", **company)
        tokens[role] = made["users"][0]["token"]
    return tokens
