"""The foreign Net-Results sample beside the truth about it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import comparing
from tests.journeys.walking import Walk

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
WITHOUT_IDS = ("campaign_members", "suppression")
# Lucas and Drayford both stand in the suppression list with two reasons; the truth tells of one of them.
BESIDE_THE_TRUTH = {("suppression", "suppressed_twice", "", 10)}
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout"),
]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SAMPLES / "truth" / "net-results.json").read_text())
    return told


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def test_audit_finds_what_the_truth_lists(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    walk.to_decisions(SAMPLES / "net-results", tmp_path, "net-results")
    told = {(each["object"], each["code"], each["id"] or "", each["row"]) for each in truth["problems"]}
    found = {
        (row["object"], row["code"], "" if row["object"] in WITHOUT_IDS else row["source_id"], int(row["line"]))
        for row in comparing.rows_of(tmp_path / "findings.csv")
    }
    assert found == told | BESIDE_THE_TRUTH
    assert comparing.found_clusters(tmp_path, "same") == comparing.told_same(truth)
    assert comparing.found_owners(tmp_path) == comparing.told_owners(truth)


def test_every_row_of_every_file_is_staged(walk: Walk, truth: dict[str, Any]) -> None:
    walk.do("new", "Move", "--source", "net-results", "--timezone", "Europe/Berlin")
    came = walk.do("intake", "move", str(SAMPLES / "net-results"))
    assert {object: facts["staged"] for object, facts in came["objects"].items()} == {
        object: facts["rows"] for object, facts in truth["counts"].items()
    }
    assert came["unrecognised"] == came["refused"] == []


def test_persons_arrive_once_for_each_address_with_campaigns_and_suppression(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    walk.to_decisions(SAMPLES / "net-results", tmp_path, "net-results")
    walk.account([user["email"] for user in truth["owners"]["users"]], domain="mailing")
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"
    persons = {key.removeprefix("net-results-move-person:"): record for key, record in walk.live("person", "mailing").items()}
    roots = roots_of(truth)
    assert set(persons) == {roots.get(key, key) for key in truth["ids"]["contacts"]} - comparing.rejected(truth, "contacts")
    flagged = {key for key, record in persons.items() if walk.custom(record, "Suppression status", "person")}
    assert flagged == {roots.get(key, key) for key in truth["suppression"]["flags"]}
    for key, record in persons.items():
        assert len(walk.custom(record, "Campaigns", "person") or []) == len(_campaigns(truth, key, roots)), key


def roots_of(truth: dict[str, Any]) -> dict[str, str]:
    """{contact: the one that stands for it}, as all clusters are merged; one mailbox of two people is none."""
    return {
        key: cluster["ids"][0]
        for cluster in truth["duplicates"]["contacts"]
        for key, kind in zip(cluster["ids"], cluster["kinds"], strict=True)
        if kind != "shared"
    }


def _campaigns(truth: dict[str, Any], key: str, roots: dict[str, str]) -> set[str]:
    members = {
        each["campaign"] for each in truth["campaign_members"] if each["contact"] and roots.get(each["contact"], each["contact"]) == key
    }
    known = set(truth["ids"]["campaigns"])
    rows = SAMPLES / "net-results" / "contacts.csv"
    with rows.open(encoding="utf-8-sig", newline="") as file:
        first = {row["Contact ID"]: row["Campaign ID"].strip() for row in reversed(list(csv.DictReader(file)))}
    own = {campaign for contact, campaign in first.items() if roots.get(contact, contact) == key}
    return (members | own) & known
