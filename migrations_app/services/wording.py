"""Codes of findings and of rows that were left out, as people say them. Files and commands keep the codes."""

import re
from typing import Any

from babel import numbers
from django.utils.translation import get_language, gettext, ngettext, to_locale

ENGLISH = "en"
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
WORDS = {
    # rows that never load, or wait for a person
    "duplicate_id_identical": "second row of the same id, same content",
    "duplicate_id_conflict": "second row of the same id, other content",
    "no_name": "no name",
    "no_title": "deal without a title",
    "no_company_contact_has_company": "no company, but its contact has one",
    "no_company_contact_without_company": "no company, its contact has none either",
    "no_company_no_contact": "neither company nor contact",
    "not_an_opportunity": "no opportunity",
    "project_without_value": "project without a value",
    "project_as_note": "stands as text in a note",
    "line_as_text": "stands in a table in a note of its deal",
    "activity_as_call_log": "stands as a call log",
    "undecided": "not decided yet",
    "left_out_by_answer": "left out because of a finding",
    # links that lead nowhere
    "unknown_company": "company is not in the export",
    "company_not_found_with_contact": "company is not in the export",
    "company_not_found_no_contact": "company is not in the export, no contact",
    "unknown_contact": "contact is not in the export",
    "unknown_owner": "owner is no user of the source",
    "ambiguous_owner": "several users have the owner's name",
    "unknown_stage": "stage that no pipeline has",
    "stage_of_other_pipeline": "stage belongs to another pipeline",
    "unknown_field": "field is missing in the account",
    "only_in_quickbooks": "customer whom only QuickBooks has",
    "job_in_quickbooks": "job or branch that only QuickBooks has",
    "several_in_quickbooks": "customer of QuickBooks whose name several records have",
    "twice_in_quickbooks": "customer who stands in the QuickBooks list twice",
    # campaigns, sends and suppression
    "unknown_campaign": "campaign is not in the export",
    "unknown_event": "nobody knows this kind of event",
    "called_two_ways": "called by its name here and by its id there",
    "member_twice": "the same membership on two lines",
    "link_by_email_only": "contact found by the e-mail address alone",
    "email_differs": "the contact has another e-mail address now",
    "suppressed_twice": "suppressed for several reasons",
    # values
    "unknown_deal": "unknown deal",
    "unknown_product": "unknown product",
    "unknown_parent": "hangs on no record of the export",
    "no_parent": "hangs on no company, contact or deal",
    "kept_despite_rule": "stays because of an open deal, though a rule leaves such records out",
    "many_notes": "more notes on one deal than Pipedrive may take",
    "missing_file": "file is not in the package",
    "wrong_name": "file is spelled otherwise in the package",
    "path_traversal": "path out of the package",
    "oversized": "file larger than allowed",
    "forbidden_type": "type of file that is not loaded",
    "type_mismatch": "file of another type than its name says",
    "unindexed_file": "file that no row names",
    "duplicate_sku": "product code used twice",
    "zero_quantity": "quantity of 0",
    "total_differs": "total differs from price × quantity",
    "no_subject": "activity without a subject",
    "duration_differs": "duration differs from start to end",
    "end_before_start": "ends before it starts",
    "empty_note": "note without text",
    "no_name_has_domain": "no name, the web domain stands in",
    "no_name_has_email": "no name, the e-mail address stands in",
    "no_email": "no e-mail address",
    "invalid_email": "incomplete e-mail address",
    "bad_phone": "no valid phone number",
    "bad_date": "no valid date",
    "ambiguous_date": "day and month could be swapped",
    "ambiguous_percent": "1 may be one percent or all of it",
    "bad_number": "no valid number",
    "bad_amount": "no valid amount",
    "negative_amount": "negative amount",
    "unknown_option": "none of the field's options",
    "unknown_status": "neither open, won nor lost",
    "unknown_currency": "unknown currency",
    "no_currency": "amount without a currency",
    "checkbox_spelling": "yes or no in another spelling",
    "overlong": "longer than 255 characters",
    "extra_cells": "more cells than columns",
    "blanks_around": "blanks around the text",
    "nul": "NUL characters in the text",
    "emoji": "emoji in the text",
    "html": "markup in the text",
    "formula_text": "text that looks like a formula",
    "delimiters": "separators in the text",
    "closed_without_date": "closed deal without a date",
    "lost_reason_unused": "lost reason of a deal that is not lost",
    # queues of decisions
    "orphans": "deals without a company",
    "quickbooks": "QuickBooks differences",
    "values": "deals with another value than their lines",
    "suppression": "opt-outs that Pipedrive contradicts",
    "conflicts": "changed on both sides",
    "existing": "records that may be in Pipedrive already",
    # lines of a file that are no rows
    "blank": "blank",
    "header": "with the headers",
    "repeated_header": "with the headers once more",
    "preamble": "above the headers",
    "totals": "with totals",
}


def language_in_force() -> str:
    """`en`, `de`; without the country."""
    return (get_language() or ENGLISH).partition("-")[0]


def told(text: str, **values: Any) -> str:
    """A text of ours in the language in force, its {places} filled. What no catalogue knows stays as it is."""
    found = gettext(text)
    return found.format(**values) if values else found


def plain(code: str) -> str:
    """`duplicate_id_identical` in words, also where a colon and more follow; what is no code stays as it is."""
    head, colon, rest = code.partition(":")
    if not _CODE.fullmatch(head):
        return code
    return f"{told(WORDS.get(head, head.replace('_', ' ')))}{colon}{rest}"


def counted(number: int, noun: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`; `1.200 Zeilen` where German is in force."""
    figure = numbers.format_decimal(number, locale=to_locale(get_language() or ENGLISH))
    return f"{figure} {ngettext(noun, many or noun + 's', number)}"
