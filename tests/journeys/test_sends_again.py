"""What later exports say about sends that are in the account already."""

import csv
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import RecordLink
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)
HEADS = ("Event ID", "Contact ID", "Email Address", "Campaign ID", "Template ID", "Subject", "Event", "Timestamp")
SPRING = ("CM-1", "TP-1", "Spring sale")
WINTER = ("CM-2", "TP-2", "Winter sale")


class Sends:
    """Two contacts, loaded with one choice; each export of events comes as a delta."""

    def __init__(self, walk: Walk, folder: Path) -> None:
        self.walk, self.folder, self.number = walk, folder, 0

    def begin(self, domain: str, choice: str, *events: tuple[str, ...]) -> dict[str, Any]:
        package = self.folder / "package"
        package.mkdir()
        contacts = ["Contact ID,First Name,Last Name,Email Address", "C1,Ann,Bell,ann@a.example", "C2,Bob,Cole,bob@b.example"]
        (package / "contacts.csv").write_text("\n".join(contacts), encoding="utf-8")
        self._write(package, events)
        self.domain = domain
        self.walk.to_decisions(package, self.folder, "net-results")
        self.walk.account([], domain=domain)
        self.walk.do("settings", "move", "--set", f"sends={choice}", "--set", f"sends_owner={ADMIN}")
        self.walk.to_prepared()
        return self.load()

    def later(self, *events: tuple[str, ...], kind: str = "delta") -> dict[str, Any]:
        self.walk.do("intake", "move", str(self._write(self.folder, events)), "--kind", kind)
        self.walk.do("audit", "move", "--out", str(self.folder / "audit"))
        return self.load()

    def load(self) -> dict[str, Any]:
        done = self.walk.do("load", "move", "--role", "staging")
        assert done["state"] == "finished"
        return next(each for each in done["phases"] if each["object"] == "activity")

    def _write(self, folder: Path, events: tuple[tuple[str, ...], ...]) -> Path:
        with (path := folder / "email_sends.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS)
            for contact, (campaign, template, subject), event, at in events:
                self.number += 1
                writer.writerow([f"EV-{self.number}", contact, "", campaign, template, subject, event, at])
        return path

    def live(self) -> list[tuple[str, str, str]]:
        """(subject, day, time) of each activity in the account."""
        records = [each for each in self.walk.control.records(self.domain, "activity") if not each.get("is_deleted")]
        return sorted((each["subject"], each["due_date"], (each.get("due_time") or "")[:5]) for each in records)


@pytest.fixture
def sends(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Sends:
    return Sends(Walk(sandbox_server, settings, monkeypatch), tmp_path)


def test_a_send_that_was_known_by_its_opens_stays_the_same_record_when_its_sending_arrives(sends: Sends) -> None:
    opened = [("C1", SPRING, "Opened", "2025-03-05 10:00:00"), ("C1", SPRING, "Clicked", "2025-03-05 10:01:00")]
    first = sends.begin("untold", "each", *opened, ("C2", SPRING, "Hard Bounce", "2025-03-04 08:00:00"))
    assert first["created"] == 2
    assert ("Clicked: Spring sale", "2025-03-05", "09:00") in sends.live()
    note = next(each["note"] for each in sends.walk.control.records("untold", "activity") if each["subject"].startswith("Clicked"))
    assert "First heard of: 2025-03-05 10:00" in note

    sent = [("C1", SPRING, "Sent", "2025-03-04 07:00:00"), ("C2", SPRING, "Sent", "2025-03-04 07:00:00")]
    again = ("C1", SPRING, "Sent", "2025-06-01 07:00:00")
    later = sends.later(*sent, again, ("C1", WINTER, "Sent", "2025-12-01 07:00:00"))
    assert (later["created"], later["updated"], later["vanished"]) == (2, 2, 0)
    told = [
        ("Clicked: Spring sale", "2025-03-04", "06:00"),
        ("Hard bounce: Spring sale", "2025-03-04", "06:00"),
        ("Sent: Spring sale", "2025-06-01", "05:00"),
        ("Sent: Winter sale", "2025-12-01", "06:00"),
    ]
    assert sends.live() == told

    # Once it is known which sending it was, it stays that one, whatever else is told of older ones.
    oldest = [("C1", SPRING, "Sent", "2024-03-04 07:00:00"), ("C1", SPRING, "Opened", "2024-03-04 08:00:00")]
    last = sends.later(*oldest)
    assert (last["created"], last["updated"], last["vanished"]) == (1, 0, 0)
    assert sends.live() == sorted([*told, ("Opened: Spring sale", "2024-03-04", "06:00")])
    assert RecordLink.objects.filter(entity="activity", key__startswith="send:", key__endswith="@-").count() == 2


def test_a_send_stays_the_one_record_when_a_new_export_tells_of_its_opens_alone(sends: Sends) -> None:
    sent = [("C1", SPRING, "Sent", at) for at in ("2025-03-04 07:00:00", "2025-06-01 07:00:00")]
    unsent = ("C2", SPRING, "Opened", "2025-03-05 10:00:00")
    assert sends.begin("forgotten", "each", *sent, unsent)["created"] == 3
    sends.later(("C2", SPRING, "Sent", "2025-03-05 07:00:00"))

    opens = [("C1", SPRING, "Opened", "2025-06-02 08:00:00"), ("C2", SPRING, "Clicked", "2025-03-06 10:00:00")]
    replaced = sends.later(*opens, kind="full")
    assert (replaced["created"], replaced["updated"], replaced["vanished"]) == (0, 2, 1)
    told = [("Clicked: Spring sale", "2025-03-05", "06:00"), ("Opened: Spring sale", "2025-06-01", "05:00")]
    assert sends.live() == [*told, ("Sent: Spring sale", "2025-03-04", "06:00")]
    assert sends.load()["updated"] == 0

    back = sends.later(*opens, *sent, kind="full")
    assert (back["created"], back["vanished"]) == (0, 0)


@pytest.mark.parametrize("first", ["ids", "names"])
def test_an_export_that_calls_messages_otherwise_makes_none_a_second_time(sends: Sends, first: str) -> None:
    named = ("Spring Sale", "Hello", "Spring sale")
    calls = (SPRING, named) if first == "ids" else (named, SPRING)
    sent = ("Sent", "2025-03-04 07:00:00")
    assert sends.begin(f"called-by-{first}", "each", ("C1", calls[0], *sent), ("C2", calls[0], *sent))["created"] == 2

    lists = {
        "campaigns.csv": "Campaign ID,Campaign Name\nCM-1,Spring Sale\n",
        "templates.csv": "Template ID,Template Name,Subject\nTP-1,Hello,Hi\n",
    }
    for name, text in lists.items():
        (sends.folder / name).write_text(text, encoding="utf-8")
        sends.walk.do("intake", "move", str(sends.folder / name))
    later = sends.later(("C1", calls[1], *sent), ("C1", calls[1], "Opened", "2025-03-05 07:00:00"), ("C2", calls[1], *sent), kind="full")
    assert (later["created"], later["vanished"]) == (0, 0)
    assert [subject for subject, _, _ in sends.live()] == ["Opened: Spring sale", "Sent: Spring sale"]


def test_a_contact_who_comes_back_under_another_id_keeps_person_and_sends(sends: Sends) -> None:
    assert sends.begin("other-id", "each", ("C1", SPRING, "Sent", "2025-03-04 07:00:00"))["created"] == 1
    contacts = ["Contact ID,First Name,Last Name,Email Address", "C9,Ann,Bell,ann@a.example", "C2,Bob,Cole,bob@b.example"]
    (sends.folder / "contacts.csv").write_text("\n".join(contacts), encoding="utf-8")
    sends.walk.do("intake", "move", str(sends.folder / "contacts.csv"))
    opened = ("C9", SPRING, "Opened", "2025-03-05 07:00:00")
    later = sends.later(("C9", SPRING, "Sent", "2025-03-04 07:00:00"), opened, kind="full")
    assert (later["created"], later["updated"], later["vanished"]) == (0, 1, 0)
    assert len(sends.walk.control.records("other-id", "person")) == 2


def test_what_stands_singly_is_not_moved_into_months_by_a_newer_export(sends: Sends) -> None:
    first = sends.begin("window", "mixed", ("C1", SPRING, "Sent", "2025-03-05 10:00:00"), ("C1", WINTER, "Sent", "2024-01-05 10:00:00"))
    assert first["created"] == 2
    later = sends.later(("C1", SPRING, "Opened", "2025-09-05 10:00:00"), ("C2", SPRING, "Sent", "2025-09-05 10:00:00"))
    assert (later["created"], later["updated"], later["vanished"]) == (1, 1, 0)
    assert [subject for subject, _, _ in sends.live()] == [
        "E-mails 2024-01: 1 sent, 0 opened, 0 clicked, 0 bounced",
        "Opened: Spring sale",
        "Sent: Spring sale",
    ]
