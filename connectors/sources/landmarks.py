"""What the tables of one package know of each other: ids, names and declared custom fields that other columns may print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.records import Recognition
from connectors.sources.spec import FieldSpec, SourceSystem
from connectors.sources.values import Values
from connectors.sources.wording import fold, key

_SHAPE_WEIGHT = 0.6  # ids of the same shape are likely, not proven, to be of the same table


@dataclass(frozen=True, slots=True)
class Landmarks:
    """`texts` holds what was seen of each object and role, folded; `id_shapes` how the ids of an object look.

    `declared` are the keys (`wording.key`) of the labels that the customer's definitions list for an object.
    """

    texts: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    id_shapes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def support(self, spec: FieldSpec, values: Values) -> float:
        """How much of a column (0 to 1) was seen in the table that the field refers to."""
        return self._same_role(spec, values) if (spec.refers, spec.role) in self.texts else self.of_object(spec.refers, values)

    def of_object(self, name: str, values: Values) -> float:
        seen = max(values.share_within(self.ids.get(name, frozenset())), values.share_within(self.names.get(name, frozenset())))
        return max(seen, _SHAPE_WEIGHT * self._shape_share(name, values))

    def strongest(self, values: Values) -> float:
        return max((self.of_object(name, values) for name in {*self.ids, *self.names}), default=0.0)

    def is_of_others(self, name: str, values: Values) -> bool:
        """Whether most of the column stands for records of other objects; plain numbers prove nothing, they repeat from table to table."""
        if values.share("number") >= 0.5:
            return False
        known = (seen for index in (self.ids, self.names) for other, seen in index.items() if other != name)
        return sum(map(values.share_within, known)) >= 0.5

    def _same_role(self, spec: FieldSpec, values: Values) -> float:
        return values.share_within(self.texts[spec.refers, spec.role])

    def _shape_share(self, name: str, values: Values) -> float:
        known = self.id_shapes.get(name, frozenset())
        return sum(count for shape, count in values.shapes.items() if shape in known) / values.filled if known and values.filled else 0.0


NO_LANDMARKS = Landmarks()


def gather(system: SourceSystem, tables: Sequence[tuple[Recognition, Mapping[int, Values], Sequence[Sequence[str]]]]) -> Landmarks:
    """From what each table was recognised as, its columns' values and its rows."""
    texts: dict[tuple[str, str], frozenset[str]] = {}
    names: dict[str, frozenset[str]] = {}
    id_shapes: dict[str, frozenset[str]] = {}
    ids: dict[str, frozenset[str]] = {}
    declared: dict[str, frozenset[str]] = {}
    for found, columns, rows in tables:
        if not found.object:
            continue
        spec = system.object(found.object)
        for position, role in found.roles.items():
            values = columns[position]
            texts[found.object, role] = texts.get((found.object, role), frozenset()) | values.distinct
            if role in spec.key_roles:
                ids[found.object] = ids.get(found.object, frozenset()) | values.distinct
                id_shapes[found.object] = id_shapes.get(found.object, frozenset()) | frozenset(values.shapes)
            elif role in spec.label_roles and not spec.by_role[role].refers:  # a reference is no name of the records that have it
                names[found.object] = names.get(found.object, frozenset()) | values.distinct
        names[found.object] = names.get(found.object, frozenset()) | _full_names(found, rows)
        _add_declared(system, found, rows, declared)
    return Landmarks(texts, names, ids, id_shapes, declared)


def _full_names(found: Recognition, rows: Sequence[Sequence[str]]) -> frozenset[str]:
    at = {role: position for position, role in found.roles.items()}
    if "first_name" not in at or "last_name" not in at:
        return frozenset()
    pairs = [(cell(row, at["first_name"]), cell(row, at["last_name"])) for row in rows]
    return frozenset(
        fold(text) for first, last in pairs if first and last for text in (f"{first} {last}", f"{last}, {first}", f"{last} {first}")
    )


def _add_declared(system: SourceSystem, found: Recognition, rows: Sequence[Sequence[str]], declared: dict[str, frozenset[str]]) -> None:
    source = system.declarations
    at = {role: position for position, role in found.roles.items()}
    if source is None or found.object != source.object or source.label_role not in at:
        return
    for row in rows:
        label = key(cell(row, at[source.label_role]))
        if not label:
            continue
        owner = source.object_name(cell(row, at[source.object_role])) if source.object_role in at else ""
        for name in (owner,) if owner else tuple(spec.name for spec in system.objects if spec.name != source.object):
            declared[name] = declared.get(name, frozenset()) | {label}


def cell(row: Sequence[str], position: int) -> str:
    return row[position].strip() if position < len(row) else ""
