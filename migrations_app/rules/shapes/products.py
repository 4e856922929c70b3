"""Products: one price for each currency, with its cost."""

from collections.abc import Sequence

from migrations_app.rules.check import make_issue
from migrations_app.rules.shapes.columns import Shape
from migrations_app.rules.spec import Draft
from migrations_app.rules.transforms.numbers import currency_in


class Prices(Shape):
    """Several columns of one currency: the first price counts. A price without any currency is left out and told."""

    takes = frozenset({"price", "cost", "currency"})

    def __call__(self, texts: Sequence[str], country: str, draft: Draft) -> None:
        named = next((code for column in self.of("currency") if (code := column.read(texts, country, draft))), "")
        prices: dict[str, dict[str, str]] = {}
        for column in (*self.of("price"), *self.of("cost")):
            value = column.read(texts, country, draft)
            if value is None:
                continue
            fixed = str(column.rule.options.get("of_currency", ""))
            currency = fixed or named or currency_in(texts[column.at], self.settings.currency) or self.settings.currency
            if not currency:
                draft.issues.append(make_issue("products", "no_currency", column.rule.role or column.rule.column, texts[column.at]))
            elif column.rule.transform == "price" or currency in prices:
                prices.setdefault(currency, {"currency": currency, "price": value}).setdefault(column.rule.transform, value)
            else:
                prices[currency] = {"currency": currency, "price": "0", "cost": value}
        if prices:
            draft.values["prices"] = list(prices.values())
