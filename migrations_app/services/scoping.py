"""Which records move: rules that leave rows out, what they would leave out, and what stays because of an open deal."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from migrations_app.models import Mapping as FieldMap
from migrations_app.models import Project, ScopeRule, SourceTable, ValueRule, require
from migrations_app.rules import budget
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT, KINDS
from migrations_app.rules.scopes import Reading, Rule, Scope, keeps_open_deals
from migrations_app.services import compiling, rows
from migrations_app.services.approving import ApprovedCannotChange
from migrations_app.services.references import COMPANY_ROLES, CONTACT_ROLES, build_index
from migrations_app.services.wording import counted
from migrations_app.states import MappingState

Force = Mapping[str, Sequence[SourceTable]]
EXAMPLES = 5
# What a row says about the records that it hangs on.
POINTING = {"companies": COMPANY_ROLES, "contacts": CONTACT_ROLES, "deals": ("deal_ref", "deal_name"), "products": ("product_ref",)}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a rule leaves out: records, those that stay for an open deal, what hangs on them, and the tokens that this saves.

    `hanging` by object: rows that name one of the records; `following` of them can not load without it.
    """

    records: int = 0
    kept: int = 0
    hanging: dict[str, int] = field(default_factory=dict)
    following: dict[str, int] = field(default_factory=dict)
    tokens: int = 0
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def in_words(self) -> str:
        said = [f"Left out: {counted(self.records, 'record')}, which saves {counted(self.tokens, 'token')}."]
        said += [f"Kept because of an open deal, and listed: {self.kept:,}."] if self.kept else []
        hung = ", ".join(f"{count:,} {object.replace('_', ' ')}" for object, count in self.hanging.items())
        gone = ", ".join(f"{count:,} {object.replace('_', ' ')}" for object, count in self.following.items())
        said += [f"On them hang {hung}{f'; {gone} of these cannot load without them' if gone else ''}."] if hung else []
        return " ".join([*said, *([f"Such as: {'; '.join(self.examples)}."] if self.examples else [])])


class Scoping:
    """The switched-on rules of a map, ready to be asked row by row; what stays for an open deal is worked out when first needed."""

    def __init__(self, mapping: FieldMap, force: Force, rules: Iterable[Any] | None = None) -> None:
        self._mapping, self._force = mapping, force
        self._rules: dict[str, list[Any]] = {}
        for rule in mapping.scopes.filter(enabled=True).order_by("pk") if rules is None else rules:
            self._rules.setdefault(rule.object, []).append(rule)
        self._scopes: dict[int, Scope] = {}
        self._kept: dict[str, set[str]] | None = None
        self._options = _options(mapping) if self._rules else {}

    def rule_of(self, row: rows.SourceRow) -> Any:
        """The rule that leaves the row out, or None."""
        rule = self.fitting(row)
        return None if rule is None or (keeps_open_deals(rule.condition) and row.key in self.kept.get(row.table.object, ())) else rule

    def fitting(self, row: rows.SourceRow) -> Any:
        """The first rule whose condition the row fits, also where an open deal keeps it."""
        if row.table.object not in self._rules:
            return None
        if row.table.pk not in self._scopes:
            self._scopes[row.table.pk] = Scope(self._rules[row.table.object], self._reading(row.table))
        return self._scopes[row.table.pk].rule_of(row.cells)

    @property
    def kept(self) -> dict[str, set[str]]:
        """{object: source keys} of companies and contacts that have an open deal which moves itself."""
        if self._kept is None:
            self._kept = {}
            sparing = [
                object for object in ("companies", "contacts") if any(keeps_open_deals(r.condition) for r in self._rules.get(object, ()))
            ]
            if sparing:
                self._kept = self._with_open_deals(sparing)
        return self._kept

    def _spares(self, object: str) -> bool:
        return any(keeps_open_deals(rule.condition) for rule in self._rules.get(object, ()))

    def _with_open_deals(self, objects: Sequence[str]) -> dict[str, set[str]]:
        indexes = {object: build_index(object, self._force.get(object, ())) for object in objects}
        found: dict[str, set[str]] = {object: set() for object in objects}
        tables = list(self._force.get("deals", ()))
        mappers = compiling.mappers(self._mapping, tables)
        for row in rows.stream(tables):
            draft = mappers[row.table.pk].draft(row.cells)
            if row.occurrence or draft.skip or draft.values.get("status", "open") != "open" or self.fitting(row):
                continue
            for object, index in indexes.items():
                if key := index.resolve_any(_texts(row, object))[0]:
                    found[object].add(key)
        return found

    def _reading(self, table: SourceTable) -> Reading:
        options = self._options.get(table.object, {})
        on = table.upload.created_at.date()
        return Reading(unique_headers(table.headers), on, options, self._mapping.project.setting("number_format"))


def keep(rule: ScopeRule | ValueRule, *, user: Any) -> None:
    """Save a new or changed rule of a draft. Raises Forbidden and ApprovedCannotChange."""
    _require_draft(rule, user)
    if isinstance(rule, ValueRule):
        rule.edited_by = user
    rule.save()


def remove(rule: ScopeRule | ValueRule, *, user: Any) -> None:
    """Raises Forbidden and ApprovedCannotChange."""
    _require_draft(rule, user)
    rule.delete()


def records(mapping: FieldMap, object: str, condition: Mapping[str, Any]) -> int:
    """How many records a rule with this condition would leave out, were it the only one."""
    scoping, force = _alone(mapping, object, condition)
    return sum(1 for row in rows.stream(force.get(object, [])) if not row.occurrence and scoping.rule_of(row) is not None)


def outlook(mapping: FieldMap, object: str, condition: Mapping[str, Any]) -> Outlook:
    """What a rule with this condition would leave out of the rows in force, were it the only one. Writes nothing.

    One pass over the rows of the object, and one over those that can hang on them.
    """
    scoping, force = _alone(mapping, object, condition)
    gone: set[str] = set()
    kept = 0
    examples: list[str] = []
    for row in rows.stream(force.get(object, [])):
        if row.occurrence or scoping.fitting(row) is None:
            continue
        if scoping.rule_of(row) is None:
            kept += 1
            continue
        gone.add(row.key)
        examples += [f"{row.key} {row.label}".strip()] if len(examples) < EXAMPLES else []
    hanging, following = _hanging(force, object, gone) if gone else (Counter(), Counter())
    entities = Counter({object: len(gone)}) + following
    tokens = sum(budget.PRICES[KIND_OF_OBJECT[each].entity].create * count for each, count in entities.items() if each in KIND_OF_OBJECT)
    return Outlook(len(gone), kept, dict(hanging), dict(following), tokens, examples)


def left_out_by_each(mapping: FieldMap, object: str = "") -> dict[ScopeRule, int]:
    """How many records each switched-on rule (of `object`) leaves out; a row counts for the first that fits. Reads their objects once."""
    rules = list(mapping.scopes.filter(enabled=True).order_by("pk"))
    counts = {rule: 0 for rule in rules if object in ("", rule.object)}
    force = rows.tables_in_force(mapping.project) if counts else {}
    scoping = Scoping(mapping, force, rules)
    for each in dict.fromkeys(rule.object for rule in counts):
        for row in rows.stream(force.get(each, [])):
            if not row.occurrence and (rule := scoping.rule_of(row)):
                counts[rule] += 1
    return counts


def columns_of(project: Project, object: str) -> list[str]:
    """Columns that rules about an object can ask about."""
    tables = rows.tables_in_force(project).get(object, [])
    return list(dict.fromkeys(column for table in tables for column in unique_headers(table.headers)))


def _alone(mapping: FieldMap, object: str, condition: Mapping[str, Any]) -> tuple[Scoping, Force]:
    force = rows.tables_in_force(mapping.project)
    return Scoping(mapping, force, [_Of(object, Rule("", condition))]), force


@dataclass(frozen=True, slots=True)
class _Of:
    """A rule that is not saved, with the object that it is about."""

    object: str
    rule: Rule

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def condition(self) -> Mapping[str, Any]:
        return self.rule.condition


def _hanging(force: Force, object: str, gone: set[str]) -> tuple[Counter[str], Counter[str]]:
    """Rows by object that name one of the records, and those of them that make no sense without it."""
    index = build_index(object, force.get(object, ()))
    hanging: Counter[str] = Counter()
    following: Counter[str] = Counter()
    entity = KIND_OF_OBJECT[object].entity if object in KIND_OF_OBJECT else ""
    for kind in KINDS.values():
        if entity not in kind.parents:
            continue
        others = [KINDS[role].object for role in kind.parents if role != entity and role in KINDS]
        for row in rows.stream(force.get(kind.object, ())):
            texts = [*_texts(row, object), _cell(row, "parent_id")]
            if row.occurrence or index.resolve_any(texts)[0] not in gone:
                continue
            hanging[kind.object] += 1
            alone = not kind.lone and not any(any(_texts(row, other)) for other in others)
            following[kind.object] += kind.parents[entity].needed or alone
    return hanging, +following


def _texts(row: rows.SourceRow, object: str) -> list[str]:
    return [_cell(row, role) for role in POINTING.get(object, ())]


def _cell(row: rows.SourceRow, role: str) -> str:
    at = row.table.position_of(role)
    return row.cells[at].strip() if at is not None else ""


def _options(mapping: FieldMap) -> dict[str, dict[str, Mapping[str, Any]]]:
    """{object: {column: options}} of the map's rules, with what people have answered about columns."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for rule in compiling.rules_of(mapping):
        found.setdefault(rule.object, {})[rule.column] = rule.options
    return found


def _require_draft(rule: ScopeRule | ValueRule, user: Any) -> None:
    require(user, "map", rule.mapping.project)
    if rule.mapping.state != MappingState.DRAFT:
        raise ApprovedCannotChange("This version is approved. Propose the map again, then edit the new version.")
