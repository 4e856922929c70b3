"""The pages to look at: text stays text, and what arrived can be seen."""

import re
from typing import Any

import pytest

NAME = "<b>O'Hara & Söhne</b>"
ESCAPED = "&lt;b&gt;O&#x27;Hara &amp; Söhne&lt;/b&gt;"


@pytest.fixture
def shown(new_company: Any) -> Any:
    """A company called like a tag, with an organization of the same name, a person and a deal."""
    company = new_company(name=NAME)
    field = company.field("dealFields", "set", NAME, "Other", name=NAME)
    company.organization = company.post("/organizations", {"name": NAME})["id"]
    company.person = company.post("/persons", {"name": NAME, "org_id": company.organization, "emails": [{"value": NAME}]})["id"]
    body = {"title": NAME, "org_id": company.organization, "person_id": company.person, "value": 1234.5, "currency": "EUR"}
    company.deal = company.post("/deals", {**body, "custom_fields": {field["field_code"]: [field["options"][0]["id"]]}})["id"]
    company.post("/v1/notes", {"content": NAME, "deal_id": company.deal})
    company.post("/activities", {"subject": NAME, "deal_id": company.deal})
    return company


def page(company: Any, path: str, query: Any = None, *, expected: int = 200) -> str:
    answer = company.session.get(company.url + path, params=query)
    assert answer.status_code == expected
    return str(answer.text)


def test_nothing_that_users_typed_becomes_markup(shown: Any) -> None:
    root = f"/board/{shown.domain}"
    paths = ["", "/organizations", "/persons", "/deals", f"/organizations/{shown.organization}", f"/persons/{shown.person}"]
    for path in ["/board/", *(f"{root}{path}" for path in paths), f"{root}/deals/{shown.deal}"]:
        html = page(shown, path)
        assert ESCAPED in html, path
        assert "<b>" not in html, path
    assert 'value="&quot;&gt;&lt;script&gt;"' in page(shown, f"{root}/persons", {"q": '"><script>'})


def test_the_board_has_a_column_for_each_stage_with_its_cards_and_totals(shown: Any) -> None:
    html = page(shown, f"/board/{shown.domain}/")
    columns = re.findall(r'<section class="stage"><h2>(.*?)</h2><div class="total">(.*?)</div>', html)
    assert columns[0] == ("Qualified", "1 deal · 1,234.50 EUR")
    assert [name for name, _ in columns] == [stage["name"] for stage in shown.get("/stages")]
    shown.patch(f"/deals/{shown.deal}", {"status": "won"})
    assert "1 deal" not in page(shown, f"/board/{shown.domain}/")
    assert "1 deal" in page(shown, f"/board/{shown.domain}/", {"status": "won"})


def test_the_board_begins_with_a_pipeline_that_holds_deals(new_company: Any) -> None:
    company = new_company()
    made = company.post("/pipelines", {"name": "Export"})["id"]
    stage = company.post("/stages", {"name": "Shipped", "pipeline_id": made})["id"]
    assert "Shipped" not in page(company, f"/board/{company.domain}/")
    company.post("/deals", {"title": "Pallets", "pipeline_id": made, "stage_id": stage})
    assert "Shipped" in page(company, f"/board/{company.domain}/")


def test_a_full_column_shows_some_cards_and_says_how_many_more(company: Any) -> None:
    for number in range(33):
        company.post("/deals", {"title": f"Deal {number}", "value": 1})
    html = page(company, f"/board/{company.domain}/")
    assert html.count('class="card open"') == 30
    assert "33 deals · 33 USD" in html
    assert "and 3 more" in html


def test_lists_are_searched_and_paged(company: Any) -> None:
    for number in range(60):
        company.post("/organizations", {"name": f"Company {number:02}"})
    path = f"/board/{company.domain}/organizations"
    assert "Company 49" in page(company, path)
    assert "Company 50" not in page(company, path)
    assert "Company 50" in page(company, path, {"page": 2})
    found = page(company, path, {"q": "PANY 07"})
    assert ("Company 07" in found, "Company 08" in found) == (True, False)


def test_a_record_page_shows_labels_and_linked_records(shown: Any) -> None:
    html = page(shown, f"/board/{shown.domain}/deals/{shown.deal}")
    assert f"<td>{ESCAPED}</td><td>{ESCAPED}</td>" in html  # the custom field's name and its option's label
    assert f'href="/board/{shown.domain}/organizations/{shown.organization}"' in html
    assert ("Note (1)" in html, "Activity (1)" in html) == (True, True)


def test_deleted_records_are_still_shown_as_such(shown: Any) -> None:
    shown.delete(f"/deals/{shown.deal}")
    assert "This record was deleted." in page(shown, f"/board/{shown.domain}/deals/{shown.deal}")


@pytest.mark.parametrize("path", ["/board/nobody/", "/board/{}/leads", "/board/{}/deals/1", "/board/{}/deals/x", "/elsewhere"])
def test_there_is_nothing_elsewhere(company: Any, path: str) -> None:
    assert "There is nothing here" in page(company, path.format(company.domain), expected=404)


def test_odd_queries_do_no_harm(company: Any) -> None:
    for query in ({"page": "-1"}, {"page": "٣"}, {"page": "9" * 30}, {"stage": "x"}, {"pipeline": "x"}, {"status": "x"}):
        assert page(company, f"/board/{company.domain}/deals", query)
        assert page(company, f"/board/{company.domain}/", query)
