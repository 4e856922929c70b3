"""Pages: by cursor in v2, by offset in v1; what can be chosen, sorted and left out."""

from typing import Any

import pytest


def walk(company: Any, path: str, **query: Any) -> list[Any]:
    """Every page of a list, one after the other."""
    pages, cursor = [], None
    while True:
        answer = company.ok(company.send("GET", path, params={**query, **({"cursor": cursor} if cursor else {})}))
        pages.append(answer["data"])
        cursor = answer["additional_data"]["next_cursor"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("query", [{}, {"sort_by": "id", "sort_direction": "desc"}, {"sort_by": "update_time"}])
def test_a_walk_meets_every_record_once(company: Any, query: Any) -> None:
    made = [company.post("/organizations", {"name": f"A{number}"})["id"] for number in range(7)]
    pages = walk(company, "/organizations", limit=3, **query)
    assert [len(page) for page in pages] == [3, 3, 1]
    met = [record["id"] for page in pages for record in page]
    assert met == (made[::-1] if "sort_direction" in query else made)


def test_a_walk_by_due_date_passes_activities_without_one(company: Any) -> None:
    for date in (None, "2020-01-02", "2020-01-01", None, "2020-01-03"):
        company.post("/activities", {"subject": "x", **({"due_date": date} if date else {})})
    pages = walk(company, "/activities", limit=2, sort_by="due_date")
    assert [one["due_date"] for page in pages for one in page] == [None, None, "2020-01-01", "2020-01-02", "2020-01-03"]


def test_records_that_come_meanwhile_do_not_disturb_a_walk(company: Any) -> None:
    made = [company.post("/organizations", {"name": "A"})["id"] for _ in range(4)]
    first = company.ok(company.send("GET", "/organizations", params={"limit": 2}))
    company.delete(f"/organizations/{made[0]}")
    late = company.post("/organizations", {"name": "B"})["id"]
    rest = walk(company, "/organizations", limit=2, cursor=first["additional_data"]["next_cursor"])
    assert [record["id"] for page in rest for record in page] == [*made[2:], late]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 501},
        {"limit": 0},
        {"limit": "ten"},
        {"cursor": "nonsense"},
        {"sort_by": "name"},
        {"sort_direction": "up"},
        {"updated_since": "2020-01-01T00:00:00.000Z"},
        {"updated_since": "2020-01-01"},
        {"ids": ",".join(str(number) for number in range(101))},
        {"ids": "1,x"},
        {"custom_fields": ",".join("abcdefghijklmnop")},
        {"include_fields": "nothing"},
        {"type": "call"},
        {"start": 0},
        {"filter_id": 12},
    ],
)
def test_queries_that_pipedrive_does_not_take_are_refused(company: Any, query: Any) -> None:
    assert company.send("GET", "/organizations", params=query).status_code in (400, 404)


def test_updated_since_includes_its_own_second_and_until_does_not(company: Any) -> None:
    made = company.post("/organizations", {"name": "A"})
    time = made["update_time"]
    assert [one["id"] for one in company.get("/organizations", updated_since=time)] == [made["id"]]
    assert company.get("/organizations", updated_until=time) == []
    assert company.get("/organizations", updated_since="2999-01-01T00:00:00Z") == []


def test_ids_that_do_not_exist_are_simply_absent(company: Any) -> None:
    made = company.post("/organizations", {"name": "A"})["id"]
    assert [one["id"] for one in company.get("/organizations", ids=f"{made},999999")] == [made]


def test_only_the_wanted_custom_fields_are_given(company: Any) -> None:
    one, two = (company.field("personFields", "varchar")["field_code"] for _ in range(2))
    company.post("/persons", {"name": "Ann", "custom_fields": {one: "a", two: "b"}})
    assert company.get("/persons", custom_fields=two)[0]["custom_fields"] == {two: "b"}
    assert company.get("/persons")[0]["custom_fields"] == {one: "a", two: "b"}


def test_counts_are_given_on_request(company: Any) -> None:
    organization = company.post("/organizations", {"name": "A"})["id"]
    company.post("/persons", {"name": "Ann", "org_id": organization})
    company.post("/deals", {"title": "D", "org_id": organization, "status": "won"})
    shown = company.get("/organizations", include_fields="people_count,open_deals_count,won_deals_count")[0]
    assert (shown["people_count"], shown["open_deals_count"], shown["won_deals_count"]) == (1, 0, 1)


def test_v1_pages_by_offset(company: Any) -> None:
    organization = company.post("/organizations", {"name": "A"})["id"]
    for number in range(5):
        company.post("/v1/notes", {"content": f"{number}", "org_id": organization})
    first = company.ok(company.send("GET", "/v1/notes", params={"limit": 3}))
    assert [note["content"] for note in first["data"]] == ["0", "1", "2"]
    assert first["additional_data"]["pagination"] == {"start": 0, "limit": 3, "more_items_in_collection": True, "next_start": 3}
    last = company.ok(company.send("GET", "/v1/notes", params={"limit": 3, "start": 3}))
    assert [note["content"] for note in last["data"]] == ["3", "4"]
    assert last["additional_data"]["pagination"]["more_items_in_collection"] is False


def test_a_saved_filter_chooses_records(company: Any) -> None:
    field = company.field("dealFields", "varchar", name="Batch")
    number = next(one["id"] for one in company.get("/v1/dealFields") if one["key"] == field["field_code"])
    for batch in ("one", "two", "one"):
        company.post("/deals", {"title": batch, "custom_fields": {field["field_code"]: batch}})
    condition = {"object": "deal", "field_id": str(number), "operator": "=", "value": "ONE", "extra_value": None}
    groups = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    body = {"name": "Batch one", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    made = company.post("/v1/filters", body)
    pages = walk(company, "/deals", filter_id=made["id"], limit=1)
    assert [[deal["title"] for deal in page] for page in pages] == [["one"], ["one"]]
    groups[0]["conditions"] = [condition] * 17
    assert "at most 16" in company.refusal("POST", "/v1/filters", body)
    groups[0]["conditions"] = [{**condition, "field_id": "1"}]
    assert "Unknown field_id" in company.refusal("POST", "/v1/filters", body)
