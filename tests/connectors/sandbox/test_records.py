"""Organizations, persons, activities and products: strict on the way in, reshaped as Pipedrive does it."""

from typing import Any

import pytest

TEXTS = ["<b>O'Hara & Söhne</b>", "=1+1", "名前 🎉", "مرحبا", "a\u0000b", "e\u0301", "  blanks  "]


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_as_it_was_sent(company: Any, text: str) -> None:
    field = company.field("organizationFields", "text")["field_code"]
    made = company.post("/organizations", {"name": text, "custom_fields": {field: text}})
    read = company.get(f"/organizations/{made['id']}")
    assert (read["name"], read["custom_fields"][field]) == (text, text)


def test_the_owner_is_the_token_s_user_unless_another_is_named(company: Any) -> None:
    ann, bo = (user["id"] for user in company.users)
    assert company.post("/organizations", {"name": "A"})["owner_id"] == ann
    assert company.post("/organizations", {"name": "A", "owner_id": bo})["owner_id"] == bo
    company.control.change_user(company.domain, bo, active_flag=False)
    assert "owner_id" in company.refusal("POST", "/organizations", {"name": "A", "owner_id": bo})


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("/organizations", {}, "name: 'name' is required"),
        ("/organizations", {"name": "  "}, "name: is not allowed to be empty"),
        ("/organizations", {"name": "x" * 256}, "name: length must be less than or equal to 255 characters long"),
        ("/organizations", {"name": 5}, "name: must be a string"),
        ("/organizations", {"name": "A", "domain": "x"}, "domain: Parameter 'domain' is not allowed for this request"),
        ("/organizations", {"name": "A", "update_time": "2020-01-01T00:00:00Z"}, "update_time: Parameter 'update_time' is not allowed"),
        ("/organizations", {"name": "A", "owner_id": "1"}, "owner_id: must be an integer"),
        ("/organizations", {"name": "A", "owner_id": 1.0}, "owner_id: must be an integer"),
        ("/organizations", {"name": "A", "owner_id": True}, "owner_id: must be an integer"),
        ("/organizations", {"name": "A", "owner_id": None}, "owner_id: must be an integer"),
        ("/organizations", {"name": "A", "visible_to": 2}, "visible_to: must be one of [1, 3, 5, 7]"),
        ("/organizations", {"name": "A", "label_ids": [1]}, "label_ids: option 1 does not exist"),
        ("/organizations", {"name": "A", "address": "Main St"}, "address: must be an object"),
        ("/organizations", {"name": "A", "address": {"country": "US"}}, "address: 'value' is required"),
        ("/organizations", {"name": "A", "address": {"value": "x", "city": "y"}}, "address: 'city' is not allowed"),
        ("/organizations", {"name": "A", "industry": 3}, "industry: option 3 does not exist"),
        ("/organizations", {"name": "A", "annual_revenue": 1.5}, "annual_revenue: must be an integer"),
        ("/organizations", {"name": "A", "add_time": "2020-01-01 00:00:00"}, "add_time: must be a time in RFC 3339"),
        ("/organizations", {"name": "A", "add_time": "2020-01-01T00:00:00.5Z"}, "add_time: must be a time in RFC 3339"),
        ("/organizations", {"name": "A", "add_time": "2020-02-30T00:00:00Z"}, "add_time: must be a time in RFC 3339"),
        ("/persons", {"owner_id": 1}, "name: 'name' is required"),
        ("/persons", {"name": "A", "org_id": 999999}, "org_id: organization 999999 was not found"),
        ("/persons", {"name": "A", "emails": "a@b.c"}, "emails: must be an array of objects"),
        ("/persons", {"name": "A", "emails": [{"label": "work"}]}, "emails: 0.value: '0.value' is required"),
        ("/persons", {"name": "A", "phones": [{"value": 5}]}, "phones: 0.value: must be a string"),
        ("/persons", {"name": "A", "phones": [{"value": "5", "type": "x"}]}, "phones: 0.type: Parameter '0.type' is not allowed"),
        ("/persons", {"name": "A", "emails": [{"value": "a", "primary": True}] * 2}, "emails: at most one may be primary"),
        ("/persons", {"name": "A", "emails": [{"value": "a", "primary": 1}]}, "emails: 0.primary: must be a boolean"),
        ("/activities", {"type": "Call"}, "type: must be the key_string of an activity type"),
        ("/activities", {"person_id": 1}, "person_id: Parameter 'person_id' is not allowed for this request"),
        ("/activities", {"due_time": "25:00"}, "due_time: must be a time in HH:MM format"),
        ("/activities", {"due_date": "01.02.2020"}, "due_date: must be a date in YYYY-MM-DD format"),
        ("/activities", {"done": "true"}, "done: must be a boolean"),
        ("/activities", {"participants": [{"person_id": 1}]}, "participants: 0.person_id: person 1 was not found"),
        ("/activities", {"note": "x" * 100_001}, "note: length must be less than or equal to 100000 characters long"),
        ("/activities", {"note": "ä" * 60_000}, "note: must not exceed 100 KB"),
        ("/activities", {"outcome": 1}, "outcome: "),
        ("/products", {"code": "A"}, "name: 'name' is required"),
        ("/products", {"name": "A", "prices": [{"currency": "XXX", "price": 1}]}, "prices: 0.currency: must be a currency of the account"),
        ("/products", {"name": "A", "prices": [{"currency": "USD", "price": 1}] * 2}, "prices: only one price per currency"),
        ("/products", {"name": "A", "prices": [{"currency": "USD", "price": "1"}]}, "prices: 0.price: must be a number"),
        ("/products", {"name": "A", "billing_frequency": "weekly"}, "billing_frequency_cycles: does not fit"),
    ],
)
def test_what_is_wrong_is_named_by_its_path_and_nothing_is_written(company: Any, path: str, body: Any, complaint: str) -> None:
    before = company.control.counters(company.domain)["records"]
    answer = company.send("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_SCHEMA_VALIDATION_FAILED")
    assert complaint in answer.json()["error"]
    assert company.control.counters(company.domain)["records"] == before


def test_several_problems_are_told_at_once(company: Any) -> None:
    error = company.refusal("POST", "/organizations", {"name": 1, "foo": 2, "owner_id": "3"})
    assert error == (
        "Validation failed: name: must be a string; foo: Parameter 'foo' is not allowed for this request; owner_id: must be an integer"
    )


def test_names_are_split_and_contacts_completed(company: Any) -> None:
    emails = [{"value": "home@x.test", "label": "home"}, {"value": "work@x.test"}]
    person = company.post("/persons", {"name": "Mary Ann Smith", "emails": emails, "phones": [{"value": "+1 555 0100"}]})
    assert (person["first_name"], person["last_name"]) == ("Mary", "Ann Smith")
    assert person["emails"] == [
        {"value": "home@x.test", "primary": True, "label": "home"},
        {"value": "work@x.test", "primary": False, "label": "work"},
    ]
    assert person["phones"] == [{"value": "+1 555 0100", "primary": True, "label": "work"}]
    assert company.patch(f"/persons/{person['id']}", {"emails": []})["emails"] == []


def test_parts_of_an_address_that_are_left_out_become_null_also_on_update(company: Any) -> None:
    made = company.post("/organizations", {"name": "A", "address": {"value": "1 Main St", "country": "US"}})
    assert (made["address"]["country"], made["address"]["formatted_address"]) == ("US", "1 Main St")
    changed = company.patch(f"/organizations/{made['id']}", {"address": {"value": "2 Side St"}})
    assert (changed["address"]["value"], changed["address"]["country"]) == ("2 Side St", None)
    assert company.patch(f"/organizations/{made['id']}", {"address": None})["address"] is None


def test_creation_time_can_be_set_once(company: Any) -> None:
    made = company.post("/organizations", {"name": "A", "add_time": "2016-03-02T11:15:00+02:00"})
    assert made["add_time"] == "2016-03-02T09:15:00Z"
    assert made["update_time"] > made["add_time"]
    assert "add_time" in company.refusal("PATCH", f"/organizations/{made['id']}", {"add_time": "2016-03-02T09:15:00Z"})


def test_an_update_changes_only_what_was_sent_and_its_time(company: Any) -> None:
    made = company.post("/organizations", {"name": "A", "website": "https://a.test"})
    company.control.set_clock(100)
    try:
        changed = company.patch(f"/organizations/{made['id']}", {"name": "B"})
    finally:
        company.control.set_clock(0)
    assert (changed["name"], changed["website"], changed["add_time"]) == ("B", "https://a.test", made["add_time"])
    assert changed["update_time"] > made["update_time"]


def test_deleted_records_leave_lists_and_links(company: Any) -> None:
    organization = company.post("/organizations", {"name": "A"})
    path = f"/organizations/{organization['id']}"
    assert company.delete(path) == {"id": organization["id"]}
    assert company.get("/organizations") == []
    assert [company.send(method, path, body).status_code for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None))] == [404] * 3
    assert "org_id" in company.refusal("POST", "/persons", {"name": "Ann", "org_id": organization["id"]})


def test_ids_of_another_company_are_not_found(new_company: Any) -> None:
    one, other = new_company(), new_company()
    organization = one.post("/organizations", {"name": "A"})
    assert other.send("GET", f"/organizations/{organization['id']}").status_code == 404
    assert "org_id" in other.refusal("POST", "/persons", {"name": "Ann", "org_id": organization["id"]})


def test_organization_details_exist_only_where_the_feature_is_on(new_company: Any) -> None:
    plain = new_company(features={"organization_details": False})
    assert "website" not in [field["field_code"] for field in plain.get("/organizationFields")]
    assert "website: Parameter 'website' is not allowed" in plain.refusal("POST", "/organizations", {"name": "A", "website": "x"})


def test_contact_sync_fields_exist_only_where_the_feature_is_on(new_company: Any) -> None:
    plain, synced = new_company(), new_company(features={"contact_sync": True})
    body = {"name": "Ann", "job_title": "Boss", "postal_address": {"value": "1 Main St"}}
    plain.refusal("POST", "/persons", body, status=403)
    assert synced.post("/persons", body)["job_title"] == "Boss"


def marketing_status(company: Any, person_id: int) -> str:
    return str(company.get(f"/persons/{person_id}", include_fields="marketing_status")["marketing_status"])


def test_marketing_status_changes_once_and_then_stays_without_a_word(new_company: Any) -> None:
    company = new_company(features={"campaigns": True})
    person = company.post("/persons", {"name": "Ann", "emails": [{"value": "a@b.test"}]})["id"]
    company.patch(f"/persons/{person}", {"marketing_status": "unsubscribed"})
    company.patch(f"/persons/{person}", {"marketing_status": "subscribed"})
    assert marketing_status(company, person) == "unsubscribed"


def test_marketing_status_needs_an_email(new_company: Any) -> None:
    company = new_company(features={"campaigns": True})
    person = company.post("/persons", {"name": "Ann", "marketing_status": "subscribed"})["id"]
    assert marketing_status(company, person) == "no_consent"


def test_levels_of_visibility_depend_on_the_plan(new_company: Any) -> None:
    lite, premium = new_company(plan="lite"), new_company(plan="premium")
    assert lite.post("/organizations", {"name": "A"})["visible_to"] == 3
    assert premium.post("/organizations", {"name": "A"})["visible_to"] == 7
    assert "visible_to" in lite.refusal("POST", "/organizations", {"name": "A", "visible_to": 7})


def test_an_activity_hangs_on_one_deal_or_lead_and_its_people(company: Any) -> None:
    ann, bo = (company.post("/persons", {"name": name})["id"] for name in ("Ann", "Bo"))
    deal = company.post("/deals", {"title": "D"})["id"]
    lead = company.post("/v1/leads", {"title": "L", "person_id": ann})["id"]
    people = [{"person_id": ann}, {"person_id": bo, "primary": True}]
    activity = company.post(
        "/activities",
        {"subject": "Call", "type": "call", "deal_id": deal, "lead_id": lead, "participants": people, "due_time": "14:30", "done": True},
    )
    assert (activity["deal_id"], activity["lead_id"], activity["person_id"]) == (deal, None, bo)
    assert (activity["due_time"], activity["marked_as_done_time"] is not None) == ("14:30:00", True)
    assert [one["id"] for one in company.get("/activities", person_id=bo, done="true")] == [activity["id"]]
    assert company.get("/activities", done="false") == []


def test_guests_of_activities_are_counted_as_invitations(company: Any) -> None:
    company.post("/activities", {"subject": "x", "attendees": [{"email": "a@b.test"}]})
    company.post("/activities", {"subject": "x"})
    assert len(company.control.records(company.domain, "invitation")) == 1


def test_a_new_product_has_a_price_of_nothing_and_answers_201(company: Any) -> None:
    answer = company.send("POST", "/products", {"name": "Drill", "code": "D-1"})
    assert answer.status_code == 201
    assert [(price["currency"], price["price"]) for price in answer.json()["data"]["prices"]] == [("USD", 0)]
    prices = [{"currency": "EUR", "price": 5.5}]
    changed = company.patch(f"/products/{answer.json()['data']['id']}", {"prices": prices})
    assert [price["currency"] for price in changed["prices"]] == ["EUR"]


def test_billing_frequencies_come_with_growth(new_company: Any) -> None:
    body = {"name": "Service", "billing_frequency": "monthly"}
    assert "billing_frequency" in new_company(plan="lite").refusal("POST", "/products", body)
    assert new_company(plan="growth").post("/products", body)["billing_frequency"] == "monthly"
