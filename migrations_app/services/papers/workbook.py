"""A paper as a workbook: one sheet a section, lists streamed, charts that the spreadsheet draws itself, no formulas."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from itertools import islice, zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from migrations_app.services.papers import document as parts
from migrations_app.services.papers.words import OPEN, TICKED, defused
from migrations_app.services.wording import told

HEAD = PatternFill("solid", fgColor="0F766E")
SOFT = PatternFill("solid", fgColor="F0F7F6")
FORMATS = {parts.PERCENT: "0.0%", parts.NUMBER: "#,##0.##", parts.MONEY: "#,##0.00"}
NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
WIDEST, NARROWEST, CHART_ROWS = 60, 10, 18


def write(document: parts.Document, stream: BytesIO) -> None:
    book = Workbook(write_only=True)
    titles = {"choices"}
    lists: dict[tuple[str, ...], str] = {}
    _Sheet(book, document, _title(told("Paper"), titles), [28, 70]).lines(_first_page(document))
    for section in document.sections:
        widths = _widths(section.blocks)
        sheet = _Sheet(book, document, _title(section.title, titles), widths)
        sheet.lines([[(section.title, Font(bold=True, size=14))], []])
        for block in section.blocks:
            sheet.block(block)
        sheet.offer(lists)
    if lists:
        _write_choices(book.create_sheet("choices"), lists)
    book.save(stream)


def _write_choices(sheet: Any, lists: dict[tuple[str, ...], str]) -> None:
    """What the drop-downs offer, a column a list, on a sheet that nobody sees."""
    sheet.sheet_state = "hidden"
    for line in zip_longest(*lists):
        sheet.append([defused(word) for word in line])


def _first_page(document: parts.Document) -> list[list[Any]]:
    head = document.letterhead
    said = [
        (told("project"), document.project),
        (told("made"), document.words.moment(document.made_at)),
        (told("firm"), head.firm),
        (told("contact"), head.contact),
    ]
    lines: list[list[Any]] = [[(document.title, Font(bold=True, size=16))], [(document.about, None)], []]
    lines += [[(name, Font(bold=True)), (text, None)] for name, text in said if text]
    return [*lines, [], *[[(told("sheet"), None), (section.title, None)] for section in document.sections]]


def _title(text: str, taken: set[str]) -> str:
    """A name that sheets may have, each once: 31 characters, without some signs."""
    clean = " ".join(str(defused(text)).translate(NOT_IN_TITLES).split())[:31].strip() or "Sheet"
    name, number = clean, 1
    while name.casefold() in taken:
        number += 1
        name = f"{clean[: 30 - len(str(number))]} {number}"
    taken.add(name.casefold())
    return name


def _widths(blocks: Iterable[parts.Block]) -> list[int]:
    """Columns are as wide as the widest table of the sheet wants them."""
    widths: list[int] = []
    for block in blocks:
        wanted = [column.width for column in block.columns] if isinstance(block, parts.Table) else [34, 16]
        widths = [max(pair) for pair in zip(_padded(widths, len(wanted)), _padded(wanted, len(widths)), strict=True)]
    return [min(max(width, NARROWEST), WIDEST) for width in widths]


def _padded(widths: list[int], length: int) -> list[int]:
    return widths + [0] * (length - len(widths))


class _Sheet:
    """A sheet that is written from top to bottom and never held."""

    def __init__(self, book: Workbook, document: parts.Document, title: str, widths: Iterable[int]) -> None:
        self.document = document
        self.sheet: Any = book.create_sheet(title)
        for at, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(at)].width = width
        self.row = 0
        self._offered: list[tuple[tuple[str, ...], str]] = []  # choices, cells that offer them

    def offer(self, lists: dict[tuple[str, ...], str]) -> None:
        """Drop-downs, once all rows are written; `lists` keeps where on the sheet of choices each list stands."""
        for choices, cells in self._offered:
            letter = get_column_letter(len(lists) + 1)
            place = lists.setdefault(choices, f"choices!${letter}$1:${letter}${len(choices)}")
            rule = DataValidation(type="list", formula1=place, allow_blank=True)
            rule.add(cells)
            self.sheet.data_validations.append(rule)

    def lines(self, lines: Iterable[list[Any]]) -> None:
        for line in lines:
            self._append([self._cell(text, font) for text, font in line])

    def block(self, block: parts.Block) -> None:
        _WRITERS[block.kind](self, block)
        self._append([])

    def _append(self, cells: list[Any]) -> None:
        self.sheet.append(cells)
        self.row += 1

    def _cell(self, value: Any, font: Font | None = None, kind: str = parts.TEXT, *, fill: PatternFill | None = None) -> Any:
        cell = WriteOnlyCell(self.sheet, _plain(value, kind))
        if kind in FORMATS and isinstance(cell.value, int | float | Decimal):
            cell.number_format = FORMATS[kind]
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill
        return cell

    # --- one way for each kind of block ----------------------------------------------------------------------------

    def paragraph(self, block: parts.Paragraph) -> None:
        self._append([self._cell(block.text, Font(bold=block.tone in ("strong", "notice"), italic=block.tone == "dim"))])

    def points(self, block: parts.Points) -> None:
        for item in block.items:
            self._append([self._cell(f"• {item}")])

    def figures(self, block: parts.Figures) -> None:
        for figure, caption in block.items:
            self._append([self._cell(caption, fill=SOFT), self._cell(figure, Font(bold=True), fill=SOFT)])

    def ticks(self, block: parts.Ticks) -> None:
        for done, text, note in block.items:
            self._append([self._cell(f"{TICKED if done else OPEN} {text}"), self._cell(note)])

    def signatures(self, block: parts.Signatures) -> None:
        for role, name, day in block.items:
            self._append([self._cell(role), self._cell(", ".join(part for part in (name, day) if part) or "_" * 30)])

    def table(self, block: parts.Table) -> None:
        head = Font(bold=True, color="FFFFFF")
        heads = [self._cell(column.name, head, fill=HEAD) for column in block.columns]
        for cell in heads:
            cell.alignment = Alignment(vertical="center", wrap_text=True)
        self._append(heads)
        count, first = 0, self.row + 1
        for row in islice(block.stream(), parts.SHEET_MOST):
            self._append(list(self._cells(block.columns, row)))
            count += 1
        for at, column in enumerate(block.columns, start=1):
            if column.choices and count:
                letter = get_column_letter(at)
                self._offered.append((column.choices, f"{letter}{first}:{letter}{self.row}"))
        if not count:
            self._append([self._cell(block.nothing, Font(italic=True))])
        elif block.count > count:
            self._append(
                [
                    self._cell(
                        told(
                            "and {more} more: the csv files of the audit hold all of them",
                            more=self.document.words.number(block.count - count),
                        ),
                        Font(italic=True),
                    )
                ]
            )

    def _cells(self, columns: Iterable[parts.Column], row: Iterable[Any]) -> Iterator[Any]:
        for column, value in zip(columns, row, strict=True):
            if column.kind == parts.TEXT:
                yield _plain(value, parts.TEXT)  # no cell object for plain text: lists are long
            else:
                yield self._cell(value, kind=column.kind)

    def chart(self, block: parts.Chart) -> None:
        self._append([self._cell(block.title, Font(bold=True))])
        first = self.row + 1
        for label, value in block.bars:
            self._append([self._cell(label), self._cell(value, kind=block.unit)])
        if block.bars:
            self.sheet.add_chart(_bars(self.sheet, block, first, self.row), f"D{first}")
        for _ in range(CHART_ROWS - len(block.bars)):
            self._append([])

    def graph(self, block: parts.Graph) -> None:
        """A sheet has no arrows: from and to, side by side."""
        self._append([self._cell(block.title, Font(bold=True))])
        for one, other in block.edges:
            self._append([self._cell(one), self._cell(other)])


def _bars(sheet: Any, block: parts.Chart, first: int, last: int) -> BarChart:
    chart = BarChart()
    chart.type, chart.style, chart.title, chart.legend = "bar", 10, str(defused(block.title)), None
    chart.add_data(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    chart.y_axis.scaling.min, chart.x_axis.scaling.orientation = 0, "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.numFmt = FORMATS[block.unit]
    chart.series[0].graphicalProperties.solidFill = "0F766E"
    chart.height, chart.width = max(6.0, 0.65 * len(block.bars) + 2), 20
    if block.unit == parts.PERCENT:
        chart.y_axis.scaling.max = 1
    return chart


def _plain(value: Any, kind: str) -> Any:
    """Numbers as numbers, everything else as text that no spreadsheet runs."""
    if kind == parts.TICK and isinstance(value, bool):
        return TICKED if value else OPEN
    if kind != parts.TEXT and isinstance(value, int | float | Decimal):
        return value
    return None if value is None else defused(str(value))


_WRITERS: Mapping[str, Callable[[_Sheet, Any], None]] = {
    "paragraph": _Sheet.paragraph,
    "points": _Sheet.points,
    "figures": _Sheet.figures,
    "table": _Sheet.table,
    "ticks": _Sheet.ticks,
    "chart": _Sheet.chart,
    "graph": _Sheet.graph,
    "signatures": _Sheet.signatures,
}
