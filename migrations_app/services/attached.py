"""The files of a package, and which of them a row of the list of attachments means."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from django.conf import settings

from migrations_app.models import Project, SourceTable, UploadFile
from migrations_app.rules import filetypes
from migrations_app.services.references import fold

MEGABYTE = 1 << 20

_DRIVE = re.compile(r"(?:[A-Za-z]:)?/*")


@dataclass(frozen=True, slots=True)
class Found:
    """What a path means: a file of the package, or the code of why none. `wrong_name` tells that it is spelled otherwise there."""

    file: UploadFile | None = None
    code: str = ""


@dataclass(slots=True)
class Files:
    """Files in force: of every package that a list of attachments came with or after; the newest one of a path counts."""

    by_path: dict[str, UploadFile] = field(default_factory=dict)
    by_name: dict[str, list[UploadFile]] = field(default_factory=dict)
    by_stem: dict[str, list[UploadFile]] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def find(self, path: str, name: str = "") -> Found:
        """The file that `path` means; `name` is what people call it, and stands in where there is no path.

        Paths of another computer are told by their tail; of several files of one name the one that shares most folders with the path
        counts, and none where two share as many.
        """
        wanted = (path or name).replace("\\", "/").strip()
        if ".." in PurePosixPath(wanted).parts:
            return Found(code="path_traversal")
        found = self._exact(wanted) or self._by_tail(wanted, self.by_name) or self._misspelled(wanted)
        if found is None and path and name and name != path:
            found = self._by_tail(name.replace("\\", "/"), self.by_name)
        if found is None:
            return Found(code="missing_file")
        self.taken.add(found.pk)
        same = PurePosixPath(found.path).name == PurePosixPath(wanted).name
        return Found(found, "" if same or PurePosixPath(found.path).name == name else "wrong_name")

    def _exact(self, wanted: str) -> UploadFile | None:
        return self.by_path.get(_DRIVE.sub("", wanted, count=1))

    def _by_tail(self, wanted: str, named: dict[str, list[UploadFile]], *, stem: bool = False) -> UploadFile | None:
        pure = PurePosixPath(wanted)
        candidates = named.get(fold(pure.stem if stem else pure.name), [])
        ranked = sorted(((_common_tail(wanted, each.path), each) for each in candidates), key=lambda pair: -pair[0])
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0] and ranked[0][1].sha256 != ranked[1][1].sha256:
            return None
        return ranked[0][1] if ranked else None

    def _misspelled(self, wanted: str) -> UploadFile | None:
        """The same name with another suffix, where only one file has it in a folder of that name."""
        pure = PurePosixPath(wanted)
        found = [each for each in self.by_stem.get(fold(pure.stem), []) if PurePosixPath(each.path).parent.name == pure.parent.name]
        return found[0] if len(found) == 1 else None

    def unnamed(self) -> Iterator[UploadFile]:
        """Files that no row asked for until now."""
        return (file for file in self.by_path.values() if file.pk not in self.taken)


def files_in_force(project: Project, tables: Iterable[SourceTable]) -> Files:
    """The files of the packages from the first list of attachments on; without one, none."""
    first = min((table.upload_id for table in tables), default=None)
    files = Files()
    if first is None:
        return files
    kept = UploadFile.objects.filter(upload__project=project, upload__state="ready", upload__pk__gte=first).exclude(upload__kind="sample")
    for file in kept.order_by("upload_id", "pk"):
        files.by_path[file.path.replace("\\", "/")] = file
    for file in files.by_path.values():
        pure = PurePosixPath(file.path.replace("\\", "/"))
        files.by_name.setdefault(fold(pure.name), []).append(file)
        files.by_stem.setdefault(fold(pure.stem), []).append(file)
    return files


def location(file: UploadFile) -> Path:
    """Where its bytes are kept."""
    return Path(settings.CROSSDOCK_DATA) / "files" / str(file.upload_id) / file.sha256


def head(file: UploadFile) -> bytes:
    """The bytes that tell what it is."""
    with location(file).open("rb") as source:
        return source.read(filetypes.HEAD_BYTES)


def _common_tail(one: str, other: str) -> int:
    count = 0
    for mine, its in zip(reversed(PurePosixPath(one).parts), reversed(PurePosixPath(other).parts), strict=False):
        if mine.casefold() != its.casefold():
            break
        count += 1
    return count
