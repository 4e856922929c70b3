"""What a line of a deal comes to, as Pipedrive works it out (API.md 5.8)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def total_of(values: Mapping[str, Any]) -> Decimal:
    """Price times quantity, less the discount."""
    whole = Decimal(str(values.get("item_price") or 0)) * Decimal(str(values.get("quantity") or 0))
    off = Decimal(str(values.get("discount") or 0))
    return whole - off if values.get("discount_type") == "amount" else whole * (100 - off) / 100
