"""Packages as customers send them: a folder, a zip, or one file. Nothing is unpacked and nothing is left on disk."""

import contextlib
import hashlib
import io
import itertools
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from connectors.errors import UnreadableFile
from connectors.records import Refused

CHUNK = 1 << 20
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
RATIO_FLOOR = 16 << 20  # below this size a high ratio does no harm: exports with thousands of blank rows pack as tightly as bombs
HELPERS = (".ds_store", ".localized", "icon\r", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory")
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True)
class Limits:
    """What a package may hold; sizes are bytes after unpacking, `max_ratio` is unpacked to packed."""

    max_entries: int = 20_000
    max_entry_bytes: int = 4 << 30
    max_total_bytes: int = 20 << 30
    max_ratio: int = 200


class Entry:
    """One file of a package; `name` uses forward slashes, whatever the package used."""

    def __init__(self, name: str, size: int, opener: Callable[[], BinaryIO], limit: int, path: Path | None = None) -> None:
        self.name = name
        self.size = size
        self._opener = opener
        self._limit = limit
        self._path = path

    def __repr__(self) -> str:
        return f"<Entry {self.name} {self.size}>"

    def open(self) -> BinaryIO:
        """A stream of the content; damage and lies about the size end it with UnreadableFile."""
        try:
            return io.BufferedReader(_GuardedStream(self.name, self._opener(), self._limit), CHUNK)
        except DAMAGE as error:
            raise UnreadableFile(self.name, f"cannot be opened ({error}); save it again and send it once more.") from error

    @contextlib.contextmanager
    def local_path(self) -> Iterator[Path]:
        """A real file for readers that need one; what had to be unpacked is gone afterwards."""
        if self._path is not None:
            yield self._path
            return
        with tempfile.TemporaryDirectory(prefix="crossdock-") as folder:
            path = Path(folder) / f"entry{PurePosixPath(self.name).suffix}"
            with self.open() as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
            yield path


class _GuardedStream(io.RawIOBase):
    """Counts what really comes out of the archive, and turns damage into a sentence."""

    def __init__(self, name: str, source: BinaryIO, limit: int) -> None:
        self._name = name
        self._source = source
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._source.read(len(buffer))
        except DAMAGE as error:
            raise UnreadableFile(self._name, f"is damaged inside the package ({error}); pack it again and send it once more.") from error
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableFile(self._name, "unpacks to more than is allowed; send it in parts.")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


@dataclass(frozen=True)
class Package:
    """`digest` is the same for the same names and bytes; of a single file only its own name counts, not its folder."""

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    digest: str


@contextlib.contextmanager
def open_package(path: Path, limits: Limits | None = None) -> Iterator[Package]:
    """Reads every file once (for the digest and to find damage early). Raises UnreadableFile where nothing can be read at all."""
    limits = limits or Limits()
    path = Path(path)
    with contextlib.ExitStack() as stack:
        try:
            found, refused = _look_inside(path, limits, stack)
        except OSError as error:
            raise UnreadableFile(path.name, f"cannot be read ({error.strerror or error}); see that it may be read.") from error
        yield _digested(path, found, refused)


def _look_inside(path: Path, limits: Limits, stack: contextlib.ExitStack) -> tuple[list[Entry], list[Refused]]:
    if path.is_dir():
        return _folder(path, limits)
    if not path.exists():
        raise UnreadableFile(path.name, "does not exist; check the path.")
    if not path.is_file():
        raise UnreadableFile(path.name, "is neither a file nor a folder; name one of the two.")
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFile(path.name, "is empty (0 bytes); export it again.")
    with path.open("rb") as file:
        signature = file.read(4)
    if signature in ZIP_SIGNATURES and not _is_document(path):
        return _zipped(path, limits, stack)
    if path.suffix.lower() == ".zip":
        raise UnreadableFile(path.name, "is called .zip but is no zip file; pack it again.")
    if size > limits.max_entry_bytes:
        raise UnreadableFile(path.name, "is larger than is allowed; send it in parts.")
    return [Entry(path.name, size, lambda: path.open("rb"), limits.max_entry_bytes, path)], []


def _is_document(path: Path) -> bool:
    """Workbooks and text documents are zips too: those are read as one file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return is_document(archive.namelist())
    except DAMAGE:
        return path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods")


def is_document(names: list[str]) -> bool:
    return "[Content_Types].xml" in names or "mimetype" in names


# --- names -----------------------------------------------------------------------------------------------------------


def _clean_name(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts)


def _name_problem(name: str) -> str:
    """Why a file of this name is not taken, or an empty text."""
    forward = name.replace("\\", "/")
    if forward.startswith("/") or re.match(r"[A-Za-z]:", forward):
        return "has an absolute path inside the package; only relative paths are read."
    if ".." in forward.split("/"):
        return "points outside the package (..); it was not read."
    parts = forward.split("/")
    if "__MACOSX" in parts or parts[-1].casefold() in HELPERS or parts[-1].startswith("._"):
        return "is a helper file of the operating system, not part of the export."
    if parts[-1].startswith(("~$", ".~lock.")):
        return "is a lock file of an open document; the document itself is read."
    return ""


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Names without the utf-8 flag are cp437 by the book, and utf-8 from many a tool."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


# --- folders ---------------------------------------------------------------------------------------------------------


def _folder(root: Path, limits: Limits) -> tuple[list[Entry], list[Refused]]:
    entries: list[Entry] = []
    refused: list[Refused] = []
    total = 0
    for path in sorted(_walk(root)):
        name = _clean_name(os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace"))
        problem = _name_problem(name) or _file_problem(path, limits)
        if problem:
            refused.append(Refused(name, problem))
            continue
        size = path.stat().st_size
        total += size
        entries.append(Entry(name, size, _opener(path), limits.max_entry_bytes, path))
        if len(entries) > limits.max_entries or total > limits.max_total_bytes:
            raise UnreadableFile(root.name, "holds more than is allowed for one upload; send it in parts.")
    return entries, refused


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        yield from (here / name for name in files)
        yield from (here / name for name in folders if (here / name).is_symlink())


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _file_problem(path: Path, limits: Limits) -> str:
    if path.is_symlink():
        return "is a link to another place; send the file itself."
    if not path.is_file():
        return "is no ordinary file."
    if path.stat().st_size > limits.max_entry_bytes:
        return "is larger than is allowed; send it in parts."
    with path.open("rb") as file:
        if file.read(4) in ZIP_SIGNATURES and not _is_document(path):
            return "is a zip inside the package; unpack it or send it by itself."
    return ""


# --- zips ------------------------------------------------------------------------------------------------------------


def _zipped(path: Path, limits: Limits, stack: contextlib.ExitStack) -> tuple[list[Entry], list[Refused]]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except DAMAGE as error:
        raise UnreadableFile(path.name, f"is a damaged zip file ({error}); pack it again.") from error
    infos = [info for info in archive.infolist() if not _zip_name(info).replace("\\", "/").endswith("/")]
    _check_whole(path, infos, limits)
    entries: list[Entry] = []
    refused: list[Refused] = []
    seen: set[str] = set()
    for info in infos:
        raw = _zip_name(info)
        name = _clean_name(raw)
        problem = _name_problem(raw) or _member_problem(archive, info, limits)
        if not problem and name in seen:
            problem = "stands in the package twice; only the first one is read."
        if problem:
            refused.append(Refused(raw.replace("\\", "/"), problem))
            continue
        seen.add(name)
        entries.append(Entry(name, info.file_size, _member_opener(archive, info), limits.max_entry_bytes))
    return entries, refused


def _check_whole(path: Path, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if not infos:
        raise UnreadableFile(path.name, "is an empty zip file; pack it again.")
    if len(infos) > limits.max_entries:
        raise UnreadableFile(path.name, f"holds {len(infos)} files; {limits.max_entries} are allowed; send it in parts.")
    if sum(info.file_size for info in infos) > limits.max_total_bytes:
        raise UnreadableFile(path.name, "unpacks to more than is allowed; send it in parts.")
    if all(info.flag_bits & 0x1 for info in infos):
        raise UnreadableFile(path.name, "is protected with a password; send it without one.")
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for one, following in itertools.pairwise(ordered):
        if one.header_offset + 30 + one.compress_size > following.header_offset:
            raise UnreadableFile(path.name, "has entries that overlap, as zip bombs do; pack it again.")


def _member_problem(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> str:
    if info.flag_bits & 0x1:
        return "is protected with a password; send it without one."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link to another place; send the file itself."
    if info.file_size > limits.max_entry_bytes:
        return "unpacks to more than is allowed; send it in parts."
    if info.file_size > RATIO_FLOOR and info.file_size > limits.max_ratio * max(info.compress_size, 1):
        return f"unpacks to {info.file_size // max(info.compress_size, 1)} times its size, as zip bombs do."
    try:
        with archive.open(info) as file:
            return _nested_problem(file)  # type: ignore[arg-type]
    except DAMAGE as error:
        return f"is damaged inside the package ({error}); pack it again."


def _nested_problem(file: BinaryIO) -> str:
    if file.read(4) not in ZIP_SIGNATURES:
        return ""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as inner:
            document = is_document(inner.namelist())
    except DAMAGE:
        document = False
    return "" if document else "is a zip inside the package; unpack it or send it by itself."


def _member_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: archive.open(info)  # type: ignore[return-value]


# --- digest ----------------------------------------------------------------------------------------------------------


def _digested(path: Path, found: list[Entry], refused: list[Refused]) -> Package:
    entries: list[Entry] = []
    whole = hashlib.sha256()
    for entry in sorted(found, key=lambda entry: entry.name):
        try:
            content = _content_digest(entry)
        except UnreadableFile as error:
            refused.append(Refused(entry.name, error.reason))
            continue
        entries.append(entry)
        whole.update(entry.name.encode() + b"\0" + content)
    if not entries:
        reason = refused[0] if refused else None
        why = f"holds nothing to read: {reason.file} {reason.reason}" if reason else "holds no files; put the exports in first."
        raise UnreadableFile(path.name, why)
    return Package(tuple(entries), tuple(sorted(refused, key=lambda item: item.file)), whole.hexdigest())


def _content_digest(entry: Entry) -> bytes:
    content = hashlib.sha256()
    with entry.open() as file:
        while chunk := file.read(CHUNK):
            content.update(chunk)
    return content.digest()
