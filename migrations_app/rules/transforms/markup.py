"""Text of notes: html as Pipedrive keeps it, from html, RTF or plain text."""

import html as entities
import re

import nh3
from striprtf.striprtf import rtf_to_text

from migrations_app.rules.transforms.registry import Convert, Options, transform

NOTE_LIMIT = 90_000  # characters of one note; Pipedrive takes about 100,000 (API.md 5.9), a reference and a marker need room
_KEPT = (
    "a b blockquote br caption code col colgroup div em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre s small span strike strong sub sup "
    "table tbody td tfoot th thead tr u ul"
)
KEPT_TAGS = frozenset(_KEPT.split())
_KEPT_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"}}
_PAGE_TAGS = r"html|head|body|meta|title|style|script|center|section|article|del|ins|tt|label|form|input|iframe|object|embed|o:p"
_MARKUP = re.compile(rf"</?(?:{'|'.join(sorted(KEPT_TAGS))}|{_PAGE_TAGS})(?:\s[^<>]*)?/?>|<!--|<!doctype", re.IGNORECASE)
_BREAK, _TAG = re.compile(r"\s*(?:<br\s*/?>|</(?:p|div|li|tr|h[1-6])>)\s*", re.IGNORECASE), re.compile(r"<[^<>]*>")
_RTF = re.compile(r"\s*\{\\rtf\d?")


def is_markup(text: str) -> bool:
    """True where a known tag stands in it; `<john@example.com>` is text."""
    return "<" in text and bool(_MARKUP.search(text))


def as_html(text: str) -> str:
    """What Pipedrive shows as the text was meant: markup cleaned, RTF read, anything else escaped with its line breaks kept."""
    if _RTF.match(text):  # a tag in it was typed by somebody
        return escaped(_plain_of_rtf(text))
    return cleaned(text) if is_markup(text) else escaped(text)


def cleaned(text: str) -> str:
    """Markup without what could run: scripts go with their content, other unknown tags leave their text behind."""
    return nh3.clean(text, tags=set(KEPT_TAGS), attributes=dict(_KEPT_ATTRIBUTES), link_rel=None).strip()


def escaped(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_\n", "\n")
    return entities.escape(lines, quote=False).replace("\n", "<br>\n")


def as_text(markup: str) -> str:
    """What people read of it: line breaks kept, tags off."""
    return entities.unescape(_TAG.sub("", _BREAK.sub("\n", markup))).strip()


def _plain_of_rtf(text: str) -> str:
    try:
        plain = str(rtf_to_text(text, errors="replace")).strip()  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError):
        return text
    return plain or text


@transform("html", "Text with markup", "Markup is cleaned to what Pipedrive keeps, RTF becomes text, line breaks stay.")
def html(options: Options) -> Convert:
    return lambda text, region: (as_html(text), "")


@transform("heading", "Heading of a note", "Stands above the text, in bold.")
def heading(options: Options) -> Convert:
    return lambda text, region: (f"<p><b>{escaped(text)}</b></p>\n", "")


@transform("labelled", "Line below the text", "Stands there as “Label: value”. Option label: the column's name.")
def labelled(options: Options) -> Convert:
    label = str(options.get("label") or "")
    return lambda text, region: (f"{label}: {text}" if label else text, "")
