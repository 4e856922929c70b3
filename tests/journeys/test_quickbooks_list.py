"""QuickBooks' own list of customers beside the CRM's companies: another truth about them, and no companies of its own."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Finding, Project, RecordLink, Run, SourceTable
from migrations_app.services import losses
from reconciliation.models import QuickBooksDifference
from tests.journeys.walking import ADMIN
from tests.ledger.delta_ground import Later, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Vereinigte Nordseefischereigenossenschaft Büsum eG"
HEADS = ("Company ID", "Company Name", "Main Phone", "Street Address", "City", "List ID")
ROWS = (
    ("CO-1", LONG, "", "", "", "80000001-1234567801"),
    ("CO-2", "Kai Ltd", "030 1234567", "1 Pier", "Bremen", "80000002-1234567802"),
    ("CO-3", "Mole KG", "", "2 Mole", "Bremen", ""),
    ("CO-4", "Dock KG", "", "3 Dock", "Bremen", ""),
    ("CO-5", "Dock KG", "", "4 Dock", "Kiel", ""),
)
LISTED = ("Customer", "ListID", "Balance", "Bill Addr 1", "Bill Addr 2", "Bill Addr 3", "Main Phone", "Last Transaction")
CUSTOMERS = (
    (LONG[:41], "80000001-1234567801", "10.00", LONG[:41], "", "", "", "1/2/2026"),
    ("<b>Kai</b> & Söhne", "80000002-1234567802", "0.00", "<b>Kai</b> & Söhne", "9 Quay", "Bremen", "+49 30 1234567", "1/3/2026"),
    ("MOLE KG.", "80000003-1234567803", "5.00", "Mole KG", "Postfach 7", "Bremen", "", "1/4/2026"),
    ("Dock KG", "80000004-1234567804", "0.00", "", "", "", "", ""),
    ("=Only & There", "80000005-1234567805", "7.00", "=Only & There", "5 Lock", "Emden", "", ""),
    ("Kai Ltd:Crane", "80000006-1234567806", "0.00", "", "", "", "", ""),
)


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", HEADS, ROWS)
    write(walk.folder / "customers.csv", LISTED, CUSTOMERS)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    return walk


def prepared(walk: Later) -> None:
    """Everything but the question about names is answered."""
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    walk.do("prepare", "move", "--role", "staging")


def names(walk: Later) -> dict[str, str]:
    return {key.removeprefix("organization:"): each["name"] for key, each in walk.live("organization").items()}


def addresses(walk: Later) -> dict[str, str]:
    live = walk.live("organization").items()
    return {key.removeprefix("organization:"): (each.get("address") or {}).get("value", "") for key, each in live}


def test_the_list_is_the_other_truth_of_whom_it_names_by_list_id(walk: Later) -> None:
    assert {table.file: table.object for table in SourceTable.objects.all()} == {
        "companies.csv": "companies",
        "customers.csv": "quickbooks",
    }
    assert set(QuickBooksDifference.objects.values_list("source_key", "field", "kind")) == {
        ("CO-1", "name", "cut"),
        ("CO-2", "name", "different"),
        ("CO-2", "address", "different"),
        ("CO-2", "phone", "phone_format"),
    }
    prepared(walk)
    [phase] = [phase for phase in walk.loaded()["phases"] if phase["object"] == "organization"]
    assert (phase["source"], phase["created"]) == (8, 5)
    assert phase["skipped"] == {"job_in_quickbooks": 1, "only_in_quickbooks": 1, "several_in_quickbooks": 1}
    assert names(walk) == {"CO-1": LONG, "CO-2": "<b>Kai</b> & Söhne", "CO-3": "Mole KG", "CO-4": "Dock KG", "CO-5": "Dock KG"}
    assert addresses(walk)["CO-2"] == "9 Quay, Bremen"
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"


def test_a_name_alone_is_a_question_and_the_answer_counts_with_the_next_load(walk: Later) -> None:
    [question] = Project.objects.get().questions.filter(kind="quickbooks_by_name", present=True)
    assert (question.object, question.rows, question.evidence["examples"][0]["key"]) == ("companies", 1, "CO-3")
    prepared(walk)
    walk.load()
    assert addresses(walk)["CO-3"] == "2 Mole, Bremen"
    walk.do("decide", "move", "--accept-suggestions")
    assert made(walk.loaded()) == {"organization": (0, 1)}
    assert (names(walk)["CO-3"], addresses(walk)["CO-3"]) == ("MOLE KG.", "Postfach 7, Bremen")
    assert made(walk.loaded()) == {}


def test_who_is_only_in_quickbooks_is_listed_and_loads_once_people_say_so(walk: Later) -> None:
    found = dict(Finding.objects.filter(object="quickbooks").values_list("code", "examples"))
    assert [example["line"] for example in found["only_in_quickbooks"]] == [6]
    assert {loss.subject for loss in losses.known_losses(Project.objects.get()) if loss.object == "quickbooks"} == set(found)
    before = walk.do("estimate", "move")["tokens"]
    walk.do("settings", "move", "--set", "quickbooks_only=load")
    assert walk.do("estimate", "move")["tokens"] == before + 5
    walk.to_prepared()
    walk.load()
    assert names(walk)["org-of-quickbooks:80000005-1234567805"] == "=Only & There"
    assert addresses(walk)["org-of-quickbooks:80000005-1234567805"] == "5 Lock, Emden"
    assert len(names(walk)) == 6
    walk.do("rollback", "move", "--run", str(Run.objects.get().pk))
    assert names(walk) == {}


@pytest.mark.parametrize("told", ["by List ID", "by name"])
def test_who_was_only_in_quickbooks_stays_the_one_organization_when_the_crm_has_it_too(walk: Later, told: str) -> None:
    walk.do("settings", "move", "--set", "quickbooks_only=load")
    walk.to_prepared()
    walk.load()
    there = walk.id_of("org-of-quickbooks:80000005-1234567805")
    new = ["CO-9", "Only There AG", "0421 7654321", "", "", "80000005-1234567805"]
    if told == "by name":
        new = ["CO-9", "=only & there", "0421 7654321", "", "", ""]
    walk.change("companies.csv", lambda lines: [*lines, new])
    walk.do("intake", "move", str(walk.folder / "companies.csv"))
    walk.do("audit", "move")
    walk.do("decide", "move", "--accept-suggestions")
    assert made(walk.loaded()) == {"organization": (0, 1)}
    assert (walk.id_of("organization:CO-9"), len(names(walk))) == (there, 6)
    assert names(walk)["CO-9"] == new[1]
    assert addresses(walk)["CO-9"] == "5 Lock, Emden"
    assert made(walk.loaded()) == {}


def test_a_new_list_changes_only_what_it_says_otherwise(walk: Later) -> None:
    walk.to_prepared()
    walk.load()
    walk.change("customers.csv", lambda lines: [[*line[:4], "11 Quay", *line[5:]] if line[4] == "9 Quay" else line for line in lines])
    walk.do("intake", "move", str(walk.folder / "customers.csv"))
    assert made(walk.loaded()) == {"organization": (0, 1)}
    assert addresses(walk)["CO-2"] == "11 Quay, Bremen"


def test_the_list_id_of_a_customer_told_by_name_is_kept_with_the_organization(walk: Later) -> None:
    """Only where the companies have no column of List IDs themselves does the list fill a field of its own."""
    path = walk.folder / "companies.csv"
    write(path, HEADS[:-1], [row[:-1] for row in ROWS if row[0] != "CO-5"])
    walk.do("intake", "move", str(walk.folder))
    walk.do("propose", "move")
    walk.do("approve", "move", "--by", "anna")
    walk.do("audit", "move")
    walk.to_prepared()
    walk.load()
    live = walk.live("organization")
    assert walk.custom(live["organization:CO-3"], "QuickBooks List ID", "organization") == "80000003-1234567803"
    assert RecordLink.objects.filter(reason="only_in_quickbooks").count() == 2  # one of them, as no name is like "Kai Ltd"
