"""Through the project page with a real browser, from an empty project to a balanced load."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_rq
import pytest
from django.db import connections
from rq import SimpleWorker

from migrations_app.models import Project
from tests.admin import world

CHROMIUM = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-sync"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
PATIENCE = 90_000  # milliseconds
COMPANIES = "Company ID,Company Name\nC1,<b>O'Hara & Söhne</b>\nC2,Mills\n"
CONTACTS = "Contact ID,First Name,Last Name,Email,Company ID\nP1,Rosa,Lind,rosa@ohara.example,C1\n"


@pytest.fixture
def browser_page(live_server: Any, people: dict[str, Any]) -> Iterator[Any]:
    """A page of somebody who is logged in as a superuser; an error of a script fails the test."""
    sync_api = pytest.importorskip("playwright.sync_api")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread
    errors: list[str] = []
    try:
        with sync_api.sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS, timeout=PATIENCE)
            page = chromium.new_page(base_url=live_server.url)
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: errors.append(f"{page.url} {error.stack}"))
            page.on("dialog", lambda dialog: errors.append(dialog.message))
            page.goto("/admin/login/")
            page.fill("input[name=username]", "root")
            page.fill("input[name=password]", "pass")
            page.click("[type=submit]")
            page.wait_for_url("**/admin/")  # whoever goes on before is not logged in
            yield page
            page.wait_for_load_state("networkidle")  # no request is left that could meet the emptying of the tables
            chromium.close()
            connections.close_all()  # while the loop runs, this thread has connections that nobody else knows of
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    assert errors == []


def work() -> None:
    queues = [django_rq.get_queue(name) for name in ("load", "default")]
    SimpleWorker(queues, connection=queues[0].connection).work(burst=True)


def confirm(page: Any, label: str) -> None:
    """From the project page: the button, the page that says what will happen, and back."""
    page.click(f"a.cd-button:has-text('{label}')")
    page.click("form.cd-card button[type=submit]")
    page.wait_for_selector("#journey")


def take_in(page: Any, folder: Path) -> None:
    files = [folder / "companies.csv", folder / "contacts.csv"]
    for path, text in zip(files, (COMPANIES, CONTACTS), strict=True):
        path.write_text(text, encoding="utf-8")
    page.goto("/admin/")
    page.click(f"#projects >> text={world.AWKWARD}")
    assert page.inner_text("#next a") == "Upload export"
    page.click("#next a")
    page.set_input_files("input[type=file]", files)
    page.click("form.cd-card button[type=submit]")
    page.wait_for_selector("#live >> text=waits for a worker")
    work()
    page.wait_for_selector("#live >> text=Taken in: 2 companies, 1 contacts")  # the page asked by itself


def map_and_audit(page: Any) -> None:
    assert page.inner_text("#next a") == "Propose map"
    confirm(page, "Propose map")
    confirm(page, "Approve map")
    confirm(page, "Run audit")
    work()
    page.wait_for_selector("#live >> text=findings of")


def connect(page: Any, url: str, token: str) -> None:
    page.click("text=Connect a Pipedrive account")
    page.fill("input[name=url]", url)
    page.fill("input[name=api_token]", token)
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_selector("text=was added successfully")


def load(page: Any) -> None:
    for label, ended in (("Prepare account", "Made "), ("Plan load", "is planned in 2 batches")):
        confirm(page, label)
        work()
        page.wait_for_selector(f"#live:not([hx-trigger]) >> text={ended}")
    page.wait_for_selector("#next a:text-is('Approve batches')")
    confirm(page, "Approve batches")
    confirm(page, "Push approved batches")
    page.wait_for_selector("#live[hx-trigger]")
    work()
    page.wait_for_selector("#live:not([hx-trigger]) >> text=finished")


def test_from_an_empty_project_to_a_balanced_load(
    browser_page: Any, sandbox: Any, settings: Any, queues: str, tmp_path: Path, transactional_db: None
) -> None:
    page = browser_page
    settings.PIPEDRIVE_EXTRA_HOSTS = [urlsplit(sandbox.url).netloc]
    made = sandbox.control().create_account("Harbour", domain="harbour", plan="premium", seats=1)
    project = world.empty_project()
    take_in(page, tmp_path)
    map_and_audit(page)
    connect(page, sandbox.url, made["users"][0]["token"])
    page.goto(f"/admin/migrations_app/project/{project.pk}/")
    load(page)
    rows = page.locator("#reconciliation tbody tr")
    assert rows.locator("text=balanced").count() == rows.count() > 0
    assert Project.objects.get().runs.get().state == "finished"
    assert page.locator("#journey li.done").count() == 7


def test_the_page_fits_a_telephone(browser_page: Any, queues: str, transactional_db: None) -> None:
    project = world.whole_project(members=[])
    browser_page.set_viewport_size({"width": 390, "height": 800})
    browser_page.goto(f"/admin/migrations_app/project/{project.pk}/")
    browser_page.wait_for_selector("#estimate")
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 390
