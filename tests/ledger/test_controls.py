"""What people tell a load from the command line, and what it tells them: pause, resume, cancel, retry, a batch again, when it goes on."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

from django.core.management import call_command

from migrations_app import jobs
from migrations_app.models import Run
from migrations_app.services import clock, connecting, lifecycle
from tests.ledger.ground import COMPANIES, DOMAIN, Ground
from tests.ledger.test_jobs import work_the_queue

WHERE = ("move", "--role", "staging")


def verb(name: str, *words: str) -> tuple[dict[str, Any], int]:
    out = StringIO()
    try:
        call_command("crossdock", name, *WHERE, *words, "--json", "--by", "boss", stdout=out, stderr=StringIO())
    except SystemExit as stop:
        return json.loads(out.getvalue()), int(stop.code or 0)
    return json.loads(out.getvalue()), 0


def done(name: str, *words: str) -> dict[str, Any]:
    answer, status = verb(name, *words)
    assert status == 0, answer
    return answer


def test_a_paused_load_sends_nothing_until_it_is_resumed(ground: Ground) -> None:
    run = ground.plan()
    ground.let_go(run)
    paused, status = verb("pause")
    assert (paused["state"], paused["reason"], paused["resume_at"], status) == ("paused", "paused by boss", None, 4)
    assert lifecycle.advance(run).batches == ()
    again, status = verb("pause")
    assert (status, "cannot be paused" in again["error"]) == (1, True)
    assert verb("resume")[0]["state"] == "running"
    assert (done("load")["state"], ground.posts()) == ("finished", len(COMPANIES))


def test_a_cancelled_load_is_over_and_the_next_is_a_new_one(ground: Ground) -> None:
    first = done("load", "--plan-only")["run"]
    assert done("cancel")["state"] == "cancelled"
    assert verb("cancel")[0] == {"error": "No load into this account is under way."}
    assert verb("resume")[1] == 1
    assert ground.posts() == 0
    second = done("load")
    assert (second["run"] != first, second["state"], len(ground.live())) == (True, "finished", len(COMPANIES))


def test_refused_records_are_sent_again_all_of_them_or_those_of_one_batch(bare: Ground) -> None:
    ground = bare.stage(companies=("One",), deals=("Good", "Bad", "Fine"), currencies=("EUR", "SEK", "EUR")).connect(currencies=["EUR"])
    assert [phase["refused"] for phase in done("load")["phases"] if phase["object"] == "deal"] == [1]
    before = ground.posts("deals")
    done("rerun", "--batch", "1", "--phase", "deals")
    assert (ground.posts("deals") - before, set(ground.live("deal"))) == (1, {"deal:OP-1", "deal:OP-3"})
    ground.control.settings(DOMAIN, currencies=["EUR", "SEK"])
    done("retry")
    assert (ground.posts("deals") - before, len(ground.live("deal"))) == (2, 3)


def test_a_spent_day_says_when_the_load_goes_on_and_then_it_does(bare: Ground, queues: str) -> None:
    ground = bare.stage(companies=[f"Company {number}" for number in range(30)]).connect(plan="lite")
    run = done("load", "--plan-only")["run"]
    ground.control.set_budget(DOMAIN, left=60)
    paused, status = verb("load", "--patience", "0")
    goes_on = datetime.fromisoformat(paused["resume_at"])
    assert (paused["run"], paused["state"], status) == (run, "paused", 4)
    assert "tokens of the day are spent" in paused["reason"]
    assert 0 < len(ground.live()) < 30
    work_what_is_due()
    assert Run.objects.get().state == "paused", "it went on too early"
    ground.control.set_budget(DOMAIN)
    ground.clock.sleep((goes_on - clock.db_now()).total_seconds() + 1)
    connecting.ask_again(ground.account)  # the limiter's clock is Redis's, which no test moves on
    work_what_is_due()
    assert (Run.objects.get().pk, Run.objects.get().state, len(ground.live())) == (run, "finished", 30)


def test_a_batch_that_nobody_works_on_any_more_is_worked_within_two_minutes(ground: Ground, queues: str, settings: Any) -> None:
    run = ground.plan()
    ground.let_go(run)
    settings.LEDGER_TIME_SCALE = 1
    ground.worker(run, "dead")
    work_what_is_due()
    assert ground.posts() == 0, "its lease was not respected"
    ground.clock.sleep(120 - 2 * clock.tick_every())  # one tick may just have missed it, and the next one takes it up
    work_what_is_due()
    assert len(ground.live()) == len(COMPANIES)


def work_what_is_due() -> None:
    """A tick, and what the workers do then."""
    jobs.tick()
    work_the_queue()
