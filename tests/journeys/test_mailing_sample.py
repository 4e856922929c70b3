"""Our own Net-Results sample, from its files to the persons in Pipedrive."""

from pathlib import Path
from typing import Any

import pytest

from connectors.sources.net_results.sample import write_sample
from migrations_app.models import Gathered, Project
from migrations_app.services.mailing import detail
from tests.journeys import comparing
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


@pytest.fixture
def truth(walk: Walk, tmp_path: Path) -> dict[str, Any]:
    told = write_sample(tmp_path / "package", seed=3)
    walk.to_decisions(tmp_path / "package", tmp_path, "net-results")
    return told


def test_exactly_the_suppressed_are_suppressed(truth: dict[str, Any]) -> None:
    found = Gathered.objects.filter(object="contacts")
    assert {each.key for each in found if "suppression_status" in each.values} == set(truth["suppressed"])


def test_every_membership_is_kept_through_a_merge(walk: Walk, truth: dict[str, Any], tmp_path: Path) -> None:
    assert comparing.found_clusters(tmp_path, "same") >= {frozenset(group) for group in truth["same_contacts"]}
    walk.account([user["email"] for user in truth["owners"]["users"]], domain="own-mailing")
    walk.to_prepared()
    assert walk.do("load", "move", "--role", "staging")["state"] == "finished"
    persons = {key.removeprefix("net-results-move-person:"): record for key, record in walk.live("person", "own-mailing").items()}
    for first, again in truth["same_contacts"]:
        assert again not in persons
        campaigns = set(truth["memberships"][first]) | set(truth["memberships"][again])
        assert len(walk.custom(persons[first], "Campaigns", "person")) == len(campaigns)
    assert all(not persons[key].get("org_id") for key in truth["without_company"] if key in persons)


def test_less_detail_costs_less(walk: Walk, truth: dict[str, Any]) -> None:
    each, monthly, mixed, open_deals, counters = detail.choices(Project.objects.get())
    assert each.records == sum(len(campaigns) for campaigns in truth["memberships"].values())
    assert each.tokens >= mixed.tokens >= monthly.tokens > counters.tokens == 0
    assert open_deals.chosen  # nobody has looked at the account yet: no deal of it is known
    assert open_deals.tokens == 0
    assert [choice["name"] for choice in walk.do("sends", "move")["choices"]] == ["each", "monthly", "mixed", "open-deals", "counters"]
