"""The small values that readers hand on. No behaviour, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TableShape:
    """What the reader makes of one table of one file, before any row is read.

    `header_row` is the physical record (from 1) that holds the headers, 0 where the file has none; `file` is the path
    inside the package with forward slashes; `sheet` is empty for text files, but the number of the table where several stand
    below each other. A quoted line break does not end a record.
    """

    file: str
    format: str  # csv | xlsx | json
    headers: tuple[str, ...]
    header_row: int
    sheet: str = ""
    encoding: str = ""  # Python's codec name; empty for workbooks
    delimiter: str = ""
    quote: str = '"'
    escape: str = ""
    notes: tuple[str, ...] = ()  # what a person should know, in plain words
    start: int = 0  # physical records before the table that belong to another table of the same file
    end: int = 0  # its last physical record where another table follows, else 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not read, and why, in one sentence."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which object a table holds and what its columns mean. Positions count from 0.

    `object` is empty where nobody knows. `roles` maps a position to a role of the object's description; columns that
    belong nowhere are absent. `reasons` and `certainty` (0 to 1) stand beside each role. `constants` are roles without a
    column that the file's name fills for all rows.
    """

    object: str
    confidence: float
    roles: Mapping[int, str] = field(default_factory=dict)
    certainty: Mapping[int, float] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
