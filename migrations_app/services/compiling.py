"""Approved rules made ready to run: with the answers about columns, one mapper for each table."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from migrations_app.models import Mapping, Project, SourceTable
from migrations_app.rules import zones
from migrations_app.rules.engine import Mapper, compile_rules
from migrations_app.rules.headers import unique_headers
from migrations_app.rules.spec import Rule, Settings
from migrations_app.services import decisions, policies, values

AMBIGUOUS = "ambiguous"
STORED = ("object", "column", "role", "entity", "field", "transform", "options", "confidence", "reason", "position")


def settings_of(project: Project) -> Settings:
    return Settings(
        timezone=project.timezone or "UTC",
        country=project.country,
        currency=project.currency,
        number_format=project.setting("number_format"),
        email_label=project.setting("email_label"),
        phone_label=project.setting("phone_label"),
        date_only_time=project.setting("date_only_time"),
        outcomes=policies.value(project, "outcomes"),
        projects=policies.value(project, "projects"),
        projects_pipeline=f"Projects from {project.get_source_label()}",
    )


def rules_of(mapping: Mapping) -> list[Rule]:
    """The rules of a version as plain values, with its rules for values and the orders of dates that people have answered since."""
    orders = decisions.question_answers(mapping.project, "ambiguous_date")
    scales = decisions.question_answers(mapping.project, "ambiguous_percent")
    rules = [Rule(**{name: getattr(stored, name) for name in STORED}) for stored in mapping.rules.all()]
    words = decisions.question_answers(mapping.project, "unknown_status")
    statuses = {word: choice for (_, word), choice in words.items() if choice in ("open", "won", "lost")}
    rules = values.applied(rules, values.renames(mapping))
    return [_with_words(_answered(_answered(rule, "date_order", orders), "scale", scales), statuses) for rule in rules]


def mappers(mapping: Mapping, tables: Iterable[SourceTable], rules: Sequence[Rule] | None = None) -> dict[int, Mapper]:
    """{table: mapper} for tables of objects that the map knows."""
    rules = rules_of(mapping) if rules is None else rules
    settings, zoned = settings_of(mapping.project), zones.parse(policies.value(mapping.project, "file_zones"))
    compiled = {}
    for table in tables:
        mine = [rule for rule in rules if rule.object == table.object]
        read = replace(settings, timezone=zones.zone_of(table.file, zoned, settings.timezone))
        compiled[table.pk] = compile_rules(mine, unique_headers(table.headers), table.roles_by_position(), read)
    return compiled


def _with_words(rule: Rule, statuses: dict[str, str]) -> Rule:
    """A status that people have explained is read as such, so that won, lost and closing times follow from it."""
    return replace(rule, options={**rule.options, "words": statuses}) if statuses and rule.transform == "status" else rule


def _answered(rule: Rule, option: str, answers: dict[tuple[str, str], str]) -> Rule:
    choice = answers.get((rule.object, rule.role or rule.column), "")
    if rule.options.get(option) != AMBIGUOUS or choice in ("", "empty"):
        return rule
    return replace(rule, options={**rule.options, option: choice})
