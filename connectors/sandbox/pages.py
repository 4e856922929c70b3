"""Pages to look at: what arrived, as a salesperson would see it. They read only, and cost no tokens."""

import re
from collections.abc import Callable
from urllib.parse import quote

from . import board, record_pages
from .accounts import Account, Accounts
from .http import Request, Response
from .markup import Markup, document, joined, link, table, tag

LISTS = {"organizations": "organization", "persons": "person", "deals": "deal"}
Page = tuple[str, Markup]


class Pages:
    """/board/ names the companies; /board/COMPANY/ is its pipeline; below it stand the lists and the records."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def __call__(self, request: Request) -> Response:
        if request.method != "GET":
            return Response(405, b"This page can only be read.", "text/plain; charset=utf-8")
        path = [part for part in request.path.split("/") if part]
        if not path:
            return Response(302, headers={"Location": "/board/"})
        with self._accounts.store.lock:
            page = self._find(path, request.query) if path[0] == "board" else None
        if page is None:
            return Response(404, document("Not found", Markup(""), tag("h1", "There is nothing here")), "text/html; charset=utf-8")
        return Response(200, page, "text/html; charset=utf-8", {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})

    def _find(self, path: list[str], query: dict[str, str]) -> bytes | None:
        if len(path) == 1:
            return self._companies()
        account = self._accounts.by_domain(path[1])
        if account is None:
            return None
        render = self._of_account(account, path[2:], query)
        page = render() if render else None
        return document(f"{page[0]} - {account.settings['name']}", _navigation(account, path), page[1]) if page else None

    def _of_account(self, account: Account, rest: list[str], query: dict[str, str]) -> Callable[[], Page | None] | None:
        if not rest:
            return lambda: board.pipeline_page(account, query)
        if rest[0] in LISTS and len(rest) == 1:
            return lambda: record_pages.list_page(account, rest[0], query)
        if rest[0] in LISTS and len(rest) == 2 and re.fullmatch(r"[0-9]{1,18}", rest[1]):
            return lambda: record_pages.record_page(account, rest[0], int(rest[1]))
        return None

    def _companies(self) -> bytes:
        rows = [_company_row(account) for account in self._accounts.all()]
        content = (
            table(["Company", "Plan", "Organizations", "Persons", "Deals"], rows) if rows else tag("p", "No account yet.", class_="empty")
        )
        return document("Companies", tag("span", "Sandbox", class_="company"), tag("h1", "Companies"), content)


def _company_row(account: Account) -> list[object]:
    counts = account.store.counts(account.id)
    plan = f"{account.settings['plan']}, {account.seats} seats"
    name = link(f"/board/{quote(account.domain)}/", account.settings["name"])
    return [joined([name, tag("div", account.domain, class_="dim")]), plan, *(counts.get(entity, 0) for entity in LISTS.values())]


def _navigation(account: Account, path: list[str]) -> Markup:
    root = f"/board/{quote(account.domain)}/"
    here = path[2] if len(path) > 2 else ""
    entries = [("", "Pipeline"), *((name, name.capitalize()) for name in LISTS)]
    links = [link(root + name, label, class_="here" if name == here else None) for name, label in entries]
    return joined([tag("span", account.settings["name"], class_="company"), *links, link("/board/", "All companies")])
