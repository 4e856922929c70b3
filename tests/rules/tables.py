"""A table of the tests: headers, roles and rows, with the mapper that the proposal gives for them."""

from collections.abc import Mapping, Sequence

from migrations_app.rules.engine import Mapper, compile_rules
from migrations_app.rules.profile import profile_columns
from migrations_app.rules.propose import propose
from migrations_app.rules.spec import Draft, FieldDefinition, Rule, Settings

BERLIN = Settings(timezone="Europe/Berlin", country="DE", currency="EUR")


def proposal(
    object: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[str]],
    settings: Settings = BERLIN,
    definitions: Sequence[FieldDefinition] = (),
    certainty: float = 0.97,
) -> list[Rule]:
    """The rules for a table whose `columns` are {header: role}, an empty role for a column that nobody knows."""
    roles = {at: role for at, role in enumerate(columns.values()) if role}
    profiles = profile_columns(rows, len(columns))
    return propose(
        object, list(columns), roles, dict.fromkeys(roles, certainty), profiles, {one.label: one for one in definitions}, settings
    )


def mapper(
    object: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[str]],
    settings: Settings = BERLIN,
    definitions: Sequence[FieldDefinition] = (),
) -> Mapper:
    roles = {at: role for at, role in enumerate(columns.values()) if role}
    return compile_rules(proposal(object, columns, rows, settings, definitions), list(columns), roles, settings)


def draft(object: str, columns: Mapping[str, str], *cells: str, settings: Settings = BERLIN) -> Draft:
    """The draft of the only row of a table."""
    return mapper(object, columns, [cells], settings).draft(cells)


def codes(draft: Draft) -> list[str]:
    return [issue.code for issue in draft.issues]
