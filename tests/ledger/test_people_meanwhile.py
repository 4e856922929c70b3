"""People delete, merge and edit records in Pipedrive while a load runs, and afterwards: all of it is accounted for, none is ours."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import Difference, Run
from migrations_app.services import connecting, verifying
from tests.ledger.ground import DOMAIN, Ground
from tests.ledger.hanging_ground import Hanging


@pytest.fixture
def hanging(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Any, tmp_path: Path) -> Hanging:
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export")


def loaded(bare: Ground) -> Run:
    run = bare.stage(deals=("One", "Two")).connect().load()
    assert run.state == "finished"
    bare.control.set_clock(5)
    return run


def merge(ground: Ground, entity: str, loser: Any, winner: Any) -> None:
    ground.control.act(DOMAIN, "PUT", f"/api/v1/{entity}/{loser}/merge", {"merge_with_id": winner})


def verified(ground: Ground, run: Run) -> bool:
    return verifying.verify_run(run, connecting.client_for(run.account), user=ground.user)


def found(run: Run) -> set[tuple[str, str, str]]:
    """(kind, key, field) of every difference of the run."""
    return set(Difference.objects.filter(phase__run=run).values_list("kind", "link__key", "field"))


def test_a_record_merged_into_one_of_the_customers_own_is_gone_and_its_heir_is_no_stray(bare: Ground) -> None:
    run = loaded(bare)
    own = bare.by_hand("POST", "organizations", {"name": "Theirs"})
    merge(bare, "organizations", bare.live()["organization:CO-2"]["id"], own["id"])
    assert not verified(bare, run), "a record of ours is missing"
    assert found(run) == {("gone", "organization:CO-2", "")}
    report = run.phases.get(entity="organization").report
    assert (report["gone"], report["strays"], report["differences"]) == (1, 0, 0)


def test_what_hung_on_a_merged_record_was_moved_by_people(bare: Ground) -> None:
    run = loaded(bare)
    live = bare.live()
    merge(bare, "organizations", live["organization:CO-1"]["id"], live["organization:CO-3"]["id"])
    verified(bare, run)
    moved = {("edited", "deal:OP-1", "org_id"), ("edited", "deal:OP-2", "org_id")}
    assert {each for each in found(run) if each[0] != "edited" or each in moved} == {("gone", "organization:CO-1", "")} | moved
    assert run.phases.get(entity="deal").report["differences"] == 0
    assert bare.load().state == "finished"


def test_activities_and_notes_of_a_person_whom_people_merge_while_the_load_runs_keep_no_phase_open(hanging: Hanging) -> None:
    contacts = [("CT-1", "Ann", "Archer", "CO-1"), ("CT-2", "Bob", "Bee", "CO-1")]
    ground = hanging.stage_all(contacts=contacts).connect()
    ground.plan()  # which reads the lists
    ground.control.faults({"kind": "503", "methods": ["GET"], "paths": "/activities$"})
    assert ground.load(patience=0).state == "paused"
    ground.control.faults()
    persons = ground.live("person")
    merge(ground, "persons", persons["person:CT-1"]["id"], persons["person:CT-2"]["id"])
    run = ground.load()
    told = {("edited", "activity:AC-1", "participants"), ("edited", "activity:AC-2", "participants")}
    assert (run.state, {each for each in found(run) if each[1].startswith("activity")}) == ("finished", told)
    assert not Difference.objects.filter(ours=True).exists()


def test_a_twin_with_our_source_id_stays_a_stray(bare: Ground) -> None:
    run = loaded(bare)
    code = bare.source_id_code()
    bare.by_hand("POST", "organizations", {"name": "Twin", "custom_fields": {code: "results-move-organization:CO-2"}})
    assert not verified(bare, run)
    assert run.phases.get(entity="organization").report["strays"] == 1


def test_a_second_verification_shows_what_people_changed_since(bare: Ground) -> None:
    run = loaded(bare)
    first = run.phases.get(entity="deal").report
    assert verified(bare, run)
    assert found(run) == set()
    deals = bare.live("deal")
    bare.control.set_clock(3 * 24 * 3600)
    bare.by_hand("PATCH", f"deals/{deals['deal:OP-1']['id']}", {"title": "By hand", "value": 7})
    bare.by_hand("DELETE", f"deals/{deals['deal:OP-2']['id']}")
    assert not verified(bare, run)
    assert found(run) == {("edited", "deal:OP-1", "title"), ("edited", "deal:OP-1", "value"), ("gone", "deal:OP-2", "")}
    changed = Difference.objects.get(field="title")
    assert (changed.sent, changed.live, changed.ours) == ("One", "By hand", False)
    again = run.phases.get(entity="deal").report
    assert [{code: float(total) for code, total in each["totals"].items()} for each in (first, again)] == [{"EUR": 201}, {"EUR": 7}]
    assert (first["digest"] != again["digest"], again["edited"], again["gone"]) == (True, 2, 1)


def test_an_interrupted_load_does_not_verify_as_sound(bare: Ground) -> None:
    ground = bare.stage(deals=("One",)).connect()
    run = ground.plan()
    assert not verified(ground, run), "nothing of it was sent yet"
    ground.let_go(run)
    run = ground.load_on(run)
    assert verified(ground, run)
