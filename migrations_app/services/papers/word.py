"""A paper as a Word document."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from migrations_app.services.papers import document as parts
from migrations_app.services.papers import graphs, pictures
from migrations_app.services.papers.words import OPEN, TICKED, printable

ACCENT, DIM, WARN = RGBColor(0x0F, 0x76, 0x6E), RGBColor(0x5B, 0x6B, 0x70), RGBColor(0x9A, 0x5B, 0x00)
WIDTH_CM = 17.0
FIGURES_A_LINE = 4
CELL_MOST = 2_000


def write(document: parts.Document, stream: BytesIO) -> None:
    file = docx.Document()
    _dress(file, document)
    file.add_paragraph(_clean(document.project)).runs[0].font.color.rgb = ACCENT
    file.add_heading(_clean(document.title), 0)
    file.add_paragraph(_clean(document.about))
    _dim(file.add_paragraph(document.words.moment(document.made_at)))
    for section in document.sections:
        file.add_heading(_clean(section.title), 1)
        for block in section.blocks:
            _MAKERS[block.kind](file, document, block)
    file.save(stream)


def _clean(text: Any) -> str:
    return printable(str(text))


def _dress(file: Any, document: parts.Document) -> None:
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin, page.bottom_margin = Cm(2.2), Cm(1.8)
    file.styles["Normal"].font.name, file.styles["Normal"].font.size = "Calibri", Pt(10.5)
    for name, size in (("Title", 24), ("Heading 1", 14)):
        style = file.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Calibri", Pt(size), RGBColor(0x17, 0x25, 0x2A)
    _letterhead(page.header, document.letterhead)
    _footer(page.footer, f"{document.project} · {document.title} · ")


def _letterhead(header: Any, head: parts.Letterhead) -> None:
    line = header.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if head.logo:
        try:
            line.add_run().add_picture(BytesIO(head.logo), height=Cm(1.1))
        except (UnrecognizedImageError, ValueError):
            pass  # a logo that Word has no reader for is left out, the name stands beside it
    if head.firm:
        line.add_run(f"  {_clean(head.firm)}").bold = True
    if small := ", ".join(" ".join(text.split()) for text in (head.address, head.contact) if text.strip()):
        _dim(header.add_paragraph(_clean(small))).alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _footer(footer: Any, text: str) -> None:
    line = footer.paragraphs[0]
    run = line.add_run(_clean(text))
    for kind, said in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = said
        run._r.append(part)
    _dim(line)


def _dim(paragraph: Any) -> Any:
    for run in paragraph.runs:
        run.font.size, run.font.color.rgb = Pt(8.5), DIM
    return paragraph


# --- blocks ----------------------------------------------------------------------------------------------------------


def _paragraph(file: Any, document: parts.Document, block: parts.Paragraph) -> None:
    run = file.add_paragraph().add_run(_clean(block.text))
    run.bold = block.tone in ("strong", "notice")
    if block.tone == "dim":
        run.font.size, run.font.color.rgb = Pt(8.5), DIM
    if block.tone == "notice":
        run.font.color.rgb = WARN


def _points(file: Any, document: parts.Document, block: parts.Points) -> None:
    for item in block.items:
        file.add_paragraph(_clean(item), style="List Bullet")


def _figures(file: Any, document: parts.Document, block: parts.Figures) -> None:
    items = list(block.items)
    for start in range(0, len(items), FIGURES_A_LINE):
        some = items[start : start + FIGURES_A_LINE]
        cells = file.add_table(1, len(some)).rows[0].cells
        for cell, (figure, caption) in zip(cells, some, strict=True):
            run = cell.paragraphs[0].add_run(_clean(figure))
            run.bold, run.font.size, run.font.color.rgb = True, Pt(15), ACCENT
            _dim(cell.add_paragraph(_clean(caption)))
            _shade(cell, "F0F7F6")
    file.add_paragraph()


def _table(file: Any, document: parts.Document, block: parts.Table) -> None:
    columns, rows, more = block.for_readers()
    if not rows:
        _dim(file.add_paragraph(_clean(block.nothing)))
        return
    table = file.add_table(1, len(columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(columns)
    _fill(table.rows[0], [column.name for column in columns], columns, widths, head=True)
    for row in rows:
        texts = [document.cell(column, value) for column, value in zip(columns, row, strict=True)]
        _fill(table.add_row(), texts, columns, widths)
    rest = parts.rest(document.words.number(more)) if more else ""
    _dim(file.add_paragraph(rest))


def _widths(columns: Iterable[parts.Column]) -> list[Any]:
    widths = [column.width for column in columns]
    return [Cm(WIDTH_CM * width / sum(widths)) for width in widths]


def _fill(row: Any, texts: Iterable[str], columns: Iterable[parts.Column], widths: Iterable[Any], *, head: bool = False) -> None:
    if head:  # they stand again on each page
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, text, column, width in zip(row.cells, texts, columns, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(_clean(text)[:CELL_MOST])
        run.font.size, run.bold = Pt(8.5), head
        if head:
            run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
            _shade(cell, str(ACCENT))
        if column.kind not in (parts.TEXT, parts.FILL):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if column.kind == parts.TICK else WD_ALIGN_PARAGRAPH.RIGHT


def _shade(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)


def _ticks(file: Any, document: parts.Document, block: parts.Ticks) -> None:
    for done, text, note in block.items:
        paragraph = file.add_paragraph()
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.8), Cm(-0.8)
        paragraph.add_run(f"{TICKED if done else OPEN}  ").font.size = Pt(13)
        paragraph.add_run(_clean(text))
        if note:
            small = paragraph.add_run(f"\n{_clean(note)}")
            small.font.size, small.font.color.rgb = Pt(8.5), DIM


def _chart(file: Any, document: parts.Document, block: parts.Chart) -> None:
    file.add_paragraph().add_run(_clean(block.title)).bold = True
    file.add_picture(BytesIO(pictures.png(block, document)), width=Cm(WIDTH_CM))


def _graph(file: Any, document: parts.Document, block: parts.Graph) -> None:
    file.add_paragraph().add_run(_clean(block.title)).bold = True
    file.add_picture(BytesIO(graphs.png(block.edges)), width=Cm(WIDTH_CM))


def _signatures(file: Any, document: parts.Document, block: parts.Signatures) -> None:
    for role, name, day in block.items:
        given = ", ".join(part for part in (name, day) if part) or "_" * 44
        file.add_paragraph(f"\n{_clean(given)}")
        _dim(file.add_paragraph(_clean(role)))


_MAKERS: Mapping[str, Callable[[Any, parts.Document, Any], None]] = {
    "paragraph": _paragraph,
    "points": _points,
    "figures": _figures,
    "table": _table,
    "ticks": _ticks,
    "chart": _chart,
    "graph": _graph,
    "signatures": _signatures,
}
