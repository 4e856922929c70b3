"""HTML built from tags: text is escaped unless it was built here, so nothing that users typed can become markup."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

_STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_VOID = ("input", "meta", "br")


class Markup(str):
    """Text that is HTML already."""


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """`class_` stands for class; attributes that are None are left out."""
    given = "".join(f' {key.rstrip("_")}="{escape(str(value))}"' for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{joined(children)}</{name}>")


def joined(parts: Iterable[Any]) -> Markup:
    return Markup("".join(part if isinstance(part, Markup) else escape("" if part is None else str(part)) for part in parts))


def link(href: str, text: Any, **attributes: Any) -> Markup:
    return tag("a", text, href=href, **attributes)


def table(headings: Iterable[Any], rows: Iterable[Iterable[Any]], **attributes: Any) -> Markup:
    head = tag("tr", *(tag("th", heading) for heading in headings))
    body = joined(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    return tag("table", tag("thead", head), tag("tbody", body), **attributes)


def document(title: str, navigation: Markup, *content: Any) -> bytes:
    head = joined([tag("meta", charset="utf-8"), tag("title", title), Markup(f"<style>{_STYLE}</style>")])
    body = tag("body", tag("header", navigation), tag("main", *content))
    return ("<!DOCTYPE html>" + tag("html", tag("head", head), body, lang="en")).encode("utf-8", "replace")
