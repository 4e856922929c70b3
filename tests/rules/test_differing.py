"""What an update has to say: nothing that is not new, nothing that Pipedrive would refuse."""

import pytest

from migrations_app.rules.differing import changes, flat, nested

CODE, OTHER = "a" * 40, "b" * 40


def test_what_is_equal_is_not_sent() -> None:
    body = {"name": "Harbour", "owner_id": 7, CODE: "x"}
    assert changes("organization", body, dict(body)) == {}


def test_only_new_values_are_sent() -> None:
    before = {"name": "Harbour", "owner_id": 7, CODE: "x"}
    assert changes("organization", before, {"name": "Harbor", "owner_id": 7, CODE: "x", OTHER: 3}) == {"name": "Harbor", OTHER: 3}


@pytest.mark.parametrize(
    ("entity", "before", "cleared"),
    [
        ("organization", {CODE: "x"}, {CODE: None}),
        ("organization", {"website": "https://x.example"}, {"website": None}),
        ("person", {"emails": [{"value": "a@b.c"}]}, {"emails": []}),
        ("person", {"org_id": 5}, {"org_id": None}),
        ("deal", {"value": 12.5}, {"value": 0}),
        ("deal", {"expected_close_date": "2024-01-31"}, {"expected_close_date": None}),
    ],
)
def test_what_is_no_longer_wanted_is_cleared_in_the_form_of_its_field(entity: str, before: dict, cleared: dict) -> None:
    assert changes(entity, before, {}) == cleared
    assert changes(entity, before, dict.fromkeys(before)) == cleared


@pytest.mark.parametrize("before", [{"name": "Harbour"}, {"owner_id": 7}, {"visible_to": 3}, {"add_time": "2019-01-01T00:00:00Z"}])
def test_what_cannot_be_cleared_or_changed_is_left_out(before: dict) -> None:
    assert changes("organization", before, {}) == {}


def test_a_creation_time_is_taken_only_once() -> None:
    assert changes("person", {"add_time": "2019-01-01T00:00:00Z"}, {"add_time": "2020-01-01T00:00:00Z"}) == {}


def test_nothing_that_was_never_there_is_cleared() -> None:
    assert changes("deal", {CODE: None, "lost_reason": "", "label_ids": []}, {}) == {}


def test_a_new_status_empties_its_own_times() -> None:
    before = {"status": "lost", "lost_time": "2024-01-01T00:00:00Z", "lost_reason": "price"}
    assert changes("deal", before, {"status": "open"}) == {"status": "open"}
    won = {"status": "won", "won_time": "2024-02-01T00:00:00Z"}
    assert changes("deal", before, won) == won


def test_custom_fields_go_inside_and_never_as_an_empty_object() -> None:
    assert nested("deal", {"title": "Pier", CODE: 1}) == {"title": "Pier", "custom_fields": {CODE: 1}}
    assert nested("deal", {"title": "Pier"}) == {"title": "Pier"}
    assert flat(nested("deal", {"title": "Pier", CODE: 1})) == {"title": "Pier", CODE: 1}
