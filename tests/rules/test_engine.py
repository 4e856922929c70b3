from dataclasses import replace

import pytest

from migrations_app.rules.engine import compile_rules, custom_fields
from migrations_app.rules.spec import Settings
from tests.rules.tables import BERLIN, codes, draft, mapper, proposal

CONTACT = {
    "ID": "id",
    "First": "first_name",
    "Last": "last_name",
    "E-mail": "email",
    "E-mail 2": "email2",
    "Phone": "phone",
    "Ext": "phone_ext",
    "Cell": "mobile",
    "Company": "company_ref",
    "Country": "country",
    "Created": "created_at",
    "Owner": "owner",
}


def test_a_contact_becomes_a_person():
    found = draft(
        "contacts",
        CONTACT,
        "CT-1",
        "Ann",
        "O'Bell",
        "a@x.example; b@x.example",
        "A@X.example",
        "(604) 555-0189",
        "7",
        "604-555-0199",
        "Acme",
        "Canada",
        "2024-01-15",
        "ab",
    )
    assert found.values["name"] == "Ann O'Bell"
    assert found.values["emails"] == [
        {"value": "a@x.example", "label": "work", "primary": True},
        {"value": "b@x.example", "label": "work", "primary": False},
    ]
    assert found.values["phones"] == [
        {"value": "+16045550189 ext. 7", "label": "work", "primary": True},
        {"value": "+16045550199", "label": "mobile", "primary": False},
    ]
    assert found.values["add_time"] == "2024-01-15T11:00:00Z"
    assert found.values["custom:Address (address)"] == {"value": "Canada", "country": "Canada"}
    assert found.references == {"company_ref": "Acme", "owner": "ab"}
    assert found.issues == []


def test_labels_come_from_the_project():
    settings = replace(BERLIN, email_label="main", phone_label="office")
    found = draft(
        "contacts", {"Last": "last_name", "Mail": "email", "Tel": "phone"}, "Bell", "a@x.example", "030 23125446", settings=settings
    )
    assert found.values["emails"][0]["label"] == "main"
    assert found.values["phones"] == [{"value": "+493023125446", "label": "office", "primary": True}]


def test_an_address_is_one_line_with_parts():
    columns = {"Name": "name", "Street": "address", "City": "city", "Zip": "postal_code", "State": "state", "Country": "country"}
    found = draft("companies", columns, "Acme", "1 Main St", "Springfield", "90210", "OR", "USA")
    assert found.values["address"] == {
        "value": "1 Main St, 90210 Springfield, OR, USA",
        "locality": "Springfield",
        "postal_code": "90210",
        "admin_area_level_1": "OR",
        "country": "USA",
    }


def test_user_text_arrives_as_it_is():
    text = "<b>O'Hara & Söhne</b> =1+1 \u202eabc 🚀 \u200b&amp;"
    assert draft("companies", {"Name": "name"}, f" {text}\n").values["name"] == text


def test_short_rows_have_empty_cells_and_long_rows_are_flagged():
    table = mapper("companies", {"Name": "name", "Site": "website"}, [["Acme", "acme.example"]])
    assert table.draft(["Acme"]).values == {"name": "Acme"}
    assert codes(table.draft(["Acme", "", "", ""])) == []
    assert codes(table.draft(["Acme", "", "", "stray"])) == ["extra_cells"]


def test_rules_find_their_columns_in_another_order():
    columns = {"Name": "name", "Site": "website"}
    rules = proposal("companies", columns, [["Acme", "acme.example"]])
    turned = compile_rules(rules, ["Site", "Name"], {0: "website", 1: "name"}, BERLIN)
    assert turned.draft(["acme.example", "Acme"]).values == {"name": "Acme", "website": "acme.example"}


def test_rules_find_a_renamed_column_by_its_role():
    rules = proposal("companies", {"Name": "name"}, [["Acme"]])
    assert compile_rules(rules, ["Firma"], {0: "name"}, BERLIN).draft(["Acme"]).values == {"name": "Acme"}


def test_an_ignored_column_leaves_no_trace():
    rules = [replace(rule, field="", transform="") for rule in proposal("companies", {"Site": "website"}, [["acme.example"]])]
    assert "website" not in compile_rules(rules, ["Site"], {0: "website"}, BERLIN).draft(["acme.example"]).values


def test_money_takes_the_currency_beside_it_then_the_rows_then_the_projects():
    columns = {"Title": "title", "Amount": "value", "Cur": "currency", "Deposit": ""}
    rows = [["a", "1.50", "GBP", "2.50"], ["b", "1.50", "", "$2.50"], ["c", "£1.50", "", "2.50"]]
    table = mapper("deals", columns, rows)
    found = [table.draft(row).values for row in rows]
    assert [values["currency"] for values in found] == ["GBP", "EUR", "GBP"]
    assert [values["custom:Deposit (monetary)"]["currency"] for values in found] == ["GBP", "USD", "GBP"]


def test_an_amount_without_any_currency_is_asked_about():
    found = draft("deals", {"Title": "title", "Amount": "value"}, "a", "12", settings=Settings())
    assert [(issue.code, issue.severity) for issue in found.issues] == [("no_currency", "decide")]


def test_a_bad_amount_of_a_deal_must_be_decided_and_one_of_a_company_only_seen():
    deal = draft("deals", {"Title": "title", "Amount": "value"}, "a", "on request")
    company = draft("companies", {"Name": "name", "Balance": "balance"}, "a", "see QuickBooks")
    assert [(issue.code, issue.severity) for issue in (*deal.issues, *company.issues)] == [("bad_amount", "decide"), ("bad_amount", "warn")]


PROJECTS = {"Title": "title", "Is opp": "is_opportunity", "Amount": "value", "Status": "status", "Stage": "stage"}


def project(is_opportunity, amount="100", status="In service", **settings):
    return draft("deals", PROJECTS, "a", is_opportunity, amount, status, "Default", settings=replace(BERLIN, **settings))


@pytest.mark.parametrize("word", ["False", "no", "Nein", "0", "Project", "Job 12"])
def test_a_row_that_is_no_opportunity_is_a_won_deal_of_a_pipeline_of_its_own(word):
    found = project(word, projects_pipeline="Projects from Results")
    assert (found.is_project, found.skip, found.values["status"], codes(found)) == (True, "", "won", ["closed_without_date"])
    assert found.references["pipeline"] == "Projects from Results"
    assert "stage" not in found.references


def test_a_project_that_was_lost_stays_lost():
    assert project("no", status="Lost").values["status"] == "lost"


def test_a_project_without_a_value_is_none_and_one_with_an_unreadable_value_is_asked_about():
    assert project("no", amount="").skip == project("no", amount="0.00").skip == "project_without_value"
    assert project("no", amount="ask Ann").skip == ""


def test_a_project_becomes_what_was_chosen_for_all():
    assert (project("no", projects="skip").skip, project("no", projects="note").skip) == ("not_an_opportunity", "project_as_note")


def test_only_a_clear_no_makes_a_project():
    assert not any(project(word).is_project for word in ("True", "", "perhaps", "Opportunity"))


def test_custom_fields_are_gathered_with_their_options():
    rules = proposal("companies", {"Name": "name", "Tier": ""}, [["a", "Gold"], ["b", "Silver"]] * 4)
    assert custom_fields(rules) == {("organization", "custom:Tier (enum)"): ["Gold", "Silver"]}


def test_an_owners_address_stands_in_for_a_missing_name():
    columns = {"Name": "name", "Rep": "owner", "Rep e-mail": "owner_email"}
    assert draft("companies", columns, "Acme", "", "rep@x.example").references["owner"] == "rep@x.example"
    assert draft("companies", columns, "Acme", "Ann", "rep@x.example").references["owner"] == "Ann"
