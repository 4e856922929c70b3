"""What each of the six answers about a deal without a company means for the deal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migrations_app.rules.keys import fit
from migrations_app.services.references import fold


@dataclass(slots=True)
class Placement:
    """Where the deal goes: its organization's link key, or an id that is in Pipedrive already, or nowhere (`skip`)."""

    parents: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    skip: str = ""


def orphan_parents(answer: Mapping[str, Any], named: str, contact_company: str) -> Placement:
    """Turn one answer (see Decision) into parents; `named` is the link key of the organization that the deal names.

    An answer that no longer fits (its contact lost the company) links nothing.
    """
    how = answer["how"]
    if how == "skip":
        return Placement(skip="skipped by decision")
    if how == "contact" and contact_company:
        return Placement([("organization", contact_company)])
    if how == "named" and named:
        return Placement([("organization", named)])
    if how == "placeholder":
        return Placement([("organization", "placeholder:organization")])
    if how == "parent":
        return _designated(answer["parent"])
    return Placement()


def _designated(parent: Mapping[str, Any]) -> Placement:
    if key := parent.get("source"):
        return Placement([("organization", f"organization:{key}")])
    if pipedrive_id := parent.get("pipedrive_id"):
        return Placement(facts={"org_id": int(pipedrive_id)})
    return Placement([("organization", fit(f"parent:{fold(str(parent['name']))}"))])
