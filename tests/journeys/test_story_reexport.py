"""Stories 1 and 2: a later export keeps the answers that were given, and one corrected file leaves all others alone."""

from pathlib import Path
from typing import Any

import pytest

from reconciliation.models import OrphanedDeal
from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

ANSWERED, FIXED, NEW, OTHER = 212, 4, 9, 3
HEADS = ("Opportunity ID", "Opportunity Name", "Company ID", "Contact ID", "Value", "Currency", "Status")


def orphan(number: int) -> list[str]:
    return [f"OP-{number}", f"Deal {number}", "", "", "10", "EUR", "Open"]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    """212 deals without a company, all answered one way or another."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = walk.package(tmp_path / "package")
    write(walk.folder / "opportunities.csv", HEADS, [orphan(number) for number in range(1, ANSWERED + 1)])
    walk.to_decisions(walk.folder, tmp_path / "audit")
    assert walk.do("decide", "move", "--orphans", "placeholder")["answered"]["orphans"] == ANSWERED
    return walk


def later(walk: Later) -> dict[str, Any]:
    """Export B: four are fixed, three say another thing about their company, nine are new; the rows stand in another order."""

    def edit(lines: list[list[str]]) -> list[list[str]]:
        fixed = [[*line[:2], "CO-1", *line[3:]] for line in lines[:FIXED]]
        other = [[*line[:2], "Nobody Ltd", *line[3:]] for line in lines[FIXED : FIXED + OTHER]]
        new = [orphan(number) for number in range(ANSWERED + 1, ANSWERED + NEW + 1)]
        return [*reversed(lines[FIXED + OTHER :]), *new, *other, *fixed]

    walk.change("opportunities.csv", edit)
    return walk.do("intake", "move", str(walk.folder))["effect"]


def test_the_intake_says_what_becomes_of_rows_and_answers(walk: Later) -> None:
    effect = later(walk)
    assert effect["answers"]["orphans"] == {"kept": ANSWERED - FIXED - OTHER, "changed": OTHER, "fixed": FIXED, "new": NEW}
    assert effect["rows"]["deals"] == {
        "new": NEW,
        "changed": FIXED + OTHER,
        "unchanged": ANSWERED - FIXED - OTHER,
        "vanished": 0,
        "records": 0,
    }
    assert effect["rows"]["companies"]["unchanged"] == 3


def test_a_delta_is_held_against_what_is_in_force(walk: Later, tmp_path: Path) -> None:
    rows = [[*orphan(1)[:1], "Other name", *orphan(1)[2:]], orphan(2), orphan(999)]
    for count, name in ((2, "first"), (3, "second")):
        write(tmp_path / name / "opportunities.csv", HEADS, rows[:count])
        told = walk.do("intake", "move", str(tmp_path / name), "--kind", "delta")["effect"]["rows"]["deals"]
        assert (told["new"], told["changed"], told["vanished"]) == (count - 2, 1 if name == "first" else 0, 0)


def test_answers_stand_nobody_is_asked_twice_and_what_is_fixed_is_closed(walk: Later) -> None:
    later(walk)
    assert walk.do("audit", "move")["open"]["orphans"] == NEW
    here = OrphanedDeal.objects.filter(present=True)
    assert here.filter(state="answered").count() == ANSWERED - FIXED
    assert here.filter(state="answered", changed=True).count() == OTHER
    assert OrphanedDeal.objects.filter(present=False, state="answered").count() == FIXED


def test_one_corrected_file_leaves_all_other_objects_alone(walk: Later) -> None:
    walk.account([])
    walk.to_prepared()
    walk.load()
    walk.cell("contacts.csv", "CT-1", 1, "Anna")
    effect = walk.do("intake", "move", str(walk.folder / "contacts.csv"))["effect"]
    assert effect["rows"] == {"contacts": {"new": 0, "changed": 1, "unchanged": 3, "vanished": 0, "records": 1}}
    assert effect["answers"]["orphans"] == {"kept": ANSWERED, "changed": 0, "fixed": 0, "new": 0}
    answer = walk.loaded()
    assert (made(answer), counts(answer, "vanished")) == ({"person": (0, 1)}, {})
    assert walk.live("person")["person:CT-1"]["name"] == "Anna Archer"
