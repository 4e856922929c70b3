"""A link as a plan wants it."""

from dataclasses import dataclass, field
from typing import Any

from migrations_app.states import LinkState


@dataclass(slots=True)
class Wanted:
    """One link as it should be. `parents` are (role, link key of an organization or person).

    `existing_id` is a record of the account that stands for a new one, `completing` what may be written to it.
    """

    key: str
    source: tuple[str, str, int] | None  # object, source key, occurrence
    order: int
    label: str
    state: str = LinkState.PLANNED
    reason: str = ""
    survivor: str = ""
    content_hash: str = ""
    derived: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    parents: list[tuple[str, str]] = field(default_factory=list)
    part: int = 0  # from 1 on where one row makes several records
    existing_id: str = ""
    completing: str = ""
