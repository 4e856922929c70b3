"""Until when undoing can begin and still be through in time."""

from datetime import UTC, datetime, timedelta

from migrations_app.rules.turnback import latest_start, seconds_to_send

FRIDAY = datetime(2026, 11, 27, 18, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
PACE = {"per_window": 20, "window": 2.0}


def test_a_small_rollback_begins_as_late_as_its_requests_take() -> None:
    found = latest_start(FRIDAY, MONDAY, requests=600, tokens=1800, left_today=0, per_day=30_000, **PACE)
    assert found == MONDAY - timedelta(seconds=seconds_to_send(600, **PACE)) == MONDAY - timedelta(seconds=60)


def test_a_rollback_that_takes_more_than_a_day_of_tokens_begins_on_the_day_before() -> None:
    found = latest_start(FRIDAY, MONDAY, requests=15_000, tokens=45_000, left_today=0, per_day=30_000, **PACE)
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert found == midnight - timedelta(seconds=500)  # what Monday's tokens leave, 5,000 requests, goes out before its midnight


def test_what_is_left_today_counts_as_well() -> None:
    tokens = 3 * 30_000 + 100
    late = latest_start(FRIDAY, MONDAY, requests=30_000, tokens=tokens, left_today=100, per_day=30_000, **PACE)
    assert late is not None
    assert FRIDAY < late < datetime(2026, 11, 28, tzinfo=UTC)
    assert latest_start(FRIDAY, MONDAY, requests=30_000, tokens=tokens, left_today=0, per_day=30_000, **PACE) is None


def test_a_pace_that_is_too_slow_for_the_time_left_is_too_late() -> None:
    soon = FRIDAY + timedelta(minutes=1)
    assert latest_start(FRIDAY, soon, requests=601, tokens=601, left_today=30_000, per_day=30_000, **PACE) is None
    assert latest_start(FRIDAY, FRIDAY, requests=1, tokens=3, left_today=30_000, per_day=30_000, **PACE) is None


def test_with_nothing_to_undo_one_can_turn_back_until_the_end() -> None:
    assert latest_start(FRIDAY, MONDAY, requests=0, tokens=0, left_today=0, per_day=30_000, **PACE) == MONDAY
