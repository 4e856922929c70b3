"""Pipedrive's refusals in plain words, with what to do about them."""

import re

_HINTS = (
    ("less than or equal to 255|too long|max(imum)? length", "A value is too long. Shorten it in the source or the map, then retry."),
    ("not allowed for this request", "The account does not know a field that the map uses. Prepare the account again, then retry."),
    ("option", "The account lacks an option that the map uses. Prepare the account again, then retry."),
    (
        "(org|organization|person|owner|user|stage|pipeline)[ _]?(id)?.*(not found|invalid|does not exist)",
        "What the record points to is gone in Pipedrive. Look at the parent record, then retry.",
    ),
    ("email", "Pipedrive does not take an e-mail address of this record. Correct it, then retry."),
    ("currency", "The account does not have this currency switched on. Add it in Pipedrive, then retry."),
    ("name must be given|title", "The record has no name that Pipedrive takes. Answer its question, then retry."),
)
_ACCOUNT = re.compile(r"not allowed for this request|option|field|owner|user|stage|pipeline|currency|custom|label", re.IGNORECASE)
OTHERWISE = "Look at what was sent, correct the source or the map, then retry."


def in_plain_words(text: str, status: int) -> str:
    """Pipedrive's own text, and behind it a suggested way out."""
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, text, re.IGNORECASE)), OTHERWISE)
    return f"{text} ({status}). {hint}"


def account_may_have_changed(text: str) -> bool:
    """Whether Pipedrive's text speaks of what the account has, and not of the record alone."""
    return bool(_ACCOUNT.search(text))
