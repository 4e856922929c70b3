"""Files that stay behind: which, why, what becomes of them, and the zip in which they are handed out."""

import csv
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path, PurePosixPath
from typing import IO

from django.db.models import QuerySet
from django.utils.html import format_html

from migrations_app.models import FindingRow, Project, RecordLink
from migrations_app.rules import left_out
from migrations_app.rules.keys import clean
from migrations_app.rules.left_out import ABSENT, DOUBTFUL, HELD, LINK, LOAD, QUESTION, SKIP, ZIP
from migrations_app.rules.spec import FILE
from migrations_app.services import attached, decisions, rows
from migrations_app.services.papers.words import defused
from migrations_app.services.staging import chunks
from migrations_app.services.wording import plain
from migrations_app.states import LinkState

CODES = (*HELD, *DOUBTFUL, *ABSENT)
LOOSE = ("unknown_parent", "unindexed_file")  # they have no record that a note could stand on
REFUSED = "refused"
HEADS = ("source_id", "name", "path", "why", "what_becomes_of_it")
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{0}</title>'
    "<style>body{{font-family:sans-serif;margin:2rem}}td,th{{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}}"
    "table{{border-collapse:collapse}}</style></head><body><h1>{0}</h1><table>"
)
SAID = {ZIP: "handed out in a zip", LINK: "a note links to it", SKIP: "left out"}

Line = tuple[int, int]  # table, line


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One file that does not arrive as a file; `file` is None where the package has none."""

    key: str
    name: str
    path: str
    code: str
    how: str
    file: attached.Kept | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """As HEADS names them."""
        return self.key, self.name, self.path, plain(self.code), SAID[self.how]


def hows(project: Project) -> dict[Line, tuple[str, str]]:
    """{table and line: code and what becomes of it} of rows whose file the audit found to be none that can go; not those that load."""
    answers = decisions.question_answers(project, QUESTION)
    policy = str(project.setting("left_out_files"))
    found: dict[Line, tuple[str, str]] = {}
    for table, line, key, code in (
        _findings(project, CODES).order_by("pk").values_list("table_id", "line", "key", "finding__code").iterator(2000)
    ):
        how = answers.get(("attachments", key)) or left_out.default(code, policy)
        if how == LINK and (code == "path_traversal" or not project.setting("file_link")):
            how = ZIP
        if how != LOAD and (table, line) not in found:
            found[table, line] = (code, how)
    return found


def table(project: Project) -> Iterator[tuple[str, ...]]:
    """The index as a table of the report."""
    return (each.cells for each in all_left_out(project))


def counts(project: Project) -> Counter[tuple[str, str]]:
    """{(code, what becomes of it): files}."""
    return Counter(hows(project).values())


def linked(project: Project) -> int:
    """Files for which a note is planned (on a record that takes one)."""
    return sum(how == LINK for _, how in hows(project).values())


def held_back(project: Project) -> int:
    """Rows that the audit does not reject, and whose file does not go all the same."""
    return sum(code in (*DOUBTFUL, "oversized") for code, _ in hows(project).values())


def all_left_out(project: Project) -> Iterator[LeftOut]:
    """Every file that stays behind, with its bytes where there are any: held back, without a record or a row, refused by Pipedrive."""
    tables = rows.tables_in_force(project).get("attachments", [])
    files = attached.files_in_force(project, tables)
    policy = str(project.setting("left_out_files"))
    settled, in_zip = hows(project), SKIP if policy == SKIP else ZIP
    for some in chunks(_findings(project, (*CODES, *LOOSE)).select_related("finding").order_by("pk").iterator(2000), 500):
        held = rows.by_key(tables, {each.key for each in some if each.key})
        for each in some:
            code, how = settled.get((each.table_id, each.line), (each.finding.code, in_zip))
            if code == each.finding.code and not (code in DOUBTFUL and (each.table_id, each.line) not in settled):
                yield _found(each.key, held.get(each.key), each.value, code, how, files)
    refused = RecordLink.objects.filter(account__project=project, entity=FILE, state=LinkState.REFUSED).order_by("pk")
    for links in chunks(refused.iterator(2000), 500):
        held = rows.by_key(tables, {link.source_id for link in links})
        for link in links:
            yield _found(link.source_id, held.get(link.source_id), link.label, REFUSED, in_zip, files)


def write_zip(project: Project, path: Path) -> int:
    """The files with index.html and index.csv; answers how many files are in it. Files are streamed, whatever their size."""
    packed = 0
    rows_csv, rows_html = path.with_name(f"{path.name}.csv"), path.with_name(f"{path.name}.html")
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            with rows_csv.open("wb") as as_csv, rows_html.open("wb") as as_html:
                index = _Index(as_csv, as_html, f"Files of {project} that stay behind")
                for number, each in enumerate(all_left_out(project), start=1):
                    name = _pack(archive, number, each)
                    packed += bool(name)
                    index.add(each, name)
                index.close()
            archive.write(rows_csv, "index.csv")
            archive.write(rows_html, "index.html")
    finally:
        rows_csv.unlink(missing_ok=True)
        rows_html.unlink(missing_ok=True)
    return packed


class _Index:
    """One line for each file, in both forms."""

    def __init__(self, as_csv: IO[bytes], as_html: IO[bytes], title: str) -> None:
        self._text = TextIOWrapper(as_csv, encoding="utf-8-sig", errors="replace", newline="")
        self._writer, self._page = csv.writer(self._text), TextIOWrapper(as_html, encoding="utf-8", errors="replace")
        self._writer.writerow((*HEADS, "in_this_archive"))
        self._page.write(format_html(_HEAD, title) + self._row("th", (*HEADS, "in_this_archive")))

    def add(self, each: LeftOut, name: str) -> None:
        cells = (*each.cells, name)
        self._writer.writerow([defused(cell) for cell in cells])
        self._page.write(self._row("td", cells))

    def close(self) -> None:
        self._page.write("</table></body></html>")
        self._page.flush()
        self._text.flush()

    def _row(self, tag: str, cells: tuple[str, ...]) -> str:
        return f"<tr>{''.join(format_html('<{0}>{1}</{0}>', tag, cell) for cell in cells)}</tr>\n"


def _pack(archive: zipfile.ZipFile, number: int, each: LeftOut) -> str:
    """The name under which it stands in the archive; empty where it does not."""
    where = attached.location(each.file) if each.file and each.how == ZIP else None
    if where is None or not where.is_file():
        return ""
    name = left_out.name_in_zip(number, each.name)
    archive.write(where, name)
    return name


def _found(key: str, row: rows.SourceRow | None, value: str, code: str, how: str, files: attached.Files) -> LeftOut:
    said = _said(row) if row else {}
    path, name = said.get("path", "") or (value if not row else ""), said.get("file_name", "")
    file = files.find(path, name).file
    return LeftOut(key, PurePosixPath((name or path).replace("\\", "/")).name, path, code, how, file)


def _said(row: rows.SourceRow) -> Mapping[str, str]:
    return {role: clean(row.cells[at]) for at, role in row.table.roles_by_position().items() if role in ("path", "file_name")}


def _findings(project: Project, codes: tuple[str, ...]) -> QuerySet[FindingRow]:
    return FindingRow.objects.filter(finding__audit=project.audit_id, finding__object="attachments", finding__code__in=codes)
