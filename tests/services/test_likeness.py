"""What an account gives back, beside what was written to it."""

from migrations_app.services.likeness import likeness_in, moment

SCHEMA = {
    "fields": {"deal": [{"code": "a" * 40, "name": "Size", "type": "double", "custom": True, "options": []}]},
    "pipelines": [{"id": 1, "name": "Sales", "probability": True}, {"id": 2, "name": "Service", "probability": False}],
}


def test_a_pipeline_without_probability_gives_none_back() -> None:
    deals = likeness_in(SCHEMA, "deal")
    assert deals.same("probability", 40, {"pipeline_id": 2, "probability": None})
    assert not deals.same("probability", 40, {"pipeline_id": 2, "probability": 30})
    assert not deals.same("probability", 40, {"pipeline_id": 1, "probability": None})


def test_values_compare_by_the_type_of_their_field() -> None:
    deals = likeness_in(SCHEMA, "deal")
    assert deals.same("a" * 40, 5, {"a" * 40: "5.00"})
    assert deals.same("won_time", "2024-05-01T10:00:00Z", {"won_time": "2024-05-01 10:00:00"})
    assert not deals.same("title", "5", {"title": "5.00"})


def test_times_sort_whatever_their_precision() -> None:
    assert moment("2024-05-01T10:00:00.250Z") == moment("2024-05-01 10:00:00") < moment("2024-05-01T10:00:01Z")
