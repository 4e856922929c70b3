"""The files of a package, and which of them a row of the list of attachments means."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from django.conf import settings

from migrations_app.models import Project, SourceTable, UploadFile
from migrations_app.rules import filetypes
from migrations_app.services.references import fold

MEGABYTE = 1 << 20

_DRIVE = re.compile(r"(?:[A-Za-z]:)?/*")


class Kept(NamedTuple):
    """An UploadFile as there may be very many of: every batch of files looks through all of them."""

    pk: int
    upload_id: int
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a path means: a file of the package, or the code of why none. `wrong_name` tells that it is spelled otherwise there."""

    file: Kept | None = None
    code: str = ""


@dataclass
class Files:
    """Files in force: of every package that a list of attachments came with or after; the newest one of a path counts."""

    by_path: dict[str, Kept] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    @cached_property
    def by_name(self) -> dict[str, list[Kept]]:
        return self._by(lambda path: path.name)

    @cached_property
    def by_stem(self) -> dict[str, list[Kept]]:
        return self._by(lambda path: path.stem)

    def find(self, path: str, name: str = "") -> Found:
        """The file that `path` means; `name` is what people call it, and stands in where there is no path.

        Links have signs of names as `%20`, and some programs print capitals only: neither is another name.

        Paths of another computer are told by their tail; of several files of one name the one that shares most folders with the path
        counts, and none where two share as many.
        """
        wanted = (path or name).replace("\\", "/").strip()
        if ".." in PurePosixPath(wanted).parts:
            return Found(code="path_traversal")
        if "%" in wanted and not self._exact(wanted) and fold(PurePosixPath(wanted).name) not in self.by_name:
            wanted = unquote(wanted)
        found = self._exact(wanted) or self._by_tail(wanted, self.by_name) or self._misspelled(wanted)
        if found is None and path and name and name != path:
            found = self._by_tail(name.replace("\\", "/"), self.by_name)
        if found is None:
            return Found(code="missing_file")
        self.taken.add(found.pk)
        called, real = PurePosixPath(wanted).name, PurePosixPath(found.path).name
        same = real in (called, name) or (wanted.isupper() and fold(real) == fold(called))
        return Found(found, "" if same else "wrong_name")

    def _by(self, part: Callable[[PurePosixPath], str]) -> dict[str, list[Kept]]:
        found: dict[str, list[Kept]] = {}
        for path, file in self.by_path.items():
            found.setdefault(fold(part(PurePosixPath(path))), []).append(file)
        return found

    def _exact(self, wanted: str) -> Kept | None:
        return self.by_path.get(_DRIVE.sub("", wanted, count=1))

    def _by_tail(self, wanted: str, named: dict[str, list[Kept]]) -> Kept | None:
        candidates = named.get(fold(PurePosixPath(wanted).name), [])
        ranked = sorted(((_common_tail(wanted, each.path), each) for each in candidates), key=lambda pair: -pair[0])
        if len(ranked) > 1 and ranked[0][0] == ranked[1][0] and ranked[0][1].sha256 != ranked[1][1].sha256:
            return None
        return ranked[0][1] if ranked else None

    def _misspelled(self, wanted: str) -> Kept | None:
        """The same name with another suffix, where only one file has it in a folder of that name."""
        pure = PurePosixPath(wanted)
        found = [each for each in self.by_stem.get(fold(pure.stem), []) if PurePosixPath(each.path).parent.name == pure.parent.name]
        return found[0] if len(found) == 1 else None

    def unnamed(self) -> Iterator[Kept]:
        """Files that no row asked for until now."""
        return (file for file in self.by_path.values() if file.pk not in self.taken)


def files_in_force(project: Project, tables: Iterable[SourceTable]) -> Files:
    """The files of the packages from the first list of attachments on; without one, none."""
    first = min((table.upload_id for table in tables), default=None)
    files = Files()
    if first is None:
        return files
    kept = UploadFile.objects.filter(upload__project=project, upload__state="ready", upload__pk__gte=first).exclude(upload__kind="sample")
    for row in kept.order_by("upload_id", "pk").values_list(*Kept._fields).iterator():
        file = Kept._make(row)
        files.by_path[file.path.replace("\\", "/")] = file
    return files


def location(file: UploadFile | Kept) -> Path:
    """Where its bytes are kept."""
    return Path(settings.CROSSDOCK_DATA) / "files" / str(file.upload_id) / file.sha256


def head(file: UploadFile | Kept) -> bytes:
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
