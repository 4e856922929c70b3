import pytest

from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.places import region


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("(604) 555-0189", "Canada", "+16045550189"),
        ("+44 (0)20 7946 0058", "United Kingdom", "+442079460058"),
        ("0049 30 23125446", "Germany", "+493023125446"),
        ("0049 30 23125446", "United States", "+493023125446"),
        ("+49 (0)30 23125-373", "Australia", "+493023125373"),
        ("(604) 555-0189 ext. 96", "Canada", "+16045550189 ext. 96"),
        ("202.555.0101 x12", "USA", "+12025550101 ext. 12"),
        ("030 23125446 Durchwahl 5", "Deutschland", "+493023125446 ext. 5"),
        ("Tel.: 01 99 00 44 51", "Francia", "+33199004451"),
    ],
)
def test_a_number_is_read_by_the_country_of_its_row(text, country, e164):
    assert TRANSFORMS["phones"].build({})(text, region(country)) == ([e164], "")


def test_the_projects_country_stands_in_where_the_row_names_none():
    assert TRANSFORMS["phones"].build({"country": "SE"})("08-465 004 20", "") == (["+46846500420"], "")
    assert TRANSFORMS["phones"].build({})("08-465 004 20", "") == (["08-465 004 20"], "bad_phone")


@pytest.mark.parametrize("text", ["ask reception", "555", "see mobile / see card"])
def test_what_is_no_number_stays_and_is_flagged(text):
    assert TRANSFORMS["phones"].build({})(text, "US") == ([text], "bad_phone")


def test_several_numbers_in_one_cell():
    assert TRANSFORMS["phones"].build({})("030 23125446 / 030 23125447", "DE") == (["+493023125446", "+493023125447"], "")
    assert TRANSFORMS["phone"].build({})("030 23125446; 030 23125447", "DE") == ("+493023125446, +493023125447", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutschland", "DE"),
        ("U.K.", "GB"),
        ("USA", "US"),
        ("DEU", "DE"),
        ("Schweden", "SE"),
        ("Česko", "CZ"),
        ("Atlantis", ""),
        ("us", "US"),
    ],
)
def test_countries_in_many_languages(text, code):
    assert region(text) == code
