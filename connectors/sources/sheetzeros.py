"""Numbers that a sheet shows with zeros before them, as postal codes and account numbers are: the loader gives the bare number."""

import re
import zipfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from connectors.sources.sheetguard import chunks, column_number, member_of

_NUMBER = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="n")?><(?!/)')
_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0{2,})(?:;.*)?")


def padded_columns(path: Path, sheet: str) -> dict[int, int]:
    """{column from 0: digits} of the columns in which every number shows at least so many digits; of xlsx only."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        member = member_of(archive, sheet)
        digits = _digits_of_styles(archive) if member else {}
        if member is None or not digits:
            return {}
        seen: dict[bytes, set[bytes]] = defaultdict(set)
        for chunk in chunks(archive, member):
            for column, style in set(_NUMBER.findall(chunk)):
                seen[column].add(style)
    shown = {column: {digits.get(style, 0) for style in styles} for column, styles in seen.items()}
    return {column_number(column): numbers.pop() for column, numbers in shown.items() if len(numbers) == 1 and 0 not in numbers}


def _digits_of_styles(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """{number of a cell's style: digits}"""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except (KeyError, ElementTree.ParseError):
        return {}
    codes = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.findall(".//{*}numFmt")}
    cells = styles.find("{*}cellXfs")
    found = {number: _ZEROS.fullmatch(codes.get(each.get("numFmtId"), "")) for number, each in enumerate(() if cells is None else cells)}
    return {str(number).encode(): len(zeros[1]) for number, zeros in found.items() if zeros}
