"""One line of what does not arrive, or arrives in another form."""

from dataclasses import asdict, dataclass
from typing import Any

from migrations_app.services.wording import counted, told

# The gravest first.
KINDS = ("file", "object", "scope", "rows", "answer", "merged", "column", "values", "owner", "frozen", "limit")


@dataclass(frozen=True, slots=True)
class Loss:
    """One line. (kind, object, subject) names it from one look to the next; `count` is how many rows or values it is about.

    Of KINDS, `rows` are those that never load, `values` those that load with something taken off, `frozen` were formulas.
    """

    kind: str
    object: str
    subject: str
    count: int
    what: str
    instead: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.object}:{self.subject}"

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, **asdict(self)}


def rows_with(count: int, words: str) -> str:
    return told("{rows} with: {words}", rows=counted(count, "row"), words=words)
