"""Tokens of the day, handfuls and pauses on a real Valkey, and what a failing one does; the window is in `test_limiter_window`."""

import time
from types import SimpleNamespace

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.errors import BudgetSpent, WaitAndRepeat
from connectors.pipedrive import limiter as limiter_module
from connectors.pipedrive.limiter import Grant, Limiter
from tests.connectors.pipedrive.conftest import Make

LEFT = "x-daily-ratelimit-token-remaining"


# --- the day -----------------------------------------------------------------------------------------------------------


def test_the_day_ends_when_its_tokens_are_spent(make: Make) -> None:
    limiter = make()
    grant = limiter.reserve(200, 1000)
    limiter.settle(grant, 1000)
    with pytest.raises(BudgetSpent) as spent:
        limiter.reserve(1, 5)
    assert (grant.requests, grant.tokens, limiter.spent_today()) == (200, 1000, 1000)
    assert spent.value.seconds is not None
    assert 0 < spent.value.seconds <= 86_400


def test_a_handful_shrinks_to_what_is_left(make: Make) -> None:
    limiter = make(per_day=98)
    assert limiter.reserve(40, 200).requests == 19
    assert limiter.reserve(1, 1).tokens == 1


def test_what_others_need_is_kept(make: Make) -> None:
    limiter = make(reserve=900)
    assert limiter.reserve(40, 200).requests == 20
    with pytest.raises(WaitAndRepeat):
        limiter.reserve(1, 5)


def test_what_was_not_used_comes_back(make: Make) -> None:
    limiter = make(per_day=200)
    first = limiter.reserve(40, 200)
    with pytest.raises(WaitAndRepeat):  # not the end of the day: the handful under way may give some back
        limiter.reserve(1, 5)
    limiter.settle(first, 150)
    assert limiter.reserve(40, 200).requests == 10


def test_a_handful_settled_twice_counts_once(make: Make) -> None:
    limiter = make()
    first, _ = limiter.reserve(10, 50), limiter.reserve(1, 5)
    limiter.settle(first, 50)
    limiter.settle(first, 50)
    assert limiter.spent_today() == 50


def test_the_handful_of_a_process_that_died_counts_as_spent(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter_module, "GRANT_LIFE", 0.05)
    limiter = make(per_day=200)
    limiter.reserve(20, 100)
    time.sleep(0.1)
    assert limiter.reserve(40, 200).requests == 20
    assert limiter.spent_today() == 100


def test_companies_share_nothing_and_tokens_of_a_company_share_the_day(redis: Redis) -> None:
    one, two = (Limiter(redis, "a", token, per_window=1000, per_day=100) for token in ("t1", "t2"))
    other = Limiter(redis, "b", "t1", per_window=1000, per_day=100)
    one.settle(one.reserve(20, 100), 100)
    with pytest.raises(BudgetSpent):
        two.reserve(1, 5)
    assert other.reserve(20, 100).tokens == 100


def test_without_a_known_budget_nothing_is_denied(make: Make) -> None:
    limiter = make(per_day=None)
    limiter.settle(limiter.reserve(1000, 50_000), 50_000)
    assert limiter.reserve(1000, 50_000).tokens == 50_000


# --- the server's word about the day -------------------------------------------------------------------------------------


def test_the_servers_word_wins_over_our_count(make: Make) -> None:
    limiter = make(reserve=100)
    grant = limiter.reserve(10, 50)
    limiter.correct({LEFT: "140"})  # other tools have spent most of it
    limiter.settle(grant, 50)
    assert limiter.reserve(40, 200).requests == 8


def test_a_bigger_day_than_configured_is_used(make: Make) -> None:
    limiter = make(per_day=50)
    grant = limiter.reserve(10, 50)
    limiter.correct({LEFT: "5000"})
    limiter.settle(grant, 50)
    assert limiter.reserve(40, 200).requests == 40


def test_answers_without_the_header_are_counted_down_from_the_last_word(make: Make) -> None:
    limiter = make()
    limiter.correct({LEFT: "100"})
    limiter.settle(limiter.reserve(1, 5), 0)
    limiter.settle(limiter.reserve(16, 80), 80)
    assert limiter.reserve(40, 200).requests == 4


def test_an_older_word_does_not_replace_a_newer_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = make(), make()
    with monkeypatch.context() as earlier:
        earlier.setattr(limiter_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() - 60))
        slow.correct({LEFT: "900"})
    quick.correct({LEFT: "20"})
    quick.settle(quick.reserve(1, 0), 0)
    slow.settle(slow.reserve(1, 0), 0)
    assert slow.reserve(40, 200).requests == 4


def test_after_the_servers_no_one_request_asks_now_and_then_and_a_new_day_is_used(make: Make) -> None:
    limiter, soon = make(probe_every=600), make(probe_every=0.05)
    limiter.correct({LEFT: "0"})
    with pytest.raises(BudgetSpent) as spent:
        limiter.reserve(40, 200)
    assert spent.value.seconds is not None
    assert spent.value.seconds <= 600
    time.sleep(0.1)
    probe = soon.reserve(40, 200)
    assert (probe.requests, probe.tokens) == (1, 5)
    with pytest.raises(BudgetSpent):
        limiter.reserve(40, 200)
    limiter.correct({LEFT: "30000"})
    limiter.settle(probe, 5)
    assert limiter.reserve(40, 200).requests == 40


def test_a_person_need_not_wait_for_that_one_request(make: Make) -> None:
    limiter = make(probe_every=900)
    limiter.correct({LEFT: "0"})
    limiter.ask_again()
    assert limiter.reserve(40, 200).requests == 1
    with pytest.raises(BudgetSpent):
        limiter.reserve(40, 200)


def test_asking_again_changes_nothing_where_the_server_has_said_nothing(make: Make) -> None:
    limiter = make(per_day=100)
    limiter.settle(limiter.reserve(20, 100), 100)
    limiter.ask_again()
    with pytest.raises(BudgetSpent):
        limiter.reserve(1, 5)


@pytest.mark.parametrize("header", ["", "many", "nan", "1e400"])
def test_a_header_that_is_no_number_says_nothing(make: Make, header: str) -> None:
    limiter = make(per_day=200)
    limiter.correct({LEFT: header, "x-ratelimit-limit": header})
    assert limiter.reserve(40, 200).requests == 40


# --- handfuls and pauses -------------------------------------------------------------------------------------------------


def test_a_handful_lasts_no_longer_than_the_horizon(make: Make) -> None:
    assert make(per_window=4).reserve(40, 200, horizon=5.0).requests == 10


def test_handfuls_under_way_share_the_horizon(make: Make) -> None:
    limiter = make(per_window=20)
    assert [limiter.reserve(60, 60).requests for _ in range(4)] == [50, 25, 16, 12]


def test_the_servers_window_wins(make: Make, redis: Redis) -> None:
    limiter = make(per_window=1000)
    limiter.correct({"x-ratelimit-limit": "4"})
    assert limiter.reserve(40, 200).requests == 10
    assert make(per_window=1000).reserve(40, 200).requests == 5  # another process of the token knows it too
    redis.flushall()
    assert limiter.reserve(40, 200).requests == 10


def test_a_window_that_became_what_was_configured_is_used(make: Make) -> None:
    make(per_window=16).correct({"x-ratelimit-limit": "4"})
    limiter = make(per_window=16)
    limiter.correct({"x-ratelimit-limit": "16"})
    assert limiter.reserve(40, 200).requests == 40


def test_a_pause_holds_all_workers_of_the_token_off(make: Make) -> None:
    one, other, apart = make(), make(), make("another token")
    one.pause(8)
    one.pause(1)
    with pytest.raises(WaitAndRepeat) as wait:
        other.reserve(1, 5)
    assert 4 < wait.value.seconds <= 8
    with pytest.raises(WaitAndRepeat):
        other.turn(longest=3)
    assert 4 < other.turn(longest=10).wait <= 8
    assert apart.turn(longest=0).wait == 0


def test_a_short_pause_is_waited_for_in_the_window(make: Make) -> None:
    limiter = make()
    limiter.pause(4)
    assert limiter.reserve(1, 5).requests == 1
    assert 0 < limiter.turn(longest=5).wait <= 4


# --- a Redis that fails --------------------------------------------------------------------------------------------------


def test_an_emptied_redis_breaks_nothing(make: Make, redis: Redis) -> None:
    limiter = make(per_window=10)
    grant = limiter.reserve(5, 25)
    limiter.turn(longest=1)
    redis.flushall()
    redis.script_flush()
    limiter.settle(grant, 25)
    assert limiter.spent_today() == 25
    assert limiter.turn(longest=1).wait == 0
    redis.flushall()
    assert limiter.reserve(5, 25).requests == 5


def test_the_databases_count_refills_a_lost_redis(make: Make, redis: Redis) -> None:
    limiter = make(per_day=1000)
    limiter.settle(limiter.reserve(100, 500), 500)
    limiter.restore(300)
    assert limiter.spent_today() == 500
    redis.flushall()
    limiter.restore(980)
    assert limiter.reserve(40, 200).requests == 4


def test_a_redis_that_cannot_be_reached_means_waiting(make: Make) -> None:
    away = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    limiter = Limiter(away, "company", "token", per_window=20, per_day=100)
    with pytest.raises(WaitAndRepeat):
        limiter.reserve(1, 5)
    with pytest.raises(WaitAndRepeat):
        limiter.turn(longest=1)
    limiter.settle(Grant("x", 1, 5), 5)
    limiter.correct({LEFT: "0", "x-ratelimit-limit": "40"})


def test_clients_that_decode_are_understood(redis_url: str, redis: Redis) -> None:
    with Redis.from_url(redis_url, decode_responses=True) as decoding:
        limiter = Limiter(decoding, "company", "token", per_window=20, per_day=100)
        limiter.settle(limiter.reserve(1, 5), 5)
        assert (limiter.turn(longest=1).wait, limiter.spent_today()) == (0, 5)
