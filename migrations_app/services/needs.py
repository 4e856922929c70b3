"""What an approved map needs the account to have: pipelines, stages, custom fields with their options, activity types, in this order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from migrations_app.models import FieldRule, Mapping, Project, SourceField
from migrations_app.rules.kinds_of_record import in_order
from migrations_app.rules.profile import ColumnProfile
from migrations_app.rules.spec import DEAL, DEAL_PRODUCT, FIELD_NAME_LIMIT, PRODUCT, split_custom
from migrations_app.rules.targets import STAND_INS
from migrations_app.services import delivered, families, policies, rows, values
from migrations_app.services.mailing import deal_campaigns, gathering
from migrations_app.services.schema import ENTITIES, OWN_FIELDS, TORN_PERSONS, fold
from migrations_app.services.stages import StageIndex

PIPELINE, STAGE, FIELD, OPTION, ACTIVITY_TYPE = "pipeline", "stage", "field", "option", "type"
WITH_OPTIONS = ("enum", "set")
MOST_OPTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Need:
    """`parent` is the entity of a field, the pipeline of a stage; `field` is the name that rules use for a custom field.

    A stand-in field is needed only in accounts without the built-in field `unless`.
    """

    kind: str
    parent: str
    name: str
    field: str = ""
    type: str = ""
    options: tuple[str, ...] = ()
    probability: int | None = None
    unless: str = ""

    @property
    def label(self) -> str:
        """Its name in the account."""
        split = split_custom(self.field)
        return split[0] if split else self.name


def wanted(project: Project, mapping: Mapping) -> list[Need]:
    """Everything, in the order in which it has to be made."""
    types = [Need(ACTIVITY_TYPE, "", name[:FIELD_NAME_LIMIT]) for name in values.types_needed(mapping)]
    return [*wanted_stages(project, mapping), *wanted_fields(project, mapping), *types]


# --- fields ------------------------------------------------------------------------------------------------------------


def wanted_fields(project: Project, mapping: Mapping) -> list[Need]:
    """The loader's own fields, then those of the map in the order of its columns."""
    needs: dict[tuple[str, str], Need] = {}
    kinds = {kind.entity for kind in in_order(set(mapping.rules.exclude(field="").order_by().values_list("entity", flat=True)))}
    kinds |= {PRODUCT} if DEAL_PRODUCT in kinds else set()  # lines may call for products that no price list has
    beside = kinds | ({TORN_PERSONS} if families.any_torn(project) else set())
    for own in OWN_FIELDS.values():
        for entity in own.entities if not own.beside or own.beside in beside else ():
            if entity in kinds:
                _add(needs, _field_need(entity, own.name))
    rules = mapping.rules.filter(entity__in=ENTITIES).exclude(field="").order_by("object", "position", "pk")
    profiled = _Profiles(project, values.renames(mapping))
    for rule in rules:
        name = STAND_INS.get((rule.entity, rule.field), rule.field)
        if split_custom(name):
            need = _field_need(rule.entity, name, unless=rule.field if name != rule.field else "")
            _add(needs, replace(need, options=_choices(rule, need.type, profiled)))
    if policies.value(project, deal_campaigns.SETTING) != deal_campaigns.NO:
        labels = gathering.choices(project, rows.tables_in_force(project))["campaigns"]
        _add(needs, replace(_field_need(DEAL, deal_campaigns.FIELD), options=_different(labels)))
    return [need for need in _apart(needs.values()) if need.options or need.type not in WITH_OPTIONS]


def _field_need(entity: str, name: str, unless: str = "") -> Need:
    split = split_custom(name)
    assert split is not None
    return Need(FIELD, entity, split[0], field=name, type=split[1], unless=unless)


def _add(needs: dict[tuple[str, str], Need], need: Need) -> None:
    """Columns that share a field share its options."""
    known = needs.get((need.parent, need.field))
    if known:
        need = replace(known, options=_different((*known.options, *need.options)), unless=known.unless and need.unless)
    needs[need.parent, need.field] = need


def _apart(needs: Iterable[Need]) -> list[Need]:
    """Two fields of one label and different types carry their type in the name under which they are remembered."""
    seen: set[tuple[str, str]] = set()
    told_apart = []
    for need in needs:
        name = need.name if (need.parent, fold(need.name)) not in seen else f"{need.name[: FIELD_NAME_LIMIT - 20]} ({need.type})"
        seen.add((need.parent, fold(name)))
        told_apart.append(replace(need, name=name))
    return told_apart


@dataclass(slots=True)
class _Profiles:
    """Profiles of the columns in force, read only when a rule does not say its choices itself."""

    project: Project
    renames: values.Renames
    _found: dict[tuple[str, str], ColumnProfile] | None = field(default=None)

    def of(self, rule: FieldRule) -> ColumnProfile | None:
        if self._found is None:
            tables = [table.pk for some in rows.tables_in_force(self.project).values() for table in some]
            columns = SourceField.objects.filter(table__in=tables, profile__isnull=False).select_related("table")
            self._found = {(each.table.object, each.header): ColumnProfile.from_dict(each.profile) for each in columns if each.profile}
        return self._found.get((rule.object, rule.column))


def _choices(rule: FieldRule, type: str, profiles: _Profiles) -> tuple[str, ...]:
    if type not in WITH_OPTIONS:
        return ()
    choices: Sequence[str] = rule.options.get("choices") or (("Yes", "No") if rule.transform == "yes_no" else ())
    if not choices and (profile := profiles.of(rule)):
        choices = list((profile.parts() if type == "set" else None) or profile.counts)
    return _different((*choices, *values.options_of(rule, profiles.renames)))


def _different(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels that Pipedrive would take, each once; case and blanks around do not tell two apart."""
    kept: dict[str, str] = {}
    for label in labels:
        clean = str(label).replace("\0", "").strip()
        if clean and len(clean) <= FIELD_NAME_LIMIT:
            kept.setdefault(clean.casefold(), clean)
    return tuple(kept.values())[:MOST_OPTIONS]


# --- pipelines and stages ----------------------------------------------------------------------------------------------


def wanted_stages(project: Project, mapping: Mapping | None = None) -> list[Need]:
    """Each pipeline with its stages in order, as the source has them or the map wants them."""
    index = StageIndex(project, mapping)
    stages = [*index.stages]
    if mapping and delivered.counted(project, mapping)[delivered.DEAL]:
        stages += index.missing_for_projects()
    needs: dict[str, list[Need]] = {}
    for stage in stages:
        under = needs.setdefault(fold(stage.pipeline), [Need(PIPELINE, "", stage.pipeline[:FIELD_NAME_LIMIT])])
        under.append(Need(STAGE, under[0].name, stage.name[:FIELD_NAME_LIMIT], probability=stage.probability))
    return [need for under in needs.values() for need in under]
