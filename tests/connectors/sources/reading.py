"""Helpers of the reader tests: write a file, read it back the way intake does."""

from dataclasses import dataclass
from pathlib import Path

from connectors.records import TableShape
from connectors.sources.archives import open_package
from connectors.sources.tables import TableRows, inspect


@dataclass
class Read:
    shape: TableShape
    rows: list[list[str]]
    lines: list[int]
    counts: TableRows

    @property
    def table(self) -> list[list[str]]:
        return [list(self.shape.headers), *self.rows]


def read_all(path: Path) -> list[Read]:
    with open_package(path) as package:
        return [_read(entry, shape) for entry in package.entries for shape in inspect(entry)]


def _read(entry, shape) -> Read:
    counts = TableRows(entry, shape)
    pairs = list(counts)
    assert counts.physical == len(pairs) + counts.skipped.total()
    return Read(shape, [cells for _, cells in pairs], [line for line, _ in pairs], counts)


def read(folder: Path, content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Read:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_all(path)[0]
