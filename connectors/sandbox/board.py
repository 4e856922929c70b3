"""The pipeline as columns of cards, with counts and totals per stage."""

from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlencode

from .accounts import Account
from .markup import Markup, joined, link, tag
from .store import Record

CARDS = 30
STATUSES = {"open": "Open", "won": "Won", "lost": "Lost", "all": "All"}


def pipeline_page(account: Account, query: dict[str, str]) -> tuple[str, Markup] | None:
    pipelines = sorted(account.pipelines.values(), key=lambda one: (one["order_nr"], one["id"]))
    chosen = next((one for one in pipelines if str(one["id"]) == query.get("pipeline")), None)
    pipeline = chosen or _first_with_deals(account, pipelines)
    if pipeline is None:
        return "Pipeline", tag("p", "This account has no pipeline.", class_="empty")
    status = query.get("status", "open") if query.get("status") in STATUSES else "open"
    root = f"/board/{quote(account.domain)}/"
    tabs = [_tab(root, one["name"], {"pipeline": one["id"], "status": status}, one is pipeline) for one in pipelines]
    states = [_tab(root, label, {"pipeline": pipeline["id"], "status": key}, key == status) for key, label in STATUSES.items()]
    stages = sorted(
        (one for one in account.stages.values() if one["pipeline_id"] == pipeline["id"]), key=lambda one: (one["order_nr"], one["id"])
    )
    totals = _totals(account, pipeline["id"], status)
    columns = [_column(account, root, stage, status, totals[stage["id"]]) for stage in stages]
    navigation = [tag("nav", *tabs, class_="tabs"), tag("nav", *states, class_="tabs")]
    return pipeline["name"], joined([tag("h1", pipeline["name"]), *navigation, tag("div", *columns, class_="board")])


def _first_with_deals(account: Account, pipelines: list[Record]) -> Record | None:
    """A new account has an empty pipeline in front of those that a load has made."""
    deals = "SELECT DISTINCT pipeline_id FROM record WHERE company = ? AND entity = 'deal' AND is_deleted = 0 AND is_archived = 0"
    found = account.store.db.execute(deals, (account.id,))
    filled = {row[0] for row in found}
    return next((one for one in pipelines if one["id"] in filled), pipelines[0] if pipelines else None)


def money(value: Any, currency: Any) -> str:
    return f"{value or 0:,.2f}".removesuffix(".00") + f" {currency or ''}"


def _tab(root: str, label: str, query: dict[str, Any], here: bool) -> Markup:
    return link(f"{root}?{urlencode(query)}", label, class_="here" if here else None)


def _status_condition(status: str) -> tuple[str, tuple[str, ...]]:
    return ("1", ()) if status == "all" else ("status = ?", (status,))


def _totals(account: Account, pipeline_id: int, status: str) -> dict[int, list[tuple[int, str, float]]]:
    condition, values = _status_condition(status)
    rows = account.store.db.execute(
        "SELECT stage_id, COUNT(*), json_extract(body, '$.currency'), SUM(json_extract(body, '$.value')) FROM record "
        f"WHERE company = ? AND entity = 'deal' AND is_deleted = 0 AND is_archived = 0 AND pipeline_id = ? AND {condition} "
        "GROUP BY 1, 3 ORDER BY 2 DESC",
        (account.id, pipeline_id, *values),
    )
    totals: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for stage_id, count, currency, value in rows:
        totals[stage_id].append((count, currency, value))
    return totals


def _column(account: Account, root: str, stage: Record, status: str, totals: list[tuple[int, str, float]]) -> Markup:
    condition, values = _status_condition(status)
    where = f"stage_id = ? AND is_deleted = 0 AND is_archived = 0 AND {condition}"
    deals = account.store.select(account.id, "deal", where, (stage["id"], *values), f"ORDER BY id LIMIT {CARDS}")
    count = sum(one[0] for one in totals)
    amounts = " · ".join(money(value, currency) for _, currency, value in totals)
    summary = f"{count} {'deal' if count == 1 else 'deals'}" + (f" · {amounts}" if count else "")
    cards: list[Markup] = [_card(account, root, deal) for deal in deals]
    if count > len(deals):
        more = urlencode({"stage": stage["id"]})
        cards.append(link(f"{root}deals?{more}", f"and {count - len(deals)} more", class_="card"))
    return tag("section", tag("h2", stage["name"]), tag("div", summary, class_="total"), *cards, class_="stage")


def _card(account: Account, root: str, deal: Record) -> Markup:
    organization = account.store.get(account.id, "organization", deal["org_id"]) if deal.get("org_id") else None
    person = account.store.get(account.id, "person", deal["person_id"]) if deal.get("person_id") else None
    name = (organization or person or {}).get("name", "")
    lines = [
        tag("div", deal["title"]),
        tag("div", name, class_="org"),
        tag("div", money(deal.get("value"), deal.get("currency")), class_="value"),
    ]
    return link(f"{root}deals/{deal['id']}", joined(lines), class_=f"card {deal['status']}")
