"""What bad input gets, line by line of the list that promises it; what is proved elsewhere is named here.

Packages: each kind of bad entry by itself in `tests/connectors/sources/test_readers_archives.py` and `test_readers_workbooks.py`, what
becomes of the upload here. A token that is wrong, revoked or no admin's, a host that is not Pipedrive: `tests/services/test_connecting.py`,
`test_prepare.py`, `tests/admin/test_accounts.py`. An account that changes under a load: `tests/ledger/test_account_changes.py`. Processes,
databases and queues that die: `tests/ledger/test_processes.py`, `tests/chaos`. Names on screens: `tests/admin`, `tests/reconciliation`.
"""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from connectors.errors import UnreadableFile
from migrations_app.models import FindingRow, Project, Question, StagedRecord, Upload, UploadFile
from migrations_app.services import intake, projects
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)

HEADS = ("Company ID", "Company Name", "Zuxxor", "Email")
NAMES = ("=cmd|' /C calc'!A0", "+49 & Söhne", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", *(f"Plain {n}" for n in range(9)))
GOOD = (",".join(HEADS) + "\r\nCO-1,Reef,a,\r\n").encode()
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def blank_sheet() -> bytes:
    """A workbook whose only sheet has ten million rows and one cell."""
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c></row>' + "<row/>" * 10_000_000
    with zipfile.ZipFile(stream) as book:
        members = {name: book.read(name) for name in book.namelist()}
    return zipped(members | {"xl/worksheets/sheet1.xml": SHEET.format(rows).encode()})


BAD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "no workbook": ("book.xlsx", lambda: b"no workbook"),
    "empty": ("empty.csv", lambda: b""),
    "half a workbook": ("half.xlsx", lambda: zipped({"xl/workbook.xml": b"<workbook/>"})[:80]),
    "bomb": ("bomb.csv", lambda: b"0" * (40 << 20)),
    "blank rows": ("blank.xlsx", blank_sheet),
    "nested": ("inner.zip", lambda: zipped({"a.csv": GOOD})),
    "climbs": ("../evil.csv", lambda: GOOD),
    "climbs by backslashes": ("..\\evil.csv", lambda: GOOD),
    "absolute": ("/etc/evil.csv", lambda: GOOD),
    "helper": ("__MACOSX/._companies.csv", lambda: GOOD),
    "lock": ("~$companies.xlsx", lambda: b"lock"),
}


@pytest.fixture
def take(tmp_path: Path) -> Any:
    boss = User.objects.create_superuser("boss")
    project = projects.create(name="Move", slug="move", source="results", user=boss, timezone="UTC", currency="EUR")
    return lambda path: intake.take_in(project, path, kind="full", user=boss)


def kept_files(settings: Any) -> set[Path]:
    return {path for path in Path(settings.CROSSDOCK_DATA).rglob("*") if path.is_file() and "files" in path.parts}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_entry_is_refused_with_one_sentence_and_the_others_are_taken_in(take: Any, tmp_path: Path, kind: str) -> None:
    name, content = BAD[kind]
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"companies.csv": GOOD, name: content()}))
    upload = take(path).upload
    [refused] = upload.refused
    assert refused["file"] == name.replace("\\", "/")
    assert refused["reason"].endswith(".")
    assert not any(sign in refused["reason"] for sign in ("\n", "Error", "Traceback"))
    assert [(table.file, table.staged) for table in upload.tables.all()] == [("companies.csv", 1)]


@pytest.mark.parametrize("kind", ["no workbook", "empty", "half a workbook", "bomb", "blank rows", "nested", "climbs", "lock"])
def test_where_nothing_is_left_the_upload_is_refused_and_nothing_stays(take: Any, tmp_path: Path, settings: Any, kind: str) -> None:
    name, content = BAD[kind]
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({name: content()}))
    before = kept_files(settings)
    with pytest.raises((UnreadableFile, intake.IntakeFailed)) as refused:
        take(path)
    assert "\n" not in str(refused.value)
    assert [model.objects.count() for model in (Upload, StagedRecord, UploadFile)] == [0, 0, 0]
    assert kept_files(settings) == before


@pytest.fixture
def walk(sandbox: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Walk:
    """A workbook with names that spreadsheets would run, a row with too much in it, and an id that stands twice."""
    settings.LEDGER_TIME_SCALE, settings.PIPEDRIVE_TIMEOUT = 0.02, (1.0, 2.0)
    walk = Walk(sandbox, settings, monkeypatch)
    book = openpyxl.Workbook()
    book.active.title = "Firms"
    rows = [HEADS, *((f"CO-{at}", name, f"z{at}", "nobody at all") for at, name in enumerate(NAMES, 1))]
    for row in (*rows, ("CO-2", "Another", "z", ""), ("CO-99", "Too much", "z", "", "more", "and more")):
        book.active.append(row)
    for cell in (cell for row in book.active.iter_rows() for cell in row if isinstance(cell.value, str)):
        cell.data_type = "s"
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "companies.xlsx")
    walk.to_decisions(tmp_path / "in", tmp_path / "audit")
    return walk


def test_a_broken_row_is_a_finding_with_file_sheet_and_line_and_the_others_go_on(walk: Walk) -> None:
    row = FindingRow.objects.select_related("table").get(finding__code="extra_cells")
    assert (row.table.file, row.table.sheet, row.line, row.key) == ("companies.xlsx", "Firms", len(NAMES) + 3, "CO-99")
    assert StagedRecord.objects.count() == len(NAMES) + 2


def test_a_column_that_nobody_knows_is_proposed_and_not_dropped(walk: Walk, tmp_path: Path) -> None:
    walk.do("propose", "move", "--out", str(tmp_path / "map.csv"))
    with (tmp_path / "map.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["field"] for line in lines if line["header"] == "Zuxxor"] == ["custom:Zuxxor (varchar)"]
    assert {line["header"] for line in lines} >= set(HEADS)


def test_of_an_id_that_stands_twice_the_first_row_counts_and_both_are_shown(walk: Walk) -> None:
    question = Question.objects.get(kind="duplicate_id_conflict")
    assert (question.subject, question.safe_default) == ("CO-2", question.choices[0]["value"])
    assert [choice["label"].split(" of ")[0] for choice in question.choices] == ["line 3", f"line {len(NAMES) + 2}"]
    assert "“+49 & Söhne” or “Another”" in question.reason


def test_names_that_spreadsheets_would_run_are_text_in_pipedrive_and_in_every_file_that_goes_out(walk: Walk, tmp_path: Path) -> None:
    walk.account([])
    walk.to_prepared()
    walk.do("load", "move", "--role", "staging")
    assert {each["name"] for each in walk.live("organization").values()} >= set(NAMES)
    out = tmp_path / "out"
    walk.do("report", "move", "--out", str(out), "--papers")
    walk.do("findings", "move", "--code", "invalid_email", "--out", str(out / "findings.xlsx"))
    walk.do("scope", "move", "--out", str(out / "scope.xlsx"))
    books, lists = sorted(out.rglob("*.xlsx")), sorted(out.rglob("*.csv"))
    assert len(books) > 5
    assert lists
    assert {(path.name, cell.value) for path in books for cell in cells_of(path) if cell.data_type == "f"} == set()
    assert {(path.name, text) for path in lists for text in texts_of(path) if text.startswith(("=", "+4", "-2", "@"))} == set()


def cells_of(path: Path) -> list[Any]:
    return [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]


def texts_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [text for row in csv.reader(stream) for text in row]


def test_what_is_hidden_packed_or_unknown_is_said_by_the_verb_and_on_the_page(take: Any, tmp_path: Path, client: Any) -> None:
    book = openpyxl.Workbook()
    for row in (HEADS, ("CO-1", "Reef", "z", "")):
        book.active.append(row)
    book.create_sheet("Front")
    book.active.sheet_state = "hidden"
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "companies.xlsx")
    (tmp_path / "in" / "contacts.csv.gz").write_bytes(b"\x1f\x8b\x08")
    out = io.StringIO()
    take(tmp_path / "in")
    call_command("crossdock", "intake", "move", str(tmp_path / "in"), "--kind", "full", "--by", "boss", stdout=out, stderr=io.StringIO())
    client.force_login(User.objects.get(username="boss"))
    page = client.get(reverse("admin:migrations_app_upload_change", args=[Upload.objects.get().pk])).content.decode()
    for said in ("companies.xlsx [Sheet]: The sheet is hidden", "contacts.csv.gz: is packed"):
        assert said in out.getvalue()
        assert said in page


def test_a_refused_upload_is_said_with_status_1_and_changes_nothing(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "nothing.csv").write_bytes(b"")
    told, status = walk.verb("intake", "move", str(tmp_path / "nothing.csv"))
    assert (status, list(told)) == (1, ["error"])
    assert Project.objects.get().uploads.count() == 1
