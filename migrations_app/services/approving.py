"""A person approves a version of the map. Nothing moves before."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from migrations_app.models import FieldRule, Mapping, Project, require
from migrations_app.services import proposing
from migrations_app.states import MappingState, transition


class ApprovedCannotChange(Exception):
    """Approved versions are immutable: propose anew, edit, approve."""


def approve(project: Project, *, user: Any) -> Mapping:
    """Approve the newest proposal as it stands; with nothing to approve, answers the approved version.

    Raises Forbidden, and NothingToPropose where there is no map at all.
    """
    require(user, "approve", project)
    mapping = proposing.newest(project)
    if mapping is None:
        raise proposing.NothingToPropose(f"{project} has no map yet: propose one first.")
    with transaction.atomic():
        mine = Mapping.objects.filter(pk=mapping.pk)
        if transition(mine, MappingState.DRAFT, MappingState.APPROVED, approved_by=user, approved_at=timezone.now()):
            older = Mapping.objects.filter(project=project).exclude(pk=mapping.pk)
            transition(older, MappingState.APPROVED, MappingState.SUPERSEDED)
    mapping.refresh_from_db()
    return mapping


def edit_rule(rule: FieldRule, *, user: Any, **changes: Any) -> FieldRule:
    """Change one rule of a draft; who did it is kept, and later proposals leave it alone. Raises ApprovedCannotChange."""
    require(user, "map", rule.mapping.project)
    if rule.mapping.state != MappingState.DRAFT:
        raise ApprovedCannotChange("This version is approved. Propose the map again, then edit the new version.")
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.edited_by, rule.edited_at = user, timezone.now()
    rule.save()
    return rule
