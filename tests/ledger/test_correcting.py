"""Records in Pipedrive are brought to what the map and the answers say now: only what differs, and never over people's work."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Decision, Difference, FieldRule, LinkEvent, Project, RecordLink, Run, SchemaChange
from migrations_app.services import approving, proposing
from reconciliation.models import OrphanedDeal
from tests.ledger.rollback_ground import EVERYTHING, Move

pytestmark = pytest.mark.django_db(transaction=True)
CHANGE, READING = 5, 10  # tokens of one update, of one list page
AROUND = 20 + 2 * 10 + READING  # users and twice the fields are looked at, all records are read back
STAGES = 2 * 10  # stages and pipelines besides, for deals
LABEL = "Industry (from Results)"  # Pipedrive has an industry of its own


@pytest.fixture
def bare(sandbox: Any, settings: Any, monkeypatch: Any) -> Move:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    return Move(sandbox, settings, monkeypatch)


@pytest.fixture
def move(bare: Move, tmp_path: Path) -> Move:
    return bare.ready(tmp_path)


def new_map(column: str, **changes: Any) -> None:
    """A version of the map that treats one column otherwise, approved."""
    boss = User.objects.get(username="boss")
    draft = proposing.propose_map(Project.objects.get(), user=boss)
    approving.edit_rule(FieldRule.objects.get(mapping=draft, column=column), user=boss, **changes)
    approving.approve(draft.project, user=boss)


def correct(move: Move, *words: str, status: int = 0) -> dict[str, Any]:
    answer, ended = move.verb("correct", "move", "--role", "staging", *words)
    assert ended == status, answer
    return answer


def industries(move: Move) -> dict[str, Any]:
    return {key.split(":")[1]: move.custom(record, "Industry", "organization") for key, record in move.live("organization").items()}


def updated(answer: dict[str, Any]) -> dict[str, int]:
    return {phase["object"]: phase["updated"] for phase in answer["phases"]}


# --- a rule that changed ----------------------------------------------------------------------------------------------------


def test_a_rule_taken_out_clears_its_field_and_nothing_else(move: Move) -> None:
    move.load()
    before = move.live("organization")["organization:CO-2"]
    new_map("Industry", field="")
    answer = correct(move)
    assert (answer["state"], updated(answer), answer["kept"], move.sent("PATCH")) == ("finished", {"organization": 3}, [], 3)
    assert set(industries(move).values()) == {None}
    after = move.live("organization")["organization:CO-2"]
    assert {name for name in after if after[name] != before.get(name)} <= {"custom_fields", "update_time"}
    move.do("verify", "move", "--role", "staging")


def test_only_what_differs_is_sent(move: Move) -> None:
    move.load()
    new_map("Industry", field="")
    correct(move)
    [sent] = {str(event.sent) for event in LinkEvent.objects.filter(verb="update")}
    code = next(iter(LinkEvent.objects.filter(verb="update")[0].sent["custom_fields"]))
    assert sent == str({"custom_fields": {code: None}})


def test_a_rule_that_comes_back_fills_its_field_again(move: Move) -> None:
    move.load()
    told = industries(move)
    field = FieldRule.objects.get(column="Industry").field
    new_map("Industry", field="")
    correct(move)
    new_map("Industry", field=field)
    assert updated(correct(move)) == {"organization": 3}
    assert industries(move) == told != dict.fromkeys(told)


def test_the_dry_run_shows_price_fields_and_examples_and_sends_nothing(move: Move) -> None:
    move.load()
    new_map("Industry", field="")
    requests = move.control.counters("target")["requests_by_operation"]
    outlook = correct(move, "--dry-run")
    assert outlook["phases"] == [{"object": "organization", "records": 3, "fields": {LABEL: 3}}]
    assert (outlook["tokens"], outlook["days"], outlook["left"]) == (3 * CHANGE + READING + AROUND, 1, [])
    assert [(each["source_id"], each["changes"][0]["field"], each["changes"][0]["after"]) for each in outlook["examples"]] == [
        (key, LABEL, None) for key in ("CO-3", "CO-2", "CO-1")
    ]
    assert move.control.counters("target")["requests_by_operation"] == requests
    assert not Run.objects.filter(kind="correction").exists()


def test_where_nothing_differs_nothing_is_sent_and_no_run_is_made(move: Move) -> None:
    move.load()
    answer = correct(move)
    assert (answer["run"], move.sent("PATCH"), Run.objects.count()) == (None, 0, 1)


def test_a_second_correction_finds_nothing_to_do(move: Move) -> None:
    move.load()
    new_map("Industry", field="")
    correct(move)
    assert (correct(move)["run"], move.sent("PATCH")) == (None, 3)


# --- what people changed ------------------------------------------------------------------------------------------------------


def test_a_value_that_people_changed_stays_and_is_listed(move: Move) -> None:
    move.load()
    new_map("Opportunity Name", field="")
    move.control.set_clock(3600)
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-2')}", {"title": "Quay, east side"})
    answer = correct(move)
    assert updated(answer) == {"deal": 3}
    assert [(each["source_id"], each["field"], each["live"]) for each in answer["kept"]] == [("OP-2", "title", "Quay, east side")]
    titles = {key: record["title"] for key, record in move.live("deal").items()}
    assert titles["deal:OP-2"] == "Quay, east side"
    assert "Pier" not in titles.values()
    move.do("verify", "move", "--role", "staging")
    assert Difference.objects.filter(kind="kept").count() == 1


def test_a_field_that_people_filled_before_us_stays_theirs(move: Move) -> None:
    field = FieldRule.objects.get(column="Industry").field
    new_map("Industry", field="")
    move.load()
    move.by_hand("PATCH", f"v2/organizations/{move.id_of('organization:CO-1')}", {"custom_fields": {code_of_industry(): "Theirs"}})
    new_map("Industry", field=field)
    assert updated(correct(move)) == {"organization": 2}
    assert industries(move)["CO-1"] == "Theirs"


def code_of_industry() -> str:
    return str(SchemaChange.objects.get(kind="field", parent="organization", name="Industry").pipedrive_id)


def test_what_people_deleted_is_listed_and_nothing_is_sent_for_it(move: Move) -> None:
    move.load()
    new_map("Industry", field="")
    move.by_hand("DELETE", f"v2/organizations/{move.id_of('organization:CO-3')}")
    answer = correct(move)
    assert [(each["source_id"], each["live"]) for each in answer["kept"]] == [("CO-3", "deleted or merged in Pipedrive since")]
    assert move.sent("PATCH") == 2


def test_a_correction_does_not_hide_from_a_rollback_what_people_did_before_it(move: Move) -> None:
    first = move.load()
    move.control.set_clock(3600)
    move.by_hand("PATCH", f"v2/organizations/{move.id_of('organization:CO-3')}", {"address": {"value": "Pier 3"}})
    new_map("Industry", field="")
    move.control.set_clock(7200)
    second = correct(move)["run"]
    move.control.set_clock(10800)
    assert move.undo(second)["state"] == "rolled_back"
    assert set(move.left(move.undo(first))) == {"CO-3"}
    assert set(move.live("organization")) == {"organization:CO-3"}


# --- taken back again ---------------------------------------------------------------------------------------------------------


def test_a_correction_is_undone_to_what_stood_there_before(move: Move) -> None:
    first = move.load()
    told = industries(move)
    new_map("Industry", field="")
    second = correct(move)["run"]
    assert f"run {second} (3 records)" in move.undo(first, status=1)["error"]
    answer = move.undo(second)
    assert (answer["state"], answer["left"]) == ("rolled_back", [])
    assert {phase["object"]: (phase["removed"], phase["restored"]) for phase in answer["phases"]} == {"organization": (0, 3)}
    assert (industries(move), move.there()) == (told, EVERYTHING)
    assert move.verbs("organization:CO-1") == ["create", "update", "restore"]
    assert move.undo(first)["left"] == []
    assert sum(move.there().values()) == 0


def test_undoing_a_correction_spares_what_people_changed_since(move: Move) -> None:
    move.load()
    new_map("Opportunity Name", field="")
    second = correct(move)["run"]
    move.control.set_clock(3600)
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-1')}", {"title": "Theirs"})
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-2')}", {"value": 7})
    outlook = move.undo(second, "--dry-run")
    answer = move.undo(second)
    assert outlook["left"] == answer["left"]
    assert move.left(answer) == {"OP-1": "changed in Pipedrive since: Title"}
    titles = {key: (record["title"], record["value"]) for key, record in move.live("deal").items()}
    assert titles["deal:OP-1"] == ("Theirs", 100.5)
    assert titles["deal:OP-2"] == ("Quay", 7), "the value that people changed is not ours to restore"


def test_what_was_written_before_a_removal_is_forgotten(move: Move) -> None:
    move.undo(move.load())
    new_map("Industry", field="")
    again = move.load()
    move.do("verify", "move", "--role", "staging")
    assert correct(move)["run"] is None
    assert move.undo(again)["left"] == []


# --- an answer that is taken back -----------------------------------------------------------------------------------------------


@pytest.fixture
def answered(bare: Move, tmp_path: Path) -> Move:
    """The deal OP-5 names no company; its contact belongs to the first one, a person put it under the second one."""
    package = bare.package(tmp_path / "package")
    with (package / "opportunities.csv").open("a", newline="") as file:
        csv.writer(file).writerow(("OP-5", "Lighthouse", "", "CT-1", "5", "EUR", "Open"))
    bare.to_decisions(package, tmp_path / "audit")
    bare.account([])
    bare.do("decide", "move", "--orphans", "parent=Harbour Works")
    bare.to_prepared()
    bare.load()
    return bare


def company_of(move: Move, deal: str) -> str:
    ids = {record["id"]: key for key, record in move.live("organization").items()}
    return ids.get(move.live("deal")[deal].get("org_id"), "")


def the_decision() -> str:
    return str(Decision.objects.get(kind="orphan", source_key="OP-5").pk)


def test_an_answer_taken_back_moves_its_deal_and_no_other(answered: Move) -> None:
    assert company_of(answered, "deal:OP-5") == "organization:CO-2"
    answer = answered.do("undo", "move", "--decision", the_decision(), "--role", "staging")
    assert (answer["taken_back"], updated(answer), answered.sent("PATCH")) == (True, {"deal": 1}, 1)
    assert company_of(answered, "deal:OP-5") == "organization:CO-1"
    assert OrphanedDeal.objects.get(source_key="OP-5").how == "", "the queue shows it open again"
    answered.do("verify", "move", "--role", "staging")


def test_looking_ahead_takes_nothing_back(answered: Move) -> None:
    outlook = answered.do("undo", "move", "--decision", the_decision(), "--role", "staging", "--dry-run")
    assert [phase["records"] for phase in outlook["phases"]] == [1]
    assert (outlook["examples"][0]["source_id"], outlook["tokens"]) == ("OP-5", CHANGE + READING + AROUND + STAGES)
    assert Decision.objects.get(pk=the_decision()).undone_at is None
    assert correct(answered)["run"] is None


def test_an_answer_is_taken_back_once(answered: Move) -> None:
    words = ("undo", "move", "--decision", the_decision(), "--role", "staging")
    answered.do(*words)
    assert (answered.do(*words)["taken_back"], answered.sent("PATCH")) == (False, 1)


# --- interruptions ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "502"])
def test_a_lost_answer_is_looked_at_again(move: Move, kind: str) -> None:
    move.load()
    new_map("Industry", field="")
    move.control.next_fault(kind, methods=["PATCH"], paths="/organizations")
    answer = correct(move)
    assert (updated(answer), answer["kept"], set(industries(move).values())) == ({"organization": 3}, [], {None})
    assert LinkEvent.objects.filter(verb="update").count() == 3
    assert not RecordLink.objects.exclude(reason="").exists()


def test_a_correction_that_died_goes_on_under_its_number(move: Move) -> None:
    move.load()
    new_map("Industry", field="")
    move.control.faults({"kind": "503", "methods": ["PATCH"]})
    stopped = correct(move, "--patience", "0", status=4)
    assert (stopped["state"], updated(stopped)) == ("paused", {"organization": 0})
    move.control.faults()
    answer = correct(move)
    assert (answer["run"], answer["state"], updated(answer)) == (stopped["run"], "finished", {"organization": 3})
    assert move.sent("PATCH") <= 6


def test_a_column_of_types_can_become_labels_of_the_account(move: Move) -> None:
    move.load()
    new_map("Industry", field="label_ids", transform="options", options={"values": {"marine": "Customer"}})
    assert updated(correct(move)) == {"organization": 3}
    labels = {tuple(record["label_ids"]) for record in move.live("organization").values()}
    assert (len(labels), len(labels.pop())) == (1, 1)
