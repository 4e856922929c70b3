"""What the server makes of values by itself: names in two parts, completed addresses, one primary e-mail, tame html."""

import re
from typing import Any

from .bodies import ADDRESS_PARTS

_SCRIPT = re.compile(r"<(script|style|iframe|object|embed)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(-->|$)", re.DOTALL)
_HANDLER = re.compile(r"""\s+on[a-z]+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_BAD_LINK = re.compile(r"""(href|src)\s*=\s*(["']?)\s*javascript:[^"'>\s]*\2""", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")


def split_name(name: str) -> tuple[str, str | None]:
    first, _, last = name.strip().partition(" ")
    return first, last.strip() or None


def address(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Parts that were not sent become null, also on update."""
    if value is None:
        return None
    return {**{part: value.get(part) for part in ADDRESS_PARTS}, "formatted_address": value["value"]}


def contacts(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where none is primary the first one is."""
    chosen = next((index for index, one in enumerate(values) if one.get("primary")), 0)
    return [{"value": one["value"], "primary": index == chosen, "label": one.get("label", "work")} for index, one in enumerate(values)]


def tame(html: str) -> str:
    """Lightly: what could run goes, text and ordinary markup stay as they came."""
    if "<" not in html:
        return html
    html = _COMMENT.sub("", _SCRIPT.sub("", html))
    return _TAG.sub(lambda tag: _BAD_LINK.sub("", _HANDLER.sub("", tag.group())), html)
