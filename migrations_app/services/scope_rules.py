"""Rules that leave rows out, by their names: written, switched on and off, taken away. Each change goes into a draft of the map."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from migrations_app.models import Mapping as FieldMap
from migrations_app.models import Project, ScopeRule, require
from migrations_app.rules import scopes
from migrations_app.rules.kinds_of_record import KIND_OF_OBJECT
from migrations_app.rules.scopes import KEEP, OPEN_DEALS, BadCondition
from migrations_app.services import proposing, scoping

NAME_LENGTH = 80  # what the reason of a skipped record holds


class NoSuchRule(ValueError):
    """No rule of the newest map is called so; the text says which there are."""


def condition_of(project: Project, object: str, text: str, *, keep_open_deals: bool) -> dict[str, Any]:
    """What people wrote, a condition a line. Raises BadCondition."""
    if object not in KIND_OF_OBJECT:
        raise BadCondition(f"“{object}” makes no records; rules can be about {', '.join(KIND_OF_OBJECT)}.")
    condition = scopes.parse(text, scoping.columns_of(project, object))
    return condition | ({KEEP: OPEN_DEALS} if keep_open_deals else {})


def write(project: Project, name: str, object: str, condition: Mapping[str, Any], *, enabled: bool, reason: str, user: Any) -> ScopeRule:
    """Add a rule to the draft, or change the one that is called so. Raises Forbidden, NothingToPropose and BadCondition."""
    require(user, "map", project)
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise BadCondition(f"A rule needs a name of at most {NAME_LENGTH} signs: it is the reason that is counted.")
    with transaction.atomic():
        draft = proposing.draft_of(project, user=user)
        rule = draft.scopes.filter(name=name).first() or ScopeRule(mapping=draft, name=name)
        rule.object, rule.condition, rule.enabled, rule.reason = object, dict(condition), enabled, reason
        scoping.keep(rule, user=user)
    return rule


def switch(project: Project, name: str, *, on: bool, user: Any) -> ScopeRule:
    """Raises Forbidden and NoSuchRule."""
    require(user, "map", project)
    with transaction.atomic():
        rule = _called(proposing.draft_of(project, user=user), name)
        rule.enabled = on
        scoping.keep(rule, user=user)
    return rule


def remove(project: Project, name: str, *, user: Any) -> None:
    """Raises Forbidden and NoSuchRule."""
    require(user, "map", project)
    with transaction.atomic():
        scoping.remove(_called(proposing.draft_of(project, user=user), name), user=user)


def listing(mapping: FieldMap) -> Iterator[dict[str, Any]]:
    """Every rule of a map with what it would leave out, were it the only one."""
    for rule in mapping.scopes.select_related("mapping__project").order_by("pk"):
        told = scoping.outlook(mapping, rule.object, rule.condition)
        yield {**as_dict(rule), **told.as_dict()}


def as_dict(rule: ScopeRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "object": rule.object,
        "where": scopes.in_words(rule.condition),
        "keep_open_deals": scopes.keeps_open_deals(rule.condition),
        "on": rule.enabled,
        "reason": rule.reason,
    }


def _called(draft: FieldMap, name: str) -> ScopeRule:
    rule = draft.scopes.filter(name=name.strip()).select_related("mapping__project").first()
    if rule is None:
        there = ", ".join(f"“{each}”" for each in draft.scopes.values_list("name", flat=True)) or "none"
        raise NoSuchRule(f"No rule is called “{name}”; there are: {there}.")
    return rule
