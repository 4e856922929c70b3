"""A load of some records only: they bring what they hang on, the others wait for a later run, and the counts add up."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Project, RecordLink
from migrations_app.services import choosing, decisions
from tests.journeys.walking import ADMIN, Walk

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = "Company ID,Company Name\n" + "".join(f"{n},Company {n}\n" for n in range(1, 7))
CONTACTS = "Contact ID,First Name,Last Name,Email,Company ID\n" + "".join(f"P-{n},Ann,No{n},a{n}@c{n}.example,{n}\n" for n in range(1, 7))
DEALS = "Opportunity ID,Title,Company ID,Primary Contact ID,Amount,Currency\n" + "".join(
    f"{n},Deal {n},{n},P-{n},100,EUR\n" for n in range(4, 7)
)
ORPHAN = "9,Lost deal,,,100,EUR\n"


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path, request: Any) -> Walk:
    walk = Walk(sandbox_server, settings, monkeypatch)
    package = tmp_path / "package"
    package.mkdir()
    for name, text in (("companies", COMPANIES), ("contacts", CONTACTS), ("opportunities", DEALS + ORPHAN)):
        (package / f"{name}.csv").write_text(text)
    walk.to_decisions(package, tmp_path / "out")
    walk.account([], domain=request.node.name.replace("_", "-")[:60])
    walk.do("decide", "move", "--owners", f"fallback={ADMIN}")
    walk.do("prepare", "move", "--role", "staging")
    return walk


def load(walk: Walk, *words: str) -> dict[str, Any]:
    answer = walk.do("load", "move", "--role", "staging", *words)
    assert (answer["state"], answer["balanced"]) == ("finished", True)
    return answer


def there(state: str = "created") -> set[str]:
    return set(RecordLink.objects.filter(state=state).values_list("key", flat=True))


def test_listed_ids_bring_what_they_hang_on_and_nothing_else(walk: Walk) -> None:
    answer = load(walk, "--only-ids", "deals:5,P-2")
    assert there() == {"organization:5", "person:P-5", "deal:5", "organization:2", "person:P-2"}
    assert [phase["skipped"] for phase in answer["phases"]] == [{"not in this run": left} for left in (5, 4, 3)]


def test_the_rest_follows_in_a_later_run_and_nothing_is_made_twice(walk: Walk) -> None:
    load(walk, "--only-ids", "deals:5")
    answer = load(walk)
    assert [(phase["created"], phase["unchanged"], phase["skipped"]) for phase in answer["phases"]] == [(6, 1, {}), (5, 1, {}), (3, 1, {})]
    assert not there("skipped")


def test_a_limit_takes_the_next_ones_of_each_phase(walk: Walk) -> None:
    load(walk, "--limit", "2")
    first = {"organization:1", "organization:2", "person:P-1", "person:P-2", "deal:4", "deal:5"}
    assert there() == first | {"organization:4", "person:P-4", "organization:5", "person:P-5"}
    load(walk, "--limit", "1")
    assert there() - first >= {"organization:3", "person:P-3", "deal:6"}
    assert "deal:9" in there("skipped")


def test_answers_that_come_in_do_not_widen_the_run_but_bring_new_parents(walk: Walk) -> None:
    run = walk.do("load", "move", "--role", "staging", "--only-ids", "9", "--plan-only")["run"]
    assert there("planned") == {"deal:9", "placeholder:organization"}
    project = Project.objects.get(slug="move")
    parent = {"how": "parent", "parent": {"name": "Somewhere else"}}
    boss = walk.do("status", "move") and project.runs.get().started_by
    decisions.decide(project, kind="orphan", object="deals", answers={"9": parent}, user=boss)
    assert load(walk)["run"] == run
    assert {key.split(":")[0] for key in there()} == {"deal", "parent"}
    assert len(there()) == 2


def test_an_unfinished_run_of_other_records_is_not_taken_up(walk: Walk) -> None:
    run = walk.do("load", "move", "--role", "staging", "--limit", "1", "--plan-only")["run"]
    refused, status = walk.verb("load", "move", "--role", "staging", "--limit", "2")
    assert (status, "loads other records" in refused["error"]) == (1, True)
    assert load(walk, "--limit", "1")["run"] == run


def test_lists_of_ids_are_read_from_files_and_mistakes_are_named(walk: Walk, tmp_path: Path) -> None:
    project = Project.objects.get(slug="move")
    path = tmp_path / "ids.txt"
    path.write_text("\ufeffdeals:4\n\n P-1 \ndeals:4\n", encoding="utf-8")
    assert choosing.read_rows(project, str(path)) == {("deals", "4"), ("contacts", "P-1")}
    with pytest.raises(choosing.UnknownRows, match="Not in the export: P-77, deals:88"):
        choosing.read_rows(project, "P-77,deals:88,P-1")
    with pytest.raises(choosing.UnknownRows, match="companies:4 or deals:4"):
        choosing.read_rows(project, "4")
    with pytest.raises(choosing.UnknownRows, match="empty"):
        choosing.read_rows(project, " , ")
