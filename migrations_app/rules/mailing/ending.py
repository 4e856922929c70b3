"""What the old mailing system serves, and so ends with it: addresses in templates and in what people clicked, server by server."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from migrations_app.rules.mailing.templates import Template

PICTURE, SCRIPT, FORM, UNSUBSCRIBE, BROWSER, LANDING, REDIRECT, LINK = (
    "pictures", "scripts", "forms", "unsubscribe links", "“view in browser” links", "landing pages", "redirects", "other links",
)  # fmt: skip
# By what stands in the address; the first that fits counts. A redirect carries another address in itself.
_KINDS: Sequence[tuple[str, str]] = (
    (UNSUBSCRIBE, r"unsub|opt.?out|abmeld|abbestell|desabonn|desinscri|darse.?de.?baja|disiscri|afmeld|uitschrij|odhlas|wypis|preferenc"),
    (BROWSER, r"browser|web.?version|online.?version|/view/|weblink"),
    (FORM, r"\bforms?\b|/submit|formular|formulaire"),
    (LANDING, r"landing|/lp/|\blp\.|/pages?/|webinar"),
    (REDIRECT, r"https?(?::|%3a)(?://|%2f%2f).+https?(?::|%3a)(?://|%2f%2f)|/click|/track|/redirect|[?&](?:url|u|redirect|target)="),
)
_SCRIPT_SOURCE = re.compile(r"<(?:script|iframe)\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_FORM_TARGET = re.compile(r"<form\b[^>]*?\baction\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_TOKEN = re.compile(r"unsub|opt_?out|preferenc", re.I)


@dataclass(slots=True)
class Server:
    """What one host serves: how many different addresses of each kind, how many clicks the exports tell of, and one address."""

    host: str
    counts: Counter[str] = field(default_factory=Counter)
    clicks: int = 0
    example: str = ""

    @property
    def what(self) -> str:
        return ", ".join(some(kind, count) for kind, count in self.counts.most_common())


def some(kind: str, count: int) -> str:
    return f"{count:,} {kind.removesuffix('s') if count == 1 else kind}"


def kind_of(address: str) -> str:
    return next((kind for kind, words in _KINDS if re.search(words, address, re.I)), LINK)


def servers(templates: Iterable[Template], clicked: Mapping[str, int]) -> list[Server]:
    """Every host that templates name or people clicked on (address: clicks), those with most kinds of things first."""
    seen: set[tuple[str, str]] = set()
    found: dict[str, Server] = {}
    for template in templates:
        for kind, address in addresses(template):
            _count(found, seen, kind, address)
    for address, clicks in clicked.items():
        if server := _count(found, seen, kind_of(address), address):
            server.clicks += clicks
    return sorted(found.values(), key=lambda each: (-len(each.counts), -each.counts.total(), each.host))


def addresses(template: Template) -> Iterable[tuple[str, str]]:
    """(kind, address) of what a template fetches or leads to on servers."""
    yield from ((PICTURE, address) for address in template.dying)
    yield from ((SCRIPT, address) for address in _SCRIPT_SOURCE.findall(template.text))
    yield from ((FORM, address) for address in _FORM_TARGET.findall(template.text))
    yield from ((kind_of(address), address) for address in template.links)


def unsubscribes(template: Template) -> bool:
    """Whether its readers could opt out by it: by a token, or by a link."""
    by_token = any(_TOKEN.search(token.text) or token.meaning == "unsubscribe_url" for token in template.tokens)
    return by_token or any(kind_of(address) == UNSUBSCRIBE for address in template.links)


def _count(found: dict[str, Server], seen: set[tuple[str, str]], kind: str, address: str) -> Server | None:
    host = _host(address)
    if not host:
        return None
    server = found.setdefault(host, Server(host, example=address))
    if (kind, address) not in seen:
        seen.add((kind, address))
        server.counts[kind] += 1
    return server


def _host(address: str) -> str:
    """ "" for what is on no server: a file of the package, a mail address, a token."""
    if not address.lower().startswith(("http://", "https://", "//")):
        return ""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
