import json

import pytest

from migrations_app.rules.resolve import AccountSchema, MissingInAccount, body, resolve, visible_to

SCHEMA = AccountSchema(
    fields={
        ("organization", "source_id"): "hash-id",
        ("organization", "custom:Website (varchar)"): "hash-site",
        ("organization", "custom:Tier (enum)"): "hash-tier",
        ("organization", "custom:Services (set)"): "hash-services",
        ("organization", "custom:Limit (monetary)"): "hash-limit",
        ("organization", "custom:Size (double)"): "hash-size",
    },
    options={("organization", "custom:Tier (enum)"): {"gold": 7}, ("organization", "custom:Services (set)"): {"repair": 1, "rental": 3}},
    stages={("sales", "lead"): 12},
    visible_to=7,
)


def test_names_become_keys_and_labels_ids():
    values = {
        "name": "Acme",
        "owner_id": 5,
        "source_id": "results-x-CO-1",
        "website": "acme.example",
        "custom:Tier (enum)": "GOLD",
        "custom:Services (set)": ["Rental", "Repair"],
        "custom:Limit (monetary)": {"value": "12.50", "currency": "EUR"},
        "custom:Size (double)": "40.0",
    }
    assert body("organization", values, SCHEMA) == {
        "name": "Acme",
        "owner_id": 5,
        "visible_to": 7,
        "custom_fields": {
            "hash-id": "results-x-CO-1",
            "hash-site": "acme.example",
            "hash-tier": 7,
            "hash-services": [3, 1],
            "hash-limit": {"value": 12.5, "currency": "EUR"},
            "hash-size": 40,
        },
    }


def test_a_built_in_website_is_used_where_the_account_has_it():
    schema = AccountSchema(builtins=frozenset({("organization", "website")}))
    assert body("organization", {"name": "Acme", "website": "acme.example"}, schema) == {"name": "Acme", "website": "acme.example"}


def test_custom_fields_are_never_sent_empty():
    assert "custom_fields" not in body("organization", {"name": "Acme"}, SCHEMA)
    assert "custom_fields" not in resolve("organization", {"name": "Acme", "custom:Services (set)": []}, SCHEMA)[0]


def test_amounts_are_json_numbers_to_the_cent():
    found = body("deal", {"title": "x", "value": "134752.98", "probability": 50}, AccountSchema())
    assert json.dumps(found) == '{"title": "x", "value": 134752.98, "probability": 50}'


def test_money_without_a_currency_leaves_it_to_the_account():
    assert body("organization", {"custom:Limit (monetary)": {"value": "12", "currency": ""}}, SCHEMA)["custom_fields"] == {
        "hash-limit": {"value": 12}
    }


def test_an_option_that_the_account_lacks_is_never_guessed():
    with pytest.raises(MissingInAccount, match="no such option"):
        body("organization", {"name": "Acme", "custom:Tier (enum)": "Platinum"}, SCHEMA)


def test_a_field_that_the_account_lacks_is_named():
    with pytest.raises(MissingInAccount, match=r"custom:Gone \(varchar\)"):
        body("organization", {"name": "Acme", "custom:Gone (varchar)": "x"}, SCHEMA)


def test_stages_are_found_in_any_case():
    assert SCHEMA.stage_id(" SALES", "Lead ") == 12
    assert SCHEMA.stage_id("Sales", "Closing") is None


def test_everyone_is_another_number_on_another_plan():
    assert [visible_to(plan) for plan in ("lite", "growth", "premium", "ultimate")] == [3, 3, 7, 7]
    assert [visible_to(plan, "group") for plan in ("lite", "premium")] == [1, 3]
    assert [visible_to(plan, "owner") for plan in ("lite", "premium")] == [1, 1]


def test_whole_numbers_go_out_whole():
    schema = AccountSchema(builtins=frozenset({("organization", "annual_revenue"), ("organization", "employee_count")}))
    values = {"name": "Acme", "annual_revenue": "1250000.75", "employee_count": "12.0"}
    assert json.dumps(body("organization", values, schema)) == '{"name": "Acme", "annual_revenue": 1250001, "employee_count": 12}'


def test_labels_are_those_of_the_account_and_a_missing_one_says_what_to_do():
    schema = AccountSchema(options={("person", "label_ids"): {"customer": 4, "hot lead": 5}})
    assert body("person", {"label_ids": ["Customer", "HOT LEAD"]}, schema)["label_ids"] == [4, 5]
    assert body("person", {"label_ids": "Customer"}, schema)["label_ids"] == [4]
    with pytest.raises(MissingInAccount, match="add it in Pipedrive"):
        body("person", {"label_ids": ["Vendor"]}, schema)
