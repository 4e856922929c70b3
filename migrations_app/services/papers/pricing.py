"""The quote: lines of the rate card times what they count. By rule, never by the record."""

from dataclasses import dataclass
from decimal import Decimal

from migrations_app.models import Rate
from migrations_app.rules.spec import split_custom
from migrations_app.services.papers.facts import Facts
from migrations_app.services.wording import told

SINGLY = 2_000_000  # records from which a move is scoped singly


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    counted: str
    quantity: int
    amount: Decimal

    @property
    def total(self) -> Decimal:
        return self.quantity * self.amount


@dataclass(frozen=True, slots=True)
class Quote:
    """`singly` says that the move is too large for the card, `empty` that there is no card; there is no total then."""

    lines: tuple[Line, ...]
    singly: bool
    empty: bool

    @property
    def total(self) -> Decimal | None:
        if self.singly or self.empty:
            return None
        return sum((line.total for line in self.lines), Decimal(0))


def quote(facts: Facts) -> Quote:
    rates = list(facts.firm.rates.all()) if facts.firm.pk else []
    lines = tuple(Line(rate.label, told(rate.get_unit_display()), quantity(facts, rate.unit), rate.amount) for rate in rates)
    return Quote(lines, facts.records > SINGLY, not rates)


def quantity(facts: Facts, unit: str) -> int:
    """How many of `unit` this move has; from typed counts alone, columns and decisions are not known and count as none."""
    match Rate.Unit(unit):
        case Rate.Unit.MOVE:
            return 1
        case Rate.Unit.OBJECT:
            return sum(1 for count in facts.expected.values() if count)
        case Rate.Unit.FIELDS:
            custom = {(rule.entity, rule.field) for rule in facts.rules.values() if split_custom(rule.field)}
            return -(-len(custom) // 10)
        case Rate.Unit.DECISIONS:
            return -(-sum(facts.waiting.values()) // 100)
        case Rate.Unit.FILES:
            return 1 if facts.expected.get("attachments") else 0
        case Rate.Unit.ACCOUNT:
            return max(0, len(facts.accounts) - 1)
