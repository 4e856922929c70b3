"""What a run did is taken back: completely where nobody touched it, and never what people did since (LEDGER.md 7)."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app.models import Difference, Membership, Project, RecordLink
from tests.ledger.rollback_ground import DELETION, EVERYTHING, READING, Move

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = dict.fromkeys(EVERYTHING, 0)


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Move:
    settings.LEDGER_TIME_SCALE = 0.02
    return Move(sandbox, settings, monkeypatch).ready(tmp_path)


def later(move: Move) -> None:
    """Pipedrive's times have whole seconds: what people do now is surely after the load."""
    move.control.set_clock(3600)


# --- nobody touched anything ------------------------------------------------------------------------------------------


def test_an_untouched_run_is_removed_without_a_trace(move: Move) -> None:
    run = move.load()
    assert move.there() == EVERYTHING
    answer = move.undo(run)
    assert (answer["state"], answer["left"], move.removed(answer)) == ("rolled_back", [], EVERYTHING)
    assert move.there() == NOTHING
    assert set(RecordLink.objects.values_list("state", "pipedrive_id")) == {("removed", "")}


def test_the_counts_balance_afterwards(move: Move) -> None:
    answer = move.undo(move.load())
    assert answer["balanced"]
    assert {phase["object"]: (phase["source"], phase["created"], phase["removed"]) for phase in answer["phases"]} == {
        entity: (count, 0, count) for entity, count in EVERYTHING.items()
    }


def test_the_dry_run_tells_the_price_and_writes_nothing(move: Move) -> None:
    run = move.load()
    writes = move.sent("POST") + move.sent("PATCH") + move.sent("DELETE")
    outlook = move.undo(run, "--dry-run")
    assert (outlook["dry_run"], outlook["state"], outlook["left"], outlook["days"]) == (True, "finished", [], 1)
    assert move.removed(outlook) == EVERYTHING
    twice = 2  # companies and contacts are looked at before anything is taken off them
    assert outlook["tokens"] == sum(EVERYTHING.values()) * DELETION + (3 + twice) * READING
    assert (writes, move.there()) == (move.sent("POST") + move.sent("PATCH") + move.sent("DELETE"), EVERYTHING)
    before = move.spent()
    assert move.undo(run)["tokens"] == outlook["tokens"] == move.spent() - before


def test_an_undone_run_can_be_loaded_again_and_undone_again(move: Move) -> None:
    first = move.load()
    move.undo(first)
    second = move.load()
    assert (second != first, move.there()) == (True, EVERYTHING)
    assert move.verbs("deal:OP-1") == ["create", "remove", "create"]
    move.do("verify", "move", "--role", "staging")
    assert move.removed(move.undo(second)) == EVERYTHING
    assert move.there() == NOTHING


def test_undoing_twice_changes_nothing_and_is_well(move: Move) -> None:
    run = move.load()
    move.undo(run)
    deleted = move.sent("DELETE")
    again = move.undo(run)
    assert (again["state"], move.removed(again), move.sent("DELETE")) == ("rolled_back", EVERYTHING, deleted)


def test_a_later_load_that_wrote_nothing_does_not_stand_in_the_way(move: Move) -> None:
    first = move.load()
    move.load()
    assert move.removed(move.undo(first)) == EVERYTHING
    assert move.there() == NOTHING


def test_records_that_were_there_before_stay(move: Move) -> None:
    other = move.by_hand("POST", "v2/organizations", {"name": "Ours since years"})
    move.undo(move.load())
    standing = [record["id"] for record in move.control.records("target", "organization") if not record.get("is_deleted")]
    assert standing == [other["id"]]


# --- what people touched ------------------------------------------------------------------------------------------------


def test_a_record_that_people_changed_stays_with_what_it_hangs_on_and_says_why(move: Move) -> None:
    run = move.load()
    later(move)
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-2')}", {"title": "Quay, east side"})
    answer = move.undo(run)
    assert answer["state"] == "rolled_back"
    assert move.left(answer) == {
        "OP-2": "changed in Pipedrive since: Title",
        "CT-2": "still in use: 1 deal",
        "CO-2": "still in use: 1 deal and 1 person",
    }
    assert move.there() == {"organization": 1, "person": 1, "deal": 1}
    assert move.live("deal")["deal:OP-2"]["title"] == "Quay, east side"
    row = Difference.objects.get(kind="left", field="title")
    assert (row.sent, row.live, row.link.key, row.ours) == ("Quay", "Quay, east side", "deal:OP-2", False)


def test_the_dry_run_foresees_what_would_stay(move: Move) -> None:
    run = move.load()
    later(move)
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-2')}", {"title": "Quay, east side"})
    outlook = move.undo(run, "--dry-run")
    assert move.removed(outlook) == {"organization": 2, "person": 3, "deal": 3}
    assert outlook["left"] == move.undo(run)["left"]


def test_a_change_of_something_that_was_not_loaded_counts_too(move: Move) -> None:
    run = move.load()
    later(move)
    move.by_hand("PATCH", f"v2/persons/{move.id_of('person:CT-4')}", {"phones": [{"value": "+49 30 1"}]})
    left = move.left(move.undo(run))
    assert list(left) == ["CT-4", "CO-1"]
    assert "something that was not loaded" in left["CT-4"]


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("v1/notes", {"content": "called"}, "1 note"),
        ("v2/activities", {"subject": "Call", "type": "call"}, "1 activity"),
        ("v2/deals", {"title": "Theirs"}, "1 deal"),
        ("v2/persons", {"name": "Theirs"}, "1 person"),
    ],
)
def test_what_people_hung_on_a_company_keeps_it(move: Move, path: str, body: dict[str, Any], what: str) -> None:
    run = move.load()
    move.by_hand("POST", path, {**body, "org_id": int(move.id_of("organization:CO-3"))})
    outlook = move.undo(run, "--dry-run")
    answer = move.undo(run)
    assert outlook["left"] == answer["left"]
    assert move.left(answer) == {"CO-3": f"still in use: {what}"}
    assert move.removed(answer) == {"organization": 2, "person": 4, "deal": 4}


def test_what_people_deleted_is_listed_and_not_made_again(move: Move) -> None:
    run = move.load()
    move.by_hand("DELETE", f"v2/deals/{move.id_of('deal:OP-1')}")
    assert move.left(move.undo(run)) == {"OP-1": "deleted or merged in Pipedrive since"}
    move.load()
    assert "deal:OP-1" not in move.live("deal")
    assert move.there() == {"organization": 3, "person": 4, "deal": 3}


def test_companies_that_people_merged_are_left(move: Move) -> None:
    run = move.load()
    into = int(move.id_of("organization:CO-2"))
    move.by_hand("PUT", f"v1/organizations/{move.id_of('organization:CO-1')}/merge", {"merge_with_id": into})
    answer = move.undo(run)
    assert move.left(answer)["CO-1"] == "deleted or merged in Pipedrive since"
    assert set(move.live("organization")) == {"organization:CO-2"}
    assert {each["source_id"] for each in answer["left"] if each["object"] == "deals"} == {"OP-1", "OP-4"}


def test_an_archived_deal_is_left(move: Move) -> None:
    run = move.load()
    move.by_hand("PATCH", f"v2/deals/{move.id_of('deal:OP-3')}", {"is_archived": True})
    assert move.left(move.undo(run))["OP-3"].startswith("archived in Pipedrive since")
    assert move.live("deal")["deal:OP-3"]["is_archived"]


def test_what_was_left_goes_when_people_cleared_the_way_and_it_is_undone_again(move: Move) -> None:
    run = move.load()
    note = move.by_hand("POST", "v1/notes", {"content": "called", "org_id": int(move.id_of("organization:CO-3"))})
    assert set(move.left(move.undo(run))) == {"CO-3"}
    move.by_hand("DELETE", f"v1/notes/{note['id']}")
    answer = move.undo(run)
    assert (answer["left"], move.removed(answer), move.there()) == ([], EVERYTHING, NOTHING)


def test_verifying_afterwards_forgets_nothing_that_was_left(move: Move) -> None:
    run = move.load()
    move.by_hand("POST", "v1/notes", {"content": "called", "org_id": int(move.id_of("organization:CO-3"))})
    move.undo(run)
    move.do("verify", "move", "--role", "staging")
    assert list(Difference.objects.filter(kind="left").values_list("link__key", flat=True)) == ["organization:CO-3"]


# --- a part of a run ------------------------------------------------------------------------------------------------------


def test_one_phase_can_be_undone_and_then_the_rest(move: Move) -> None:
    run = move.load()
    answer = move.undo(run, "--phase", "deal")
    assert (answer["state"], answer["left"], move.there()) == ("finished", [], {"organization": 3, "person": 4, "deal": 0})
    assert move.undo(run)["state"] == "rolled_back"
    assert move.there() == NOTHING


def test_one_record_is_undone_by_its_source_id_and_loaded_again(move: Move) -> None:
    run = move.load()
    answer = move.undo(run, "--record", "OP-3")
    assert (answer["state"], move.removed(answer)["deal"]) == ("finished", 1)
    assert set(move.live("deal")) == {"deal:OP-1", "deal:OP-2", "deal:OP-4"}
    move.load()
    assert move.there() == EVERYTHING


def test_a_company_on_which_loaded_records_hang_is_not_undone_alone(move: Move) -> None:
    run = move.load()
    outlook = move.undo(run, "--record", "CO-1", "--dry-run")
    answer = move.undo(run, "--record", "CO-1")
    assert outlook["left"] == answer["left"]
    assert move.left(answer) == {"CO-1": "still in use: 2 deals and 2 persons"}
    assert move.there() == EVERYTHING


def test_one_batch_is_undone(move: Move) -> None:
    run = move.load()
    assert move.undo(run, "--phase", "deal", "--batch", "1")["state"] == "finished"
    assert move.there() == {"organization": 3, "person": 4, "deal": 0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--record", "OP-77"), "There is no record OP-77"),
        (("--batch", "1"), "Name the phase as well"),
        (("--phase", "product"), "has no phase for products"),
    ],
)
def test_what_is_not_there_or_not_clear_is_said(move: Move, words: tuple[str, ...], said: str) -> None:
    run = move.load()
    assert said in move.undo(run, *words, status=1)["error"]
    assert move.there() == EVERYTHING


# --- who may, and when ------------------------------------------------------------------------------------------------------


def test_only_who_may_load_may_undo(move: Move) -> None:
    run = move.load()
    reader = User.objects.create_user("reader")
    Membership.objects.create(project=Project.objects.get(), user=reader, role="consultant")
    move.user = "reader"
    for words in ((), ("--dry-run",)):
        assert "may not do this" in move.undo(run, *words, status=1)["error"]
    assert move.there() == EVERYTHING


def test_a_run_of_another_project_is_not_there(move: Move) -> None:
    assert "has no run 4711" in move.undo(4711, status=1)["error"]
