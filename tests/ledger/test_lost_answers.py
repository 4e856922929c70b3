"""Answers that never came: nothing is sent blindly, nothing is lost, nothing is doubled (LEDGER.md 4)."""

from time import sleep
from typing import Any

import pytest

from migrations_app.models import Question, RecordLink
from migrations_app.services import clock, connecting, decisions, lifecycle, missing, retrying, settling
from tests.ledger.ground import COMPANIES, DOMAIN, DUE, Ground

LISTS = "GET v2 /organizations"


@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
def test_lost_reply_creates_one_organization(ground: Ground, kind: str) -> None:
    ground.control.next_fault(kind, paths="/organizations")
    run = ground.load()
    assert (run.state, ground.states()) == ("finished", {"created": len(COMPANIES)})
    assert len(ground.live()) == ground.posts() == len(COMPANIES)


def test_a_server_that_commits_after_our_time_out_makes_no_twin(ground: Ground, settings: Any) -> None:
    settings.PIPEDRIVE_TIMEOUT = (1.0, 2.0)
    ground.control.next_fault("late", paths="/organizations", seconds=3)
    ground.load(patience=0)
    while len(ground.control.records(DOMAIN, "organization")) < len(COMPANIES):
        sleep(0.1)  # the server's own clock: it is not the one that tests move
    run = ground.load()
    assert (run.state, ground.states()) == ("finished", {"created": len(COMPANIES)})
    assert len(ground.live()) == ground.posts() == len(COMPANIES)


def test_what_was_found_after_a_lost_reply_keeps_its_history(ground: Ground) -> None:
    ground.control.faults({"kind": "drop_after", "methods": ["POST"]})
    ground.load(patience=0)
    ground.control.faults()
    ground.load()
    link = ground.link("organization:CO-1")
    event = link.events.get()
    assert (event.verb, event.sent["name"]) == ("settle", COMPANIES[0])
    assert link.pipedrive_id == str(ground.live()[link.key]["id"])


@pytest.mark.parametrize("kind", ["drop_before", "500", "502", "503"])
def test_what_never_arrived_is_sent_again(ground: Ground, kind: str) -> None:
    ground.control.next_fault(kind, paths="/organizations")
    run = ground.load()
    assert (run.state, ground.states()) == ("finished", {"created": len(COMPANIES)})
    assert len(ground.live()) == len(COMPANIES)
    attempts = sorted(RecordLink.objects.values_list("attempt", "absences"))
    assert attempts == [(1, 0)] * (len(COMPANIES) - 1) + [(2, 1)]


def test_a_lost_answer_is_looked_for_late_and_missed_twice_before_anything_is_sent_again(ground: Ground) -> None:
    ground.control.next_fault("drop_before", paths="/organizations")
    run = ground.load(patience=0)
    ground.control.reset_counters(DOMAIN)
    lost = RecordLink.objects.get(state="unknown")

    ground.clock.sleep(clock.send_window())
    lifecycle.advance(run)
    assert requests(ground) == {}, "it was looked for too early"

    ground.clock.sleep(clock.http_timeout() + clock.scaled(60) + 0.5)
    lifecycle.advance(run)
    lost.refresh_from_db()
    assert (lost.state, lost.absent_at is not None, requests(ground)[LISTS]) == ("unknown", True, 1)

    lifecycle.advance(run)
    assert requests(ground)[LISTS] == 1, "the second reading came too soon"

    ground.clock.sleep(clock.scaled(30) + 0.1)
    lifecycle.advance(run)
    lost.refresh_from_db()
    assert (lost.state, lost.absences, requests(ground)[LISTS], ground.posts()) == ("planned", 1, 2, 0)


def requests(ground: Ground) -> dict[str, int]:
    return dict(ground.control.counters(DOMAIN).get("requests_by_operation", {}))


def test_a_settling_pass_costs_one_list_and_one_look_at_the_fields(ground: Ground) -> None:
    ground.control.faults({"kind": "drop_after", "methods": ["POST"]})
    run = ground.load(patience=0)
    ground.control.faults()
    ground.control.reset_counters(DOMAIN)
    ground.clock.sleep(DUE)
    settling.expire_sending()
    done = settling.settle(ground.account, connecting.client_for(ground.account))
    assert (done.found, done.still_open, done.tokens) == (run.phases.get(entity="organization").source, 0, 20)
    assert ground.control.counters(DOMAIN)["tokens"] == 20


def test_two_records_with_one_source_id_keep_the_phase_open_and_the_older_one_counts(ground: Ground) -> None:
    ground.control.next_fault("drop_after", paths="/organizations")
    ground.load(patience=0)
    lost = RecordLink.objects.get(state="unknown")
    made = ground.live()[lost.key]
    code = ground.source_id_code()
    copy = ground.by_hand("POST", "organizations", {"name": "Copy", "custom_fields": {code: made["custom_fields"][code]}})
    run = ground.load()
    lost.refresh_from_db()
    assert (run.state, lost.pipedrive_id) == ("paused", str(made["id"]))
    assert "1 records are in the account that no row stands for" in run.reason
    ground.by_hand("DELETE", f"organizations/{copy['id']}")
    assert ground.load().state == "finished"


def test_an_intent_older_than_thirty_minutes_is_sent_again_only_if_a_person_says_so(ground: Ground) -> None:
    lost = lost_half_an_hour_ago(ground)
    sent = ground.posts()
    ground.load()
    lost.refresh_from_db()
    assert (lost.state, lost.reason, ground.posts()) == ("waiting", "Was it deleted by someone?", sent)
    decisions.answer_question(Question.objects.get(kind=missing.KIND), missing.AGAIN, user=ground.user)
    ground.load()
    lost.refresh_from_db()
    assert (lost.state, ground.posts()) == ("created", sent + 1)


def test_what_a_person_says_was_deleted_stays_away(ground: Ground) -> None:
    lost = lost_half_an_hour_ago(ground)
    sent = ground.posts()
    decisions.answer_question(Question.objects.get(kind=missing.KIND), missing.LEAVE, user=ground.user)
    for _ in range(2):
        ground.load()
        lost.refresh_from_db()
        assert (lost.state, lost.reason, ground.posts()) == ("skipped", "deleted by someone", sent)


def lost_half_an_hour_ago(ground: Ground) -> RecordLink:
    ground.control.next_fault("drop_before", paths="/organizations")
    ground.load(patience=0)
    lost = RecordLink.objects.get(state="unknown")
    ground.clock.sleep(31 * 60)
    ground.load()
    return lost


def test_without_the_source_id_field_nothing_counts_as_absent(ground: Ground) -> None:
    ground.control.next_fault("drop_after", paths="/organizations")
    ground.load(patience=0)
    code, sent = ground.source_id_code(), ground.posts()
    ground.by_hand("DELETE", f"organizationFields/{code}")
    run = ground.load()
    assert run.state == "failed"
    assert "source-id field of organizations is gone" in run.reason
    assert (ground.states()["unknown"], ground.posts()) == (1, sent)


def test_three_failures_refuse_the_record_and_retry_sends_only_that_one(bare: Ground) -> None:
    ground = bare.stage(companies=("One",)).connect()
    ground.control.faults({"kind": "500", "methods": ["POST"], "times": 3})
    run = ground.load()
    link = ground.link("organization:CO-1")
    assert (run.state, link.state, link.reason, link.attempt) == ("finished", "refused", "server error", 3)
    assert retrying.retry_refused(ground.account, user=ground.user)
    assert ground.load().state == "finished"
    assert set(ground.live()) == {"organization:CO-1"}


def test_three_records_that_fail_for_good_pause_the_run(bare: Ground) -> None:
    ground = bare.stage(companies=("One", "Two", "Three")).connect()
    ground.control.faults({"kind": "500", "methods": ["POST"], "times": 9})
    run = ground.load()
    assert (run.state, run.resume_at, ground.states()) == ("paused", None, {"refused": 3})
    assert "failed three times with each of 3 records" in run.reason


def test_a_server_that_fails_with_everything_is_left_alone_for_a_while(bare: Ground) -> None:
    ground = bare.stage(companies=[f"Company {n}" for n in range(60)]).connect()
    ground.control.faults({"kind": "503", "methods": ["POST"]})
    run = ground.load(patience=0)
    assert (run.state, run.resume_at is not None) == ("paused", True)
    assert ground.control.faults_fired()["503"] < 60
    ground.control.faults()
    assert ground.load().state == "finished"
    assert len(ground.live()) == 60


def test_a_pass_that_was_overtaken_changes_nothing(ground: Ground) -> None:
    """Two processes settle at once; one of them is slow, and the record is on its way again meanwhile."""
    ground.control.next_fault("drop_before", paths="/organizations")
    run = ground.load(patience=0)
    ground.clock.sleep(DUE)
    lifecycle.advance(run)
    ground.clock.sleep(clock.scaled(30) + 0.1)
    slow = settling.due(run.account)
    lifecycle.advance(run)
    ground.control.next_fault("drop_after", paths="/organizations")
    ground.load(patience=0)
    lost = RecordLink.objects.get(state="unknown")
    assert lost.attempt == 2
    assert settling._absent(run.account, slow) == (0, 0, 0)
    lost.refresh_from_db()
    assert (lost.state, lost.absent_at) == ("unknown", None)
