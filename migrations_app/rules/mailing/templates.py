"""E-mail templates as they are handed over: their tokens and what Pipedrive calls them, their pictures, a harmless preview."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import nh3

_TOKEN = re.compile(r"\{\{\s*([\w.\- ]+?)\s*\}\}|\[\[\s*([\w.\- ]+?)\s*\]\]|%%\s*([\w.\- ]+?)\s*%%|\$\{\s*([\w.\- ]+?)\s*\}")
_ASSET = re.compile(r"<(?:img|link|source|video|input)\b[^>]*?\b(?:src|href)\s*=\s*[\"']?([^\"'\s>]+)|url\(\s*[\"']?([^\"')]+)", re.I)
_LINK = re.compile(r"<a\b[^>]*?\bhref\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_SCRIPT = re.compile(r"<script\b|\bon\w+\s*=|javascript:", re.I)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_PAIRED = ("table", "tr", "td", "div", "p", "a", "span", "b", "strong", "i", "em", "ul", "li", "h1", "h2", "h3")
_NEVER_CLOSED = frozenset({"p", "li", "tr", "td"})  # html allows it

# What tokens mean here and what stands for them in a template of Pipedrive; "" has no twin.
TOKENS: Mapping[str, tuple[str, str]] = {
    "first_name": ("person.first_name", "[[person_first_name]]"), "last_name": ("person.last_name", "[[person_last_name]]"),
    "name": ("person.name", "[[person_name]]"),
    "email": ("person.email", "[[person_email]]"), "phone": ("person.phone", "[[person_phone]]"),
    "company.name": ("organization.name", "[[org_name]]"), "account.name": ("organization.name", "[[org_name]]"),
    "company": ("organization.name", "[[org_name]]"), "owner.name": ("owner.name", "[[user_name]]"),
    "owner.email": ("owner.email", "[[user_email]]"), "owner.phone": ("owner.phone", "[[user_phone]]"),
    "unsubscribe_url": ("unsubscribe_url", ""), "unsubscribe": ("unsubscribe_url", ""), "view_in_browser": ("view_in_browser", ""),
}  # fmt: skip
_PREFIXES = ("contact.", "person.", "lead.", "recipient.")


@dataclass(frozen=True, slots=True)
class Token:
    """`meaning` is empty where nobody knows it, `twin` where Pipedrive has nothing of the kind."""

    text: str
    meaning: str
    twin: str


@dataclass(frozen=True, slots=True)
class Template:
    tokens: tuple[Token, ...]
    assets: tuple[str, ...]
    links: tuple[str, ...]
    flags: tuple[str, ...]
    text: str

    @property
    def dying(self) -> list[str]:
        """Assets on servers: those of the old system end with its subscription."""
        return [asset for asset in self.assets if asset.startswith(("http://", "https://", "//"))]


def read(content: bytes) -> Template:
    """Everything that the page shows of itself. `not_utf8` where the bytes are none, whatever their charset says."""
    text, flags = _decoded(content)
    tokens = tuple(dict.fromkeys(next(filter(None, match.groups())) for match in _TOKEN.finditer(_shown(text))))
    known = tuple(_token(f"{{{{{name}}}}}", name) for name in tokens)
    assets = tuple(dict.fromkeys(next(filter(None, match.groups())) for match in _ASSET.finditer(text)))
    flags += ["unknown_token"] if any(not token.meaning for token in known) else []
    flags += ["script"] if _SCRIPT.search(text) else []
    flags += ["unclosed_tags"] if _is_unclosed(text) else []
    return Template(known, assets, tuple(dict.fromkeys(_LINK.findall(text))), tuple(flags), text)


def preview(text: str) -> str:
    """The page without anything that runs: safe to open in a browser."""
    return nh3.clean(
        text, attributes={"*": {"style", "align", "width", "height", "bgcolor", "class"}, "img": {"src", "alt"}, "a": {"href"}}
    )


def _shown(text: str) -> str:
    """What a reader of the mail sees: the title of the page is none of it."""
    return re.sub(r"<head\b.*?</head\s*>", "", text, count=1, flags=re.IGNORECASE | re.DOTALL)


def _token(text: str, name: str) -> Token:
    bare = name.strip().casefold().replace(" ", "_")
    for known in (bare, *(bare.removeprefix(prefix) for prefix in _PREFIXES if bare.startswith(prefix))):
        if known in TOKENS:
            return Token(text, *TOKENS[known])
    return Token(text, "", "")


def _decoded(content: bytes) -> tuple[str, list[str]]:
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        named = _CHARSET.search(content)
        for codec in (*([named[1].decode("ascii", "replace")] if named else []), "cp1252", "latin-1"):
            try:
                return content.decode(codec), ["not_utf8"]
            except (UnicodeDecodeError, LookupError):
                continue
    return content.decode("latin-1"), ["not_utf8"]


def _is_unclosed(text: str) -> bool:
    opened = {tag: len(re.findall(rf"<{tag}\b", text, re.I)) for tag in _PAIRED}
    closed = {tag: len(re.findall(rf"</{tag}\s*>", text, re.I)) for tag in _PAIRED}
    return any(opened[tag] > closed[tag] for tag in _PAIRED if tag not in _NEVER_CLOSED)
