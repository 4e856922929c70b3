"""Which changes since a sign-off are small enough to be signed as a difference, and which ask for a new test run (PRACTICE.md 1.5)."""

from collections.abc import Iterable
from dataclasses import dataclass

SMALL_SHARE = 0.05  # of the records; more than this asks for a new test run
# Keys and links, what tells twins apart, whose record it is, where a deal stands and what it is worth.
CRITICAL_ROLES = frozenset(
    "id parent_ref company_ref company_name contact_ref contact_name contact_email deal_ref product_ref email email2 website "
    "owner owner_email author pipeline stage status value currency unit_price quantity".split()
)
CRITICAL_VALUES = frozenset({"stage", "status", "currency"})  # kinds of ValueRule
CRITICAL_SETTINGS = frozenset({"timezone", "currency", "number_format", "free_domains", "projects", "quickbooks_only"})


@dataclass(frozen=True, slots=True)
class Change:
    """One rule, setting or answer that says something else than what was signed. `rows` are those it touches, at most."""

    what: str  # field | value | scope | setting | answer | fix
    object: str
    name: str
    before: str
    after: str
    critical: bool
    rows: int

    def as_dict(self) -> dict[str, str | int | bool]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Since:
    """All that changed since a sign-off, against `total` rows in force."""

    changes: tuple[Change, ...] = ()
    total: int = 0

    @property
    def rules(self) -> int:
        return sum(1 for each in self.changes if each.what not in ("answer", "fix"))

    @property
    def answers(self) -> int:
        return len(self.changes) - self.rules

    @property
    def records(self) -> int:
        """Records touched: at most, for two rules may touch the same ones."""
        return min(sum(each.rows for each in self.changes), self.total)

    @property
    def critical(self) -> tuple[Change, ...]:
        return tuple(each for each in self.changes if each.critical)

    @property
    def large(self) -> bool:
        """Whether only a new test run can show what this does."""
        return bool(self.critical) or self.records > self.total * SMALL_SHARE

    def __str__(self) -> str:
        changed = [_counted(count, what) for count, what in ((self.rules, "rule"), (self.answers, "answer")) if count]
        return f"{' and '.join(changed) or 'nothing'} changed, {_counted(self.records, 'record')} touched"

    def why_large(self) -> str:
        named = ", ".join(f"“{each.name}”" for each in self.critical[:3])
        if named:
            return f"what records are recognised by, hang on or are worth has changed: {named}"
        return f"{self.records:,} of {self.total:,} records are touched, more than {SMALL_SHARE:.0%}"


def is_critical(role: str, before: str, after: str) -> bool:
    """A rule of a column: by its role, and where a field of Pipedrive that matters as much is begun or given up."""
    fields = {"owner_id", "org_id", "person_id", "stage_id", "pipeline_id", "status", "value", "currency", "source_id"}
    return role in CRITICAL_ROLES or bool(fields & {_target(before), _target(after)})


def _target(words: str) -> str:
    return words.split(", ", 1)[0].partition(".")[2]


def in_words(entity: str, field: str, transform: str, options: Iterable[tuple[str, object]]) -> str:
    """`deal.custom:Industry (enum), option`: what a rule says, so that people and programs can compare it."""
    if not field:
        return "not carried over"
    extra = "; ".join(f"{name}: {value}" for name, value in sorted(options))
    return f"{entity}.{field}, {transform}" + (f" ({extra})" if extra else "")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
