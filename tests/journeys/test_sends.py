"""The e-mail history on the timeline: each send once, by month, or counters, beside the truth about the foreign sample."""

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import PipedriveAccount, RecordLink
from migrations_app.services import connecting
from migrations_app.services.mailing.whom import LEFT_BEHIND
from migrations_app.services.planners.mailings import NOT_LOADED
from tests.journeys import comparing
from tests.journeys.test_foreign_mailing import SAMPLES, pytestmark, roots_of, truth, walk  # noqa: F401
from tests.journeys.walking import ADMIN, Walk

EVENTS = "email_sends.csv"


class Mail:
    """The sample as the customer exports it, loaded with one choice about its sends."""

    def __init__(self, walk: Walk, truth: dict[str, Any], folder: Path) -> None:  # noqa: F811
        self.walk, self.truth, self.folder, self.domain = walk, truth, folder / "package", ""
        shutil.copytree(SAMPLES / "net-results", self.folder)

    def prepare(self, choice: str, *settings: str) -> None:
        self.domain = f"sends-{choice}"
        self.walk.to_decisions(self.folder, self.folder.parent, "net-results")
        self.walk.account([user["email"] for user in self.truth["owners"]["users"]], domain=self.domain)
        for each in (f"sends={choice}", f"sends_owner={ADMIN}", *settings):
            self.walk.do("settings", "move", "--set", each)
        self.walk.to_prepared()

    def load(self) -> dict[str, dict[str, Any]]:
        done = self.walk.do("load", "move", "--role", "staging")
        assert done["state"] == "finished"
        self.run = done["run"]
        return {each["object"]: each for each in done["phases"]}

    def live(self, entity: str) -> list[dict[str, Any]]:
        """What stands in the account, and was not deleted."""
        return [each for each in self.walk.control.records(self.domain, entity) if not each.get("is_deleted")]


@pytest.fixture
def mail(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> Mail:  # noqa: F811
    return Mail(walk, truth, tmp_path)


def events(truth: dict[str, Any]) -> list[dict[str, str]]:  # noqa: F811
    """The rows of events that somebody known got, read by nothing of ours; the second of one id is none."""
    names = {name.casefold() for name in truth["event_names"]}
    with (SAMPLES / "net-results" / EVENTS).open(encoding="utf-8-sig", newline="") as file:
        rows = {row["Event ID"]: row for row in reversed(list(csv.DictReader(file)))}
    known = {id: link["contact"] for id, link in truth["links"]["email_send"].items() if link["contact"]}
    return [row | {"contact": known[id]} for id, row in rows.items() if id in known and row["Event"].casefold() in names]


def told_sends(truth: dict[str, Any]) -> Counter[str]:  # noqa: F811
    """{contact: sends}: each sending of a message to them, and one where only what happened to it is told."""
    sendings: dict[tuple[str, str, str], set[str]] = {}
    for row in events(truth):
        times = sendings.setdefault((row["contact"], row["Campaign ID"], row["Template ID"]), set())
        times |= {row["Timestamp"]} if row["Event"].casefold() == "sent" else set()
    counted: Counter[str] = Counter()
    for (contact, _, _), times in sendings.items():
        counted[contact] += len(times) or 1
    return counted


def counted(prefix: str) -> Counter[str]:
    """{contact: records of ours}."""
    keys = RecordLink.objects.filter(key__startswith=f"{prefix}:", state="created").values_list("key", flat=True)
    return Counter(key.split(":")[1] for key in keys)


def test_every_send_is_one_activity_and_a_later_export_adds_only_what_is_new(mail: Mail) -> None:
    mail.prepare("each")
    first = mail.load()["activity"]
    never = comparing.rejected(mail.truth, "contacts")
    told = Counter({contact: count for contact, count in told_sends(mail.truth).items() if contact not in never})
    assert counted("send") == told
    assert first["created"] == told.total()
    assert first["skipped"].get(NOT_LOADED, 0) == told_sends(mail.truth).total() - told.total()
    assert mail.walk.do("estimate", "move")["records"]["activity"] == first["source"]
    activities = mail.live("activity")
    admin = next(user["id"] for user in PipedriveAccount.objects.get().schema["users"] if user["email"] == ADMIN)
    assert {(each["type"], each["done"], each["owner_id"]) for each in activities} == {("email", True, admin)}
    assert all(each["participants"] and each["due_date"] for each in activities)
    lucky = next(each for each in activities if "send:CT-10137:" in each["note"])
    assert (lucky["due_date"], lucky["due_time"][:5]) == ("2025-07-23", "03:56")  # 05:56 in Berlin
    assert lucky["subject"] == "Delivered: Product launch for {{contact.first_name}}"

    again = mail.load()["activity"]
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, told.total())
    opened = ["EV-90001", "CT-10137", "", "CM-10007", "TP-10007", "Product launch", "Opened", "2025-07-23 12:00:00", ""]
    anew = ["EV-90002", "CT-10137", "", "CM-10007", "TP-10007", "Product launch", "Sent", "2025-09-01 08:00:00", ""]
    with (mail.folder / EVENTS).open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([opened, anew])
    mail.walk.do("intake", "move", str(mail.folder / EVENTS))
    later = mail.load()["activity"]
    assert (later["created"], later["updated"], later["vanished"]) == (1, 1, 0)
    assert {each["subject"].split(":")[0] for each in mail.live("activity") if "send:CT-10137:" in each["note"]} == {"Opened", "Sent"}
    assert mail.walk.do("verify", "move", "--role", "staging")["state"] == "finished"


def test_months_are_rolled_up_for_each_person_and_taken_back(mail: Mail) -> None:
    mail.prepare("monthly", "campaign_notes=all")
    done = mail.load()
    never = comparing.rejected(mail.truth, "contacts")
    sent = [row for row in events(mail.truth) if row["Event"].casefold() == "sent" and row["contact"] not in never]
    months = {(roots_of(mail.truth).get(row["contact"], row["contact"]), row["Timestamp"][:7]) for row in sent}
    printed_as_iso = {(contact, month) for contact, month in months if month[4:5] == "-"}
    keys = RecordLink.objects.filter(entity="activity", state="created").values_list("key", flat=True)
    made = {tuple(key.split(":")[1:]) for key in keys}
    assert len(made) == done["activity"]["created"] == len(mail.live("activity"))
    assert printed_as_iso <= made
    mail.walk.do("rollback", "move", "--run", str(mail.run))
    assert not mail.live("activity")
    assert not mail.live("note")


def test_only_persons_with_open_deals_get_their_newest_sends_unless_the_project_says_otherwise(mail: Mail) -> None:
    mail.prepare("open-deals")
    lucky = next(row for row in events(mail.truth) if row["contact"] == "CT-10137")
    client = connecting.client_for(PipedriveAccount.objects.get())
    for name, address, status in (("Emma", lucky["Recipient"].upper(), "open"), ("Mateo", "mateo.lofthusen@deltaplumbing.example", "lost")):
        person = client.create("person", {"name": name, "emails": [{"value": address, "primary": True}]}).data["id"]
        client.create("deal", {"title": f"Deal of {name}", "person_id": person, "status": status})
    found = mail.walk.do("discover", "move", "--role", "staging", "--screen", "contacts=9999,campaigns=8")
    assert found["account"]["records"] == {"organization": 0, "person": 2, "deal": 2}
    assert (found["account"]["open_deals"], found["account"]["persons_with_open_deals"]) == (1, 1)
    missing = {each["object"]: each["missing"] for each in found["lists"] if each["screen"] is not None}
    assert missing == {"contacts": 9999 - mail.truth["counts"]["contacts"]["rows"], "campaigns": 0}
    planned = {each["name"]: each["records"] for each in mail.walk.do("sends", "move")["choices"]}
    mail.load()
    assert set(counted("send")) == {"CT-10137"}
    assert counted("send").total() == planned["open-deals"] < planned["mixed"]


def test_contacts_that_nothing_speaks_for_stay_behind_by_name_and_come_back_when_the_project_changes_its_mind(mail: Mail) -> None:
    package = mail.folder.parent / "letters"
    package.mkdir()
    heads = "Contact ID,First Name,Last Name,Email Address,Created,Last Activity,Company"
    today = date.today().isoformat()
    people = [
        f"C1,Ann,Active,ann@a.example,2010-01-01,{today},",
        "C2,Sue,Suppressed,sue@a.example,2010-01-01,2011-01-01,",
        "C3,Dan,Deal,dan@a.example,2010-01-01,2011-01-01,Dealers Ltd",
        "C4,Old,Gone,old@a.example,2010-01-01,2011-01-01,Others Ltd",
        f"C5,New,Here,new@a.example,{today},,",
    ]
    (package / "contacts.csv").write_text("\n".join([heads, *people]), encoding="utf-8")
    (package / "suppression_list.csv").write_text("Email,Reason\nsue@a.example,Unsubscribed", encoding="utf-8")
    walk = mail.walk  # noqa: F811
    walk.to_decisions(package, package, "net-results")
    walk.account([], domain="whom")
    client = connecting.client_for(PipedriveAccount.objects.get())
    org = client.create("organization", {"name": "DEALERS LTD"}).data["id"]
    client.create("deal", {"title": "Deal", "org_id": org, "status": "won"})
    walk.do("discover", "move", "--role", "staging")
    walk.do("settings", "move", "--set", "contacts_taken=active")
    walk.to_prepared()
    assert walk.do("estimate", "move")["records"]["person"] == 4
    loaded = next(each for each in walk.do("load", "move", "--role", "staging")["phases"] if each["object"] == "person")
    assert (loaded["created"], loaded["skipped"]) == (4, {LEFT_BEHIND: 1})
    walk.do("report", "move", "--out", str(package / "out"))
    assert [row["source_id"] for row in comparing.rows_of(package / "out" / "left_behind.csv")] == ["C4"]
    walk.do("settings", "move", "--set", "contacts_taken=all")
    again = next(each for each in walk.do("load", "move", "--role", "staging")["phases"] if each["object"] == "person")
    assert (again["created"], again["unchanged"], again["skipped"]) == (1, 4, {})


def test_one_file_for_each_campaign_and_event_in_other_words_and_without_headers_makes_the_same_sends(mail: Mail) -> None:
    folder = mail.folder.parent / "briefe"
    folder.mkdir()
    people = [f"K{n};Anna;Glocke {n};anna{n}@haus.example" for n in range(1, 31)]
    (folder / "Kontakte.csv").write_text("\r\n".join(["Kontakt-ID;Vorname;Nachname;E-Mail-Adresse", *people]), encoding="cp1252")
    sent = [f"anna{n}@haus.example;{n:02}.05.2024 10:15" for n in range(1, 31)]
    (folder / "Frühlingsaktion - Gesendet.csv").write_text("\r\n".join(["E-Mail;Datum", *sent]), encoding="cp1252")
    opened = [f"ANNA{n}@haus.example\t2024-05-{n:02} 11:00:00" for n in range(1, 11)]
    (folder / "Frühlingsaktion - Geöffnet.csv").write_text("\n".join(["E-Mail\tDatum", *opened]), encoding="utf-16")
    bare = [f'"anna{n}@haus.example","2024-05-{n:02} 12:30:00"' for n in range(1, 6)]
    (folder / "Frühlingsaktion - Geklickt.csv").write_text("\n".join(bare), encoding="utf-8")
    walk = mail.walk  # noqa: F811
    walk.to_decisions(folder, folder, "net-results")
    walk.account([], domain="briefe")
    walk.do("settings", "move", "--set", "sends=each", "--set", f"sends_owner={ADMIN}")
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"
    subjects = Counter(each["subject"] for each in walk.control.records("briefe", "activity"))
    assert subjects == {"Clicked: Frühlingsaktion": 5, "Opened: Frühlingsaktion": 5, "Sent: Frühlingsaktion": 20}
    assert {(each["due_date"], each["due_time"][:5]) for each in walk.control.records("briefe", "activity")} == {
        (f"2024-05-{n:02}", "08:15") for n in range(1, 31)
    }
