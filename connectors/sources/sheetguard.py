"""What must be known of an xlsx before it is loaded: how large its sheets become, and the error cells that the loader drops."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from connectors.errors import UnreadableFile
from connectors.sources.archives import DAMAGE

MOST_UNPACKED = 2 << 30
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # Excel's own
MOST_CELLS = 50_000_000  # the loader keeps every cell between the first and the last
CHUNK = 4 << 20
NEAR_END = 1 << 16
_FAR_COLUMNS = re.compile(rb""" r=["']([A-Z]{2,})\d""")
_FAR_ROWS = re.compile(rb""" r=["'][A-Z]{0,3}(\d{6,})["']""")
_ROW_STARTS = (b"<row", b":row ", b":row/")  # some programs put a prefix before every tag
_ERROR = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"[^>]*? t="e"[^>]*>(?:(?!</(?:\w+:)?c>).){0,1500}?<(?:\w+:)?v>(#[^<]{1,20})<', re.DOTALL)


def check_size(name: str, path: Path | BinaryIO) -> None:
    """Raises UnreadableFile where loading would need more memory than any real sheet does."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_UNPACKED:
                raise UnreadableFile(name, "unpacks to more than 2 GB; export it as csv.")
            for member in members:
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename):
                    _check_sheet(name, archive, member)
    except DAMAGE as error:
        raise UnreadableFile(name, f"is a damaged workbook ({error}); save it again as xlsx.") from error


def _check_sheet(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    last_row = last_column = rows = 0
    for chunk in chunks(archive, member):
        rows += sum(map(chunk.count, _ROW_STARTS))
        last_row = max(last_row, max(map(int, _FAR_ROWS.findall(chunk)), default=0))
        last_column = max(last_column, max(map(column_number, set(_FAR_COLUMNS.findall(chunk))), default=25) + 1)
        if max(last_row, rows) > MOST_ROWS or last_column > MOST_COLUMNS:
            raise UnreadableFile(name, "has a sheet with more rows or columns than Excel allows; export it again.")
        if max(last_row, rows) * last_column > MOST_CELLS:
            raise UnreadableFile(name, "has a sheet that reaches too far to be a table; delete the empty rows and columns.")


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content in pieces that end where a cell or at least a tag begins."""
    rest = b""
    with archive.open(member) as file:
        while block := file.read(CHUNK):
            block = rest + block
            cut = block.rfind(b"<c ", max(0, len(block) - NEAR_END))
            cut = cut if cut > 0 else block.rfind(b"<")
            cut = cut if cut > 0 else len(block)
            rest = block[cut:]
            yield block[:cut]
    yield rest


def column_number(letters: bytes | str) -> int:
    """A is 0, AA is 26."""
    number = 0
    for letter in letters.encode() if isinstance(letters, str) else letters:
        number = number * 26 + letter - 64
    return number - 1


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """{(row, column): "#N/A"} from 0, of one sheet of an xlsx; empty for the other formats."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        member = member_of(archive, sheet)
        if member is None:
            return {}
        return {
            (int(row) - 1, column_number(column)): text.decode("utf-8", "replace")
            for chunk in chunks(archive, member)
            if b't="e"' in chunk
            for column, row, text in _ERROR.findall(chunk)
        }


def member_of(archive: zipfile.ZipFile, sheet: str) -> zipfile.ZipInfo | None:
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.findall(".//{*}sheet"):  # Excel's strict form has a namespace of its own
        if element.get("name") == sheet:
            link = next((value for name, value in element.items() if name.endswith("}id")), None)
            target = targets.get(link, "").lstrip("/")
            name = target if target.startswith("xl/") else f"xl/{target}"
            return archive.getinfo(name) if name in archive.namelist() else None
    return None
