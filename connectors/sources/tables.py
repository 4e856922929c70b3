"""Tables of any file that customers send, as streams of rows with their physical line."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from connectors.errors import UnreadableFile
from connectors.records import TableShape
from connectors.sources import dialects, encodings, jsonfiles, workbooks
from connectors.sources.archives import Entry
from connectors.sources.celltypes import cell_type
from connectors.sources.delimited import Records, text_lines
from connectors.sources.dialects import Dialect
from connectors.sources.rowkinds import beginnings, reason_to_skip
from connectors.sources.stacked import table_starts
from connectors.sources.tablehead import find_headers

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".dsv", ".asc", ".dat")
UNSURE_SUFFIXES = (".txt", ".text", ".export", ".lst", "")  # tables only if their content is one
BOOK_SUFFIXES = (*workbooks.SUFFIXES, ".xls")
PACKED_SUFFIXES = (".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst")
PACKED = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
SAMPLE_LINES = 1000
SAMPLE_CHARACTERS = 4 << 20


def is_table(entry: Entry) -> bool:
    """Whether the file is meant as a table, by its name and, where the name says little, by its content.

    Packed files count as well: whether they hold exports or are somebody's attachment, people hear that nothing in them was read.
    """
    suffix = _suffix(entry)
    if suffix in (*TEXT_SUFFIXES, *jsonfiles.SUFFIXES, *BOOK_SUFFIXES, *PACKED_SUFFIXES):
        return True
    known = suffix in UNSURE_SUFFIXES or not _known_elsewhere(suffix)
    return known and (workbooks.kind(entry) != "" or _reads_as_table(entry))


def _suffix(entry: Entry) -> str:
    return PurePosixPath(entry.name).suffix.lower()


def _known_elsewhere(suffix: str) -> bool:
    """Suffixes of files that are something else whatever they hold."""
    return suffix in (
        *(".pdf", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".svg", ".webp", ".heic", ".ico", ".psd"),
        *(".html", ".htm", ".xhtml", ".xml", ".css", ".js", ".md", ".rtf", ".doc", ".docx", ".odt", ".ppt", ".pptx", ".odp"),
        *(".exe", ".dll", ".msi", ".bat", ".cmd", ".ps1", ".sh", ".py", ".sql", ".log", ".ini", ".cfg", ".yml", ".yaml"),
        *(".eml", ".msg", ".vcf", ".ics", ".mp3", ".mp4", ".mov", ".wav", ".zip", ".bak", ".db"),
    )


def _reads_as_table(entry: Entry) -> bool:
    """At least two rows of at least two columns, most of them of one width; or a list of e-mail addresses, one a line."""
    try:
        lines = _first_lines(entry, encodings.detect(entry).codec)
    except UnreadableFile:
        return False
    sample = dialects.sample_rows(lines, dialects.detect(lines))
    rows, width = [row for row in sample.rows if any(cell.strip() for cell in row)], sample.width
    if width == 1:
        return sum(cell_type(row[0]) == "email" for row in rows) >= max(1, 0.6 * len(rows))
    return width > 1 and len(rows) > 1 and sum(len(row) == width for row in rows) >= 0.6 * len(rows)


def inspect_all(entries: Iterable[Entry]) -> list[tuple[Entry, list[TableShape], str]]:
    """(file, its tables, why there are none) for the files of one package; they share their code page unless one cannot."""
    found = [(entry, *_inspected(entry)) for entry in entries]
    doubtful = [(entry, shapes[0].encoding) for entry, shapes, _ in found if shapes and _in_code_page(shapes[0])]
    if len({codec for _, codec in doubtful}) < 2:
        return found
    house = encodings.shared(entry for entry, _ in doubtful)
    others = {entry.name for entry, codec in doubtful if codec != house}
    return [(entry, *_inspected(entry, house)) if entry.name in others else (entry, shapes, why) for entry, shapes, why in found]


def _in_code_page(shape: TableShape) -> bool:
    return shape.format == "csv" and encodings.is_code_page(shape.encoding)


def _inspected(entry: Entry, house: str = "") -> tuple[list[TableShape], str]:
    try:
        return inspect(entry, house), ""
    except UnreadableFile as error:
        return [], error.reason


def inspect(entry: Entry, house: str = "") -> list[TableShape]:
    """The tables of one file. Raises UnreadableFile with the reason where it holds none that can be read."""
    if entry.size == 0:
        raise UnreadableFile(entry.name, "is empty (0 bytes); export it again.")
    if workbooks.kind(entry):
        shapes = workbooks.inspect(entry)
    elif jsonfiles.is_json(entry):
        shapes = jsonfiles.inspect(entry)
    else:
        shapes = _inspect_text(entry, house)
    return shapes


def _inspect_text(entry: Entry, house: str) -> list[TableShape]:
    _refuse_other_kinds(entry)
    misnamed = _suffix(entry) in BOOK_SUFFIXES
    if misnamed and not _reads_as_table(entry):
        raise UnreadableFile(entry.name, f"is no {_suffix(entry)[1:]} workbook, whatever its name says; save it again as xlsx.")
    encoding = encodings.detect(entry, house)
    lines = _first_lines(entry, encoding.codec)
    told = 1 if dialects.announced(lines[0]) else 0
    dialect = dialects.detect(lines)
    sample = dialects.sample_rows(lines, dialect)
    rows = list(Records(lines[: len(lines) - sample.unfinished], dialect, sample.width))
    if not any(cell.strip() for row in rows[told:] for cell in row):
        raise UnreadableFile(entry.name, "holds nothing but blank lines; export it again.")
    notes = (*encoding.notes, *(["The file is text, whatever its name says; it is read as such."] if misnamed else []))
    plain = TableShape(entry.name, "csv", (), 0, "", encoding.codec, dialect.delimiter, dialect.quote, dialect.escape, notes)
    starts = [told + start for start in table_starts(rows[told:])]
    return [_one_table(plain, rows, number, starts) for number in range(len(starts))]


def _one_table(plain: TableShape, rows: list[list[str]], number: int, starts: list[int]) -> TableShape:
    """The shape of one of the tables that stand below each other; the first one starts with the file."""
    start = starts[number]
    end = starts[number + 1] if number + 1 < len(starts) else 0
    found = find_headers(rows[start : end or None])
    notes = plain.notes + found.notes
    if len(starts) > 1:
        notes += (f"Table {number + 1} of {len(starts)} in this file.",)
    return replace(
        plain,
        headers=found.names,
        header_row=start + found.row if found.row else 0,
        sheet=str(number + 1) if number else "",
        start=start if number else 0,
        end=end,
        notes=notes,
    )


def _refuse_other_kinds(entry: Entry) -> None:
    with entry.open() as file:
        head = file.read(512)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(PACKED) or _suffix(entry) in PACKED_SUFFIXES:
        raise UnreadableFile(entry.name, "is packed, so no rows were read from it; unpack it if it holds exports, and send what was in it.")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml")):
        raise UnreadableFile(entry.name, "is a web page or XML, not a table; open it in Excel and save it as csv or xlsx.")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"MZ", b"GIF8", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile(entry.name, "is no text file, whatever its name says; save it as csv or xlsx.")


def _first_lines(entry: Entry, encoding: str) -> list[str]:
    lines: list[str] = []
    size = 0
    with text_lines(entry, encoding) as text:
        for line in itertools.islice(text, SAMPLE_LINES):
            lines.append(line)
            size += len(line)
            if size > SAMPLE_CHARACTERS:
                break
    return lines


class TableRows:
    """Iterates over (line, cells) of the records; blank rows, titles, headers and totals are counted in `skipped`.

    Cells are padded to the headers; a longer row keeps what it has too much. The counts are right once the iteration has
    ended: `physical` = records + `skipped`. `mended` records broke the quoting of their file and were put right.
    """

    def __init__(self, entry: Entry, shape: TableShape) -> None:
        self._entry = entry
        self._shape = shape
        self._reset()

    def _reset(self) -> None:
        self.physical = self.short = self.long = self.mended = 0
        self.skipped: Counter[str] = Counter()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        self._reset()
        return {"csv": self._text, "json": self._json, "xlsx": self._sheet}[self._shape.format]()

    def _text(self) -> Iterator[tuple[int, list[str]]]:
        shape = self._shape
        dialect = Dialect(shape.delimiter, shape.quote, shape.escape)
        # not the number of headers: with a separator at the end of each line a record has one cell more
        width = dialects.sample_rows(_first_lines(self._entry, shape.encoding), dialect).width
        with text_lines(self._entry, shape.encoding) as lines:
            records = Records(lines, dialect, width)
            yield from self._records(iter(records))
            self.mended = records.mended

    def _sheet(self) -> Iterator[tuple[int, list[str]]]:
        with workbooks.sheet_rows(self._entry, self._shape.sheet) as rows:
            yield from self._records(rows)

    def _json(self) -> Iterator[tuple[int, list[str]]]:
        yield from self._records(jsonfiles.rows(self._entry, self._shape))

    def _records(self, rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
        headers, has_headers = self._shape.headers, self._shape.header_row > 0
        width, watched = len(headers), beginnings(headers)
        start, end = self._shape.start, self._shape.end or None
        rows = itertools.islice(rows, start, end)
        for line, row in enumerate(rows, start + 1 + self._before_data(rows)):
            self.physical = line - start
            if not row or row[0][:2].strip().casefold() in watched:
                reason = self._announcement(line, row) or reason_to_skip(row, headers, has_headers)
                if reason:
                    self.skipped[reason] += 1
                    continue
            if len(row) != width:
                row = self._fitted(row, width)
            yield line, row

    def _before_data(self, rows: Iterator[list[str]]) -> int:
        self.physical = sum(1 for _ in itertools.islice(rows, max(0, self._shape.header_row - self._shape.start)))
        if self.physical:
            self.skipped["header"] = 1
        if self.physical > 1:
            self.skipped["preamble"] = self.physical - 1
        return self.physical

    def _announcement(self, line: int, row: list[str]) -> str:
        """Excel's `sep=;` above a table without headers."""
        return "preamble" if line == 1 and dialects.announced(self._shape.delimiter.join(row)) else ""

    def _fitted(self, row: list[str], width: int) -> list[str]:
        if len(row) < width:
            self.short += 1
            return row + [""] * (width - len(row))
        if any(cell.strip() for cell in row[width:]):
            self.long += 1
            return row
        return row[:width]


def head(entry: Entry, shape: TableShape, rows: int = 200) -> list[list[str]]:
    """The first records of a table."""
    return [cells for _, cells in itertools.islice(TableRows(entry, shape), rows)]
