"""Custom fields: their definitions, options, hash keys per account, and the values that each type takes."""

import re
from typing import Any

import pytest

ADDRESS = {"value": "1 Main St", "country": "US"}


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("varchar", "x" * 255),
        ("varchar_auto", "abc"),
        ("text", "x" * 65_000),
        ("double", 12.5),
        ("double", -3),
        ("monetary", {"value": 500, "currency": "EUR"}),
        ("date", "2024-02-29"),
        ("daterange", {"value": "2024-01-01", "until": "2024-02-01"}),
        ("time", {"value": "09:00:00", "timezone_name": "Europe/London"}),
        ("timerange", {"value": "09:00:00", "until": "11:00:00", "timezone_name": "Europe/London"}),
        ("phone", "+1 555"),
    ],
)
def test_values_come_back_as_they_were_sent(company: Any, field_type: str, value: Any) -> None:
    code = company.field("dealFields", field_type)["field_code"]
    deal = company.post("/deals", {"title": "D", "custom_fields": {code: value}})
    assert company.get(f"/deals/{deal['id']}")["custom_fields"] == {code: value}


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("varchar", "x" * 256),
        ("varchar", 5),
        ("text", "x" * 65_001),
        ("double", "12.5"),
        ("double", True),
        ("monetary", 500),
        ("monetary", {"value": "500", "currency": "EUR"}),
        ("monetary", {"value": 500, "currency": "EURO"}),
        ("monetary", {"currency": "EUR"}),
        ("date", "2023-02-29"),
        ("date", "2024-01-01T00:00:00Z"),
        ("daterange", {"value": "2024-01-01"}),
        ("time", "09:00:00"),
        ("time", {"value": "9:00"}),
        ("time", {"value": "09:00:00", "timezone_name": "Nowhere"}),
        ("user", 999999),
        ("org", "Acme"),
        ("people", 999999),
        ("address", "1 Main St"),
        ("phone", 555),
    ],
)
def test_values_of_another_type_are_refused_by_the_field_s_code(company: Any, field_type: str, value: Any) -> None:
    code = company.field("dealFields", field_type)["field_code"]
    assert f"custom_fields.{code}" in company.refusal("POST", "/deals", {"title": "D", "custom_fields": {code: value}})


def test_money_without_a_currency_takes_the_user_s(company: Any) -> None:
    code = company.field("personFields", "monetary")["field_code"]
    person = company.post("/persons", {"name": "Ann", "custom_fields": {code: {"value": 5}}})
    assert person["custom_fields"][code] == {"value": 5, "currency": "USD"}


def test_addresses_are_completed(company: Any) -> None:
    code = company.field("personFields", "address")["field_code"]
    value = company.post("/persons", {"name": "Ann", "custom_fields": {code: ADDRESS}})["custom_fields"][code]
    assert (value["country"], value["locality"], value["formatted_address"]) == ("US", None, "1 Main St")


def test_options_are_written_by_id_only(company: Any) -> None:
    field = company.field("dealFields", "enum", "Low", "High")
    code, low = field["field_code"], field["options"][0]["id"]
    assert company.post("/deals", {"title": "D", "custom_fields": {code: low}})["custom_fields"][code] == low
    for wrong in ("Low", str(low), low + 1000, [low]):
        company.refusal("POST", "/deals", {"title": "D", "custom_fields": {code: wrong}})


def test_several_options_are_a_list_that_is_never_empty(company: Any) -> None:
    field = company.field("dealFields", "set", "A", "B", "C")
    code, ids = field["field_code"], [option["id"] for option in field["options"]]
    deal = company.post("/deals", {"title": "D", "custom_fields": {code: ids[:2]}})
    assert deal["custom_fields"][code] == ids[:2]
    assert "at least one" in company.refusal("PATCH", f"/deals/{deal['id']}", {"custom_fields": {code: []}})
    assert company.patch(f"/deals/{deal['id']}", {"custom_fields": {code: None}})["custom_fields"][code] is None


def test_labels_of_options_are_spelled_out_on_request(company: Any) -> None:
    field = company.field("dealFields", "set", "A", "B")
    code, options = field["field_code"], field["options"]
    company.post("/deals", {"title": "D", "custom_fields": {code: [options[1]["id"]]}})
    deals = company.get("/deals", include_option_labels="true")
    assert deals[0]["custom_fields"][code] == [{"id": options[1]["id"], "label": "B"}]


def test_an_update_of_one_field_leaves_the_others_and_an_empty_object_wipes_all(company: Any) -> None:
    one, two = (company.field("personFields", "varchar")["field_code"] for _ in range(2))
    path = f"/persons/{company.post('/persons', {'name': 'Ann', 'custom_fields': {one: 'a', two: 'b'}})['id']}"
    assert company.patch(path, {"custom_fields": {one: "c"}})["custom_fields"] == {one: "c", two: "b"}
    assert company.patch(path, {"custom_fields": {}})["custom_fields"] == {one: None, two: None}
    assert company.post("/persons", {"name": "Bo", "custom_fields": {}})["custom_fields"] == {one: None, two: None}


def test_hash_keys_belong_inside_custom_fields_and_to_their_account(new_company: Any) -> None:
    staging, production = new_company(), new_company()
    code = staging.field("dealFields", "varchar", name="Source id")["field_code"]
    twin = production.field("dealFields", "varchar", name="Source id")["field_code"]
    assert re.fullmatch(r"[0-9a-f]{40}", code)
    assert code != twin
    assert f"Parameter '{code}' is not allowed" in staging.refusal("POST", "/deals", {"title": "D", code: "x"})
    assert f"'custom_fields.{twin}' is not allowed" in staging.refusal("POST", "/deals", {"title": "D", "custom_fields": {twin: "x"}})


def test_fields_of_one_kind_do_not_fit_another(company: Any) -> None:
    code = company.field("dealFields", "varchar")["field_code"]
    assert code in company.refusal("POST", "/persons", {"name": "Ann", "custom_fields": {code: "x"}})


def test_a_deleted_field_vanishes_from_answers_and_is_refused(company: Any) -> None:
    code = company.field("dealFields", "varchar")["field_code"]
    deal = company.post("/deals", {"title": "D", "custom_fields": {code: "x"}})
    company.delete(f"/dealFields/{code}")
    assert company.get(f"/deals/{deal['id']}")["custom_fields"] == {}
    assert company.send("GET", f"/dealFields/{code}").status_code == 404
    assert code in company.refusal("POST", "/deals", {"title": "D", "custom_fields": {code: "x"}})


def test_names_of_fields_may_repeat_and_types_never_change(company: Any) -> None:
    first, second = company.field("dealFields", "varchar", name="Title"), company.field("dealFields", "text", name="Title")
    assert first["field_code"] != second["field_code"]
    assert "field_type" in company.refusal("PATCH", f"/dealFields/{first['field_code']}", {"field_type": "text"})
    assert company.patch(f"/dealFields/{first['field_code']}", {"field_name": "Other"})["field_name"] == "Other"


@pytest.mark.parametrize(
    "body",
    [
        {"field_type": "varchar"},
        {"field_name": "A"},
        {"field_name": "", "field_type": "varchar"},
        {"field_name": "x" * 256, "field_type": "varchar"},
        {"field_name": "A", "field_type": "boolean"},
        {"field_name": "A", "field_type": "enum"},
        {"field_name": "A", "field_type": "enum", "options": []},
        {"field_name": "A", "field_type": "enum", "options": ["B"]},
        {"field_name": "A", "field_type": "varchar", "options": [{"label": "B"}]},
    ],
)
def test_bad_definitions_are_refused(company: Any, body: Any) -> None:
    before = company.get("/personFields")
    company.refusal("POST", "/personFields", body)
    assert company.get("/personFields") == before


def test_options_are_added_changed_and_removed_all_or_none(company: Any) -> None:
    field = company.field("dealFields", "enum", "A")
    path, first = f"/dealFields/{field['field_code']}", field["options"][0]["id"]
    added = company.post(f"{path}/options", [{"label": "B"}, {"label": "C"}])
    assert [option["label"] for option in added] == ["B", "C"]
    company.refusal("PATCH", f"{path}/options", [{"id": first, "label": "AA"}, {"id": 999999, "label": "X"}])
    assert [option["label"] for option in company.get(path)["options"]] == ["A", "B", "C"]
    company.patch(f"{path}/options", [{"id": first, "label": "AA"}])
    company.ok(company.send("DELETE", f"{path}/options", [{"id": added[0]["id"]}]))
    assert [option["label"] for option in company.get(path)["options"]] == ["AA", "C"]


def test_the_plan_caps_custom_fields_of_all_kinds_together(new_company: Any) -> None:
    company = new_company(plan="lite")
    for number in range(30):
        company.field("personFields" if number % 2 else "dealFields", "varchar")
    answer = company.send("POST", "/productFields", {"field_name": "One more", "field_type": "varchar"})
    assert (answer.status_code, answer.json()["code"]) == (403, "feature_capping_custom_fields_limit")


def test_only_admins_change_the_schema(company: Any) -> None:
    member = company.act_as(1)
    stage = company.get("/stages")[0]["id"]
    for method, path, body in (
        ("POST", "/dealFields", {"field_name": "A", "field_type": "varchar"}),
        ("POST", "/pipelines", {"name": "A"}),
        ("PATCH", f"/stages/{stage}", {"name": "A"}),
        ("DELETE", f"/stages/{stage}", None),
        ("POST", "/v1/activityTypes", {"name": "A", "icon_key": "call"}),
    ):
        assert member.refusal(method, path, body, status=403) == "You do not have permissions to do this."


def test_fields_page_by_cursor_and_v1_knows_their_numbers(company: Any) -> None:
    code = company.field("dealFields", "varchar", name="Mine")["field_code"]
    codes, cursor = [], None
    while True:
        answer = company.ok(company.send("GET", "/dealFields", params={"limit": 10, **({"cursor": cursor} if cursor else {})}))
        codes += [field["field_code"] for field in answer["data"]]
        cursor = answer["additional_data"]["next_cursor"]
        if cursor is None:
            break
    assert (len(codes), len(set(codes)), codes[-1]) == (23, 23, code)
    assert isinstance(next(field["id"] for field in company.get("/v1/dealFields") if field["key"] == code), int)
