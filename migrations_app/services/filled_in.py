"""Workbooks that people filled in and send back: opened with care, as anything may have happened to them on the way."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook

from connectors.errors import UnreadableFile
from connectors.sources.archives import DAMAGE
from connectors.sources.sheetguard import check_size

# What the loader ends with where a part of the file is missing, cut off or another one; both XML parsers raise SyntaxErrors.
_DAMAGE = (*DAMAGE, SyntaxError, LookupError, AttributeError, TypeError)


@contextmanager
def sheets_of(source: Path | BinaryIO, name: str) -> Iterator[list[Any]]:
    """Its sheets, read a row at a time. Raises UnreadableFile, also for damage that only shows while the rows are read."""
    try:
        # Opened here: the loader leaves a file open that it cannot read.
        opened = source.open("rb") if isinstance(source, Path) else nullcontext(source)
        with opened as file:
            check_size(name, file)
            with closing(load_workbook(file, read_only=True, data_only=True)) as book:
                yield book.worksheets
    except _DAMAGE as problem:
        raise UnreadableFile(name, "is no xlsx workbook that can be read; save it again as xlsx.") from problem
