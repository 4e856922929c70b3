"""Why the value of a deal may be another one than its lines come to."""

from decimal import Decimal

import pytest

from migrations_app.rules.lines import cause_of, differ, total_of


def line(price, quantity="1", discount="", tax=""):
    told = {"item_price": price, "quantity": quantity, "discount": discount, "tax": tax}
    return {name: value for name, value in told.items() if value}


HUNDRED = [line("40"), line("30", "2")]


@pytest.mark.parametrize(
    ("value", "lines", "cause"),
    [
        ("100.02", HUNDRED, "rounding"),
        ("100", [line("33.33", "3"), line("0.33")], "rounding"),
        ("119", HUNDRED, "tax"),
        ("108.50", HUNDRED, "tax"),
        ("113.20", [line("40", tax="3"), line("60", tax="20")], "tax"),
        ("90", HUNDRED, "discount"),
        ("100", [line("40", discount="10"), line("60")], "discount"),
        ("163.77", HUNDRED, "other"),
        ("0", HUNDRED, "other"),
        ("50", [], "other"),
    ],
)
def test_the_cause_is_told_from_the_figures(value, lines, cause):
    assert cause_of(Decimal(value), lines) == cause


def test_a_cent_is_a_difference_and_no_value_is_none():
    assert (differ("100.01", Decimal(100)), differ("100.004", Decimal(100)), differ(None, Decimal(100))) == (True, False, False)


def test_a_line_comes_to_price_times_quantity_less_its_discount():
    assert total_of(line("10", "3", "10")) == 27
    assert total_of(line("10", "3", "10") | {"discount_type": "amount"}) == 20
