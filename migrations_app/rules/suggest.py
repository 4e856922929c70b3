"""What to do with a deal that has no company in the export (PRACTICE.md 3 rows 1 to 5): a suggestion, how sure it is, and why."""

import re
from dataclasses import dataclass

HAS_COMPANY = ""
NO_COMPANY_CONTACT_HAS_COMPANY = "no_company_contact_has_company"
NO_COMPANY_CONTACT_WITHOUT_COMPANY = "no_company_contact_without_company"
NO_COMPANY_NO_CONTACT = "no_company_no_contact"
COMPANY_NOT_FOUND_WITH_CONTACT = "company_not_found_with_contact"
COMPANY_NOT_FOUND_NO_CONTACT = "company_not_found_no_contact"

CONTACT, PERSON, NAMED, PLACEHOLDER, PARENT = "contact", "person", "named", "placeholder", "parent"

_BARE_ID = re.compile(
    r"[A-Za-z]{0,5}[-_#/ ]?\d[\dA-Fa-f-]*|[\dA-Fa-f]{8}(?:-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}|[A-Za-z\d]{15}|[A-Za-z\d]{18}"
)


@dataclass(frozen=True, slots=True)
class OrphanFacts:
    """What is known of a deal whose company is not among the rows in force. Keys are source keys.

    `likely_company` is the one existing company that the name in the deal (or its title) comes closest to, `likeness` how close (0 to 1).
    """

    company_text: str
    has_contact: bool
    contact_company: str = ""
    likely_company: str = ""
    likeness: float = 0.0
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`answer` is one of the words that `decide --orphans` takes; `company` a source key where the answer needs one."""

    answer: str
    confidence: float
    reason: str
    company: str = ""


def orphan_kind(company_text: str, company_found: bool, has_contact: bool, contact_company: str) -> str:
    """The code of the finding; empty where the deal's company is there."""
    if company_text and company_found:
        return HAS_COMPANY
    if company_text:
        return COMPANY_NOT_FOUND_WITH_CONTACT if has_contact else COMPANY_NOT_FOUND_NO_CONTACT
    if not has_contact:
        return NO_COMPANY_NO_CONTACT
    return NO_COMPANY_CONTACT_HAS_COMPANY if contact_company else NO_COMPANY_CONTACT_WITHOUT_COMPANY


def is_bare_id(text: str) -> bool:
    """True for an id of another system, which names no company to people."""
    return bool(_BARE_ID.fullmatch(text.strip()))


def suggest(facts: OrphanFacts) -> Suggestion:
    """The default of practice for the facts; nothing is taken unless a person (or a policy that a person set) says so."""
    named = facts.company_text and not is_bare_id(facts.company_text)
    if named and facts.likely_company and facts.likeness >= 0.9:
        return Suggestion(PARENT, round(facts.likeness * 0.9, 2), "a company of nearly that name is in the export", facts.likely_company)
    if facts.contact_company and not named:
        return _of_contact(facts)
    if named:
        return Suggestion(NAMED, 0.75 if not facts.contact_company else 0.6, f"the deal names the company “{facts.company_text}”")
    if facts.has_contact:
        sure = 0.85 if not facts.company_text else 0.6
        return Suggestion(PERSON, sure, "its contact has no company either: a private person stands alone in Pipedrive")
    if facts.likely_company and facts.likeness >= 0.9:
        return Suggestion(PARENT, 0.7, "the deal's title names this company", facts.likely_company)
    if facts.is_open:
        return Suggestion(PLACEHOLDER, 0.4, "neither company nor contact; the deal is still open, so better ask")
    return Suggestion(PLACEHOLDER, 0.7, "neither company nor contact, and the deal is closed")


def _of_contact(facts: OrphanFacts) -> Suggestion:
    if facts.company_text:
        return Suggestion(CONTACT, 0.85, f"{facts.company_text} is not in the export; its contact's company is", facts.contact_company)
    return Suggestion(CONTACT, 0.95, "its contact belongs to this company", facts.contact_company)
