"""Packages are opened without trusting them: DESIGN.md 10, line by line."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest

from connectors.errors import UnreadableFile
from connectors.sources.archives import Limits, open_package

CSV = b"ID,Name\n1,Ann\n"


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def names(path: Path, limits: Limits | None = None) -> tuple[list[str], dict[str, str]]:
    with open_package(path, limits) as package:
        return [entry.name for entry in package.entries], {item.file: item.reason for item in package.refused}


def test_a_folder_a_zip_and_a_file_show_their_entries_in_order(tmp_path):
    folder = tmp_path / "export"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.csv").write_bytes(CSV)
    (folder / "sub" / "a.pdf").write_bytes(b"%PDF")
    assert names(folder) == (["b.csv", "sub/a.pdf"], {})
    assert names(zipped(tmp_path / "x.zip", {"sub\\a.pdf": b"%PDF", "b.csv": CSV})) == (["b.csv", "sub/a.pdf"], {})
    assert names(folder / "b.csv") == (["b.csv"], {})


def test_the_digest_is_that_of_names_and_bytes(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_bytes(CSV)
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "a.csv").write_bytes(CSV)

    def digest(path: Path) -> str:
        with open_package(path) as package:
            return package.digest

    same = {digest(folder), digest(folder / "a.csv"), digest(other / "a.csv"), digest(zipped(tmp_path / "x.zip", {"a.csv": CSV}))}
    assert len(same) == 1
    (other / "a.csv").write_bytes(CSV + b"2,Bob\n")
    assert digest(other) not in same


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil.csv", "outside"),
        ("a/../../evil.csv", "outside"),
        ("..\\evil.csv", "outside"),
        ("/etc/evil.csv", "absolute"),
        ("C:\\evil.csv", "absolute"),
        ("\\\\server\\evil.csv", "absolute"),
        ("__MACOSX/._a.csv", "helper file"),
        (".DS_Store", "helper file"),
        ("sub/Thumbs.db", "helper file"),
        ("~$book.xlsx", "lock file"),
    ],
)
def test_members_with_such_names_are_listed_and_not_read(tmp_path, name, reason):
    found, refused = names(zipped(tmp_path / "x.zip", {"good.csv": CSV, name: CSV}))
    assert found == ["good.csv"]
    assert reason in refused[name.replace("\\", "/")]


def test_nested_zips_are_refused_and_workbooks_are_not(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", CSV)
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    members = {"good.csv": CSV, "inner.zip": inner.getvalue(), "renamed.csv": inner.getvalue(), "book.xlsx": book.getvalue()}
    found, refused = names(zipped(tmp_path / "x.zip", members))
    assert found == ["book.xlsx", "good.csv"]
    assert all("zip inside" in refused[name] for name in ("inner.zip", "renamed.csv"))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in members.items():
        (folder / name).write_bytes(content)
    assert names(folder) == (["book.xlsx", "good.csv"], refused)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    found, refused = names(zipped(tmp_path / "x.zip", {"good.csv": CSV, "bomb.csv": b"0" * (40 << 20)}))
    assert found == ["good.csv"]
    assert "zip bombs" in refused["bomb.csv"]


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    path = zipped(tmp_path / "x.zip", {"good.csv": CSV, "liar.csv": b"ID,Name\n" + b"1,Ann\n" * 5000})
    raw = bytearray(path.read_bytes())
    size = (8 + 6 * 5000).to_bytes(4, "little")
    while (position := raw.find(size)) >= 0:
        raw[position : position + 4] = (100).to_bytes(4, "little")
    path.write_bytes(raw)
    found, refused = names(path)
    assert found == ["good.csv"]
    assert "damaged" in refused["liar.csv"]


def test_real_bytes_count_against_the_limit(tmp_path):
    path = zipped(tmp_path / "x.zip", {"good.csv": CSV, "large.csv": b"x,y\n" * 1000})
    found, refused = names(path, Limits(max_entry_bytes=2000))
    assert found == ["good.csv"]
    assert "more than is allowed" in refused["large.csv"]
    with pytest.raises(UnreadableFile, match="more than is allowed"):
        names(path, Limits(max_total_bytes=3000))
    with pytest.raises(UnreadableFile, match="2 files; 1 are allowed"):
        names(path, Limits(max_entries=1))


def test_overlapping_members_are_refused(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV * 50, "b.csv": CSV * 50})
    raw = bytearray(path.read_bytes())
    second = raw.rfind(b"PK\x01\x02")
    raw[second + 42 : second + 46] = (0).to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="overlap"):
        names(path)


def test_encrypted_members_and_packages(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV, "b.csv": CSV})

    def encrypted(count: int) -> Path:
        raw = bytearray(path.read_bytes())
        position = -1
        for _ in range(count):
            position = raw.find(b"PK\x01\x02", position + 1)
            raw[position + 8] |= 1
        target = tmp_path / f"encrypted{count}.zip"
        target.write_bytes(raw)
        return target

    found, refused = names(encrypted(1))
    assert found == ["b.csv"]
    assert "password" in refused["a.csv"]
    with pytest.raises(UnreadableFile, match="password"):
        names(encrypted(2))


def test_links_are_never_followed(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "good.csv").write_bytes(CSV)
    (folder / "link.csv").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    found, refused = names(folder)
    assert found == ["good.csv"]
    assert all("link to another place" in refused[name] for name in ("link.csv", "linked"))
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.csv", CSV)
        info = zipfile.ZipInfo("link.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, str(secret))
    found, refused = names(path)
    assert found == ["good.csv"]
    assert "link to another place" in refused["link.csv"]


def test_the_second_member_of_one_name_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", b"ID,Name\n9,Eve\n")
    with open_package(path) as package:
        assert package.entries[0].open().read() == CSV
        assert "twice" in package.refused[0].reason


@pytest.mark.parametrize(("written", "name"), [("Köln é.csv".encode("cp437"), "Köln é.csv"), ("Köln 😀.csv".encode(), "Köln 😀.csv")])
def test_names_without_the_utf8_flag(tmp_path, written, name):
    placeholder = "x" * len(written)
    path = zipped(tmp_path / "x.zip", {placeholder: CSV})
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), written))
    assert names(path)[0] == [name]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.zip", b"ID,Name\n", "no zip file"),
        ("a.zip", b"", "empty"),
        ("a.zip", b"PK\x03\x04rubbish", "damaged zip"),
        ("a.zip", b"PK\x05\x06" + b"\0" * 18, "empty zip"),
        ("a.csv", b"", "empty"),
    ],
)
def test_packages_of_which_nothing_can_be_read(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=reason):
        names(tmp_path / name)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(UnreadableFile, match="does not exist"):
        names(tmp_path / "nowhere")
    with pytest.raises(UnreadableFile, match="holds no files"):
        names(tmp_path)


def test_a_damaged_member_leaves_the_others(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV * 500, "b.csv": CSV})
    raw = bytearray(path.read_bytes())
    raw[40] ^= 0xFF
    path.write_bytes(raw)
    found, refused = names(path)
    assert found == ["b.csv"]
    assert "damaged" in refused["a.csv"]


def test_a_local_path_of_a_zip_member_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with open_package(zipped(tmp_path / "x.zip", {"a.csv": CSV})) as package, package.entries[0].local_path() as path:
        assert path.read_bytes() == CSV
    assert list((tmp_path / "tmp").iterdir()) == []
