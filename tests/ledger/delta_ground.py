"""A move whose first export is in the account, and whose next one differs by what a test says."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrations_app.models import RecordLink
from tests.ledger.ground import write
from tests.ledger.rollback_ground import Move

Row = list[str]


class Later(Move):
    """`change` and `cell` alter the files in `folder`; `again` takes them in and loads them."""

    folder: Path
    role = "staging"

    def id_of(self, key: str) -> str:
        return str(RecordLink.objects.get(key=key, account__role=self.role).pipedrive_id)

    def change(self, file: str, edit: Callable[[list[Row]], Sequence[Row]]) -> None:
        path = self.folder / file
        with path.open(newline="", encoding="utf-8") as handle:
            head, *lines = list(csv.reader(handle))
        write(path, head, edit(lines))

    def cell(self, file: str, id: str, at: int, value: str) -> None:
        self.change(file, lambda lines: [[*line[:at], value, *line[at + 1 :]] if line[0] == id else line for line in lines])

    def again(self, *words: str, status: int = 0) -> dict[str, Any]:
        """The files as they stand now, taken in as a whole and loaded."""
        self.do("intake", "move", str(self.folder))
        return self.loaded(*words, status=status)

    def loaded(self, *words: str, status: int = 0) -> dict[str, Any]:
        answer, ended = self.verb("load", "move", "--role", self.role, *words)
        assert ended == status, answer
        return answer


def counts(answer: Mapping[str, Any], *names: str) -> dict[str, tuple[int, ...]]:
    """{entity: figures} of the phases where any of them is not zero."""
    found = {phase["object"]: tuple(phase[name] for name in names) for phase in answer["phases"]}
    return {entity: figures for entity, figures in found.items() if any(figures)}


def made(answer: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return counts(answer, "created", "updated")
