"""Organizations above others: planned from parents and branches, made once, read back, taken away again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from migrations_app.models import Difference, Project, RecordLink, Run
from migrations_app.services import relating
from migrations_app.services.evidence import ClusterFacts, ClusterMember
from reconciliation.models import DuplicateCluster
from reconciliation.services import duplicates
from tests.ledger.delta_ground import Later
from tests.ledger.existing_ground import Settled
from tests.ledger.ground import write

pytestmark = pytest.mark.django_db(transaction=True)
HEADS = ("Company ID", "Company Name", "Parent Company", "QB Customer Name")
ROWS = (
    ("CO-1", "Harbour Group", "", "Harbour Group"),
    ("CO-2", "Harbour North", "CO-1", ""),
    ("CO-3", "Harbour <b>South</b>", "Harbour Group", ""),
    ("CO-4", "Dock", "", "Harbour Group:Dock"),
    ("CO-5", "Pier", "", "Harbour Group:Dock:Pier"),
    ("CO-6", "Lone", "Nobody we know", "Lone"),
    ("CO-7", "Narcissus", "CO-7", ""),
)
PAIRS = {("CO-1", "CO-2"), ("CO-1", "CO-3"), ("CO-1", "CO-4"), ("CO-4", "CO-5")}


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Later:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Later(sandbox, settings, monkeypatch)
    move.folder = tmp_path / "package"
    write(move.folder / "companies.csv", HEADS, ROWS)
    move.to_decisions(move.folder, tmp_path / "audit")
    move.account([])
    move.to_prepared()
    return move


def related(move: Later) -> list[tuple[str, str]]:
    ids = {int(link.pipedrive_id): link.source_id for link in RecordLink.objects.filter(entity="organization").exclude(pipedrive_id="")}
    found = [each for each in move.control.records("target", "relationship") if not each.get("is_deleted")]
    assert {each["type"] for each in found} <= {"parent"}
    return sorted((ids[each["rel_owner_org_id"]], ids[each["rel_linked_org_id"]]) for each in found)


def phase(answer: Mapping[str, Any]) -> dict[str, Any]:
    return next(dict(each) for each in answer["phases"] if each["object"] == "organization_relationship")


def test_parents_and_branches_arrive_once_and_go_again(move: Later) -> None:
    answer = move.loaded()
    assert related(move) == sorted(PAIRS)
    told = phase(answer)
    assert (told["created"], told["verified"], told["differences"], answer["balanced"]) == (4, 4, 0, True)
    again = move.again()
    assert (phase(again)["created"], phase(again)["unchanged"], len(related(move))) == (0, 4, 4)
    move.do("verify", "move", "--role", "staging")
    move.undo(answer["run"])
    assert move.control.records("target", "relationship") == [] or related(move) == []
    assert not move.live("organization")


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "500"])
def test_a_lost_answer_makes_none_twice(move: Later, fault: str) -> None:
    move.control.next_fault(fault, paths="organizationRelationships$")
    answer = move.loaded("--patience", "180")
    assert (answer["state"], related(move)) == ("finished", sorted(PAIRS))


def test_a_relationship_that_people_removed_is_told_and_not_made_again(move: Later) -> None:
    move.loaded()
    link = RecordLink.objects.get(key="organization_relationship:CO-1>CO-2")
    move.by_hand("DELETE", f"v1/organizationRelationships/{link.pipedrive_id}")
    _, status = move.verb("verify", "move", "--role", "staging")
    assert status == 1
    move.again()
    assert len(related(move)) == 3


def test_organizations_that_people_merge_take_their_relationships_along_and_that_is_told_as_their_doing(move: Later) -> None:
    move.loaded()
    owner, linked, into = (int(move.id_of(f"organization:{key}")) for key in ("CO-1", "CO-5", "CO-6"))
    for id in (owner, linked):
        move.control.act("target", "PUT", f"/api/v1/organizations/{id}/merge", {"merge_with_id": into})
    again = move.loaded()
    assert (again["state"], phase(again)["created"], len(related(move))) == ("finished", 0, 4)
    found = Difference.objects.filter(phase__run=again["run"], phase__entity="organization_relationship")
    theirs = {("CO-1>CO-2", "rel_owner_org_id"), ("CO-1>CO-3", "rel_owner_org_id"), ("CO-1>CO-4", "rel_owner_org_id")}
    told = {(key.split(":")[1], field, kind, ours) for key, field, kind, ours in found.values_list("link__key", "field", "kind", "ours")}
    assert told == {(*each, "edited", False) for each in (*theirs, ("CO-4>CO-5", "rel_linked_org_id"))}


def test_duplicates_that_are_kept_apart_can_be_branches(move: Later) -> None:
    project, boss = Project.objects.get(), User.objects.get(username="boss")
    members = (ClusterMember("CO-6", "Lone", ""), ClusterMember("CO-7", "Narcissus", ""))
    duplicates.refresh(project, [ClusterFacts("companies", "CO-6", "doubtful", "same host", members)])
    move.do("decide", "move", "--duplicates", "branches")
    move.loaded()
    assert related(move) == sorted({*PAIRS, ("CO-6", "CO-7")})
    duplicates.take_back(project, list(DuplicateCluster.objects.all()), user=boss)
    assert not DuplicateCluster.objects.get().answer


def test_a_project_may_do_without(move: Later) -> None:
    move.do("settings", "move", "--set", "relationships=no")
    move.loaded()
    assert related(move) == []
    assert move.custom(move.live("organization")["organization:CO-2"], "Parent company", "organization") == "CO-1"


def test_a_test_run_its_review_and_all_papers_know_of_them(move: Later, client: Client, tmp_path: Path) -> None:
    run = move.loaded("--test-run", "5")
    client.force_login(User.objects.get(username="boss"))
    project = Project.objects.get()
    assert client.get(reverse("admin:crossdock_review", args=[project.pk, run["run"]])).status_code == 200
    assert "rganization relationships" in client.get(reverse("admin:crossdock_project", args=[project.pk])).content.decode()
    move.sign(run)
    move.loaded()
    assert related(move) == sorted(PAIRS)
    move.do("report", "move", "--out", str(tmp_path / "out"), "--papers", "--format", "html", "--files")
    assert (tmp_path / "out" / "left_out_files.zip").is_file()


@pytest.fixture
def settled(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Settled:
    """Three companies live in the account already; people made the first one the parent of the second there."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    move = Settled(sandbox, settings, monkeypatch)
    move.folder = tmp_path / "package"
    rows = [(f"CO-{n}", f"Harbour {n}", f"harbour{n}.example", "" if n == 1 else "CO-1") for n in range(1, 5)]
    write(move.folder / "companies.csv", ("Company ID", "Company Name", "Website", "Parent Company"), rows)
    move.to_decisions(move.folder, tmp_path / "audit")
    move.account([])
    move.ids = [move.lives("organization", name=f"Harbour {n}", website=f"harbour{n}.example") for n in (1, 2, 3)]
    join(move, 0, 1)
    join(move, 2, 0)  # the other way round is another relationship
    move.to_prepared()
    return move


def join(move: Settled, parent: int, child: int) -> None:
    body = {"type": "parent", "rel_owner_org_id": move.ids[parent], "rel_linked_org_id": move.ids[child]}
    move.control.act("target", "POST", "/api/v1/organizationRelationships", body)


def test_a_relationship_that_people_made_is_linked_and_survives_the_rollback(settled: Settled) -> None:
    answer = settled.loaded()
    told = phase(answer)
    assert (told["matched"], told["created"], told["differences"], answer["balanced"]) == (1, 2, 0, True)
    assert settled.number_of("relationship") == 4
    assert phase(settled.again())["created"] == 0
    settled.undo(answer["run"])
    assert settled.number_of("relationship") == 2


def test_only_owners_that_were_there_before_are_looked_at_and_the_forecast_counts_it(settled: Settled) -> None:
    settled.do("load", "move", "--role", "staging", "--plan-only")
    assert relating.reading(Run.objects.get(), "organization_relationship") == 20


def test_where_nobody_lived_before_no_list_is_read_for_it(move: Later) -> None:
    move.do("load", "move", "--role", "staging", "--plan-only")
    assert relating.reading(Run.objects.get(), "organization_relationship") == 0
