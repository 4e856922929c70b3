"""The ways in which one and the same CRM comes out as files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .labels import fields, label
from .rows import Row, Value, World

OBJECTS = (
    "users",
    "custom_fields",
    "companies",
    "contacts",
    "pipelines",
    "deals",
    "products",
    "line_items",
    "activities",
    "notes",
    "attachments",
)
REFERENCES = {"company_ref": "companies", "contact_ref": "contacts", "deal_ref": "deals", "product_ref": "products"}
PARENT_OBJECTS = {"Contact": "contacts", "Company": "companies", "Opportunity": "deals"}
MONEY = ("balance", "value", "annual_budget", "deposit", "price", "unit_price", "total")


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount >= 0 else f"(${-amount:,.2f})"


def _german(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _french(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")


MONEY_STYLES = {"plain": _plain, "dollars": _dollars, "german": _german, "french": _french}


@dataclass(frozen=True, slots=True)
class Spelling:
    language: str = "screen"
    format: str = "csv"  # csv | xlsx: one workbook, a sheet per object
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    date: str = "%Y-%m-%d"
    time: str = "%Y-%m-%d %H:%M:%S"
    odd_date: str = "%d/%m/%Y"  # how a few cells are written by hand; empty for none
    money: str = "plain"
    yes: str = "Yes"
    no: str = "No"
    statuses: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    shuffled: bool = False  # columns in another order than on the screen
    preamble: tuple[str, ...] = ()
    ids: bool = True  # without: references are names
    companies: bool = True  # without: a company is only a text on its contacts

    def file(self, name: str) -> str:
        known = self.files.get(name) or {"deals": "opportunities"}.get(name, name)
        return "export.xlsx" if self.format == "xlsx" else f"{known}.csv"

    def objects(self) -> tuple[str, ...]:
        return tuple(name for name in OBJECTS if self.companies or name != "companies")

    def fields(self, name: str) -> list[str]:
        return [field for field in fields(name) if self.ids or field != "id" or name == "users"]

    def header(self, name: str, field: str) -> str:
        return label(f"{name}.{field}", self.language, by_name=self.by_name(field))

    def by_name(self, field: str) -> bool:
        return not self.ids or (field == "company_ref" and not self.companies)

    def narrow(self) -> bool:
        return self.encoding == "cp1252"


_GERMAN = {
    "companies": "Firmen",
    "contacts": "Kontakte",
    "deals": "Verkaufschancen",
    "users": "Benutzer",
    "activities": "Aktivitäten",
    "notes": "Notizen",
    "products": "Artikel",
    "line_items": "Positionen",
    "attachments": "Anlagen",
    "custom_fields": "Felder",
}
_FRENCH = {
    "companies": "sociétés",
    "contacts": "contacts",
    "deals": "opportunités",
    "users": "utilisateurs",
    "activities": "activités",
    "products": "produits",
    "line_items": "lignes",
    "attachments": "pièces jointes",
    "custom_fields": "champs",
}
VARIANTS: tuple[Spelling, ...] = (
    Spelling(),
    Spelling(
        language="report",
        encoding="cp1252",
        money="dollars",
        shuffled=True,
        preamble=("Results - list report", "Printed by: Office"),
        date="%m/%d/%Y",
        time="%m/%d/%Y %I:%M:%S %p",
        odd_date="",
        yes="True",
        no="False",
    ),
    Spelling(
        language="german",
        encoding="utf-8",
        delimiter=";",
        date="%d.%m.%Y",
        time="%d.%m.%Y %H:%M",
        odd_date="",
        money="german",
        yes="Ja",
        no="Nein",
        statuses={"Open": "Offen", "Won": "Gewonnen", "Lost": "Verloren"},
        files=_GERMAN,
        shuffled=True,
    ),
    Spelling(
        language="french",
        encoding="utf-16",
        delimiter="\t",
        date="%d/%m/%Y",
        time="%d/%m/%Y %H:%M",
        odd_date="",
        money="french",
        yes="Oui",
        no="Non",
        statuses={"Open": "Ouverte", "Won": "Gagnée", "Lost": "Perdue"},
        files=_FRENCH,
    ),
    Spelling(format="xlsx", shuffled=True),
    Spelling(language="report", ids=False, yes="Y", no="N", delimiter="|"),
    Spelling(companies=False, shuffled=True),
)


class Speller:
    """Turns values into cells, as the spelling has it."""

    def __init__(self, spelling: Spelling, world: World) -> None:
        self.spelling = spelling
        self._names = {row.id: _display(row) for rows in world.rows.values() for row in rows if not row.repeats}

    def cell(self, row: Row, field: str) -> Value:
        """Text; in workbooks also numbers and dates as such."""
        if field in row.printed:
            return row.printed[field]
        value = row.values.get(field)
        if value is None or value == "":
            return ""
        if field in REFERENCES or field == "parent_id":
            return self._names[str(value)] if self.spelling.by_name(field) else str(value)
        if isinstance(value, bool):
            return self.spelling.yes if value else self.spelling.no
        if self.spelling.format == "xlsx" and not isinstance(value, str | tuple):
            return value
        return self._text(row, field, value)

    def _text(self, row: Row, field: str, value: Value) -> str:
        spelling = self.spelling
        if isinstance(value, datetime):
            return value.strftime(spelling.time)
        if isinstance(value, date):
            return value.strftime(spelling.odd_date if self._by_hand(row, value) else spelling.date)
        if isinstance(value, Decimal):
            return MONEY_STYLES[spelling.money](value)
        if isinstance(value, tuple):
            return "; ".join(str(part) for part in value)
        return spelling.statuses.get(str(value), str(value)) if field == "status" else str(value)

    def _by_hand(self, row: Row, value: date) -> bool:
        """A few dates are written differently, always so that the day cannot be taken for the month."""
        return bool(self.spelling.odd_date) and value.day > 12 and row.id.endswith("7")


def _display(row: Row) -> str:
    if row.object == "contacts":
        return f"{row.text('first_name')} {row.text('last_name')}".strip()
    return row.text("title" if row.object == "deals" else "name")
