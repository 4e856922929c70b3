"""Stories 1 and 2: a later export keeps the answers that were given, and one corrected file leaves all others alone."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Decision, Project, Question
from migrations_app.services import rows
from migrations_app.services.decisions import answer_question
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
    settings.LEDGER_TIME_SCALE = 0.02
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
        "twice": 0,
    }
    assert effect["rows"]["companies"]["unchanged"] == 3


def test_a_delta_is_held_against_what_is_in_force(walk: Later, tmp_path: Path) -> None:
    lines = [[*orphan(1)[:1], "Other name", *orphan(1)[2:]], orphan(2), orphan(999)]
    for count, name in ((2, "first"), (3, "second")):
        write(tmp_path / name / "opportunities.csv", HEADS, lines[:count])
        told = walk.do("intake", "move", str(tmp_path / name), "--kind", "delta")["effect"]["rows"]["deals"]
        assert (told["new"], told["changed"], told["vanished"]) == (count - 2, 1 if name == "first" else 0, 0)


def test_answers_stand_nobody_is_asked_twice_and_what_is_fixed_is_closed(walk: Later) -> None:
    later(walk)
    assert walk.do("audit", "move")["open"]["orphans"] == NEW
    here = OrphanedDeal.objects.filter(present=True)
    assert here.filter(state="answered").count() == ANSWERED - FIXED
    assert here.filter(state="answered", changed=True).count() == OTHER
    assert OrphanedDeal.objects.filter(present=False, state="answered").count() == FIXED
    assert walk.do("decide", "move", "--orphans", "placeholder")["answered"]["orphans"] == NEW
    answered = Decision.objects.filter(kind="orphan").values_list("source_key", flat=True)
    assert (len(answered), len(set(answered))) == (ANSWERED + NEW, ANSWERED + NEW)


def test_one_corrected_file_leaves_all_other_objects_alone(walk: Later) -> None:
    walk.account([])
    walk.to_prepared()
    walk.load()
    walk.cell("contacts.csv", "CT-1", 1, "Anna")
    effect = walk.do("intake", "move", str(walk.folder / "contacts.csv"))["effect"]
    assert effect["rows"] == {"contacts": {"new": 0, "changed": 1, "unchanged": 3, "vanished": 0, "records": 1, "twice": 0}}
    assert effect["answers"]["orphans"] == {"kept": ANSWERED, "changed": 0, "fixed": 0, "new": 0}
    answer = walk.loaded()
    assert (made(answer), counts(answer, "vanished")) == ({"person": (0, 1)}, {})
    assert walk.live("person")["person:CT-1"]["name"] == "Anna Archer"


def waiting(walk: Later) -> tuple[int, int]:
    found = walk.do("audit", "move")["open"]
    return found["orphans"], found["questions"]


def test_an_added_file_leaves_what_is_there_and_asks_about_ids_that_are_there_already(walk: Later, tmp_path: Path) -> None:
    more = [[*orphan(1)[:1], "Other name", *orphan(1)[2:]], orphan(2), orphan(999)]
    write(tmp_path / "more" / "opportunities.csv", HEADS, more)
    told = walk.do("intake", "move", str(tmp_path / "more"), "--hold")
    assert told["held"] is True
    assert told["as"]["full"]["rows"]["deals"]["vanished"] == ANSWERED - 2
    assert told["as"]["delta"]["rows"]["deals"] == {
        "new": 1,
        "changed": 1,
        "unchanged": ANSWERED - 1,
        "vanished": 0,
        "records": 0,
        "twice": 0,
    }
    added = {"new": 1, "changed": 0, "unchanged": ANSWERED, "vanished": 0, "records": 0, "twice": 1}
    assert told["as"]["add"]["rows"]["deals"] == added
    assert told["as"]["add"]["answers"]["orphans"] == {"kept": ANSWERED, "changed": 0, "fixed": 0, "new": 1}
    assert told["as"]["add"]["answers"]["questions"]["new"] == 1
    assert waiting(walk) == (0, 0)

    walk.do("put-in-force", "move", "--upload", str(told["upload"]), "--kind", "add")
    assert waiting(walk) == (1, 1)
    again = walk.do("intake", "move", str(tmp_path / "more"), "--kind", "add")
    assert (again["repeated"], waiting(walk)) == (True, (1, 1))


def test_without_ids_a_person_who_is_added_takes_nobodys_place(walk: Later, tmp_path: Path) -> None:
    heads = ("First Name", "Last Name", "Email")
    write(tmp_path / "first" / "contacts.csv", heads, [["Ann", "Archer", "ann@one.example"], ["Bo", "Bell", "bo@one.example"]])
    walk.do("intake", "move", str(tmp_path / "first"))
    write(tmp_path / "more" / "contacts.csv", heads, [["Ann", "Archer", "ann@two.example"]])
    told = walk.do("intake", "move", str(tmp_path / "more"), "--hold")
    seen = {kind: told["as"][kind]["rows"]["contacts"] for kind in ("full", "add", "delta")}
    assert {kind: (each["new"], each["changed"], each["vanished"]) for kind, each in seen.items()} == {
        "full": (0, 1, 1),
        "add": (1, 0, 0),
        "delta": (0, 1, 0),
    }
    walk.do("put-in-force", "move", "--upload", str(told["upload"]), "--kind", "add")
    [tables] = [tables for object, tables in rows.tables_in_force(Project.objects.get(slug="move")).items() if object == "contacts"]
    assert rows.in_force(tables).values("key").distinct().count() == 3


def test_an_answer_to_a_question_stays_with_the_row_in_whatever_order_it_comes(walk: Later) -> None:
    again = [*orphan(1)[:1], "Another deal", *orphan(1)[2:]]
    walk.change("opportunities.csv", lambda lines: [*lines, again])
    walk.do("intake", "move", str(walk.folder))
    walk.do("audit", "move")
    question = Question.objects.get(kind="duplicate_id_conflict")
    chosen = next(each["value"] for each in question.choices if str(ANSWERED + 2) in each["label"])
    answer_question(question, chosen, user=User.objects.get(username=walk.user))
    walk.change("opportunities.csv", lambda lines: list(reversed(lines)))
    effect = walk.do("intake", "move", str(walk.folder))["effect"]["answers"]
    assert effect["questions"] == {"kept": 1, "changed": 0, "fixed": 0, "new": 0}
    assert walk.do("audit", "move")["open"]["questions"] == 0
    assert Question.objects.get(kind="duplicate_id_conflict").answer == chosen

    walk.change("opportunities.csv", lambda lines: [line for line in lines if line != again])
    assert walk.do("intake", "move", str(walk.folder))["effect"]["answers"]["questions"]["fixed"] == 1
