import pytest

from tests.rules.tables import codes, draft

DEAL = {
    "Title": "title",
    "Status": "status",
    "Close": "close_date",
    "Won": "won_date",
    "Created": "created_at",
    "Prob": "probability",
    "Reason": "lost_reason",
}


def test_an_open_deal_keeps_its_expected_close_and_probability():
    found = draft("deals", DEAL, "a", "Open", "2024-03-01", "", "2024-01-01", "50", "")
    assert found.values["status"] == "open"
    assert found.values["expected_close_date"] == "2024-03-01"
    assert found.values["probability"] == 50
    assert not {"won_time", "lost_time", "close_time"} & found.values.keys()


def test_a_won_deal_is_closed_at_noon_of_its_won_date():
    found = draft("deals", DEAL, "a", "Gewonnen", "2024-03-01", "2024-07-02", "2024-01-01", "50", "")
    assert found.values["won_time"] == found.values["close_time"] == "2024-07-02T10:00:00Z"
    assert not {"expected_close_date", "probability", "lost_time"} & found.values.keys()


def test_a_lost_deal_takes_its_close_date_and_keeps_its_reason():
    found = draft("deals", DEAL, "a", "Lost", "2024-03-01", "", "2024-01-01", "50", "Price")
    assert found.values["lost_time"] == found.values["close_time"] == "2024-03-01T11:00:00Z"
    assert found.values["lost_reason"] == "Price"
    assert "won_time" not in found.values


def test_a_closed_deal_without_a_date_takes_the_last_known_one_and_is_flagged():
    found = draft("deals", DEAL, "a", "Won", "", "", "2024-01-01", "", "")
    assert found.values["won_time"] == "2024-01-01T11:00:00Z"
    assert codes(found) == ["closed_without_date"]


def test_an_ambiguous_close_date_is_not_replaced_by_another():
    found = draft("deals", DEAL, "a", "Won", "04/10/2024", "", "2024-01-01", "", "")
    assert "won_time" not in found.values
    assert codes(found) == ["ambiguous_date"]


def test_the_lost_reason_of_a_deal_that_is_not_lost_is_named():
    found = draft("deals", DEAL, "a", "Open", "", "", "", "", "Price")
    assert "lost_reason" not in found.values
    assert codes(found) == ["lost_reason_unused"]


def test_an_unknown_status_is_asked_about():
    found = draft("deals", DEAL, "a", "Perhaps", "2024-03-01", "", "", "", "")
    assert "status" not in found.values
    assert codes(found) == ["unknown_status"]


@pytest.mark.parametrize(
    ("columns", "cells", "status"),
    [
        ({"Title": "title", "Stage": "stage"}, ("a", "Closed Won"), "won"),
        ({"Title": "title", "Stage": "stage"}, ("a", "Proposal"), "open"),
        ({"Title": "title", "Won": "won_date"}, ("a", "2024-01-01"), "won"),
        ({"Title": "title", "Lost": "lost_date"}, ("a", "2024-01-01"), "lost"),
        ({"Title": "title"}, ("a",), "open"),
    ],
)
def test_without_a_status_column_the_stage_or_a_date_tells(columns, cells, status):
    assert draft("deals", columns, *cells).values["status"] == status


def test_a_negative_value_is_kept_and_flagged():
    found = draft("deals", {"Title": "title", "Amount": "value"}, "a", "(1,234.50)")
    assert found.values["value"] == "-1234.50"
    assert codes(found) == ["negative_amount"]
