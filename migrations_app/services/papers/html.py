"""A paper as one html page that needs nothing else: for the screen, and for printing."""

import base64
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from django.template.loader import render_to_string

from migrations_app.services.papers import document as parts
from migrations_app.services.papers import graphs
from migrations_app.services.papers.words import OPEN, TICKED, printable, shortened

ROW_HEIGHT, BAR_WIDTH = 26, 500
WIDE = 30  # characters from which a column takes more room
MANY = 9  # columns, above which a table is printed smaller
LINE, A_NUMBER = 108, 8  # characters of a printed line, and of a number in it
FEW = 3  # columns of text that have the room they want beside any numbers
LEAST, MOST, MOST_WIDE = 11, 16, 20  # characters that a column has before a word in it breaks
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def write(document: parts.Document, stream: BytesIO) -> None:
    stream.write(render(document).encode(errors="replace"))


def render(document: parts.Document) -> str:
    """All text goes through the templates, and so is escaped there."""
    head = document.letterhead
    return render_to_string(
        "papers/paper.html",
        {
            "document": document,
            "letterhead": head,
            "logo": f"data:{head.logo_type};base64,{base64.b64encode(head.logo).decode()}" if head.logo_type in PICTURES else "",
            "made": document.words.moment(document.made_at),
            "sections": [
                {"title": printable(section.title), "blocks": [_block(document, block) for block in section.blocks]}
                for section in document.sections
            ],
        },
    )


def _block(document: parts.Document, block: Any) -> dict[str, Any]:
    make = _MAKERS.get(block.kind, _as_it_is)
    return {"template": f"papers/blocks/{block.kind}.html", **make(document, block)}


def _as_it_is(document: parts.Document, block: Any) -> dict[str, Any]:
    return {name: getattr(block, name) for name in block.__dataclass_fields__}


def _table(document: parts.Document, block: parts.Table) -> dict[str, Any]:
    columns, rows, more = block.for_readers()
    styles, least = [_style(column) for column in columns], _least(columns)
    return {
        "many": len(columns) > MANY,
        "columns": [{"name": column.name, "style": style, "least": least(column)} for column, style in zip(columns, styles, strict=True)],
        "rows": [
            [(style, document.cell(column, value)) for column, style, value in zip(columns, styles, row, strict=True)] for row in rows
        ],
        "rest": parts.rest(document.words.number(more)) if more else "",
        "nothing": block.nothing,
    }


def _least(columns: Sequence[parts.Column]) -> Callable[[parts.Column], int]:
    """How many characters a column has at least: as many as let all of them stand side by side on paper."""
    texts = sum(column.kind == parts.TEXT for column in columns)
    share = MOST if texts <= FEW else max(LEAST, (LINE - A_NUMBER * (len(columns) - texts)) // texts)

    def least(column: parts.Column) -> int:
        return min(column.width, share, MOST_WIDE if column.width >= WIDE else MOST) if column.kind == parts.TEXT else 0

    return least


def _style(column: parts.Column) -> str:
    if column.kind == parts.TEXT:
        return "wide" if column.width >= WIDE else "text"
    return column.kind if column.kind in (parts.TICK, parts.FILL) else "number"


def _ticks(document: parts.Document, block: parts.Ticks) -> dict[str, Any]:
    return {"items": [(TICKED if done else OPEN, done, text, note) for done, text, note in block.items]}


def _chart(document: parts.Document, block: parts.Chart) -> dict[str, Any]:
    column = parts.Column("", block.unit)
    bars = [
        {
            "label": shortened(label),
            "value": document.cell(column, value),
            "width": f"{BAR_WIDTH * value / block.longest:.1f}",  # text: a template would write the number as the language does
            "y": at * ROW_HEIGHT + 4,
            "text_y": at * ROW_HEIGHT + 16,
        }
        for at, (label, value) in enumerate(block.bars)
    ]
    return {"title": block.title, "bars": bars, "height": len(bars) * ROW_HEIGHT + 4}


def _graph(document: parts.Document, block: parts.Graph) -> dict[str, Any]:
    return {"title": block.title, "picture": f"data:image/png;base64,{base64.b64encode(graphs.png(block.edges)).decode()}"}


_MAKERS: Mapping[str, Callable[[parts.Document, Any], dict[str, Any]]] = {
    "table": _table,
    "ticks": _ticks,
    "chart": _chart,
    "graph": _graph,
}
