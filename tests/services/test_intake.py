"""A package is read once and kept as it came; what cannot be read leaves nothing behind."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from connectors.errors import UnreadableFile
from migrations_app.models import Forbidden, Membership, Project, SourceTable, StagedRecord, Upload, UploadFile
from migrations_app.services import intake, rows, steady

pytestmark = pytest.mark.django_db

COMPANIES = "Company ID,Company Name,Website\nC-1,<b>O'Hara & Söhne</b>,ohara.example\nC-2,Twin Mills,\n\nC-2,Twin Mills Ltd,\nTotal,2,\n"


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Harbour Works", slug="harbour-works", source="results")


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def take(project: Project, root: User) -> Any:
    def take(path: Path, kind: str = "full") -> intake.IntakeReport:
        return intake.take_in(project, path, kind=kind, user=root)

    return take


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_record_is_staged_or_skipped_by_reason(take: Any, tmp_path: Path) -> None:
    report = take(write(tmp_path / "companies.csv", COMPANIES))
    assert report.objects == {"companies": {"rows": 6, "staged": 3, "skipped": {"header": 1, "blank": 1, "totals": 1}}}
    staged = list(StagedRecord.objects.order_by("line").values_list("line", "key", "cells"))
    assert staged[0] == (2, "C-1", json.dumps(["C-1", "<b>O'Hara & Söhne</b>", "ohara.example"], ensure_ascii=False, separators=(",", ":")))
    assert [line for line, *_ in staged] == [2, 3, 5]


def test_cells_keep_their_blanks_and_nuls(take: Any, tmp_path: Path) -> None:
    take(write(tmp_path / "companies.csv", "Company ID,Company Name\nC-1, Mil\0ls \n"))
    assert StagedRecord.objects.get().values == ["C-1", " Mil\0ls "]


def test_the_same_bytes_again_change_nothing(take: Any, tmp_path: Path) -> None:
    first = take(write(tmp_path / "companies.csv", COMPANIES))
    again = take(tmp_path / "companies.csv")
    assert (again.upload.pk, again.repeated, again.objects) == (first.upload.pk, True, first.objects)
    assert Upload.objects.count() == 1


def test_a_full_upload_replaces_only_what_it_names(take: Any, project: Project, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write(package / "companies.csv", COMPANIES)
    write(package / "contacts.csv", "Contact ID,First Name,Last Name,Email\nP-1,Ann,Bell,ann@bell.example\n")
    take(package)
    take(write(tmp_path / "contacts.csv", "Contact ID,First Name,Last Name,Email\nP-2,Bea,Cole,bea@cole.example\n"))
    force = rows.tables_in_force(project)
    assert [row.key for row in rows.stream(force["contacts"])] == ["P-2"]
    assert [row.key for row in rows.stream(force["companies"])] == ["C-1", "C-2", "C-2"]


def test_a_delta_overlays_by_key(take: Any, project: Project, tmp_path: Path) -> None:
    take(write(tmp_path / "companies.csv", "Company ID,Company Name,Website\nC-1,Old,a.example\nC-2,Kept,b.example\n"))
    take(write(tmp_path / "later" / "companies.csv", "Company ID,Company Name,Website\nC-1,New,a.example\nC-3,Added,c.example\n"), "delta")
    tables = rows.tables_in_force(project)["companies"]
    assert [(row.key, row.cells[1]) for row in rows.stream(tables)] == [("C-2", "Kept"), ("C-1", "New"), ("C-3", "Added")]
    assert rows.count(tables) == 3
    assert rows.by_key(tables, ["C-1"])["C-1"].cells[1] == "New"


def test_a_sample_is_never_in_force(take: Any, project: Project, tmp_path: Path) -> None:
    take(write(tmp_path / "companies.csv", COMPANIES), "sample")
    assert rows.tables_in_force(project) == {}


def test_rows_without_an_id_get_keys_by_content(take: Any, project: Project, tmp_path: Path) -> None:
    """The same person once more with another job is another row; the same row letter for letter is the same record."""
    people = ("Ann,Bell,ann@bell.example,Owner", "Bea,Cole,bea@cole.example,", "Ann,Bell,ann@bell.example,Buyer")
    take(write(tmp_path / "contacts.csv", "\n".join(("First Name,Last Name,Email,Job Title", *people, people[0])) + "\n"))
    found = list(rows.stream(rows.tables_in_force(project)["contacts"]))
    keys = [row.key for row in found]
    assert SourceTable.objects.get().key_policy == "weak"
    assert len(set(keys)) == 3
    assert keys[2] == f"{keys[0]}-2"
    assert (keys[3], found[3].occurrence) == (keys[0], 1)


def test_rows_are_numbered_however_many_share_what_identifies_them(take: Any, project: Project, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(steady, "AT_ONCE", 2)
    people = [f"P{number % 5},Bell,p{number % 5}@bell.example,Job {number // 5}" for number in range(20)]
    take(write(tmp_path / "contacts.csv", "\n".join(("First Name,Last Name,Email,Job Title", *people)) + "\n"))
    keys = [row.key for row in rows.stream(rows.tables_in_force(project)["contacts"])]
    assert len(set(keys[:5])) == 5
    assert keys[5:] == [f"{keys[number % 5]}-{number // 5 + 1}" for number in range(5, 20)]


def test_an_id_that_only_looks_like_a_weak_key_gets_no_number(take: Any, project: Project, tmp_path: Path) -> None:
    take(write(tmp_path / "companies.csv", "Company ID,Company Name,Website\n~C-1,One,a.example\n~C-1,Two,b.example\n"))
    assert [row.key for row in rows.stream(rows.tables_in_force(project)["companies"])] == ["~C-1", "~C-1"]


def test_a_row_keeps_its_key_where_one_cell_was_corrected_and_an_event_does_not(project: Project, root: Any, tmp_path: Path) -> None:
    """An event at another time is another event, and millions of them are not compared with each other."""
    people = "First Name,Last Name,Email,Company Name\nAnn,Bell,ann@{}.example,Reef\n"
    opened = "Email,Campaign Name,Event,Timestamp\nann@bell.example,Spring,Opened,2025-05-0{} 10:00:00\n"
    known: list[tuple[str, ...]] = []
    Project.objects.update(source="net-results")
    project.refresh_from_db()
    for number, domain in ((1, "bell"), (2, "reef")):
        package = tmp_path / str(number)
        write(package / "contacts.csv", people.format(domain))
        write(package / "email_sends.csv", opened.format(number))
        intake.take_in(project, package, kind="full", user=root)
        force = rows.tables_in_force(project)
        known.append(tuple(row.key for object in ("contacts", "email_sends") for row in rows.stream(force[object])))
    assert known[0][0] == known[1][0]
    assert known[0][1] != known[1][1]


def test_documents_are_kept_for_later(take: Any, tmp_path: Path, settings: Any) -> None:
    package = tmp_path / "package"
    write(package / "companies.csv", COMPANIES)
    (package / "files").mkdir()
    (package / "files" / "plan.pdf").write_bytes(b"%PDF-1.4 plan")
    report = take(package)
    kept = UploadFile.objects.get()
    assert (kept.path, kept.size) == ("files/plan.pdf", 13)
    assert (Path(settings.CROSSDOCK_DATA) / "files" / str(report.upload.pk) / kept.sha256).read_bytes() == b"%PDF-1.4 plan"


def test_a_file_that_nobody_recognises_is_listed_and_the_others_go_on(take: Any, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write(package / "companies.csv", COMPANIES)
    write(package / "weather.csv", "station,humidity\nA,12\nB,13\n")
    (package / "broken.xlsx").write_bytes(b"no workbook")
    upload = take(package).upload
    assert upload.unrecognised == ["weather.csv"]
    assert [each["file"] for each in upload.refused] == ["broken.xlsx"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x00\x01\x02\x03" * 50])
def test_what_cannot_be_read_leaves_nothing_behind(take: Any, tmp_path: Path, settings: Any, content: bytes) -> None:
    (tmp_path / "export.zip").write_bytes(content)
    with pytest.raises((UnreadableFile, intake.IntakeFailed)):
        take(tmp_path / "export.zip")
    assert not Upload.objects.exists()
    assert not StagedRecord.objects.exists()


def test_a_failure_in_the_middle_leaves_nothing_half_done(take: Any, tmp_path: Path, monkeypatch: Any) -> None:
    package = tmp_path / "package"
    write(package / "companies.csv", COMPANIES)
    (package / "plan.pdf").write_bytes(b"%PDF-1.4 plan")
    monkeypatch.setattr(intake, "_finish", lambda *parts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(package)
    assert not Upload.objects.exists()
    assert not StagedRecord.objects.exists()
    assert not UploadFile.objects.exists()


def test_a_name_that_climbs_out_of_the_zip_is_refused(take: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("companies.csv", COMPANIES)
        archive.writestr("../outside.csv", COMPANIES)
    upload = take(tmp_path / "export.zip").upload
    assert [each["file"] for each in upload.refused] == ["../outside.csv"]
    assert [table.file for table in upload.tables.all()] == ["companies.csv"]


def test_only_consultants_take_packages_in(project: Project, tmp_path: Path) -> None:
    path = write(tmp_path / "companies.csv", COMPANIES)
    people = {role: User.objects.create_user(role) for role in ("customer_admin", "consultant", "staff", "stranger")}
    for role in ("customer_admin", "consultant", "staff"):
        Membership.objects.create(project=project, user=people[role], role=role)
    for role in ("customer_admin", "staff", "stranger"):
        with pytest.raises(Forbidden):
            intake.take_in(project, path, kind="full", user=people[role])
    assert intake.take_in(project, path, kind="full", user=people["consultant"]).upload.state == "ready"


def test_what_only_the_name_of_a_file_says_becomes_a_column(root: User, tmp_path: Path) -> None:
    project = Project.objects.create(name="Mailing House", slug="mailing-house", source="net-results")
    write(tmp_path / "p" / "contacts.csv", "Contact ID,Last Name,Email,Company\n1,Bell,ann@firm.example,-\n2,Moss,bo@firm.example,Firm\n")
    write(tmp_path / "p" / "Spring sale - Opened.csv", "Email,Date\nann@firm.example,2024-03-01 10:00:00,too much\n")
    intake.take_in(project, tmp_path / "p", kind="full", user=root)
    force = rows.tables_in_force(project)
    [opened] = force["email_sends"]
    [row] = rows.stream([opened])
    told = {role: row.cells[at] for at, role in opened.roles_by_position().items()}
    assert told == {"email": "ann@firm.example", "at": "2024-03-01 10:00:00", "event": "opened", "campaign_ref": "Spring sale"}
    assert row.cells[len(opened.headers) :] == ["too much"]


def test_a_dash_is_no_company_and_stays_in_the_record(root: User, tmp_path: Path) -> None:
    project = Project.objects.create(name="Mailing House", slug="mailing-house", source="net-results")
    path = write(tmp_path / "contacts.csv", "Contact ID,Last Name,Email,Company\n1,Bell,ann@firm.example,-\n2,Moss,bo@firm.example,Firm-\n")
    intake.take_in(project, path, kind="full", user=root)
    [table] = rows.tables_in_force(project)["contacts"]
    assert [row.cells[3] for row in rows.stream([table])] == ["", "Firm-"]
    assert StagedRecord.objects.order_by("line")[0].values[3] == "-"
