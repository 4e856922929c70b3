"""Records that QuickBooks knows too: what differs is asked by kind, answered, loaded, taken back; both values arrive."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Project
from migrations_app.services import losses
from reconciliation.models import QuickBooksDifference
from tests.ledger.delta_ground import Later
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Vereinigte Nordseefischereigenossenschaft Büsum eG"
HEADS = (
    *("Company ID", "Company Name", "Main Phone", "Street Address", "City", "Country"),
    *("QB List ID", "QB Customer Name", "QB Phone", "QB Billing Address", "QB Balance", "QB Transactions"),
)
ROWS = (
    ("CO-1", LONG, "", "", "", "Germany", "8000-1", LONG[:41], "", "", "10.00", "4"),
    ("CO-2", "Kai Ltd", "030 1234567", "1 Pier", "Bremen", "Germany", "8000-2", "<b>Kai</b> & Söhne", "+49 30 1234567", "", "", "12"),
    ("CO-3", "Mole KG", "", "2 Mole", "Bremen", "Germany", "8000-3", "Mole KG", "", "Postfach 7, Bremen", "", "0"),
    ("CO-4", "Dock KG", "", "3 Dock", "Bremen", "Germany", "8000-4", "DOCK KG.", "", "Postfach 9, Bremen", "5.00", "2"),
)


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "companies.csv", HEADS, ROWS)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    return walk


def without_transactions(walk: Later) -> None:
    """The same export from an office that does not print them."""
    walk.change("companies.csv", lambda lines: [line[:-1] for line in lines])
    path = walk.folder / "companies.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",QB Transactions", ""), encoding="utf-8")
    walk.do("intake", "move", str(walk.folder))
    walk.do("audit", "move")


def names(walk: Later) -> dict[str, str]:
    return {key.removeprefix("organization:"): each["name"] for key, each in walk.live("organization").items()}


def addresses(walk: Later) -> dict[str, str]:
    live = walk.live("organization").items()
    return {key.removeprefix("organization:"): (each.get("address") or {}).get("value", "") for key, each in live}


def test_quickbooks_wins_where_it_has_transactions(walk: Later) -> None:
    assert walk.do("status", "move")["open"]["quickbooks"] == 0
    walk.to_prepared()
    walk.load()
    assert names(walk) == {"CO-1": LONG, "CO-2": "<b>Kai</b> & Söhne", "CO-3": "Mole KG", "CO-4": "DOCK KG."}
    assert addresses(walk) == {
        "CO-1": "Germany",
        "CO-2": "1 Pier, Bremen, Germany",
        "CO-3": "2 Mole, Bremen, Germany",
        "CO-4": "Postfach 9, Bremen, Germany",
    }
    assert {loss.subject: loss.count for loss in losses.known_losses(Project.objects.get()) if "quickbooks" in loss.subject} == {
        "quickbooks=address": 1,
        "quickbooks=name": 2,
    }
    kai = walk.live("organization")["organization:CO-2"]
    assert walk.custom(kai, "QB List ID", "organization") == "8000-2"
    assert walk.do("verify", "move", "--role", "staging")["state"] == "finished"


def test_where_nothing_is_known_of_transactions_people_say_by_kind_and_by_record(walk: Later) -> None:
    without_transactions(walk)
    assert walk.do("status", "move")["open"]["quickbooks"] == 3  # a name, two addresses
    assert "quickbooks" not in walk.do("decide", "move", "--accept-suggestions")["answered"]
    assert walk.do("decide", "move", "--quickbooks", "name=crm,address=suggested")["answered"]["quickbooks"] == 5
    walk.to_prepared()
    walk.load()
    assert names(walk) == {"CO-1": LONG, "CO-2": "Kai Ltd", "CO-3": "Mole KG", "CO-4": "Dock KG"}
    assert {key: addresses(walk)[key] for key in ("CO-3", "CO-4")} == {
        "CO-3": "2 Mole, Bremen, Germany",
        "CO-4": "Postfach 9, Bremen, Germany",
    }


def test_answers_survive_a_new_export_and_are_taken_back_by_a_correction(walk: Later) -> None:
    without_transactions(walk)
    walk.do("decide", "move", "--quickbooks", "address=quickbooks")
    walk.to_prepared()
    walk.load()
    assert addresses(walk)["CO-3"] == "Postfach 7, Bremen, Germany"
    walk.change("companies.csv", lambda lines: list(reversed(lines)))
    answer = walk.again()
    assert [phase["updated"] for phase in answer["phases"] if phase["object"] == "organization"] == [0]
    mole = QuickBooksDifference.objects.get(source_key="CO-3", field="address")
    assert (mole.take, mole.changed) == ("quickbooks", False)

    decision = mole.project.decisions.get(kind="quickbooks", source_key="address:CO-3")
    walk.do("undo", "move", "--role", "staging", "--decision", str(decision.pk))
    assert (addresses(walk)["CO-3"], addresses(walk)["CO-4"]) == ("2 Mole, Bremen, Germany", "Postfach 9, Bremen, Germany")
    mole.refresh_from_db()
    assert (mole.take, mole.state) == ("", "open")


def test_the_rule_of_a_project_is_a_setting(walk: Later) -> None:
    walk.do("settings", "move", "--set", "quickbooks_name=crm", "--set", "quickbooks_address=quickbooks")
    walk.to_prepared()
    walk.load()
    assert names(walk)["CO-2"] == "Kai Ltd"
    assert addresses(walk)["CO-3"] == "Postfach 7, Bremen, Germany"
