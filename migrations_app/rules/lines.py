"""What lines of a deal come to, as Pipedrive works it out (API.md 5.8), and why the deal says another value (PRACTICE.md 3 row 22)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

TAX, DISCOUNT, ROUNDING, OTHER = "tax", "discount", "rounding", "other"
CENT = Decimal("0.01")
HIGHEST_TAX = 30  # percent
_HALF_PERCENTS = 2


def total_of(values: Mapping[str, Any]) -> Decimal:
    """Price times quantity, less the discount."""
    off = _number(values, "discount")
    return _gross(values) - off if values.get("discount_type") == "amount" else _gross(values) * (100 - off) / 100


def differ(value: Any, total: Decimal) -> bool:
    """Whether a deal gives another value than its lines come to, by a cent or more. One without a value gives none."""
    return value is not None and abs(Decimal(str(value)) - total) >= CENT


def cause_of(value: Decimal, lines: Sequence[Mapping[str, Any]]) -> str:
    """Why a value and the lines may differ: told from the figures alone, so it is a guess that helps to answer many at once."""
    total = sum(map(total_of, lines), Decimal(0))
    near = CENT * max(len(lines), 1)
    if abs(value - total) <= near or (value == value.to_integral_value() and abs(value - total) < 1):
        return ROUNDING
    taxed = sum((total_of(line) * (100 + _number(line, "tax")) / 100 for line in lines), Decimal(0))
    share = _round_share(value, total, near)
    if abs(value - taxed) <= near or 0 < share <= HIGHEST_TAX:
        return TAX
    if abs(value - sum(map(_gross, lines), Decimal(0))) <= near or -100 < share < 0:
        return DISCOUNT
    return OTHER


def _round_share(value: Decimal, total: Decimal, near: Decimal) -> Decimal:
    """How many percent the value is above the total, where that is a whole or a half one; else nothing."""
    if not total:
        return Decimal(0)
    share = round((value / total - 1) * 100 * _HALF_PERCENTS) / Decimal(_HALF_PERCENTS)
    return share if abs(total * (100 + share) / 100 - value) <= near else Decimal(0)


def _gross(values: Mapping[str, Any]) -> Decimal:
    return _number(values, "item_price") * _number(values, "quantity")


def _number(values: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(values.get(name) or 0))
