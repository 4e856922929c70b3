"""A rollback that is cut off anywhere goes on where it was, and takes back no more than it should."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import django_rq
import pytest
from django.test import override_settings

from migrations_app import jobs
from migrations_app.models import LinkEvent, PipedriveAccount, RecordLink, Run
from migrations_app.services import changing, clock, rollback, working
from tests.ledger.rollback_ground import EVERYTHING, Move
from tests.servers import worker_environment

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = dict.fromkeys(EVERYTHING, 0)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def move(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Move:
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    return Move(sandbox, settings, monkeypatch).ready(tmp_path)


@pytest.fixture
def no_waiting(monkeypatch: Any) -> None:
    """Whoever sleeps moves the ledger's clock on instead."""
    ahead = [0.0]
    real = clock.db_now
    monkeypatch.setattr(clock, "db_now", lambda: real() + timedelta(seconds=ahead[0]))

    def sleep(seconds: float) -> None:
        ahead[0] += seconds

    for module in (rollback, working):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))


def events(verb: str) -> dict[str, int]:
    """{key: how many events of this kind}."""
    found: dict[str, int] = {}
    for key in LinkEvent.objects.filter(verb=verb).values_list("link__key", flat=True):
        found[key] = found.get(key, 0) + 1
    return found


def removed_once(move: Move) -> bool:
    return move.there() == NOTHING and len(events("remove")) == sum(EVERYTHING.values()) and set(events("remove").values()) == {1}


# --- answers that are lost ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "truncate", "502"])
def test_a_lost_answer_to_a_deletion_is_no_riddle(move: Move, no_waiting: None, kind: str) -> None:
    run = move.load()
    move.control.faults({"kind": kind, "methods": ["DELETE"], "share": 0.4}, seed=7)
    answer = move.undo(run)
    assert move.control.faults_fired()[kind] > 0
    assert (answer["state"], answer["left"]) == ("rolled_back", [])
    assert removed_once(move)


def test_a_handful_of_which_nothing_is_heard_waits_and_goes_on(move: Move, no_waiting: None) -> None:
    run = move.load()
    move.control.faults({"kind": "503", "methods": ["DELETE"], "times": 4})
    answer = move.undo(run, "--patience", "0", status=4)
    assert (answer["state"], answer["resume_at"] is not None) == ("rolling_back", True)
    assert move.undo(run)["state"] == "rolled_back"
    assert removed_once(move)


def test_a_spent_day_pauses_the_rollback_and_it_goes_on_by_itself(move: Move, no_waiting: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "NEXT_PROBE", 0.5)
    run = move.load()
    move.control.set_budget("target", left=38)  # two looks, one more and some deletions
    answer = move.undo(run, "--patience", "0", status=4)
    assert "tokens of the day are spent" in answer["reason"]
    assert answer["resume_at"] is not None
    assert 0 < move.there()["deal"] < EVERYTHING["deal"]
    move.control.set_budget("target")
    assert move.undo(run)["state"] == "rolled_back"
    assert removed_once(move)


def test_a_dead_token_stops_it_until_a_person_gives_a_new_one(move: Move) -> None:
    run = move.load()
    fresh = move.control.new_token("target", PipedriveAccount.objects.get().user_id)
    answer = move.undo(run, status=1)
    assert (answer["state"], answer["resume_at"]) == ("rolling_back", None)
    assert "401" in answer["reason"]
    assert not rollback.due(Run.objects.get(pk=run)), "it would knock every twenty seconds"
    account = PipedriveAccount.objects.get()
    account.token = fresh
    account.save()
    assert move.undo(run)["state"] == "rolled_back"
    assert removed_once(move)


# --- processes that die ---------------------------------------------------------------------------------------------------


def test_a_killed_rollback_goes_on_where_it_was(move: Move, settings: Any) -> None:
    run = move.load()
    move.control.faults({"kind": "slow", "methods": ["DELETE"], "seconds": 0.6})
    words = ["crossdock", "rollback", "move", "--run", str(run), "--by", "boss", "--json"]
    hosts = {"PIPEDRIVE_EXTRA_HOSTS": urlsplit(move.sandbox.url).netloc, "LEDGER_TIME_SCALE": "0.02"}
    process = subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT, env=worker_environment(**hosts))
    deadline = time.monotonic() + 120
    while move.sent("DELETE") < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    there = move.there()
    assert (move.state(run), 0 < sum(there.values()) < sum(EVERYTHING.values())) == ("rolling_back", True), there
    move.control.faults()
    assert move.undo(run)["left"] == []
    assert removed_once(move)


def test_what_was_deleted_before_the_process_died_is_ours_not_peoples(move: Move) -> None:
    run = move.load()
    link = RecordLink.objects.get(key="deal:OP-2")
    RecordLink.objects.filter(pk=link.pk).update(reason=changing.REMOVING)
    move.by_hand("DELETE", f"v2/deals/{link.pipedrive_id}")
    assert move.undo(run)["left"] == []
    assert removed_once(move)


def test_two_processes_share_no_work(move: Move) -> None:
    run = Run.objects.get(pk=move.load())
    hold = changing.Hold(run.phases.order_by("position")[0])
    with override_settings(LEDGER_TIME_SCALE=1):  # it lasts longer than the other takes to look
        hold.take()
    assert move.undo(run.pk, "--patience", "0", status=4)["state"] == "rolling_back"
    assert (move.there(), move.sent("DELETE")) == (EVERYTHING, 0)
    hold.release()
    assert move.undo(run.pk)["state"] == "rolled_back"


def test_who_was_too_slow_writes_nothing_down(move: Move) -> None:
    run = Run.objects.get(pk=move.load())
    slow, quick = (changing.Hold(run.phases.order_by("position")[0]) for _ in range(2))
    slow.take()
    time.sleep(clock.lease() + 0.1)
    quick.take()
    with pytest.raises(changing.Taken):
        slow.renew()


# --- runs under way ---------------------------------------------------------------------------------------------------------


def test_a_run_under_way_is_cancelled_and_lost_answers_are_looked_for_first(move: Move, no_waiting: None) -> None:
    move.control.next_fault("drop_after", paths="/organizations")
    stopped, _ = move.verb("load", "move", "--role", "staging", "--patience", "0")
    assert RecordLink.objects.filter(state="unknown").count() == 1
    waiting = move.undo(stopped["run"], "--patience", "0", status=4)
    assert "on their way still" in waiting["reason"]
    assert move.sent("DELETE") == 0
    assert move.undo(stopped["run"])["state"] == "rolled_back"
    assert move.there() == NOTHING
    assert events("settle").keys() <= events("remove").keys()
    assert dict(RecordLink.objects.filter(entity="deal").values_list("state", "reason")) == {"skipped": rollback.UNSENT}
    move.load()
    assert move.there() == EVERYTHING


def test_a_run_that_was_only_planned_is_undone_at_once(move: Move) -> None:
    run = move.do("load", "move", "--role", "staging", "--plan-only")["run"]
    assert move.undo(run)["state"] == "rolled_back"
    assert move.sent("DELETE") == 0
    move.load()
    assert move.there() == EVERYTHING


def test_nothing_is_loaded_while_a_run_is_being_undone(move: Move, no_waiting: None) -> None:
    run = move.load()
    move.control.faults({"kind": "503", "methods": ["DELETE"]})
    move.undo(run, "--patience", "0", status=4)
    shut, status = move.verb("load", "move", "--role", "staging")
    assert (status, shut["gate"]) == (3, "settled")
    move.control.faults()
    move.undo(run)
    move.load()
    assert move.there() == EVERYTHING


def test_another_scope_waits_for_the_first_to_come_to_its_end(move: Move, no_waiting: None) -> None:
    run = move.load()
    move.control.faults({"kind": "503", "methods": ["DELETE"]})
    move.undo(run, "--phase", "deal", "--patience", "0", status=4)
    assert "is being undone already: deals" in move.undo(run, status=1)["error"]


# --- workers ----------------------------------------------------------------------------------------------------------------


def test_workers_take_a_rollback_up_by_themselves(move: Move, no_waiting: None) -> None:
    run = move.load()
    move.control.faults({"kind": "503", "methods": ["DELETE"]})
    move.undo(run, "--patience", "0", status=4)
    move.control.faults()
    jobs.tick()
    assert django_rq.get_queue(jobs.QUEUE).job_ids == [], "it is not due yet"
    rollback.time.sleep(60)
    jobs.tick()
    jobs.tick()
    [job] = django_rq.get_queue(jobs.QUEUE).jobs
    job.func(*job.args)
    assert move.state(run) == "rolled_back"
    assert removed_once(move)
