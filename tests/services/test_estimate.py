"""The bill before anything moves: tokens by phase, days by plan."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from migrations_app.models import Audit, Decision, Finding, FindingRow, Mapping, PipedriveAccount, Project
from migrations_app.services import estimate
from migrations_app.services.discovery import discover
from tests.services.account_ground import connect, domain_of, extra_hosts, mapping, project, root, run_prepare, table

__all__ = ["connect", "extra_hosts", "mapping", "project", "root"]


@pytest.fixture
def growth(project: Project) -> PipedriveAccount:
    return PipedriveAccount.objects.create(project=project, role="production", url="https://a.pipedrive.com", plan="growth", seats=5)


def test_the_worked_example_of_the_api_notes(growth: PipedriveAccount) -> None:
    counts = {"companies": 5_000, "contacts": 20_000, "deals": 10_000, "activities": 100_000, "notes": 50_000, "attachments": 5_000}
    bill = estimate.forecast(growth, counts | {"line_items": 15_000})
    assert bill["phases"] == {
        "setup": 130,
        "organization": 25_000,
        "person": 100_000,
        "deal": 50_000,
        "deal_product": 75_000,
        "activity": 500_000,
        "note": 500_000,
        "file": 50_000,
        "verify": 10 * (10 + 40 + 20 + 30 + 200) + 20 * (100 + 50 + 20) + 7 * 20 + 2 * (3 * 10 + 10),  # twenty downloads, and looks
    }
    assert bill["tokens"] == sum(bill["phases"].values()) == pytest.approx(1_310_000, rel=0.01)
    assert (bill["days"], bill["plans"]["growth"]) == (5, {"days": 5, "tokens_per_day": 300_000})
    assert {plan: each["days"] for plan, each in bill["plans"].items()} == {"lite": 9, "growth": 5, "premium": 2, "ultimate": 2}


def test_the_share_left_to_the_move_stretches_the_calendar(growth: PipedriveAccount) -> None:
    counts = {"contacts": 100_000}
    whole = estimate.forecast(growth, counts)
    growth.share = 50
    assert (whole["days"], estimate.forecast(growth, counts)["days"]) == (2, 4)


def test_counts_are_enough_before_any_file_or_account_is_there(project: Project) -> None:
    bill = estimate.estimate(project, counts=estimate.read_counts("companies=4200, contacts=12_000"))
    assert (bill["phases"]["organization"], bill["phases"]["person"]) == (21_000, 60_000)
    assert (bill["plan"], bill["days"]) == ("lite", 3)


def test_all_kinds_can_be_typed_and_all_plans_stand_side_by_side(project: Project, root: User, capsys: pytest.CaptureFixture[str]) -> None:
    typed = "companies=4200,contacts=12000,deals=900,activities=5000,notes=700,files=30,products=40,line_items=1800"
    words = ("crossdock", "estimate", project.slug, "--counts", typed, "--by", "root")
    call_command(*words, "--json")
    bill = json.loads(capsys.readouterr().out)
    kinds = ("organization", "person", "deal", "activity", "note", "file", "product", "deal_product")
    assert [bill["records"][kind] for kind in kinds] == [4200, 12000, 900, 5000, 700, 30, 40, 1800]
    assert all(bill["phases"][kind] for kind in kinds)
    call_command(*words)
    lines = capsys.readouterr().out
    assert all(f"on {plan}: {each['days']} day(s)" in lines for plan, each in bill["plans"].items())
    assert len(bill["plans"]) == 4


@pytest.mark.parametrize("text", ["people=5", "companies", "companies=many", "companies=-1", ""])
def test_counts_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(estimate.UnknownCounts, match="companies, contacts, products, deals"):
        estimate.read_counts(text)


def test_counts_of_an_unknown_object_are_refused(growth: PipedriveAccount) -> None:
    with pytest.raises(estimate.UnknownCounts, match="ships"):
        estimate.forecast(growth, {"ships": 5})


def test_rows_that_never_load_and_rows_that_are_merged_cost_nothing(project: Project, root: User) -> None:
    companies = table(project, "companies", ("name",), [("A",), ("B",), ("C",), ("",)])
    table(project, "contacts", ("last_name",), [("A",), ("B",)])
    deals = table(project, "deals", ("title", "is_opportunity"), [("A", "Yes"), ("B", "No"), ("C", "")])
    discover(deals)
    audit = Audit.objects.create(project=project)
    for code, severity in (("no_name", "reject"), ("duplicate_id_conflict", "decide")):
        finding = Finding.objects.create(audit=audit, object="companies", code=code, severity=severity)
        FindingRow.objects.create(finding=finding, table=companies, line=5, key="companies-5")
    warning = Finding.objects.create(audit=audit, object="contacts", code="bad_phone", severity="warn")
    FindingRow.objects.create(finding=warning, table=companies, line=2, key="contacts-2")
    project.audit = audit
    project.save()
    _decide(project, "duplicate", "companies", "companies-3", {"survivor": "companies-2"})
    _decide(project, "duplicate", "companies", "companies-4", {"keep": True})
    _decide(project, "orphan", "deals", "deals-2", {"how": "skip"})
    _decide(project, "orphan", "deals", "deals-4", {"how": "placeholder"})
    assert estimate.expected_counts(project) == {"companies": 4 - 1 - 1 + 1, "contacts": 2, "deals": 3 - 1 - 1}


def test_companies_that_exist_only_as_text_are_counted_once_per_name(project: Project) -> None:
    table(project, "contacts", ("last_name", "company_ref"), [("A", "Iron & Timber"), ("B", "iron & timber "), ("C", "Umbra"), ("D", "")])
    table(project, "deals", ("title", "company_name"), [("A", "UMBRA"), ("B", "Kestrel")])
    assert estimate.expected_counts(project) == {"companies": 3, "contacts": 4, "deals": 2}


def _decide(project: Project, kind: str, object: str, key: str, answer: dict[str, Any]) -> None:
    Decision.objects.create(project=project, kind=kind, object=object, source_key=key, answer=answer, seq=1)


def test_the_setup_costs_what_preparing_and_looking_again_really_cost(connect: Any, mapping: Mapping, root: User, sandbox: Any) -> None:
    account = connect()
    before = estimate.estimate(mapping.project, account=account)["phases"]["setup"]
    sandbox.control().reset_counters(domain_of(account))
    run_prepare(account, root)
    spent = sandbox.control().counters(domain_of(account))["tokens"]
    after = estimate.estimate(mapping.project, account=account)["phases"]["setup"]
    assert before - after == spent
    assert after == 130  # the look at the account when a load begins
