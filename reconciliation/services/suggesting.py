"""What a deal without a company most likely needs (PRACTICE.md 3, rows 1 to 5), with the reason in plain words."""

import re
from dataclasses import dataclass

from migrations_app.services.evidence import OrphanFacts
from reconciliation.models import How

SIMILAR_ENOUGH = 0.9
# What an id looks like that points at a company which the export does not hold: CO-19063, 4711, a GUID.
_BARE_ID = re.compile(r"[A-Za-z]{0,6}[-_:/#.]?\d{3,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=.*\d)[0-9A-Za-z]{15}(...)?")


@dataclass(frozen=True, slots=True)
class Suggestion:
    how: str
    confidence: float
    reason: str


def for_orphan(deal: OrphanFacts) -> Suggestion:
    text = deal.company_text.strip()
    if text and deal.similar_key and deal.similarity >= SIMILAR_ENOUGH:
        reason = f"“{text}” is almost the name of “{deal.similar_label}” ({deal.similarity:.0%} alike)."
        return Suggestion(How.PARENT, round(min(deal.similarity, 1.0) * 0.95, 2), reason)
    if text and not _BARE_ID.fullmatch(text):
        return Suggestion(How.NAMED, 0.8, f"The deal names “{text}”, and no company of the export is called so.")
    return _without_name(deal, text)


def _without_name(deal: OrphanFacts, text: str) -> Suggestion:
    start = f"The deal points at “{text}”, which is not in the export; " if text else "The deal names no company; "
    if deal.contact_company_key:
        company = deal.contact_company_label or deal.contact_company_key
        return Suggestion(How.CONTACT, 0.85 if text else 0.95, f"{start}its contact belongs to “{company}”.")
    if deal.contact_key:
        return Suggestion(How.PERSON, 0.7 if text else 0.9, f"{start}its contact has no company: a private person needs none.")
    if text or deal.status == "open":
        return Suggestion(How.PLACEHOLDER, 0.5, f"{start}there is no contact to tell whose deal it is.")
    return Suggestion(How.PLACEHOLDER, 0.8, f"{start}there is no contact either, and it is closed.")
