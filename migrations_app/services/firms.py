"""The firm's own page: name, logo, rate card. Superusers keep it; on the command line, whoever runs the program."""

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from migrations_app.models import Firm, Forbidden, Rate
from migrations_app.models.access import SYSTEM_USER
from migrations_app.models.firm import logo_type

TEXTS = ("name", "address", "contact", "currency")


class BadFirm(ValueError):
    """A logo or a rate card that cannot be used; the text says why."""


def change(*, user: Any, logo: bytes | None = None, rates: list[Rate] | None = None, **texts: str) -> Firm:
    """Change what is given and leave the rest; `rates` replace the whole card. Raises Forbidden and BadFirm."""
    if not (user.is_superuser or user.username == SYSTEM_USER):
        raise Forbidden("Only a superuser changes the firm and its rate card.")
    firm = Firm.ours()
    for name, text in texts.items():
        setattr(firm, name, text)
    if logo is not None:
        try:
            firm.logo, firm.logo_type = logo, logo_type(logo) if logo else ""
        except ValidationError as problem:
            raise BadFirm(problem.messages[0]) from problem
    with transaction.atomic():
        firm.save()
        if rates is not None:
            firm.rates.all().delete()
            Rate.objects.bulk_create(
                [Rate(firm=firm, label=each.label, unit=each.unit, amount=each.amount, position=at) for at, each in enumerate(rates)]
            )
    return firm


def read_rates(path: Path) -> list[Rate]:
    """The lines of a csv with the columns label, unit, amount. Raises BadFirm."""
    units = ", ".join(Rate.Unit.values)
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    rates = []
    for number, line in enumerate(lines, start=2):
        label, unit = (line.get("label") or "").strip(), (line.get("unit") or "").strip()
        try:
            amount = Decimal((line.get("amount") or "").strip())
        except InvalidOperation:
            amount = Decimal(-1)
        if not label or unit not in Rate.Unit.values or not 0 <= amount < 10**10:
            raise BadFirm(f"Line {number} of {path.name}: it takes a label, one of {units}, and an amount such as 450.00.")
        rates.append(Rate(label=label, unit=unit, amount=amount))
    return rates


def as_dict(firm: Firm) -> dict[str, Any]:
    """Money as text; the logo only by its type."""
    card = [{"label": each.label, "unit": each.unit, "amount": str(each.amount)} for each in firm.rates.all()] if firm.pk else []
    return {**{name: getattr(firm, name) for name in TEXTS}, "logo": firm.logo_type, "rates": card}
