"""Deals and their lines, pipelines and stages."""

from typing import Any

import pytest

WON = "2019-05-06T00:00:00Z"


@pytest.fixture
def pipeline(company: Any) -> dict[str, Any]:
    """A second pipeline with two stages, `first` and `second`."""
    made = company.post("/pipelines", {"name": "Renewals", "is_deal_probability_enabled": True})
    stages = [company.post("/stages", {"name": name, "pipeline_id": made["id"]})["id"] for name in ("One", "Two")]
    return {"id": made["id"], "first": stages[0], "second": stages[1]}


def test_only_a_title_is_needed(company: Any) -> None:
    deal = company.post("/deals", {"title": "D"})
    stage = company.get("/stages")[0]
    assert (deal["stage_id"], deal["pipeline_id"]) == (stage["id"], stage["pipeline_id"])
    assert (deal["status"], deal["value"], deal["currency"], deal["org_id"], deal["person_id"]) == ("open", 0, "USD", None, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 256},
        {"title": "D", "value": "5"},
        {"title": "D", "currency": "XXX"},
        {"title": "D", "status": "deleted"},
        {"title": "D", "probability": 101},
        {"title": "D", "stage_id": 999999},
        {"title": "D", "pipeline_id": 999999},
        {"title": "D", "add_time": WON},
        {"title": "D", "stage_change_time": WON},
        {"title": "D", "is_deleted": True},
        {"title": "D", "won_time": WON},
        {"title": "D", "status": "lost", "won_time": WON},
        {"title": "D", "status": "won", "lost_reason": "price"},
        {"title": "D", "lost_reason": "price"},
        {"title": "D", "close_time": WON},
        {"title": "D", "status": "won", "won_time": "2019-05-06 00:00:00"},
        {"title": "D", "archive_time": "2020-01-01 00:00:00"},
        {"title": "D", "is_archived": True, "archive_time": "2020-01-01T00:00:00Z"},
        {"title": "D", "expected_close_date": "06/05/2019"},
        {"title": "D", "org_id": 0},
    ],
)
def test_bad_deals_are_refused(company: Any, body: Any) -> None:
    company.refusal("POST", "/deals", body)
    assert company.get("/deals") == []


def test_the_stage_decides_the_pipeline(company: Any, pipeline: Any) -> None:
    by_stage = company.post("/deals", {"title": "D", "stage_id": pipeline["second"]})
    by_pipeline = company.post("/deals", {"title": "D", "pipeline_id": pipeline["id"]})
    both = company.post("/deals", {"title": "D", "stage_id": pipeline["second"], "pipeline_id": company.get("/pipelines")[0]["id"]})
    assert [(deal["pipeline_id"], deal["stage_id"]) for deal in (by_stage, by_pipeline, both)] == [
        (pipeline["id"], pipeline["second"]),
        (pipeline["id"], pipeline["first"]),
        (pipeline["id"], pipeline["second"]),
    ]


def test_won_and_lost_bring_their_times(company: Any) -> None:
    won = company.post("/deals", {"title": "W", "status": "won", "won_time": WON, "close_time": WON})
    lost = company.post("/deals", {"title": "L", "status": "lost", "lost_time": WON, "lost_reason": "price"})
    assert (won["won_time"], won["close_time"], won["lost_time"]) == (WON, WON, None)
    assert (lost["lost_time"], lost["close_time"], lost["lost_reason"]) == (WON, WON, "price")
    reopened = company.patch(f"/deals/{won['id']}", {"status": "open"})
    assert (reopened["won_time"], reopened["close_time"]) == (None, None)


def test_links_are_cleared_by_null(company: Any) -> None:
    organization = company.post("/organizations", {"name": "A"})["id"]
    deal = company.post("/deals", {"title": "D", "org_id": organization})
    assert company.patch(f"/deals/{deal['id']}", {"org_id": None})["org_id"] is None


def test_archived_deals_leave_the_list_and_cannot_be_edited(company: Any) -> None:
    deal = company.post("/deals", {"title": "D", "is_archived": True, "archive_time": "2020-01-01 10:00:00"})
    assert deal["archive_time"] == "2020-01-01T10:00:00Z"
    assert company.get("/deals") == []
    assert [one["id"] for one in company.get("/deals/archived")] == [deal["id"]]
    assert "Archived" in company.refusal("PATCH", f"/deals/{deal['id']}", {"title": "E"})
    product = company.post("/products", {"name": "P"})["id"]
    assert "Archived" in company.refusal("POST", f"/deals/{deal['id']}/products", {"product_id": product, "item_price": 1, "quantity": 1})


def test_the_plan_caps_open_deals_and_archiving_makes_room(new_company: Any) -> None:
    company = new_company(limits={"open_items": 2, "budget": False, "window": False})
    first, second = (company.post("/deals", {"title": title})["id"] for title in "AB")
    answer = company.send("POST", "/deals", {"title": "C"})
    assert (answer.status_code, answer.json()["code"]) == (403, "feature_capping_deals_limit")
    assert answer.json()["error"] == "Couldn't add the deal. Open deals limit reached."
    company.post("/deals", {"title": "C", "is_archived": True})
    company.patch(f"/deals/{first}", {"is_archived": True})
    company.post("/deals", {"title": "D"})
    company.refusal("POST", "/deals", {"title": "E"}, status=403)
    company.delete(f"/deals/{second}")
    company.post("/deals", {"title": "F"})


def test_deals_are_listed_by_what_they_belong_to(company: Any, pipeline: Any) -> None:
    organization = company.post("/organizations", {"name": "A"})["id"]
    person = company.post("/persons", {"name": "Ann"})["id"]
    made = {
        "plain": company.post("/deals", {"title": "a"})["id"],
        "linked": company.post("/deals", {"title": "b", "org_id": organization, "person_id": person, "status": "lost"})["id"],
        "staged": company.post("/deals", {"title": "c", "stage_id": pipeline["second"], "status": "won"})["id"],
        "deleted": company.post("/deals", {"title": "d"})["id"],
    }
    company.delete(f"/deals/{made['deleted']}")

    def found(**query: Any) -> list[str]:
        ids = [deal["id"] for deal in company.get("/deals", **query)]
        return [name for name, deal_id in made.items() if deal_id in ids]

    assert found() == ["plain", "linked", "staged"]
    assert found(org_id=organization) == found(person_id=person) == ["linked"]
    assert found(pipeline_id=pipeline["id"]) == found(stage_id=pipeline["second"]) == ["staged"]
    assert found(status="won,lost") == ["linked", "staged"]
    assert found(status="deleted") == ["deleted"]
    assert found(status="open,deleted") == ["plain", "deleted"]


def test_stages_keep_their_order_and_go_with_their_pipeline(company: Any, pipeline: Any) -> None:
    stages = company.get("/stages", pipeline_id=pipeline["id"])
    assert [(stage["name"], stage["order_nr"], stage["deal_probability"]) for stage in stages] == [("One", 1, 100), ("Two", 2, 100)]
    assert "deal_probability" in company.refusal("PATCH", f"/stages/{pipeline['first']}", {"deal_probability": 50.5})
    company.delete(f"/pipelines/{pipeline['id']}")
    assert company.get("/stages", pipeline_id=pipeline["id"]) == []
    company.refusal("POST", "/deals", {"title": "D", "stage_id": pipeline["first"]})


def test_new_pipelines_come_with_stages_only_where_the_feature_is_on(new_company: Any) -> None:
    for switched_on, count in ((False, 0), (True, 5)):
        company = new_company(features={"pipeline_default_stages": switched_on})
        pipeline = company.post("/pipelines", {"name": "P"})["id"]
        assert len(company.get("/stages", pipeline_id=pipeline)) == count


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def deal(company: Any) -> int:
    return int(company.post("/deals", {"title": "D", "value": 7})["id"])


@pytest.fixture
def product(company: Any) -> int:
    return int(company.post("/products", {"name": "Drill"})["id"])


def test_the_value_follows_the_lines(company: Any, deal: int, product: int) -> None:
    line = company.post(f"/deals/{deal}/products", {"product_id": product, "item_price": 10, "quantity": 3, "discount": 10})
    company.post(f"/deals/{deal}/products", {"product_id": product, "item_price": 5, "quantity": 1, "is_enabled": False})
    assert (line["sum"], line["name"], line["currency"]) == (27, "Drill", "USD")
    assert company.get(f"/deals/{deal}")["value"] == 27
    assert "follows its products" in company.refusal("PATCH", f"/deals/{deal}", {"value": 7})
    company.delete(f"/deals/{deal}/products/{line['id']}")
    assert company.get(f"/deals/{deal}")["value"] == 0


def test_many_lines_go_in_one_request_or_none_does(company: Any, deal: int, product: int) -> None:
    good = {"product_id": product, "item_price": 1, "quantity": 1}
    answer = company.send("POST", f"/deals/{deal}/products/bulk", {"data": [{**good, "comments": str(number)} for number in range(100)]})
    assert answer.status_code == 201
    assert [line["comments"] for line in answer.json()["data"]] == [str(number) for number in range(100)]
    assert "data.1.product_id" in company.refusal("POST", f"/deals/{deal}/products/bulk", {"data": [good, {**good, "product_id": 1}]})
    locked = company.post("/products", {"name": "Old", "is_linkable": False})["id"]
    company.refusal("POST", f"/deals/{deal}/products/bulk", {"data": [good, {**good, "product_id": locked}]})
    company.refusal("POST", f"/deals/{deal}/products/bulk", {"data": [good] * 101})
    company.refusal("POST", f"/deals/{deal}/products/bulk", {"data": []})
    assert len(company.get(f"/deals/{deal}/products", limit=500)) == 100


def test_lines_of_several_deals_are_read_at_once(company: Any, deal: int, product: int) -> None:
    other = company.post("/deals", {"title": "E"})["id"]
    for number in (deal, other, deal):
        company.post(f"/deals/{number}/products", {"product_id": product, "item_price": 1, "quantity": 1})
    lines = company.get("/deals/products", deal_ids=f"{deal},{other}")
    assert [line["deal_id"] for line in lines] == [deal, other, deal]
    company.refusal("GET", "/deals/products?deal_ids=" + ",".join("1" for _ in range(101)))
    company.refusal("GET", "/deals/products")


def test_the_tax_method_is_one_for_the_whole_deal(company: Any, deal: int, product: int) -> None:
    body = {"product_id": product, "item_price": 1, "quantity": 1, "tax_method": "exclusive"}
    company.post(f"/deals/{deal}/products", body)
    company.post(f"/deals/{deal}/products", {**body, "tax_method": "none"})
    assert {line["tax_method"] for line in company.get(f"/deals/{deal}/products")} == {"none"}


def test_products_that_cannot_be_linked_or_are_deleted_are_refused(company: Any, deal: int, product: int) -> None:
    locked = company.post("/products", {"name": "Old", "is_linkable": False})["id"]
    body = {"item_price": 1, "quantity": 1}
    company.refusal("POST", f"/deals/{deal}/products", {**body, "product_id": locked})
    company.delete(f"/products/{product}")
    company.refusal("POST", f"/deals/{deal}/products", {**body, "product_id": product})
    assert company.get(f"/deals/{deal}/products") == []
