"""What single values become, the same in every account: activity types, stages, options, statuses, currencies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from migrations_app.models import FieldRule, SourceTable, ValueRule
from migrations_app.models import Mapping as FieldMap
from migrations_app.rules.keys import clean
from migrations_app.rules.profile import ColumnProfile
from migrations_app.rules.shapes.activities import TYPE_LENGTH
from migrations_app.rules.spec import ACTIVITY, Rule
from migrations_app.rules.transforms.activities import EMAIL, TASK, known_type
from migrations_app.services import policies, rows
from migrations_app.services.mailing import detail

STAGE, OPTION, ACTIVITY_TYPE, STATUS, CURRENCY = "stage", "option", "activity_type", "status", "currency"
KIND_OF_TRANSFORM = {"option": OPTION, "options": OPTION, "activity_type": ACTIVITY_TYPE, "status": STATUS, "currency": CURRENCY}
KINDS = {STAGE: "stage", OPTION: "option", ACTIVITY_TYPE: "type of activity", STATUS: "status", CURRENCY: "currency"}
LABEL_LENGTH = 500

Renames = Mapping[tuple[str, str], Mapping[str, str]]  # {(kind, scope): {source, folded: target}}


def renames(mapping: FieldMap) -> Renames:
    """The map's rules for values. One query."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for kind, scope, source, target in mapping.values.values_list("kind", "scope", "source", "target"):
        found.setdefault((kind, scope), {})[source.strip().casefold()] = target.strip()
    return found


def applied(rules: Iterable[Rule], known: Renames) -> list[Rule]:
    """Rules that read a value as what the map says it becomes; an option may be meant for one field or column only."""
    return [replace(rule, options={**rule.options, "values": values}) if (values := _of(rule, known)) else rule for rule in rules]


def options_of(rule: FieldRule, known: Renames) -> list[str]:
    """Options that a field needs because values become them."""
    return list(dict.fromkeys(target for target in _of(rule, known).values() if target))


def _of(rule: Rule | FieldRule, known: Renames) -> dict[str, str]:
    kind = KIND_OF_TRANSFORM.get(rule.transform, "")
    return (
        {source: target for scope in ("", rule.field, rule.column) for source, target in known.get((kind, scope), {}).items()}
        if kind
        else {}
    )


def _with_dispositions(mapping: FieldMap) -> list[str]:
    """Types that the dispositions of activities have joined, as the rows in force show them."""
    words = renames(mapping).get((ACTIVITY_TYPE, ""), {})
    found: dict[str, None] = {}
    for table in rows.tables_in_force(mapping.project).get("activities", ()):
        at, said = table.position_of("type"), table.position_of("disposition")
        if said is None:
            continue
        for row in rows.stream([table]):
            if disposition := clean(row.cells[said]):
                word = clean(row.cells[at]) if at is not None else ""
                name = words.get(word.casefold(), known_type(word) or word) or TASK
                found[f"{name}: {disposition}"[:TYPE_LENGTH]] = None
    return list(found)


# --- activity types --------------------------------------------------------------------------------------------------


def propose_types(draft: FieldMap, tables: Sequence[SourceTable]) -> None:
    """A rule for every word in a column of activity types that has none yet: Pipedrive's own type, or one of that name."""
    columns = set(draft.rules.filter(transform=ACTIVITY_TYPE).exclude(field="").values_list("object", "column"))
    known = set(draft.values.filter(kind=ACTIVITY_TYPE).values_list("source", flat=True))
    words: dict[str, None] = {}
    for table in tables:
        for column in table.columns.all() if any(table.object == object for object, _ in columns) else ():
            if (table.object, column.header) in columns:
                words |= dict.fromkeys(word[:LABEL_LENGTH] for word in ColumnProfile.from_dict(column.profile).counts)
    fresh = [word for word in words if word and word not in known]
    ValueRule.objects.bulk_create(
        [ValueRule(mapping=draft, kind=ACTIVITY_TYPE, source=word, target=known_type(word) or word[:60].strip()) for word in fresh],
        batch_size=500,
        ignore_conflicts=True,
    )


def types_needed(mapping: FieldMap) -> list[str]:
    """Names of the activity types that the account must have for the map, each once."""
    sends = [EMAIL] if ACTIVITY in detail.entities(mapping.project) else []
    if not mapping.rules.filter(entity=ACTIVITY).exclude(field="").exists():
        return sends
    named = mapping.values.filter(kind=ACTIVITY_TYPE).exclude(target="").order_by("pk").values_list("target", flat=True)
    joined = _with_dispositions(mapping) if policies.value(mapping.project, "outcomes") == "type" else []
    kept: dict[str, str] = {}
    for name in (*named, *joined, TASK, *sends):  # an activity that says nothing of its type is a task
        kept.setdefault(name.strip().casefold(), name.strip())
    return list(kept.values())
