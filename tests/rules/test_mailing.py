"""Suppression, sends and campaigns as plain values."""

import pytest

from migrations_app.rules.mailing import again, columns, sends, suppression, timeline, touches
from migrations_app.rules.mailing.suppression import COMPLAINT, HARD_BOUNCE, MANUAL, SOFT_BOUNCE, UNSUBSCRIBE, Entry
from migrations_app.rules.mailing.touches import Campaign, Touch

SENT, DELIVERED, OPENED, CLICKED = range(4)


def test_the_strictest_reason_wins_and_the_earliest_date_is_kept() -> None:
    state = suppression.settle([Entry(MANUAL, "2024-05-01"), Entry(COMPLAINT, "2025-01-01"), Entry(HARD_BOUNCE, "")])
    assert state is not None
    assert (state.reason, state.since, len(state.history)) == (COMPLAINT, "2024-05-01", 3)
    assert suppression.told(state.history) == "2024-05-01 Manual\n2025-01-01 Spam complaint\nHard bounce"


@pytest.mark.parametrize("entry", [Entry(SOFT_BOUNCE, "2024-01-01"), Entry(UNSUBSCRIBE, "2024-01-01", category="Newsletter")])
def test_temporary_bounces_and_categories_forbid_nothing(entry: Entry) -> None:
    assert suppression.settle([entry]) is None
    assert suppression.settle([]) is None


def test_a_reason_that_nobody_knows_still_forbids() -> None:
    state = suppression.settle([Entry("", "2024-01-01", "because of Bob")])
    assert state is not None
    assert state.reason == suppression.UNKNOWN


def test_only_what_forbids_more_is_stricter() -> None:
    assert suppression.is_stricter(COMPLAINT, MANUAL)
    assert suppression.is_stricter(MANUAL, "")
    assert not suppression.is_stricter(MANUAL, UNSUBSCRIBE)
    assert not suppression.is_stricter(MANUAL, MANUAL)


def test_all_events_of_one_send_are_one_record() -> None:
    [first, second] = sends.gather(
        [(7, 130, OPENED), (7, 100, SENT), (7, 101, DELIVERED), (7, 140, OPENED), (7, 200, SENT), (7, 210, CLICKED)]
    )
    assert (first.at, first.counts[OPENED], first.last[OPENED]) == (100, 2, 140)
    assert (second.at, second.counts[CLICKED]) == (200, 1)
    assert [sends.status(each) for each in (first, second)] == ["opened", "clicked"]


def test_what_seems_to_have_happened_before_belongs_to_the_first_send() -> None:
    [send] = sends.gather([(1, 500, SENT), (1, 440, DELIVERED)])
    assert (send.at, send.counts[DELIVERED]) == (500, 1)


def test_opens_without_a_sending_are_one_send() -> None:
    [send] = sends.gather([(1, 500, OPENED), (1, 700, OPENED), (1, 0, CLICKED)])
    assert (send.at, send.counts[OPENED], send.counts[CLICKED]) == (500, 2, 1)


def met(known: dict[str, int | None], *sent: timeline.Sent) -> dict[str, int]:
    """{key: minute of the send that is this record}."""
    found = again.met(sent, [again.before(key, minute) for key, minute in known.items()])
    return {record.key: again.as_told(send, record).minute for send, record in found.items()}


def test_a_send_that_was_heard_of_before_is_the_one_that_it_was_found_to_be_else_the_first_that_was_answered() -> None:
    every = timeline.Sent(30, 1, "opened"), timeline.Sent(10, 1, "sent"), timeline.Sent(20, 1, "opened")
    at_20, at_30 = "m@19700101T0020", "m@19700101T0030"
    assert met({"m@-": None}, *every) == {"m@-": 20}
    assert met({"m@-": None, at_20: None, at_30: None}, *every) == {"m@-": 10, at_20: 20, at_30: 30}
    assert met({"m@-": 30, at_30: None}, *every) == {"m@-": 30}
    assert {timeline.stamp(timeline.Sent(10, 1, "opened", is_told=False)), timeline.stamp(timeline.Sent(0, 1, "sent"))} == {"-"}


def test_a_send_whose_sending_is_told_of_no_more_is_the_last_one_before_it_was_opened() -> None:
    opened, at_20, at_30 = timeline.Sent(25, 1, "opened", is_told=False), "m@19700101T0020", "m@19700101T0030"
    assert met({at_30: None, at_20: None}, opened) == {at_20: 20}
    assert met({at_30: None}, opened) == {at_30: 30}
    assert met({at_30: None, at_20: None}, opened, timeline.Sent(20, 1, "sent")) == {at_20: 20, at_30: 30}
    assert met({at_20: None, "m@-": None}, opened) == {"m@-": 25}
    assert met({"m@-": 20}, opened) == {"m@-": 20}


def test_counters_count_messages_and_not_the_scanners_clicks() -> None:
    counted = sends.Counters()
    for send in sends.gather([(1, 100, SENT), *[(1, 101 + at, CLICKED) for at in range(9)], (2, 300, SENT), (2, 301, sends.BOUNCES[1])]):
        counted.add(send)
    assert (counted.sent, counted.opened, counted.clicked, counted.bounced, counted.last_open) == (2, 1, 1, 1, 109)


SPRING, AUTUMN = Campaign("1", "Spring", "Drip", "Active", "2024-03-01", "2024-04-01"), Campaign("2", "Autumn")


def test_campaigns_stand_in_the_order_of_the_first_touch() -> None:
    mine = [Touch(AUTUMN, "2024-10-01"), Touch(SPRING), Touch(SPRING, "2025-01-01", "Attended")]
    assert [each.name for each in touches.campaigns(mine)] == ["Spring", "Autumn"]
    assert touches.history(mine) == [
        "2024-03-01 Spring (Drip, Active, 2024-03-01 to 2024-04-01)",
        "2024-10-01 Autumn",
        "2025-01-01 Spring (Drip, Active, 2024-03-01 to 2024-04-01): Attended",
    ]


def test_rows_of_one_person_are_joined() -> None:
    one = {"campaigns": ["A"], "emails_sent": 3, "last_campaign": ["2024-01-01", "A"], "suppression_reason": "Manual"}
    two = {"campaigns": ["B", "A"], "emails_sent": 1, "last_campaign": ["2025-01-01", "B"], "suppression_reason": "Spam complaint"}
    assert columns.together("contacts", [one, two]) == {
        "campaigns": ["A", "B"],
        "emails_sent": 4,
        "last_campaign": "B",
        "suppression_reason": "Spam complaint",
    }


def test_the_first_day_of_a_suppression_is_kept() -> None:
    some = [{"suppression_date": [day, day]} for day in ("2024-05-01", "2023-01-01")]
    assert columns.together("contacts", some) == {"suppression_date": "2023-01-01"}
