"""Files that call campaigns or templates by their names where others call them by their ids, and nothing tells which is which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrations_app.rules.mailing.naming import Names
from migrations_app.rules.spec import Issue
from migrations_app.rules.suggest import is_bare_id
from migrations_app.services import rows

CODE = "called_two_ways"


@dataclass(slots=True)
class Callings:
    """Of one kind of thing, as lines call it. `roles` are where an id and where a name stands; `what` is its plural."""

    what: str
    roles: tuple[str, str]
    names: Names = field(default_factory=Names)
    _first: dict[int, dict[str, rows.SourceRow]] = field(default_factory=dict)  # by table: the first line that has each text

    def look(self, row: rows.SourceRow, cells: Mapping[str, str]) -> None:
        id, name = (cells.get(role, "") for role in self.roles)
        if text := id or name:
            self.names.learn(id, name)
            self._first.setdefault(row.table.pk, {}).setdefault(text, row)

    def finish(self) -> Iterator[tuple[rows.SourceRow, Issue]]:
        """One issue for each name that may be one of the ids of another file."""
        by_id = [texts for texts in self._first.values() if all(map(is_bare_id, texts))]
        nameless = any(text not in self.names for texts in by_id for text in texts)
        told = set[str]()
        for text, row in ((text, row) for texts in self._first.values() for text, row in texts.items() if not is_bare_id(text)):
            several = len(self.names.ids_of(text)) > 1
            if text not in told and (several or (nameless and not self.names.ids_of(text))):
                told.add(text)
                yield row, Issue(CODE, "warn", self.roles[0], text, self._message(several))

    def _message(self, several: bool) -> str:
        ids = f"Other files call {self.what} by their ids, and none says which has this name"
        other = f"Several {self.what} are called so" if several else ids
        return (
            f"{other}: the same one may count, and stand on the timeline, twice. A list of the {self.what} with id and name, "
            "or a file with both columns, makes it one."
        )
