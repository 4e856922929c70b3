"""The rows of a made-up company, before anybody has spelt them out in files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from random import Random

Value = str | int | bool | Decimal | date | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Problem:
    severity: str  # reject | decide | warn
    code: str
    field: str = ""


@dataclass(slots=True)
class Row:
    """`values` is what is meant, `printed` the cells that a person broke; references are ids of other rows."""

    object: str
    id: str
    values: dict[str, Value]
    printed: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    repeats: str = ""  # identical | conflict: this row repeats the id of the one before it
    surplus: tuple[str, ...] = ()  # cells beyond the last column
    line: int = 0  # physical record in its file, from 1; 0 where it stands in no file

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def flag(self, severity: str, code: str, name: str = "") -> None:
        self.problems.append(Problem(severity, code, name))

    def break_cell(self, name: str, printed: str, meant: Value = None) -> None:
        """The cell reads `printed`; what a perfect reader would take from it is `meant`."""
        self.printed[name] = printed
        self.values[name] = meant

    def repeated(self, kind: str, **changed: Value) -> "Row":
        copy = replace(self, values={**self.values, **changed}, printed=dict(self.printed), problems=[], repeats=kind)
        copy.flag("reject" if kind == "identical" else "decide", f"duplicate_id_{kind}")
        return copy


@dataclass(slots=True)
class World:
    """All rows by object, in file order, and what is true of them beyond single rows."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    company_twins: list[tuple[str, list[str], list[str]]] = field(default_factory=list)  # domain, ids, forms
    company_subdomains: list[tuple[str, list[str]]] = field(default_factory=list)
    contact_twins: list[tuple[str, list[str], list[str]]] = field(default_factory=list)  # e-mail, ids, kinds
    orphans: dict[str, list[str]] = field(default_factory=dict)
    pipelines: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    attachments: dict[str, bytes] = field(default_factory=dict)

    def once(self, name: str) -> Iterator[Row]:
        """Each id once: the first row stands."""
        return (row for row in self.rows.get(name, []) if not row.repeats)


class Victims:
    """Rows in random order, each handed out once, so that no row suffers two kinds of dirt."""

    def __init__(self, rows: list[Row], random: Random) -> None:
        self._rows = random.sample(rows, len(rows))
        self.share = max(1, len(rows) // 200)

    def take(self, count: int | None = None, where: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """`count` rows (default: this object's share of one kind of dirt), fewer where there are no more."""
        taken = [row for row in self._rows if where(row)][: self.share if count is None else count]
        self._rows = [row for row in self._rows if row not in taken]
        return taken
