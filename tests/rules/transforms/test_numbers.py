from decimal import Decimal

import pytest

from migrations_app.rules.transforms import TRANSFORMS
from migrations_app.rules.transforms.numbers import currency_code, currency_in, proves_mark, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("(1,234.50)", "-1234.50"),
        ("-134752.98", "-134752.98"),
        ("−12", "-12"),
        ("12-", "-12"),
        ("$1,200", "1200"),
        ("1.200 €", "1200"),
        ("Fr. 12.50", "12.50"),
        ("kr. -1.234,50", "-1234.50"),
        ("1.234,50 TL", "1234.50"),
        ("-R$ 1.234,50", "-1234.50"),
        ("CHF 1'200.-", "1200"),
        ("1,23,456.78", "123456.78"),
        ("0.500", "0.500"),
        ("1.2E+11", "1.2E+11"),
        (".5", "0.5"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, value):
    assert read_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["about 40", "on request", "12k", "12.34.56", "1 2", "-", "see QuickBooks", "3 pcs"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        read_number(text)


def test_the_proved_mark_decides_what_the_text_leaves_open():
    assert read_number("1.234", ".") == Decimal("1.234")
    assert read_number("1.234", ",") == 1234
    assert read_number("1,234", ",") == Decimal("1.234")
    assert read_number("1,234", "") == 1234


def test_a_cell_that_settles_itself_overrules_the_column():
    assert read_number("1.234,56", ".") == Decimal("1234.56")
    assert read_number("12,5", ".") == Decimal("12.5")


@pytest.mark.parametrize(
    ("text", "mark"), [("12,5", ","), ("1.234,56", ","), ("12.50", "."), ("1.234", ""), ("1234", ""), ("1,234,567", ".")]
)
def test_proof_of_the_decimal_mark(text, mark):
    assert proves_mark(text) == mark


def test_the_projects_number_format_stands_in_for_proof():
    assert TRANSFORMS["amount"].build({"number_format": "1.234,56"})("1.234", "") == ("1234", "")
    assert TRANSFORMS["amount"].build({"number_format": "1,234.56"})("1.234", "") == ("1.234", "")


def test_money_keeps_its_decimals_and_names_its_currency():
    convert = TRANSFORMS["money"].build({"currency": "EUR"})
    assert convert("£50564.70", "") == ({"value": "50564.70", "currency": "GBP"}, "")
    assert convert("12", "") == ({"value": "12", "currency": ""}, "")
    assert convert("n/a", "") == (None, "")
    assert convert("on request", "") == (None, "bad_amount")


def test_a_dollar_is_the_projects_own_dollar():
    assert currency_in("$12", "CAD") == "CAD"
    assert currency_in("$12", "EUR") == "USD"
    assert currency_in("12 Kč") == "CZK"


@pytest.mark.parametrize(
    ("text", "code"), [("eur", "EUR"), ("€", "EUR"), ("US Dollar", "USD"), ("Schweizer Franken", "CHF"), ("beans", "")]
)
def test_currencies_by_code_sign_and_name(text, code):
    assert currency_code(text) == code


@pytest.mark.parametrize(
    ("text", "scale", "result"),
    [
        ("50", 100, (50, "")),
        ("50%", 1, (50, "")),
        ("0.5", 1, (50, "")),
        ("0.5", 100, ("0.5", "")),
        ("1", 1, (100, "")),
        ("1", "ambiguous", (None, "ambiguous_percent")),
        ("120", 100, (None, "bad_number")),
    ],
)
def test_a_column_of_probabilities_is_read_in_its_own_scale(text, scale, result):
    assert TRANSFORMS["percent"].build({"scale": scale})(text, "") == result


def test_whole_numbers_are_integers():
    convert = TRANSFORMS["number"].build({})
    assert convert("43", "") == (43, "")
    assert convert("4.50", "") == ("4.50", "")
    assert convert("about 40", "") == (None, "bad_number")
