"""The foreign sample, from its files to the records in Pipedrive, beside the truth about it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconciliation.models import QuickBooksDifference
from tests.journeys import comparing, hanging
from tests.journeys.walking import ADMIN, CHOICES, Walk

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout"),
]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SAMPLES / "truth" / "results.json").read_text())
    return told


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def test_audit_finds_what_the_truth_lists(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    walk.to_decisions(SAMPLES / "results", tmp_path)
    assert comparing.found_problems(tmp_path) == comparing.told_problems(truth)
    assert comparing.found_clusters(tmp_path, "same") == comparing.told_same(truth)
    assert comparing.found_owners(tmp_path) == comparing.told_owners(truth)
    kinds = {key: kind for kind, keys in truth["orphaned_deals"].items() for key in keys}
    assert {row["source_id"]: row["kind"] for row in comparing.rows_of(tmp_path / "orphans.csv")} == kinds
    twins = QuickBooksDifference.objects.filter(kind="different").values_list("object", "source_key", "field")
    assert set(twins) == {(each["object"], each["id"], each["field"]) for each in truth["quickbooks_conflicts"]}


def test_every_record_arrives_once_with_the_right_links(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    walk.to_decisions(SAMPLES / "results", tmp_path)
    emails = [user["email"] for user in truth["owners"]["users"]]
    account = walk.account(emails, domain="arrival")
    walk.to_prepared()
    loaded = walk.do("load", "move", "--role", "staging")
    assert loaded["state"] == "finished"
    live = {object: walk.live(entity, "arrival") for object, entity in comparing.ENTITY.items()}
    _all_are_there(live, truth)
    _deals_hang_together(live, truth)
    _owners_are_right(live, truth, account)
    _lines_are_right(walk, live["deals"], truth)
    _what_hangs_on_them_is_there(walk, live, truth, account)
    assert comparing.live_totals(live["deals"]) == comparing.told_totals(truth)
    again = walk.do("load", "move", "--role", "staging")
    assert not any(phase["created"] or phase["updated"] for phase in again["phases"])
    unchanged = {phase["object"]: phase["unchanged"] for phase in again["phases"]}
    assert {entity: unchanged[entity] for entity in comparing.ENTITY.values()} == {
        entity: len(live[object]) for object, entity in comparing.ENTITY.items()
    }
    walk.do("verify", "move", "--role", "staging")


def _merged(truth: dict[str, Any], object: str) -> dict[str, str]:
    """{member: survivor} by the bulk merge of clusters that are the same."""
    order = {key: at for at, key in reversed(list(enumerate(truth["ids"][object])))}
    roots = {}
    for cluster in comparing.told_same(truth):
        members = sorted((key for key in cluster if key in order), key=order.__getitem__)
        roots.update(dict.fromkeys(members[1:], members[0] if members else ""))
    return roots


def _all_are_there(live: dict[str, Any], truth: dict[str, Any]) -> None:
    for object, entity in comparing.ENTITY.items():
        expected = set(truth["ids"][object]) - comparing.rejected(truth, object) - set(_merged(truth, object))
        derived = {key for key in live[object] if not key.startswith(f"{entity}:")}
        assert {key.removeprefix(f"{entity}:") for key in set(live[object]) - derived} == expected
        assert derived <= {"placeholder:organization"}


def _deals_hang_together(live: dict[str, Any], truth: dict[str, Any]) -> None:
    roots = _merged(truth, "companies") | _merged(truth, "contacts")
    ids = {key.split(":", 1)[1]: record["id"] for object in ("companies", "contacts") for key, record in live[object].items()}
    orphans = {key for keys in truth["orphaned_deals"].values() for key in keys}
    for key, record in live["deals"].items():
        key = key.removeprefix("deal:")
        contact = truth["links"]["deal_contact"].get(key)
        assert record.get("person_id") == (ids[roots.get(contact, contact)] if contact else None), key
        if key not in orphans:
            company = truth["links"]["deal_company"][key]
            assert record.get("org_id") == ids[roots.get(company, company)], key
    for key, record in live["contacts"].items():
        company = truth["links"]["contact_company"][key.removeprefix("person:")]
        if company:
            assert record.get("org_id") == ids[roots.get(company, company)], key


def _lines_are_right(walk: Walk, deals: dict[str, Any], truth: dict[str, Any]) -> None:
    """Each line stands once: under its deal with its product or, where a closed deal says another value, in the table of its note."""
    products = walk.live("product", "arrival")
    expected = set(truth["ids"]["products"]) - comparing.rejected(truth, "products")
    assert {key.removeprefix("product:") for key in products if key.startswith("product:")} == expected
    lines = comparing.by_reference(walk, "deal_product", "arrival")
    tables = {key: note for key, note in comparing.by_reference(walk, "note", "arrival").items() if "lines-of" in key}
    in_tables: Counter[str] = Counter()
    for key in set(truth["ids"]["line_items"]) - comparing.rejected(truth, "line_items"):
        deal, product = truth["links"]["line_item"][key]["deal"], truth["links"]["line_item"][key]["product"]
        if line := lines.pop(f"deal_product:{key}", None):
            assert line["deal_id"] == deals[f"deal:{deal}"]["id"], key
            assert line["product_id"] == products[f"product:{product}" if product else "generic:product"]["id"], key
        else:
            in_tables[f"note:lines-of-deal:{deal}"] += 1
    assert not lines
    assert {key: note["content"].count("<tr>") - 1 for key, note in tables.items()} == in_tables
    assert {deals[key.removeprefix("note:lines-of-")]["status"] for key in tables} == {"won", "lost"}


def _what_hangs_on_them_is_there(walk: Walk, live: dict[str, Any], truth: dict[str, Any], account: dict[str, Any]) -> None:
    there = {object: {key.split(":", 1)[1]: record for key, record in live[object].items()} for object in comparing.ENTITY}
    for object, entity in hanging.ENTITY.items():
        there[object] = hanging.by_key(walk, "arrival", entity)
    assert {object: set(there[object]) for object in hanging.ENTITY} == {
        object: hanging.expected(truth, object) for object in hanging.ENTITY
    }
    roots = _merged(truth, "companies") | _merged(truth, "contacts")
    for object in hanging.ENTITY:
        assert list(hanging.wrong_links(truth, object, there, roots)) == [], object
    assert hanging.other_bytes(truth, there["attachments"], walk.sandbox.url, account["users"][0]["token"]) == []


def _owners_are_right(live: dict[str, Any], truth: dict[str, Any], account: dict[str, Any]) -> None:
    user_of = {user["email"]: user["id"] for user in account["users"]}
    email_of = {user["id"]: user["email"] for user in truth["owners"]["users"]}
    for key, record in live["deals"].items():
        owner = truth["links"]["deal_owner"][key.removeprefix("deal:")]
        assert record["owner_id"] == user_of[email_of[owner] if owner else ADMIN], key


def test_production_needs_the_answers(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    walk.to_decisions(SAMPLES / "results", tmp_path)
    walk.account([], role="production", domain="needs-answers")
    walk.do("prepare", "move", "--role", "production")
    shut, status = walk.verb("load", "move", "--role", "production")
    assert (status, shut["gate"], shut["closed"]) == (3, "owners", ["owners", "orphans", "test_run", "quiet"])
    walk.do("decide", "move", *CHOICES)
    walk.to_production("needs-answers-rehearsal")
    assert walk.do("load", "move", "--role", "production")["state"] == "finished"
