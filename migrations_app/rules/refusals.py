"""Pipedrive's refusals in plain words, with what to do about them."""

import re

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"less than or equal to 255|too long|max(imum)? length", re.I), "A value is too long. Shorten it in the source or the map, then retry."),
    (re.compile(r"not allowed for this request", re.I), "The account does not know a field that the map uses. Prepare the account again, then retry."),
    (re.compile(r"option", re.I), "The account lacks an option that the map uses. Prepare the account again, then retry."),
    (re.compile(r"(org|organization|person|owner|user|stage|pipeline)[ _]?(id)?.*(not found|invalid|does not exist)", re.I),
     "What the record points to is gone in Pipedrive. Look at the parent record, then retry."),
    (re.compile(r"email", re.I), "Pipedrive does not take an e-mail address of this record. Correct it, then retry."),
    (re.compile(r"currency", re.I), "The account does not have this currency switched on. Add it in Pipedrive, then retry."),
    (re.compile(r"name must be given|title", re.I), "The record has no name that Pipedrive takes. Answer its question, then retry."),
)  # fmt: skip


def in_plain_words(text: str, status: int) -> str:
    """Pipedrive's own text, and behind it a suggested way out."""
    hint = next((hint for pattern, hint in _HINTS if pattern.search(text)), "Look at what was sent, correct the source or the map, then retry.")
    return f"{text} ({status}). {hint}"
