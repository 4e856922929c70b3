"""The gates that stand before an account is prepared or loaded."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from migrations_app import gates
from migrations_app.models import FieldRule, Mapping, PipedriveAccount, Project, RecordLink, Run, SourceField
from migrations_app.services import capacity
from tests.services.account_ground import mapping, project, root, rule, table

__all__ = ["mapping", "project", "root"]

EUROS = {"fields": {"organization": [], "person": [], "deal": []}, "currencies": ["EUR", "SEK"]}


@pytest.fixture(autouse=True)
def _gates() -> None:
    capacity.register()


@pytest.fixture
def production(project: Project) -> PipedriveAccount:
    """Connected, not prepared yet."""
    return _account(project, "production")


def _account(project: Project, role: str, company: str = "7") -> PipedriveAccount:
    return PipedriveAccount.objects.create(
        project=project, role=role, url="https://acme.pipedrive.com", token="t", company=company, company_name="Acme", is_admin=True
    )


def shut(account: PipedriveAccount, gate: str) -> list[tuple[str, int]]:
    return [(missing.what, missing.count) for each in gates.closed(account, [gate]) for missing in each.missing]


# --- mapping -----------------------------------------------------------------------------------------------------------


def test_without_a_map_the_gate_says_how_to_get_one(production: PipedriveAccount) -> None:
    [gate] = gates.closed(production, ["mapping"])
    assert [(each.what, each.where) for each in gate.missing] == [("no map is proposed yet", "crossdock propose harbour-works")]


def test_a_proposed_map_keeps_the_gate_shut_until_somebody_approves(production: PipedriveAccount, mapping: Mapping) -> None:
    Mapping.objects.update(state="draft")
    assert shut(production, "mapping") == [("map 1 is not approved", 2)]
    Mapping.objects.update(state="approved")
    assert shut(production, "mapping") == []


def test_a_later_proposal_shuts_the_gate_only_where_it_says_something_else(production: PipedriveAccount, mapping: Mapping) -> None:
    later = Mapping.objects.create(project=mapping.project, version=2)
    for each in mapping.rules.all():
        each.pk, each.mapping = None, later
        each.save()
    assert shut(production, "mapping") == []
    FieldRule.objects.filter(mapping=later, column="Tier").update(field="")
    assert shut(production, "mapping") == [("map 2 differs from the approved map 1 and is not approved", 2)]


# --- settled -----------------------------------------------------------------------------------------------------------


def _run(account: PipedriveAccount, mapping: Mapping, state: str) -> Run:
    return Run.objects.create(project=account.project, account=account, company=account.company, mapping=mapping, state=state)


def _link(account: PipedriveAccount, run: Run | None, key: str, state: str) -> None:
    RecordLink.objects.create(account=account, entity="deal", key=key, state=state, run=run)


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_records_of_an_earlier_run_on_their_way_shut_the_gate(production: PipedriveAccount, mapping: Mapping, state: str) -> None:
    _link(production, _run(production, mapping, "cancelled"), "deal:1", state)
    _link(production, None, "deal:2", state)
    [(what, count)] = shut(production, "settled")
    assert "on their way" in what
    assert count == 2


def test_an_unfinished_run_of_the_account_goes_on(production: PipedriveAccount, mapping: Mapping) -> None:
    _link(production, _run(production, mapping, "paused"), "deal:1", "unknown")
    assert shut(production, "settled") == []


def test_another_run_on_the_same_company_shuts_the_gate(production: PipedriveAccount, mapping: Mapping) -> None:
    _run(_account(production.project, "staging"), mapping, "running")
    [(what, _)] = shut(production, "settled")
    assert what.endswith("on the same company is running")


def test_a_run_on_another_company_does_not(production: PipedriveAccount, mapping: Mapping) -> None:
    _run(_account(production.project, "staging", company="8"), mapping, "running")
    assert shut(production, "settled") == []


# --- capacity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["staging", "production"])
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"token": ""}, "No API token"),
        ({"is_admin": False, "user_name": "Eve"}, "Eve is no admin of Acme"),
        ({"paused_reason": "Pipedrive does not accept the API token (401)."}, "does not accept"),
    ],
)
def test_a_token_that_cannot_load_shuts_the_gate_everywhere(project: Project, role: str, fields: dict[str, Any], says: str) -> None:
    account = _account(project, role)
    for name, value in fields.items():
        setattr(account, name, value)
    [(what, _)] = shut(account, "capacity")
    assert says in what


def test_more_deals_than_the_plan_holds_shut_production_alone(production: PipedriveAccount) -> None:
    deals = table(production.project, "deals", ("title",), [("One",)])
    deals.staged = 2_700
    deals.save()
    assert shut(production, "capacity") == [("deals more than Lite with 1 seats holds (2,500)", 200)]
    assert shut(_account(production.project, "staging"), "capacity") == []
    production.seats = 2
    assert shut(production, "capacity") == []


def test_custom_fields_count_those_that_are_there_and_those_that_are_missing(production: PipedriveAccount, mapping: Mapping) -> None:
    there = [{"code": str(at), "name": f"Old {at}", "type": "varchar", "custom": True, "options": []} for at in range(22)]
    mine = {"code": "tier", "name": "customer tier", "type": "enum", "custom": True, "options": []}
    production.schema = {"fields": {"organization": [*there, mine], "person": [], "deal": []}, "currencies": ["EUR"]}
    assert capacity.custom_fields(production) == (23, 7)
    assert shut(production, "capacity") == []
    rule(mapping, "contacts", "Shoe", "person", "custom:Shoe (double)", "number")
    assert shut(production, "capacity") == [("custom fields more than Lite holds (30): 23 are there, 8 are missing", 1)]


def test_a_currency_that_the_account_does_not_know_shuts_production(production: PipedriveAccount) -> None:
    deals = table(production.project, "deals", ("title", "currency"), [("One", "EUR")])
    profile = {"counts": {"EUR": 3, " chf ": 4, "CHF": 1, "US dollars": 1, "": 2}}
    SourceField.objects.create(table=deals, position=1, header="currency", role="currency", profile=profile)
    assert shut(production, "capacity") == []  # the account was not read yet
    production.schema = EUROS
    [(what, count)] = shut(production, "capacity")
    assert (what.startswith("the currency CHF is not switched on"), count) == (True, 5)


def test_an_account_that_was_never_prepared_says_so(production: PipedriveAccount, root: User) -> None:
    [missing] = capacity.not_prepared(production)
    assert (missing.what, missing.where) == ("the account is not prepared", "crossdock prepare harbour-works --role production")
