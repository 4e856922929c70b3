"""Rows that are no records: blank ones, the headers once more, totals. Each is skipped by its reason, never in silence."""

import re
from collections.abc import Sequence

from connectors.sources.celltypes import cell_type

TOTAL_WORDS = (
    *("total", "totals", "grand total", "sub total", "subtotal", "sum", "sums", "overall total", "report total", "average", "count"),
    *("summe", "summen", "gesamt", "gesamtsumme", "gesamtbetrag", "zwischensumme", "insgesamt", "endsumme"),
    *("total général", "total general", "totaux", "sous-total", "somme", "suma total", "suma"),
    *("subtotal", "totale", "somma", "totale generale"),
    *("totaal", "eindtotaal", "subtotaal", "soma", "total geral", "totalt", "summa", "i alt", "sammanlagt", "yhteensä", "razem", "ogółem"),
    *("celkem", "součet", "spolu", "celkom", "összesen", "ukupno", "skupaj", "toplam", "genel toplam", "σύνολο"),
    *("итого", "всего", "сумма", "разом", "всього", "общо", "合计", "总计", "合計", "総計", "합계", "총계", "סך הכל", "المجموع"),
)
_TOTAL = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, set(TOTAL_WORDS)), key=len, reverse=True))})(?: *\(\d+\)| +\d+)? *[:：]?", re.IGNORECASE
)
NUMBERS = frozenset(("empty", "integer", "number"))


def beginnings(headers: Sequence[str]) -> frozenset[str]:
    """The first two letters, folded, of cells with which a row worth a second look may begin."""
    words = [*TOTAL_WORDS, headers[0].strip() if headers else ""]
    return frozenset(word[:length].strip().casefold() for word in words for length in (1, 2)) | {""}


def reason_to_skip(row: Sequence[str], headers: Sequence[str], has_headers: bool) -> str:
    """blank, repeated_header or totals; an empty text for a record."""
    cells = [cell.strip() for cell in row]
    first = next((number for number, cell in enumerate(cells) if cell), None)
    if first is None:
        return "blank"
    if has_headers and _same(cells, headers):
        return "repeated_header"
    if len(headers) > 1 and _TOTAL.fullmatch(cells[first]) and _only_numbers(cells[first + 1 :]):
        return "totals"
    return ""


def _same(cells: Sequence[str], headers: Sequence[str]) -> bool:
    """The same names in the same order; the last ones may be missing, or some more follow."""
    common = min(len(cells), len(headers))
    if common < max(1, 0.7 * len(headers)):
        return False
    return all(cell.casefold() == header.strip().casefold() for cell, header in zip(cells, headers, strict=False))


def _only_numbers(cells: Sequence[str]) -> bool:
    return all(cell_type(cell) in NUMBERS for cell in cells)
