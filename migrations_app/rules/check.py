"""The findings of one row, as codes with severities: what a name hides, what is missing, what a transform could not read."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from migrations_app.rules.spec import Draft, Issue
from migrations_app.rules.transforms.people import email_key
from migrations_app.rules.transforms.web import domain_key

REJECT, DECIDE, WARN = "reject", "decide", "warn"

# Everything that is not listed loads and is flagged.
_SEVERITY = {
    "no_name": REJECT,
    "no_title": DECIDE,
    "ambiguous_date": DECIDE,
    "ambiguous_percent": DECIDE,
    "unknown_status": DECIDE,
    "unknown_currency": DECIDE,
    "no_currency": DECIDE,
    "empty_note": REJECT,
    "unknown_deal": WARN,
    "unknown_parent": REJECT,
    "unknown_product": DECIDE,
    "missing_file": REJECT,
    "forbidden_type": REJECT,
    "path_traversal": REJECT,
    "oversized": DECIDE,
    "type_mismatch": DECIDE,
}
_SEVERITY_OF_FIELD = {
    ("bad_amount", "deals", "value"): DECIDE,
    ("unknown_deal", "line_items", "deal_ref"): REJECT,
    ("no_currency", "products", "price"): WARN,
    ("no_currency", "products", "cost"): WARN,
}

_MESSAGES = {
    "no_name": "There is no name, and nothing to make one from: the row is not loaded.",
    "no_name_has_domain": "There is no name; the web domain stands in for it.",
    "no_name_has_email": "There is no name; the e-mail address stands in for it.",
    "no_title": "The deal has no title.",
    "no_email": "There is no e-mail address.",
    "invalid_email": "This is no complete e-mail address; it is kept as it is.",
    "bad_phone": "This is no phone number; it is kept as it is.",
    "bad_date": "This is no date; the field stays empty.",
    "ambiguous_date": "Day and month could be either way round, and the column does not say which.",
    "ambiguous_percent": "The column holds only 0 and 1: 1 could be one percent or all of it.",
    "bad_number": "This is no number; the field stays empty.",
    "bad_amount": "This is no amount of money.",
    "negative_amount": "The amount is negative; it is kept so.",
    "unknown_option": "This is none of the field's options; it is left out.",
    "unknown_status": "This is neither open, won nor lost.",
    "unknown_currency": "This is no currency.",
    "no_currency": "The amount has no currency, and the project has none either.",
    "checkbox_spelling": "Read as yes or no, though the column spells it otherwise.",
    "overlong": "More than 255 characters: cut at a word and marked with “…”.",
    "extra_cells": "The row has more cells than the table has columns; the rest is left out.",
    "blanks_around": "Blanks around the text are taken off.",
    "nul": "NUL characters are taken out.",
    "emoji": "The text holds emoji; it is kept as it is.",
    "html": "The text holds markup; it is kept as text.",
    "formula_text": "The text looks like a formula; it is kept as text.",
    "delimiters": "The text holds separators and quotes; it is kept as it is.",
    "closed_without_date": "The deal is closed but has no date for it; the last known date is taken.",
    "lost_reason_unused": "The deal is not lost: its lost reason has no place.",
    "duplicate_sku": "An earlier product has the same code.",
    "zero_quantity": "The quantity is 0.",
    "total_differs": "The total is not price × quantity less the discount.",
    "no_subject": "The activity has no subject: its type stands in.",
    "no_parent": "It hangs on no company, contact or deal.",
    "duration_differs": "The duration is not the time from start to end; the duration counts.",
    "end_before_start": "It ends before it starts; the end is left out.",
    "empty_note": "There is no text: the note is not loaded.",
    "unknown_deal": "No deal of the export has this id or name.",
    "unknown_company": "No company of the export has this id or name.",
    "unknown_contact": "No contact of the export has this id or name.",
    "unknown_product": "No product of the export has this id or name.",
    "unknown_parent": "No record of the export has this id: there is nothing to hang it on.",
    "missing_file": "The file is not in the package.",
    "wrong_name": "The file is there under another spelling of its name; that one is taken.",
    "path_traversal": "The path leads out of the package: no such file is taken.",
    "oversized": "The file is larger than the project allows.",
    "forbidden_type": "Files of this type are not loaded.",
    "type_mismatch": "The file is of another type than its name says.",
    "unindexed_file": "No row of the list of attachments names this file.",
    "kept_despite_rule": "A rule leaves such records out; this one stays because of an open deal.",
    "many_notes": "More notes hang on this deal than Pipedrive may take.",
}

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:[a-z]+|#\d+);")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u200d\ufe0f]")
_FORMULA = re.compile(r"[=+\-@]\s*[^\s\d]|[=+\-@].*[(|!+*]")
_SEPARATING = frozenset(',;|\t"')

# The columns that name a row, and so are looked at for what they hide.
_NAME_ROLES = {
    "companies": ("name",), "contacts": ("last_name", "first_name", "full_name"), "deals": ("title",), "products": ("name",),
    "activities": ("subject",), "notes": ("body",),
}  # fmt: skip
# Long text may hold what it likes; only what would act as markup or as a formula is told.
_TOLD = {"notes": frozenset({"html", "formula_text"})}


def make_issue(object: str, code: str, field: str, value: Any) -> Issue:
    """An issue with the severity and the sentence that belong to its code."""
    severity = _SEVERITY_OF_FIELD.get((code, object, field)) or _SEVERITY.get(code, WARN)
    return Issue(code, severity, field, value, _MESSAGES[code])


def text_codes(raw: str, text: str) -> list[str]:
    """What is odd about a name; `raw` is the cell, `text` its cleaned text. Plain ASCII words cost next to nothing."""
    if raw.isalnum() and raw.isascii():
        return []
    codes = []
    if "\0" in raw:
        codes.append("nul")
    if text and raw.replace("\0", "") != text:
        codes.append("blanks_around")
    if ("<" in text or "&" in text) and _TAG.search(text):
        codes.append("html")
    if not text.isascii() and _EMOJI.search(text):
        codes.append("emoji")
    if text[:1] in "=+-@" and _FORMULA.match(text):
        codes.append("formula_text")
    if len(_SEPARATING.intersection(text)) >= 3 or "\t" in text:
        codes.append("delimiters")
    return codes


# What a row can hang on.
PARENT_ROLES = ("company_ref", "company_name", "contact_ref", "contact_name", "contact_email", "deal_ref", "parent_id")


class RowChecks:
    """The checks of one table, compiled once. Calling it adds the issues of a row to its draft."""

    def __init__(self, object: str, width: int, roles: Mapping[int, str]) -> None:
        self.object, self.width = object, width
        self.at = {role: position for position, role in sorted(roles.items(), reverse=True)}
        self.names = [(role, self.at[role]) for role in _NAME_ROLES.get(object, ()) if role in self.at]
        checks: dict[str, Callable[[Sequence[str], Draft], None]] = {
            "companies": self._company,
            "contacts": self._contact,
            "deals": self._deal,
            "products": self._product,
            "activities": self._activity,
            "notes": self._note,
        }
        self.told = _TOLD.get(object)
        self.of_object = checks.get(object)

    def __call__(self, cells: Sequence[str], texts: Sequence[str], draft: Draft) -> None:
        if len(cells) > self.width and any(cells[self.width :]):
            self._add(draft, "extra_cells", "", "")
        for role, position in self.names:
            raw = cells[position] if position < len(cells) else ""
            for code in text_codes(raw, texts[position]):
                if self.told is None or code in self.told:
                    self._add(draft, code, role, raw)
        if self.of_object:
            self.of_object(texts, draft)

    def _add(self, draft: Draft, code: str, field: str, value: str) -> None:
        draft.issues.append(make_issue(self.object, code, field, value))

    def _text(self, texts: Sequence[str], role: str) -> str:
        return texts[self.at[role]] if role in self.at else ""

    def _company(self, texts: Sequence[str], draft: Draft) -> None:
        if not draft.values.get("name"):
            domain = domain_key(self._text(texts, "website"))
            self._name_from(draft, domain, "no_name_has_domain", "name")

    def _contact(self, texts: Sequence[str], draft: Draft) -> None:
        emails = draft.values.get("emails") or []
        if not draft.values.get("name"):
            address = next((entry["value"] for entry in emails if email_key(entry["value"])), "")
            self._name_from(draft, address, "no_name_has_email", self.names[0][0] if self.names else "last_name")
        elif not emails and "email" in self.at:
            self._add(draft, "no_email", "email", "")

    def _name_from(self, draft: Draft, text: str, code: str, field: str) -> None:
        if text:
            draft.values = {"name": text} | draft.values
        self._add(draft, code if text else "no_name", field, "")

    def _deal(self, texts: Sequence[str], draft: Draft) -> None:
        if not draft.values.get("title"):
            self._add(draft, "no_title", "title", "")
        if str(draft.values.get("value", "")).startswith("-"):
            self._add(draft, "negative_amount", "value", self._text(texts, "value"))

    def _product(self, texts: Sequence[str], draft: Draft) -> None:
        if not draft.values.get("name"):
            self._add(draft, "no_name", "name", "")

    def _activity(self, texts: Sequence[str], draft: Draft) -> None:
        if not draft.values.get("subject"):
            self._add(draft, "no_subject", "subject", "")
            draft.values["subject"] = draft.values.get("type") or "Activity"
        if not any(draft.references.get(role) for role in PARENT_ROLES):
            self._add(draft, "no_parent", "", "")

    def _note(self, texts: Sequence[str], draft: Draft) -> None:
        if not draft.values.get("content"):
            self._add(draft, "empty_note", "body", "")
