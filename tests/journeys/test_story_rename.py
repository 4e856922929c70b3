"""Story 3: no ids and no company file; one company's spelling is corrected: one update, none made."""

from pathlib import Path
from typing import Any

import pytest

from tests.ledger.delta_ground import Later, counts, made
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("First Name", "Last Name", "Email", "Company", "Owner")
PEOPLE = [
    ["Ann", "Archer", "ann@reef.example", "Reef & Sons", ""],
    ["Bob", "Baker", "bob@reef.example", "Reef & Sons", ""],
    ["Cid", "Cook", "cid@pier.example", "Pier Co", ""],
    ["Dee", "Day", "dee@reef.example", "Reef & Sons", ""],
    ["Eve", "Ember", "", "Pier Co", ""],
]


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE = 0.02
    walk = Later(sandbox, settings, monkeypatch)
    walk.folder = tmp_path / "package"
    write(walk.folder / "contacts.csv", HEADS, PEOPLE)
    walk.to_decisions(walk.folder, tmp_path / "audit")
    walk.account([])
    walk.to_prepared()
    walk.load()
    return walk


def names(walk: Later) -> dict[str, list[str]]:
    """{organization: first names of its people} as they stand in the account."""
    people = list(walk.live("person").values())
    return {
        org["name"]: sorted(each["name"].split()[0] for each in people if each["org_id"] == org["id"])
        for org in walk.live("organization").values()
    }


def spell(walk: Later, wrong: str, right: str, *only: str) -> None:
    walk.change(
        "contacts.csv",
        lambda lines: [[*line[:3], right if line[3] == wrong and (not only or line[0] in only) else line[3], *line[4:]] for line in lines],
    )


def test_a_corrected_spelling_renames_the_organization(walk: Later) -> None:
    spell(walk, "Reef & Sons", "Reef and Sons Ltd")
    answer = walk.again()
    assert (made(answer), walk.sent("PATCH")) == ({"organization": (0, 1)}, 1)
    assert names(walk) == {"Reef and Sons Ltd": ["Ann", "Bob", "Dee"], "Pier Co": ["Cid", "Eve"]}
    assert counts(answer, "vanished", "unchanged") == {"organization": (0, 1), "person": (0, 5)}


def test_the_order_of_the_rows_renames_nobody(walk: Later) -> None:
    walk.change("contacts.csv", lambda lines: list(reversed(lines)))
    assert (made(walk.again()), walk.sent("PATCH")) == ({}, 0)


def test_a_rename_and_another_order_at_once(walk: Later) -> None:
    walk.change("contacts.csv", lambda lines: list(reversed(lines)))
    spell(walk, "Reef & Sons", "Reef and Sons Ltd")
    assert made(walk.again()) == {"organization": (0, 1)}


def test_one_member_that_moves_takes_a_new_organization_and_leaves_the_old_one(walk: Later) -> None:
    spell(walk, "Reef & Sons", "Newcomer", "Ann")
    assert made(walk.again()) == {"organization": (1, 0), "person": (0, 1)}
    assert names(walk) == {"Reef & Sons": ["Bob", "Dee"], "Newcomer": ["Ann"], "Pier Co": ["Cid", "Eve"]}


def test_a_merger_into_a_company_that_is_there_renames_nobody(walk: Later) -> None:
    spell(walk, "Pier Co", "Reef & Sons")
    assert made(walk.again()) == {"person": (0, 2)}
    assert names(walk) == {"Reef & Sons": ["Ann", "Bob", "Cid", "Dee", "Eve"], "Pier Co": []}


def test_people_of_one_name_keep_their_records_in_any_order(walk: Later) -> None:
    twins = [["Max", "Moor", "", "Pier Co", owner] for owner in ("first", "second")]
    walk.change("contacts.csv", lambda lines: [*lines, *twins])
    assert made(walk.again()) == {"person": (2, 0)}
    walk.change("contacts.csv", lambda lines: list(reversed(lines)))
    assert made(walk.again()) == {}
