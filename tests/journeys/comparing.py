"""What the truth file of a package says, beside what the audit wrote and what stands in the account."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from migrations_app.models import RecordLink, SchemaChange
from migrations_app.rules import marks
from migrations_app.rules.kinds_of_record import KINDS
from migrations_app.services import schema

IN_SCOPE = ("companies", "contacts", "deals", "products", "line_items", "activities", "notes", "attachments")
BEYOND_TRUTH = {"unindexed_file"}  # the truth lists those apart
ENTITY = {"companies": "organization", "contacts": "person", "deals": "deal"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def told_problems(truth: dict[str, Any]) -> set[tuple[str, str, str, int]]:
    return {(each["object"], each["code"], each["id"] or "", each["row"]) for each in truth["problems"] if each["object"] in IN_SCOPE}


def found_problems(out: Path, *, with_ids: bool = True) -> set[tuple[str, str, str, int]]:
    rows = rows_of(out / "findings.csv")
    told = [row for row in rows if row["code"] not in BEYOND_TRUTH]
    return {(row["object"], row["code"], row["source_id"] if with_ids else "", int(row["line"])) for row in told}


def told_same(truth: dict[str, Any]) -> set[frozenset[str]]:
    """Clusters that may be merged in bulk; one mailbox of two people is not one of them."""
    clusters = {frozenset(each["ids"]) for each in truth["duplicates"]["companies"]}
    for each in truth["duplicates"]["contacts"]:
        own = [key for key, kind in zip(each["ids"], each["kinds"], strict=True) if kind != "shared"]
        if len(own) > 1:
            clusters.add(frozenset(own))
    return clusters


def found_clusters(out: Path, strength: str) -> set[frozenset[str]]:
    clusters: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows_of(out / "duplicates.csv"):
        if row["strength"] == strength:
            clusters[row["object"], row["cluster"]].add(row["source_id"])
    return {frozenset(members) for members in clusters.values()}


def told_owners(truth: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """{text as printed: (rows over all objects, e-mail of the one user it means)}."""
    emails = {user["id"]: user["email"] for user in truth["owners"]["users"]}
    rows: Counter[str] = Counter()
    users: dict[str, str] = {}
    for refs in truth["owners"]["refs"].values():
        for text, each in refs.items():
            rows[text] += each["rows"]
            users[text] = emails.get(each["user"], "")
    return {text: (count, users[text]) for text, count in rows.items()}


def found_owners(out: Path) -> dict[str, tuple[int, str]]:
    return {row["text"]: (int(row["rows"]), row["user_email"]) for row in rows_of(out / "owners.csv")}


def rejected(truth: dict[str, Any], object: str) -> set[str]:
    """Ids of which no row loads: those that are rejected as such, not as a second row of the same id."""
    return {
        each["id"]
        for each in truth["problems"]
        if each["object"] == object and each["severity"] == "reject" and not each["code"].startswith("duplicate_id")
    }


def by_reference(walk: Any, entity: str, domain: str) -> dict[str, dict[str, Any]]:
    """{reference: record} of what stands in the account; a reference that stands there twice fails here."""
    found: dict[str, dict[str, Any]] = {}
    for record in walk.control.records(domain, entity):
        if not record.get("is_deleted"):
            mark = marks.reference_in(KINDS[entity], record)
            assert mark not in found, f"{mark} is there twice"
            found[mark] = record
    return found


def told_totals(truth: dict[str, Any]) -> dict[str, Decimal]:
    return {currency: Decimal(total) for currency, total in truth["deal_value_totals"]["unique_ids"].items()}


def live_totals(deals: dict[str, dict[str, Any]]) -> dict[str, Decimal]:
    """By the value that the source gave each deal: where its lines come to another one, that is kept in a field of its own."""
    change = SchemaChange.objects.filter(kind="field", parent="deal", detail__field=schema.OWN_FIELDS[schema.SOURCE_VALUE].name).first()
    code = change.pipedrive_id if change else ""
    by_lines = RecordLink.objects.filter(entity="deal", facts__has_key="lines_total", events__sent__value__isnull=True)
    valueless = set(by_lines.values_list("pipedrive_id", flat=True))
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals.values():
        kept = (deal.get("custom_fields") or {}).get(code)
        value = 0 if str(deal["id"]) in valueless else deal["value"] or 0
        totals[deal["currency"]] += Decimal(str(kept["value"] if kept else value))
    return {currency: total.quantize(Decimal("0.01")) for currency, total in totals.items() if total}
