"""Lines of deals: price, quantity, discount, and the total that the source worked out."""

from collections.abc import Sequence
from decimal import Decimal

from migrations_app.rules.check import make_issue
from migrations_app.rules.shapes.columns import Shape
from migrations_app.rules.spec import Draft
from migrations_app.rules.transforms.numbers import amount_text

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


class Line(Shape):
    """Missing parts of price × quantity = total are worked out; what does not add up is told."""

    takes = frozenset({"number", "amount", "discount", "line_total", "long_text", "labelled"})

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        figures = self.of("number", "amount", "discount", "line_total")
        values = {column.rule.field or "total": column.read(texts, country, draft) for column in figures}
        price, quantity, total = (_decimal(values.get(name)) for name in ("item_price", "quantity", "total"))
        discount = values.get("discount")
        if quantity is None:
            quantity = total / price if total is not None and price and not discount else Decimal(1)
        if price is None:
            price = total / quantity if total is not None and quantity and not discount else Decimal(0)
        draft.values |= {"item_price": amount_text(price), "quantity": amount_text(quantity)}
        if discount is not None and _decimal(discount["value"]):
            draft.values |= {"discount": discount["value"], "discount_type": discount["type"]}
        if comments := "\n".join(filter(None, (column.read(texts, country, draft) for column in self.of("long_text", "labelled")))):
            draft.values["comments"] = comments
        if not quantity:
            draft.issues.append(make_issue("line_items", "zero_quantity", "quantity", self._text(texts, "quantity")))
        if total is not None and abs(total - _sum(price, quantity, discount)) > _CENT:
            draft.issues.append(make_issue("line_items", "total_differs", "total", self._text(texts, "")))

    def _text(self, texts: Sequence[str], field: str) -> str:
        return next((texts[column.at] for column in self.columns if column.rule.field == field), "")


def _sum(price: Decimal, quantity: Decimal, discount: dict[str, str] | None) -> Decimal:
    whole = price * quantity
    if not discount:
        return whole
    off = Decimal(discount["value"])
    return whole - off if discount["type"] == "amount" else whole * (_HUNDRED - off) / _HUNDRED


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
