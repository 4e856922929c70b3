"""Takes docs/backoffice.png: the project page of a fresh demo, in headless Chromium. Run by `make screenshot`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "backoffice.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        sys.exit("No Chromium was found; the picture is left as it is.")
    with tempfile.TemporaryDirectory(prefix="crossdock-picture-") as data, demo(Path(data)) as memory:
        take(browser, f"http://127.0.0.1:{memory['web_port']}", memory["password"], memory["project"].replace("-", " "))
    print(f"wrote {PICTURE.relative_to(ROOT)}")


@contextmanager
def demo(data: Path) -> Iterator[dict[str, Any]]:
    """A demo that has finished its journey and serves; gives what it remembers (ports, password, project)."""
    command = [sys.executable, "manage.py", "demo"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "CROSSDOCK_DATA": str(data)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not any("log in as" in line for line in process.stdout):
            sys.exit("The demo ended before its pages could be looked at.")
        yield json.loads((data / "demo" / "demo.json").read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def take(browser: str, address: str, password: str, project: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, headless=True, args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/admin/login/?next=/admin/migrations_app/project/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password)
        page.click("[type=submit]")
        page.click(f"#result_list a[href*='/migrations_app/project/']:has-text('{project}')")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURE)
        chromium.close()


if __name__ == "__main__":
    main()
