"""Records without fields of their own are known again: by a reference, or by what they say and hang on (LEDGER.md 1, 4)."""

from pathlib import Path
from typing import Any

import pytest

from migrations_app.models import RecordLink
from migrations_app.services import clock, connecting, retrying
from tests.ledger.ground import Clock
from tests.ledger.hanging_ground import EVERYTHING, FILES, PATHS, ROWS, Hanging

LOST = ("product", "deal_product", "activity", "note", "file")
ARRIVED = {"created", "skipped"}  # one file is not in the package
BULK = "POST v2 /deals/{id}/products/bulk"


@pytest.fixture
def ground(transactional_db: None, sandbox: Any, settings: Any, ledger_clock: Clock, tmp_path: Path) -> Hanging:
    return Hanging(sandbox, settings, ledger_clock, tmp_path / "export")


def test_everything_arrives_once_under_its_parents(ground: Hanging) -> None:
    ground.stage_all().connect()
    run = ground.load()
    assert (run.state, run.reason, ground.counts(), ground.all_states()) == ("finished", "", EVERYTHING, ARRIVED)
    ids = {link.key: int(link.pipedrive_id) for link in RecordLink.objects.filter(state="created")}
    call = ground.by_reference("activity")["activity:AC-1"]
    assert (call["deal_id"], call["org_id"], call["person_id"]) == (ids["deal:OP-1"], ids["organization:CO-1"], ids["person:CT-1"])
    assert ground.control.records("harbour", "invitation") == []
    notes = ground.by_reference("note")
    assert (notes["note:NO-1"]["person_id"], notes["note:NO-2"]["deal_id"]) == (ids["person:CT-1"], ids["deal:OP-1"])
    line = ground.by_reference("deal_product")["deal_product:LI-8"]
    assert RecordLink.objects.get(key="file:AT-3").reason == "missing_file"
    assert (line["deal_id"], line["product_id"], line["quantity"], line["discount"]) == (ids["deal:OP-2"], ids["product:PR-2"], 2, 10)


def test_files_arrive_byte_for_byte_under_the_name_that_people_know(ground: Hanging) -> None:
    ground.stage_all().connect()
    ground.load()
    client = connecting.client_for(ground.account)
    files = {each["name"]: client.content(each["id"]) for each in ground.standing("file")}
    names = ("Plan of the pier (Ref AT-1).txt", "photo (Ref AT-2).bin")
    assert files == dict(zip(names, FILES.values(), strict=True))
    activity = int(RecordLink.objects.get(key="activity:AC-1").pipedrive_id)
    assert [each["activity_id"] for each in ground.standing("file") if each["name"] == names[1]] == [activity]


def test_lines_of_one_deal_go_together_from_six_on(ground: Hanging) -> None:
    ground.stage_all().connect()
    ground.load()
    assert (ground.sent(BULK.replace("{", r"\{").replace("}", r"\}")), ground.sent(r"POST v2 /deals/\{id\}/products")) == (1, 1)
    deal = next(each for each in ground.standing("deal") if each["title"] == "Pier")
    assert deal["value"] == 10.5 * sum(range(1, 8))


@pytest.mark.parametrize(
    ("entity", "kind", "references"),
    [
        *((entity, "drop_after", references) for entity in LOST for references in (True, False)),
        ("deal_product", "truncate", True),
        ("deal_product", "drop_before", False),
        ("note", "drop_before", True),
    ],
)
def test_a_lost_answer_makes_each_record_once(ground: Hanging, entity: str, kind: str, references: bool) -> None:
    ground.stage_all()
    if not references:
        ground.without_references()
    ground.connect()
    ground.control.next_fault(kind, paths=PATHS[entity])
    run = ground.load()
    assert (run.state, run.reason, ground.counts(), ground.all_states()) == ("finished", "", EVERYTHING, ARRIVED)
    assert len(set(RecordLink.objects.filter(entity=entity, state="created").values_list("pipedrive_id", flat=True))) == EVERYTHING[entity]


@pytest.mark.parametrize("entity", LOST)
def test_a_lost_answer_is_found_whatever_the_servers_clock_says(ground: Hanging, entity: str) -> None:
    ground.stage_all().connect()
    ground.control.set_clock(-3600)
    ground.control.next_fault("drop_after", paths=PATHS[entity])
    run = ground.load()
    assert (run.state, run.reason, ground.counts()) == ("finished", "", EVERYTHING)


@pytest.mark.parametrize("entity", ["deal_product", "note"])
def test_a_worker_that_dies_after_sending_leaves_nothing_lost_and_nothing_doubled(ground: Hanging, entity: str) -> None:
    ground.stage_all().connect()
    run = ground.plan()
    ground.die_sending(*ground.until(run, entity))
    assert ground.states(entity) == {"sending": EVERYTHING[entity]}
    run = ground.load()
    assert (run.state, ground.counts(), ground.all_states()) == ("finished", EVERYTHING, ARRIVED)


def test_lines_that_pipedrive_refuses_together_are_looked_for_and_go_singly(ground: Hanging) -> None:
    lines = [(f"LI-{n}", "OP-1", "PR-2" if n == 3 else "PR-1", str(n), "10", "") for n in range(1, 8)]
    ground.stage_all(line_items=lines).connect()
    run = ground.plan()
    worker, _ = ground.until(run, "deal_product")
    worker.close()
    ground.by_hand("PATCH", f"products/{RecordLink.objects.get(key='product:PR-2').pipedrive_id}", {"is_linkable": False})
    ground.clock.sleep(clock.lease() + 0.1)
    run = ground.load()
    assert (run.state, ground.states("deal_product")) == ("finished", {"created": 6, "refused": 1})
    assert RecordLink.objects.get(key="deal_product:LI-3").state == "refused"
    assert len(ground.by_reference("deal_product")) == 6


@pytest.mark.parametrize("lost", [False, True])
def test_notes_that_say_the_same_arrive_as_often_as_they_stand_in_the_export(ground: Hanging, lost: bool) -> None:
    same = [(f"NO-{n}", "Left a message", "Contact", "CT-1", "2023-08-04 09:46:00") for n in range(1, 4)]
    ground.stage_all(notes=same).without_references().connect()
    if lost:
        ground.control.next_fault("drop_after", paths=PATHS["note"])
    run = ground.load()
    assert (run.state, len(ground.standing("note")), ground.states("note")) == ("finished", 3, {"created": 3})
    assert len(set(RecordLink.objects.filter(entity="note").values_list("pipedrive_id", flat=True))) == 3
    assert {note["content"] for note in ground.standing("note")} == {"Left a message"}


def test_what_people_wrote_before_is_never_taken_for_ours(ground: Hanging) -> None:
    ground.stage_all(notes=[("NO-1", "Left a message", "Company", "CO-1", "2023-08-04 09:46:00")]).without_references().connect()
    run = ground.plan()
    worker, _ = ground.until(run, "person")
    worker.close()
    ground.clock.sleep(clock.lease() + 0.1)
    org = int(RecordLink.objects.get(key="organization:CO-1").pipedrive_id)
    twin = {"content": "Left a message", "org_id": org, "add_time": "2023-08-04 08:46:00"}
    theirs = ground.control.act("harbour", "POST", "/api/v1/notes", twin)
    ground.control.next_fault("drop_before", paths=PATHS["note"])
    run = ground.load()
    link = RecordLink.objects.get(key="note:NO-1")
    assert (run.state, link.state, link.pipedrive_id != str(theirs["id"]), len(ground.standing("note"))) == ("finished", "created", True, 2)


def test_a_copy_that_carries_our_reference_keeps_the_phase_open(ground: Hanging) -> None:
    ground.stage_all().connect()
    ground.control.next_fault("drop_after", paths=PATHS["note"])
    ground.load(patience=0)
    made = next(iter(ground.by_reference("note").values()))
    told = {name: made[name] for name in ("content", "person_id", "deal_id") if made.get(name)}
    copy = ground.control.act("harbour", "POST", "/api/v1/notes", told)
    run = ground.load()
    assert (run.state, "1 records are in the account that no row stands for" in run.reason) == ("paused", True)
    ground.control.act("harbour", "DELETE", f"/api/v1/notes/{copy['id']}")
    assert ground.load().state == "finished"


def test_a_line_waits_for_no_deal_that_was_refused_and_follows_when_it_loads(ground: Hanging) -> None:
    rows = list(ROWS["opportunities"])
    ground.stage_all(opportunities=[(*rows[0][:5], "EUR", "Open"), rows[1]]).connect()
    ground.control.faults({"kind": "500", "methods": ["POST"], "paths": "v2/deals$", "times": 6})
    run = ground.load()
    refused = set(RecordLink.objects.filter(state="refused").values_list("key", flat=True))
    assert refused == {"deal:OP-1", "deal:OP-2"}, run.reason
    assert RecordLink.objects.get(key="deal_product:LI-8").reason == "parent not loaded"
    assert RecordLink.objects.get(key="note:NO-2").reason == "parent not loaded"
    assert RecordLink.objects.get(key="activity:AC-1").message == "link lost: its deal is not in Pipedrive"
    assert retrying.retry_refused(ground.account, user=ground.user)
    assert (ground.load().state, ground.counts()) == ("finished", EVERYTHING)
