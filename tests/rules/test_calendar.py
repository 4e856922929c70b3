"""The dates of a move follow from the days that its load takes."""

from datetime import date

from migrations_app.rules.calendar import late, plan

SUNDAY = date(2026, 11, 22)


def spans(*args: object, **words: object) -> list[tuple[str, date, date]]:
    return [(each.name, each.start, each.end) for each in plan(*args, **words)]  # type: ignore[arg-type]


def test_a_small_move_is_preloaded_on_monday_and_live_a_week_later() -> None:
    assert spans(SUNDAY, load_days=1) == [
        ("preload", date(2026, 11, 23), date(2026, 11, 23)),
        ("delta", date(2026, 11, 27), date(2026, 11, 29)),
        ("live", date(2026, 11, 30), date(2026, 11, 30)),
        ("hypercare", date(2026, 11, 30), date(2026, 12, 7)),
    ]


def test_a_load_of_seventeen_days_takes_mondays_to_thursdays_of_five_weeks() -> None:
    preload, delta, *_ = spans(SUNDAY, load_days=17)
    assert preload == ("preload", date(2026, 11, 23), date(2026, 12, 21))  # four weeks of four days, and one Monday
    assert delta[1] == date(2026, 12, 25)


def test_a_freeze_that_people_chose_is_counted_backwards_and_may_be_too_soon() -> None:
    planned = plan(SUNDAY, load_days=6, freeze=date(2026, 11, 27))
    assert planned[0].start == date(2026, 11, 16)
    assert late(planned, SUNDAY)
    assert not late(plan(SUNDAY, load_days=4, freeze=date(2026, 11, 27)), SUNDAY)
