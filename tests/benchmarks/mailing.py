"""Two million events of e-mail sends: staged, rolled up for each contact, and every choice of detail estimated."""

import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks.measuring import apart, show, stopwatch

CONTACTS, EVENTS = 80_000, 2_000_000
KINDS = ("Sent", "Delivered", "Opened", "Clicked", "Soft Bounce")


def run(events: int = EVENTS, contacts: int = CONTACTS) -> None:
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        package = Path(folder) / "package"
        write(package, events, contacts)
        took = apart("mailing:roll_up", Path(folder) / "data", package=str(package))
    show(
        f"{events:,} e-mail events of {contacts:,} contacts on SQLite",
        [
            (
                "staged, rolled up and estimated",
                f"{took['seconds']:.0f} s ({took['staged']:.0f} s of it staging), {took['cpu']:.0f} s of one core",
                "at most 180 s",
            ),
            ("peak memory", f"{took['peak']:.0f} MB", "under 300 MB"),
        ],
    )


def write(package: Path, events: int, contacts: int) -> None:
    """Contacts and their events over three years, without ids as real exports have them. Hardly two are of one message: the worst case."""
    package.mkdir(parents=True)
    random = Random(1)
    with (package / "contacts.csv").open("w", encoding="utf-8") as file:
        file.write("Contact ID,First Name,Last Name,Email Address\n")
        file.writelines(f"CT-{n},Ann,Bell{n},person{n}@firm{n % 9000}.example\n" for n in range(contacts))
    with (package / "email_sends.csv").open("w", encoding="utf-8") as file:
        file.write("Contact ID,Recipient,Campaign ID,Template ID,Subject Line,Event,Timestamp\n")
        for number in range(events):
            contact, campaign = (number // 3) * 7919 % contacts, random.randrange(100)
            day, kind = number // 3 % 1000, KINDS[number % 3] if number % 50 else KINDS[4]
            when = f"{2022 + day // 365}-{day % 12 + 1:02}-{day % 28 + 1:02} {number % 24:02}:{number % 60:02}:00"
            who = f"CT-{contact},person{contact}@firm{contact % 9000}.example"
            file.write(f"{who},CM-{campaign},TP-{campaign},News {campaign},{kind},{when}\n")


def roll_up(package: str) -> dict[str, Any]:
    """In a process of its own."""
    from migrations_app.services import rows
    from migrations_app.services.mailing import detail, gathering
    from tests.benchmarks import ground

    project = ground.project()
    project.source = "net-results"
    project.save()
    before = time.process_time()
    with stopwatch() as took:
        ground.staged(Path(package), project)
        staged = took()
        gathering.gather(project, rows.tables_in_force(project))
        found = detail.choices(project)
    return {"seconds": took(), "staged": staged, "choices": len(found), "cpu": time.process_time() - before}
