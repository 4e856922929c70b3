"""Turns a sample package into another spelling of itself, together with its truth: the same rows, printed as another office prints them.

Every physical record keeps its order, so that a line of the truth stays the line (moved by the titles above the table and by the cut
between the parts of a file).
"""

import csv
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from tests.journeys.cell_styles import DURATION_STYLES, MONEY_STYLES, PATH_STYLES, print_date

VOCABULARY = [Path(__file__).parent / name for name in ("spellings.txt", "mailing_spellings.txt", "other_offices.txt")]
_ID = re.compile(r"[A-Z]{1,2}-?\d{4,}")
_KINDS_OF_WORDS = {
    ("deals", "status"): "status", ("custom_fields", "object"): "object", ("custom_fields", "type"): "type",
    ("email_sends", "event"): "event", ("suppression", "reason"): "reason",
}  # fmt: skip
_MONEY = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the other office exports. Empty settings leave the sample as it is.

    `ids`: "integers" or "zeros" (the same ones in every object), "guids" or "none" (then references are names). `names`: how a person is
    printed in a reference. `dropped`: objects whose file is missing. `parts`: files per object. `durations` and `paths` are those of
    activities and attachments.
    """

    name: str
    language: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    suffix: str = "csv"
    quoting: int = csv.QUOTE_MINIMAL
    dates: str = ""
    money: str = ""
    yes_no: tuple[str, str] = ()  # type: ignore[assignment]
    ids: str = ""
    names: str = "{first} {last}"
    dropped: tuple[str, ...] = ()
    workbook: str = ""  # "one" with a sheet per object, "each" file one
    zipped: bool = False
    shuffled: bool = False
    preamble: tuple[str, ...] = ()
    parts: int = 1
    headers: bool = True
    durations: str = ""
    paths: str = ""

    @property
    def by_name(self) -> bool:
        return self.ids == "none"

    @property
    def text_companies(self) -> bool:
        """Companies exist only as a text on contacts and deals."""
        return "companies" in self.dropped


@dataclass(slots=True)
class Table:
    """One object of the sample: its columns (object, field, type, custom) and its physical records, headers first."""

    object: str
    columns: list[dict[str, Any]]
    records: list[list[str]]

    @property
    def headers(self) -> list[str]:
        return [column["header"] for column in self.columns]

    def at(self, name: str) -> int:
        return next((number for number, column in enumerate(self.columns) if column["field"] == name), -1)

    def cells(self, record: Sequence[str], *fields: str) -> list[str]:
        return [record[at].replace("\0", "").strip() if 0 <= (at := self.at(name)) < len(record) else "" for name in fields]


@dataclass(slots=True)
class Respelt:
    """`places` is {(object, line of the sample): (file, sheet, line)}; `unclear` are lines whose references fit several rows."""

    places: dict[tuple[str, int], tuple[str, str, int]] = field(default_factory=dict)
    unclear: set[tuple[str, int]] = field(default_factory=set)


def read_sample(folder: Path, truth: dict[str, Any]) -> list[Table]:
    tables = []
    for path, columns in truth["headers"].items():
        if not path.endswith(".csv"):
            continue
        with (folder / path).open(encoding="utf-8-sig", newline="") as file:
            tables.append(Table(truth["files"][path]["object"], columns, list(csv.reader(file))))
    return tables


def words(language: str) -> dict[str, str]:
    """{what: how an office of this language calls it}, from every table that has a column of the language."""
    found: dict[str, str] = {}
    for path in VOCABULARY:
        head, *rows = ([cell.strip() for cell in row.split(" | ")] for row in path.read_text(encoding="utf-8").splitlines()[1:])
        if language in head:
            found |= {cells[0]: cells[head.index(language)] for cells in rows}
    return found


class Respeller:
    """Writes the sample in one spelling; `write` gives the places of its lines."""

    def __init__(self, folder: Path, truth: dict[str, Any], spelling: Spelling) -> None:
        self.folder, self.truth, self.spelling = folder, truth, spelling
        self.tables = read_sample(folder, truth)
        self.words = words(spelling.language) if spelling.language else {}
        dates = [each for each in truth.get("dates", ()) if each["iso"] != "ambiguous"]
        self.iso = {(each["object"], each["field"], each["row"]): each["iso"] for each in dates}
        self.names, self.shared_names = self._names()
        self.others = {table.cells(record, "id")[0] for table in self.tables for record in table.records}
        self.result = Respelt()
        self.labels = {
            each["label"]: self.words.get(f"{each['object']}.{each['field']}", each["label"]) for each in truth.get("custom_fields", ())
        }

    def _names(self) -> tuple[dict[str, str], set[str]]:
        """{id: the text that stands for it} and the texts that stand for several, or for nobody."""
        names: dict[str, str] = {}
        keys: dict[str, list[int]] = {}
        for table in self.tables:
            if table.object not in ("companies", "contacts", "deals", "products", "campaigns", "templates"):
                continue
            for record in map(list, dict.fromkeys(map(tuple, table.records[1:]))):
                key, first, last, name, title, email = table.cells(record, "id", "first_name", "last_name", "name", "title", "email")
                if not _ID.fullmatch(key):
                    continue
                text = (
                    self.spelling.names.format(first=first, last=last, email=email).strip() if table.object == "contacts" else name or title
                )
                names.setdefault(key, text or key)
                keys.setdefault(" ".join(text.replace(",", " ").casefold().split()), []).append(1)
        shared = {text for text, seen in keys.items() if len(seen) > 1 or not text}
        shared |= {key.casefold() for key, name in names.items() if key == name}
        return names, shared

    # --- cells -------------------------------------------------------------------------------------------------------

    def key(self, text: str) -> str:
        """An id as this office has it."""
        if not _ID.fullmatch(text):
            return text
        if self.spelling.ids == "zeros":
            return re.sub(r"\D", "", text).zfill(8)
        if self.spelling.ids == "integers":
            return str(int(re.sub(r"\D", "", text)))
        return str(uuid5(NAMESPACE_URL, text)).upper() if self.spelling.ids == "guids" else text

    def narrow(self, text: str) -> str:
        """What the encoding cannot hold is lost on the way out, as it is in such programs."""
        text = text.replace("\0", "") if self.spelling.workbook else text
        return text.encode(self.spelling.encoding, errors="replace").decode(self.spelling.encoding)

    def _cell(self, table: Table, column: dict[str, Any], text: str, line: int) -> str:
        kind, name, plain = column["type"], column["field"], text.replace("\0", "").strip()
        if kind in ("id", "ref"):
            return self._reference(table, name, plain, line) if kind == "ref" else self.key(plain)
        if kind in ("date", "datetime"):
            return self._date(self.iso.get((table.object, name, line), plain)) or text
        if kind == "money":
            return self._money(plain) or self._signed(text)
        if kind == "bool" and text in ("Yes", "No"):
            return self._yes_no(text)
        if (table.object, name) == ("activities", "duration") and self.spelling.durations and plain.isdigit():
            return DURATION_STYLES[self.spelling.durations](*divmod(int(plain), 60))
        if (table.object, name) == ("attachments", "path") and self.spelling.paths and plain and ".." not in plain:
            return PATH_STYLES[self.spelling.paths](plain)
        return self._word(table.object, name, text)

    def _reference(self, table: Table, name: str, text: str, line: int) -> str:
        if not (self.spelling.by_name or (name == "company_ref" and self.spelling.text_companies)):
            return self.key(text)
        shown = self.names.get(text, text)
        folded = " ".join(shown.replace(",", " ").casefold().split())
        nameless = bool(_ID.fullmatch(text)) and text not in self.names and text in self.others
        if text and (folded in self.shared_names or nameless) and not (name == "company_ref" and self.spelling.text_companies):
            self.result.unclear.add((table.object, line))
        return shown

    def _money(self, text: str) -> str:
        style = MONEY_STYLES.get(self.spelling.money)
        return style(Decimal(text)) if style and _MONEY.fullmatch(text) else ""

    def _signed(self, text: str) -> str:
        """The sign of a currency that the encoding cannot hold is written as its code."""
        codes = {"€": "EUR", "£": "GBP", "\u202f": " "}
        return "".join(codes.get(sign, sign) if self.narrow(sign) == "?" else sign for sign in text)

    def _date(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return print_date(self.spelling.dates, moment, timed=len(text) > 10) if self.spelling.dates else ""

    def _yes_no(self, text: str) -> str:
        if self.spelling.yes_no:
            return self.spelling.yes_no[text == "No"]
        return self.words.get(f"word.{text}", text)

    def _word(self, object: str, name: str, text: str) -> str:
        if (object, name) == ("custom_fields", "label"):
            return self.labels.get(text, text)
        kind = "object" if name == "parent_type" else _KINDS_OF_WORDS.get((object, name), "")
        swapped = self.words.get(f"{kind}.{text.swapcase()}", "").swapcase()
        return self.words.get(f"{kind}.{text}") or swapped or text

    # --- tables ------------------------------------------------------------------------------------------------------

    def _header(self, table: Table, column: dict[str, Any]) -> str:
        key = f"{table.object}.{column['field'] or 'legacy'}"
        by_name = self.spelling.by_name or (column["field"] == "company_ref" and self.spelling.text_companies)
        named = self.words.get(f"{key}.name", self.words.get(key, column["header"])) if by_name else self.words.get(key)
        if by_name and not self.words and column["type"] == "ref":
            return str(column["header"]).removesuffix(" ID")
        return named or column["header"]

    def _kept(self, table: Table) -> list[int]:
        kept = [at for at, column in enumerate(table.columns) if not (self.spelling.by_name and column["type"] == "id")]
        if self.spelling.shuffled:
            Random(table.object).shuffle(kept)
        return kept

    def _lines(self, table: Table) -> Iterator[list[str]]:
        """All records, headers first, in this spelling."""
        kept, headers = self._kept(table), table.headers
        for line, record in enumerate(table.records, start=1):
            if record == headers:
                yield [self._header(table, table.columns[at]) for at in kept]
                continue
            cells = [self._cell(table, column, text, line) for column, text in zip(table.columns, record, strict=False)]
            cells += [""] * (len(headers) - len(cells))
            cells = [cells[at] for at in kept] + record[len(headers) :]
            if record and record[0] == "Total":
                sums = [cell if table.columns[at]["type"] == "money" else "" for at, cell in zip(kept, cells, strict=False)]
                cells = ["Total", *sums][: len(kept)]
            yield [self.narrow(cell) for cell in cells]

    def _pieces(self, table: Table) -> Iterator[tuple[str, str, list[list[str]]]]:
        """(file, sheet, lines) of each part, and the places of the lines."""
        lines, spelling = list(self._lines(table)), self.spelling
        stem = self.words.get(f"file.{table.object}") or {"deals": "opportunities"}.get(table.object, table.object)
        size = -(-(len(lines) - 1) // spelling.parts)
        for part in range(spelling.parts):
            name = stem if spelling.parts == 1 else f"{stem} {part + 1}"
            file, sheet = (f"{name}.xlsx", stem) if spelling.workbook == "each" else (f"{name}.{spelling.suffix}", "")
            if spelling.workbook == "one":
                file, sheet = "Export.xlsx", name
            body = lines[1 + part * size : 1 + (part + 1) * size]
            first = len(spelling.preamble) + 2 - (not spelling.headers)
            for number in range(len(body)):
                place = (file, sheet, first + number)
                self.result.places[table.object, 2 + part * size + number] = place
            top = [lines[0]] if spelling.headers else []
            body = [[] if line == lines[0] and not top else line for line in body]
            yield file, sheet, [*([text] for text in spelling.preamble), *top, *body]

    def write(self, target: Path) -> Path:
        """The package: a folder, or a zip beside it."""
        target.mkdir(parents=True)
        books: dict[str, Workbook] = {}
        for table in self.tables:
            if table.object in self.spelling.dropped:
                continue
            for file, sheet, lines in self._pieces(table):
                if sheet:
                    book = books.setdefault(file, Workbook(write_only=True))
                    _fill(book.create_sheet(sheet), lines)
                else:
                    self._write_text(target / file, lines)
        for file, book in books.items():
            book.save(target / file)
        for extra in self.folder.iterdir():
            if extra.is_dir():
                shutil.copytree(extra, target / extra.name)
            elif extra.suffix != ".csv":
                shutil.copy(extra, target)
        return _zipped(target) if self.spelling.zipped else target

    def _write_text(self, path: Path, lines: list[list[str]]) -> None:
        with path.open("w", encoding=self.spelling.encoding, newline="") as file:
            csv.writer(file, delimiter=self.spelling.delimiter, quoting=self.spelling.quoting).writerows(lines)  # type: ignore[arg-type]


def _fill(sheet: Any, lines: list[list[str]]) -> None:
    """Numbers and dates as such, everything else as text, also what looks like a formula."""
    for line in lines:
        row: list[Any] = []
        for text in line:
            cell = WriteOnlyCell(sheet, value=_typed(text))
            if isinstance(cell.value, str):
                cell.data_type = "s"
            row.append(cell if text else None)
        sheet.append(row)


def _typed(text: str) -> str | int | float | datetime:
    if re.fullmatch(r"-?[1-9]\d{0,9}", text):
        return int(text)
    if re.fullmatch(r"-?\d{1,9}\.\d\d", text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", text):
        return datetime.fromisoformat(text)
    return text


def _zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"export/{file.relative_to(folder)}")
    return path


def respell(folder: Path, truth: dict[str, Any], spelling: Spelling, target: Path) -> tuple[Path, Respeller]:
    respeller = Respeller(folder, truth, spelling)
    return respeller.write(target), respeller


def load_truth(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
