"""Rules for single values, written by people into a draft of the map."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from migrations_app.models import Project, ValueRule, require
from migrations_app.services import proposing, scoping, values

_RULE = re.compile(r"(?P<kind>[a-z_]+)(?:@(?P<scope>[^:]+))?:(?P<source>.+?)=(?P<target>.*)", re.DOTALL)


class BadRule(ValueError):
    """The text is no rule for a value; it says what one looks like."""


@dataclass(frozen=True, slots=True)
class Written:
    kind: str
    scope: str
    source: str
    target: str


def parse(text: str) -> Written:
    """`status:Gagné=won`, `option@Industry:Shops=Retail`; an empty target leaves the value out. Raises BadRule."""
    match = _RULE.fullmatch(text.strip())
    if match is None or match["kind"] not in values.KINDS:
        raise BadRule(f"“{text}” is no rule: write KIND:VALUE=BECOMES or KIND@FIELD:VALUE=BECOMES; kinds are {', '.join(values.KINDS)}.")
    return Written(match["kind"], (match["scope"] or "").strip(), match["source"].strip(), match["target"].strip())


def write(project: Project, written: Written, *, user: Any) -> ValueRule:
    """Add a rule to the draft, or change what its value becomes. Raises Forbidden and NothingToPropose."""
    require(user, "map", project)
    with transaction.atomic():
        draft = proposing.draft_of(project, user=user)
        mark = {"kind": written.kind, "scope": written.scope, "source": written.source}
        rule = draft.values.filter(**mark).first() or ValueRule(mapping=draft, **mark)
        rule.target = written.target
        scoping.keep(rule, user=user)
    return rule
